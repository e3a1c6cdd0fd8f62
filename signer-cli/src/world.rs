//! What a command is given, so that tests can run it in their own process.

use std::io::Write;
use std::path::PathBuf;

use sealift_metadata::Time;

use crate::exit::Exit;
use crate::terminal::Terminal;

/// The world outside of the tool.
pub struct World<'a> {
    /// Where data goes.
    pub out: &'a mut dyn Write,
    /// Where talk goes.
    pub err: &'a mut dyn Write,
    /// Who is asked.
    pub terminal: &'a mut dyn Terminal,
    /// What time it is.
    pub now: Time,
    /// Work factor of scrypt for keys to be made, as a power of two:
    /// [`SCRYPT_LOG2`](crate::limits::SCRYPT_LOG2) but in tests.
    pub scrypt_log2: u8,
}

/// What every command works with: the world, and the options that all commands share.
pub struct Context<'a, 'w> {
    /// The signer's own folder: keys and ledger.
    pub home: PathBuf,
    /// The ceremony folder.
    pub dir: PathBuf,
    /// Whether stdout is JSON.
    pub json: bool,
    /// Whether example keys are allowed.
    pub demo: bool,
    /// The world outside.
    pub world: &'a mut World<'w>,
}

impl Context<'_, '_> {
    /// Says something to the person, on stderr. A stderr that is closed is no reason to stop.
    pub fn say(&mut self, text: &str) {
        let _ = writeln!(self.world.err, "{text}");
    }
}

/// What a command answers: stdout, in one of its two forms, and how it ends.
#[derive(Clone, Debug)]
pub struct Report {
    /// For people.
    pub text: String,
    /// For programs.
    pub json: serde_json::Value,
    /// How the command ends.
    pub exit: Exit,
}

impl Report {
    /// The answer of a command that is done.
    pub fn done(text: impl Into<String>, json: serde_json::Value) -> Self {
        Self {
            text: text.into(),
            json,
            exit: Exit::Done,
        }
    }
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Context<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("home", &self.home)
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}
