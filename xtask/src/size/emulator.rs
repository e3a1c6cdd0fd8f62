//! Runs a firmware in QEMU and reads how deep its stack became.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::elf::Image;
use crate::step::timed;

/// What unused memory is painted with.
const PAINT: u8 = 0xa5;

/// How long the firmware may take, in seconds; it takes less than one.
const PATIENCE_SECONDS: u64 = 60;

/// How often it is looked at, in milliseconds.
const LOOK_MILLISECONDS: u64 = 50;

/// What came of a run.
pub(super) struct Run {
    /// The sequence of the image that was found.
    pub(super) sequence: u64,
    pub(super) buffer_bytes: u64,
    pub(super) stack_bytes: u64,
}

/// How deep the stack of a boot loader becomes that finds `flash`, up to its jump.
pub(super) fn boot(loader: &Path, image: &Image, flash: &Path, folder: &Path) -> Result<u64> {
    timed("run the boot loader in QEMU", || {
        let scratch = tempfile::tempdir()?;
        let paint = paint(image, &scratch.path().join("paint.bin"))?;
        let backend = flash.display();
        let backend = format!("memory-backend-file,id=flash,size=16M,mem-path={backend},share=off");
        let console = format!("file:{}", scratch.path().join("serial").display());
        let more = [
            ["-device", &paint],
            ["-machine", "memory-backend=flash"],
            ["-object", &backend],
            ["-serial", &console],
        ];
        let mut board = Board::start(loader, more.as_flattened(), scratch.path())?;
        board.console = scratch.path().join("serial");
        let said = board.outcome()?;
        ensure!(said.starts_with("boot: slot a\n"), "it said {said:?}");
        let memory = board.memory(image, &folder.join("stack.bin"))?;
        let untouched = memory.iter().take_while(|byte| **byte == PAINT).count();
        Ok(u64::try_from(memory.len() - untouched)?)
    })
}

pub(super) fn run(firmware: &Path, image: &Image, folder: &Path) -> Result<Run> {
    timed("run it in QEMU", || {
        let scratch = tempfile::tempdir()?;
        let paint = paint(image, &scratch.path().join("paint.bin"))?;
        let mut board = Board::start(firmware, &["-device", &paint], scratch.path())?;
        let said = board.outcome()?;
        let memory = board.memory(image, &folder.join("stack.bin"))?;
        let untouched = memory.iter().take_while(|byte| **byte == PAINT).count();
        let (sequence, buffer_bytes) = read(&said).with_context(|| format!("it said {said:?}"))?;
        Ok(Run {
            sequence,
            buffer_bytes,
            stack_bytes: u64::try_from(memory.len() - untouched)?,
        })
    })
}

/// The line that a firmware ends with, where QEMU lets an instruction take a nanosecond.
pub(crate) fn count(firmware: &Path) -> Result<String> {
    let scratch = tempfile::tempdir()?;
    Board::start(firmware, &["-icount", "shift=0"], scratch.path())?.outcome()
}

/// What paints the memory of the stack.
fn paint(image: &Image, file: &Path) -> Result<String> {
    let (lowest, length) = image.stack();
    fs::write(file, vec![PAINT; usize::try_from(length)?])?;
    let file = file.display();
    Ok(format!("loader,file={file},addr={lowest:#x},force-raw=on"))
}

/// `outcome <sequence> buffer <bytes>`
fn read(said: &str) -> Option<(u64, u64)> {
    let (sequence, buffer) = said
        .trim()
        .strip_prefix("outcome ")?
        .split_once(" buffer ")?;
    Some((sequence.parse().ok()?, buffer.parse().ok()?))
}

/// A board with a Cortex-M4, emulated; it is switched off when it is dropped.
struct Board {
    qemu: Child,
    console: std::path::PathBuf,
    control: std::path::PathBuf,
}

impl Board {
    fn start(firmware: &Path, more: &[&str], scratch: &Path) -> Result<Self> {
        let (console, control) = (scratch.join("console"), scratch.join("control"));
        let qemu = Command::new("qemu-system-arm")
            .args(["-M", "mps2-an386", "-display", "none", "-monitor", "none"])
            .args(["-serial", "none", "-semihosting-config"])
            .arg("enable=on,target=native")
            .arg("-qmp")
            .arg(format!("unix:{},server=on,wait=off", control.display()))
            .args(more)
            .arg("-kernel")
            .arg(firmware)
            .stdin(Stdio::null())
            // What a firmware says by semihosting comes out here.
            .stdout(fs::File::create(&console)?)
            .spawn()
            .context("cannot start qemu-system-arm")?;
        Ok(Self {
            qemu,
            console,
            control,
        })
    }

    /// The line that the firmware ends with.
    fn outcome(&mut self) -> Result<String> {
        let start = Instant::now();
        loop {
            let said = fs::read_to_string(&self.console).unwrap_or_default();
            if said.ends_with('\n') {
                return Ok(said);
            }
            ensure!(self.qemu.try_wait()?.is_none(), "QEMU ended");
            let is_late = start.elapsed() > Duration::from_secs(PATIENCE_SECONDS);
            ensure!(!is_late, "the firmware came to no end; it said {said:?}");
            thread::sleep(Duration::from_millis(LOOK_MILLISECONDS));
        }
    }

    /// The memory of the stack, from its lowest address on.
    fn memory(&self, image: &Image, file: &Path) -> Result<Vec<u8>> {
        let (lowest, length) = image.stack();
        let file = std::path::absolute(file)?;
        let mut control = Control::connect(&self.control)?;
        control.ask("qmp_capabilities", &json!({}))?;
        control.ask("stop", &json!({}))?;
        let place = json!({ "val": lowest, "size": length, "filename": file });
        control.ask("memsave", &place)?;
        Ok(fs::read(file)?)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// QEMU's machine protocol: a line of JSON each way.
struct Control(BufReader<UnixStream>);

impl Control {
    fn connect(path: &Path) -> Result<Self> {
        let mut control = Self(BufReader::new(UnixStream::connect(path)?));
        // Its greeting.
        control.line()?;
        Ok(control)
    }

    fn ask(&mut self, command: &str, arguments: &Value) -> Result<()> {
        let question = json!({ "execute": command, "arguments": arguments });
        writeln!(self.0.get_mut(), "{question}")?;
        loop {
            // Events may come before the answer.
            let answer = self.line()?;
            ensure!(answer.get("error").is_none(), "{command}: {answer}");
            if answer.get("return").is_some() {
                return Ok(());
            }
        }
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_firmware_is_read_or_refused() {
        assert_eq!(read("outcome 40 buffer 8192\n"), Some((40, 8192)));
        for said in ["", "outcome 40", "panic", "outcome x buffer 8192"] {
            assert_eq!(read(said), None, "{said}");
        }
    }
}
