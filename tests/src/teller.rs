//! A story, told step by step while it happens.

use std::io::Write;
use std::time::Instant;

use anyhow::{Context as _, Result};

/// Counts the steps of a story, and shows how long each took.
pub struct Teller<'a> {
    step: u32,
    out: &'a mut dyn Write,
}

impl<'a> Teller<'a> {
    /// A story that begins.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { step: 0, out }
    }

    /// Begins a chapter.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn chapter(&mut self, title: &str) -> Result<()> {
        self.say(&format!("\n{title}"))
    }

    /// Does what a step is about.
    ///
    /// # Errors
    /// What went wrong, with the step that it happened in.
    pub fn step<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.step += 1;
        let start = Instant::now();
        let done = work().with_context(|| format!("step {}: {what}", self.step))?;
        let seconds = start.elapsed().as_secs_f32();
        self.say(&format!("{:4}. {what:<66} {seconds:5.1} s", self.step))?;
        Ok(done)
    }

    /// Adds what was seen.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn say(&mut self, line: &str) -> Result<()> {
        writeln!(self.out, "{line}")?;
        Ok(self.out.flush()?)
    }
}
