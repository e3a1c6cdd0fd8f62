//! The board, switched on and off. Its flash is a file; each start is a fresh emulator.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::Machine;
use super::monitor::Monitor;

/// Bytes of the boot loader of a micro:bit, which lies before everything that is kept.
const BOOTLOADER_BYTES: u32 = 10 * 1024;

/// How long anything that is waited for may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Starts that are given to a device that was promised to come back by itself.
const STARTS: usize = 12;

/// A board, off or on.
#[derive(Debug)]
pub struct Board {
    machine: Machine,
    bootloader: PathBuf,
    /// Its flash.
    pub flash: PathBuf,
    console: PathBuf,
    qemu: Option<Child>,
    /// Where the flash is not a file while the emulator runs.
    monitor: Option<Monitor>,
    /// Bytes of the console that were read since the last start.
    read: usize,
    /// Everything that was said, line by line, and how many lines of it were waited for.
    pub said: Vec<String>,
    heard: usize,
}

impl Board {
    /// A board that is off.
    pub fn new(machine: Machine, bootloader: &Path, flash: &Path) -> Self {
        Self {
            machine,
            bootloader: bootloader.to_owned(),
            flash: flash.to_owned(),
            console: flash.with_extension("console"),
            qemu: None,
            monitor: None,
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
        let mut qemu = Command::new("qemu-system-arm");
        qemu.args(["-display", "none", "-monitor", "none", "-no-reboot"])
            .arg("-chardev")
            .arg(format!("socket,id=link,host={host},port={port},nodelay=on"))
            .args(["-serial", "chardev:link"])
            .arg("-kernel")
            .arg(&self.bootloader);
        match self.machine {
            Machine::Mps2An386 => self.add_mps2(&mut qemu),
            Machine::Microbit => self.add_microbit(&mut qemu)?,
        }
        let qemu = qemu
            .stdin(Stdio::null())
            .stderr(File::create(self.flash.with_extension("qemu"))?)
            .spawn()
            .context("cannot start qemu-system-arm")?;
        self.qemu = Some(qemu);
        if self.machine == Machine::Microbit {
            self.monitor = Some(Monitor::connect(&self.socket())?);
        }
        Ok(())
    }

    /// Its flash is a file that is mapped.
    fn add_mps2(&self, qemu: &mut Command) {
        let flash = self.flash.display();
        let backend = format!("memory-backend-file,id=flash,size=16M,mem-path={flash},share=on");
        qemu.args(["-M", "mps2-an386,memory-backend=flash", "-object", &backend])
            .arg("-serial")
            .arg(format!("file:{}", self.console.display()))
            .stdout(Stdio::null());
    }

    /// What lies behind the boot loader is loaded, and at every reset again: so each start is a
    /// fresh emulator here, too, and one that resets stands still until its flash was read.
    fn add_microbit(&self, qemu: &mut Command) -> Result<()> {
        let rest = self.rest();
        fs::write(&rest, &fs::read(&self.flash)?[BOOTLOADER_BYTES as usize..])?;
        let socket = self.socket();
        // One that was killed leaves its socket behind.
        let _ = fs::remove_file(&socket);
        qemu.args(["-M", "microbit", "-no-shutdown", "-device"])
            .arg(format!(
                "loader,file={},addr={BOOTLOADER_BYTES:#x},force-raw=on",
                rest.display()
            ))
            .args(["-semihosting-config", "enable=on,target=native", "-qmp"])
            .arg(format!("unix:{},server=on,wait=off", socket.display()))
            // What it tells its debugger comes out here.
            .stdout(File::create(&self.console)?);
        Ok(())
    }

    fn socket(&self) -> PathBuf {
        self.flash.with_extension("qmp")
    }

    /// A file for the flash behind the boot loader.
    fn rest(&self) -> PathBuf {
        self.flash.with_extension("rest")
    }

    fn keep_flash(&self, monitor: &mut Monitor) -> Result<()> {
        let (rest, all) = (self.rest(), self.machine.geometry().capacity());
        monitor.stop(BOOTLOADER_BYTES, all - BOOTLOADER_BYTES, &rest)?;
        let file = File::options().write(true).open(&self.flash)?;
        Ok(file.write_all_at(&fs::read(&rest)?, BOOTLOADER_BYTES.into())?)
    }

    /// Cuts the power. What was stored by then is in the file; nothing else is anywhere.
    ///
    /// # Panics
    /// When the emulator does not give the flash away that it holds.
    pub fn off(&mut self) {
        if let Some(mut monitor) = self.monitor.take() {
            self.keep_flash(&mut monitor).expect("the flash is kept");
        }
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
        if let Some(monitor) = &mut self.monitor {
            return monitor.is_reset();
        }
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
