//! QEMU's machine protocol: a line of JSON each way.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

/// How long an emulator may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to an emulator.
#[derive(Debug)]
pub(super) struct Monitor(BufReader<UnixStream>);

impl Monitor {
    /// Waits until the emulator listens.
    pub(super) fn connect(socket: &Path) -> Result<Self> {
        let start = Instant::now();
        let stream = loop {
            match UnixStream::connect(socket) {
                Ok(stream) => break stream,
                Err(_) if start.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(5)),
                Err(error) => return Err(error).context("nobody listens for the monitor"),
            }
        };
        let mut monitor = Self(BufReader::new(stream));
        // Its greeting.
        monitor.line()?;
        monitor.ask("qmp_capabilities", &json!({}))?;
        Ok(monitor)
    }

    /// Whether the device reset itself: the emulator was told to stand still then.
    pub(super) fn is_reset(&mut self) -> Result<bool> {
        let answer = self.ask("query-status", &json!({}))?;
        Ok(answer["return"]["status"] == "shutdown")
    }

    /// Stops the device and writes its memory from `at` on into a file.
    pub(super) fn stop(&mut self, at: u32, length: u32, file: &Path) -> Result<()> {
        self.ask("stop", &json!({}))?;
        let place = json!({ "val": at, "size": length, "filename": file });
        self.ask("memsave", &place).map(drop)
    }

    fn ask(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let question = json!({ "execute": command, "arguments": arguments });
        writeln!(self.0.get_mut(), "{question}")?;
        loop {
            // Events may come before the answer.
            let answer = self.line()?;
            ensure!(answer.get("error").is_none(), "{command}: {answer}");
            if answer.get("return").is_some() {
                return Ok(answer);
            }
        }
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}
