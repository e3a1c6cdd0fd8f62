//! The board, switched on and off. Its flash is a file; each start is a fresh emulator.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// How long anything that is waited for may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Starts that are given to a device that was promised to come back by itself.
const STARTS: usize = 12;

/// A board, off or on.
#[derive(Debug)]
pub struct Board {
    bootloader: PathBuf,
    /// Its flash.
    pub flash: PathBuf,
    console: PathBuf,
    qemu: Option<Child>,
    /// Bytes of the console that were read since the last start.
    read: usize,
    /// Everything that was said, line by line, and how many lines of it were waited for.
    pub said: Vec<String>,
    heard: usize,
}

impl Board {
    /// A board that is off.
    pub fn new(bootloader: &Path, flash: &Path) -> Self {
        Self {
            bootloader: bootloader.to_owned(),
            flash: flash.to_owned(),
            console: flash.with_extension("console"),
            qemu: None,
            read: 0,
            said: Vec::new(),
            heard: 0,
        }
    }

    /// Its boot loader.
    pub fn bootloader(&self) -> &Path {
        &self.bootloader
    }

    /// Switches it on; its serial line leads to a relay.
    ///
    /// # Errors
    /// When the emulator does not start.
    pub fn on(&mut self, relay: &str) -> Result<()> {
        self.off();
        (self.read, self.heard) = (0, self.said.len());
        File::create(&self.console)?;
        let (host, port) = relay.split_once(':').context("HOST:PORT")?;
        let flash = self.flash.display();
        let backend = format!("memory-backend-file,id=flash,size=16M,mem-path={flash},share=on");
        let qemu = Command::new("qemu-system-arm")
            .args(["-M", "mps2-an386,memory-backend=flash", "-object", &backend])
            .args(["-display", "none", "-monitor", "none", "-no-reboot"])
            .arg("-chardev")
            .arg(format!("socket,id=link,host={host},port={port},nodelay=on"))
            .args(["-serial", "chardev:link", "-serial"])
            .arg(format!("file:{}", self.console.display()))
            .arg("-kernel")
            .arg(&self.bootloader)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.flash.with_extension("qemu"))?)
            .spawn()
            .context("cannot start qemu-system-arm")?;
        self.qemu = Some(qemu);
        Ok(())
    }

    /// Cuts the power. What was stored by then is in the file; nothing else is anywhere.
    pub fn off(&mut self) {
        if let Some(mut qemu) = self.qemu.take() {
            // One that has ended already needs no end.
            let _ = qemu.kill();
            let _ = qemu.wait();
        }
    }

    /// Waits until the next line that contains `text` is said, and returns it. Where the device
    /// resets itself, it is switched on again.
    ///
    /// # Errors
    /// When it is not said in time.
    pub fn wait_for(&mut self, text: &str, relay: &str) -> Result<String> {
        let (start, mut starts) = (Instant::now(), 0);
        loop {
            let has_ended = self.has_ended()?;
            self.listen()?;
            while let Some(line) = self.said.get(self.heard) {
                self.heard += 1;
                if line.contains(text) {
                    return Ok(line.clone());
                }
            }
            if has_ended {
                starts += 1;
                ensure!(
                    starts < STARTS,
                    "started in vain, no {text:?}: {}",
                    self.told()
                );
                self.on(relay)?;
            }
            if start.elapsed() > PATIENCE {
                bail!("nobody said {text:?}: {}", self.told());
            }
            thread::sleep(LOOK);
        }
    }

    /// Lets the device do what it does for a while, or until it resets itself.
    ///
    /// # Errors
    /// When the emulator cannot be asked.
    pub fn run_for(&mut self, time: Duration) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < time && !self.has_ended()? {
            thread::sleep(LOOK.min(time.saturating_sub(start.elapsed())));
        }
        self.listen()
    }

    /// Everything that was said, for a person.
    pub fn told(&self) -> String {
        let emulator = fs::read_to_string(self.flash.with_extension("qemu"));
        let last = &self.said[self.said.len().saturating_sub(30)..];
        format!(
            "it said\n{}\n{}",
            last.join("\n"),
            emulator.unwrap_or_default()
        )
    }

    /// Whether it is off: the emulator ends where the device resets itself.
    fn has_ended(&mut self) -> Result<bool> {
        match &mut self.qemu {
            None => Ok(true),
            Some(qemu) => Ok(qemu.try_wait()?.is_some()),
        }
    }

    /// Takes whole lines from the console.
    fn listen(&mut self) -> Result<()> {
        if self.qemu.is_none() {
            return Ok(());
        }
        let bytes = fs::read(&self.console)?;
        let fresh = bytes.get(self.read..).unwrap_or_default();
        let length = fresh
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let lines = String::from_utf8_lossy(&fresh[..length]);
        self.said.extend(lines.lines().map(str::to_owned));
        self.read += length;
        Ok(())
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.off();
    }
}
