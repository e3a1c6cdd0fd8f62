//! Instructions for each byte that a Cortex-M4 installs, counted in QEMU.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::firmware::{FOLDER, Machine, Program, image};
use crate::setup::{self, BareMetal};
use crate::size::emulator;
use crate::step::{Step, timed};

/// An encoding, and what its installation may cost per instruction of its floor.
const BARS: [(&str, f64); 2] = [("raw", 1.2), ("deflate", 1.5)];

/// Instructions of a tick: 25 MHz, where one takes a nanosecond.
const PER_TICK: f64 = 40.0;

/// What the firmware counted.
struct Counted {
    bytes: f64,
    encoding: f64,
    install: f64,
    floor: f64,
}

/// Installs the application of `cargo xtask wearable` in each encoding, and says what missed its
/// bar.
pub(super) fn run(program: &Path) -> Result<Vec<String>> {
    let toolchain = setup::bare_metal(false)?;
    let folder = std::path::absolute(Path::new(FOLDER).join("install"))?;
    fs::create_dir_all(&folder)?;
    let app = Program {
        machine: Machine::Mps2An386,
        package: "sealift-wearable-app",
        variables: &[("SEALIFT_SLOT", "b")],
        features: &[],
    };
    let app = timed("build an image", || image(&app.build(toolchain)?))?;
    fs::write(folder.join("app.bin"), app)?;
    let (mut misses, mut lines) = (Vec::new(), Vec::new());
    for (encoding, bar) in BARS {
        let files = sign(program, &folder, encoding)?;
        let counted = count(toolchain, &files, encoding)?;
        let ratio = counted.install / counted.floor;
        lines.push(counted.line(encoding, bar));
        if ratio > bar {
            misses.push(format!("{ratio:.2} x the floor of {encoding}"));
        }
    }
    println!("\ninstructions for each installed byte on a Cortex-M4");
    for line in lines {
        println!("{line}");
    }
    Ok(misses)
}

/// Makes a repository of the image and returns its folder.
fn sign(program: &Path, folder: &Path, encoding: &str) -> Result<PathBuf> {
    let files = folder.join(encoding);
    let image = folder.join("app.bin");
    let args = format!(
        "wearable {} {} {encoding}",
        files.display(),
        image.display()
    );
    Step::new("sign a repository", program.display().to_string(), &args).run()?;
    Ok(files)
}

fn count(toolchain: BareMetal, files: &Path, encoding: &str) -> Result<Counted> {
    let [list, encoded] = ["files.rs", "encoding"].map(|name| files.join(name));
    let (list, encoded) = (list.display().to_string(), encoded.display().to_string());
    let firmware = Program {
        machine: Machine::Mps2An386,
        package: "sealift-wearable-install",
        variables: &[("SEALIFT_FILES", &list), ("SEALIFT_ENCODING", &encoded)],
        features: &[],
    };
    timed(&format!("install {encoding} in QEMU"), || {
        let said = emulator::count(&firmware.build(toolchain)?)?;
        read(&said).with_context(|| format!("it said {said:?}"))
    })
}

impl Counted {
    fn line(&self, encoding: &str, bar: f64) -> String {
        let per_byte = |ticks: f64| ticks * PER_TICK / self.bytes;
        let ratio = self.install / self.floor;
        format!(
            "  {encoding:<8} of {:.2} of the size {:>6.0}, floor {:>4.0}; ratio {ratio:.2}, at most \
             {bar}: {}",
            self.encoding / self.bytes,
            per_byte(self.install),
            per_byte(self.floor),
            if ratio <= bar { "met" } else { "MISSED" }
        )
    }
}

/// `bytes <n> encoding <n> install <ticks> floor <ticks>`
fn read(said: &str) -> Option<Counted> {
    let words: Vec<&str> = said.split_whitespace().collect();
    let [
        "bytes",
        bytes,
        "encoding",
        encoding,
        "install",
        install,
        "floor",
        floor,
    ] = words.as_slice()
    else {
        return None;
    };
    Some(Counted {
        bytes: bytes.parse().ok()?,
        encoding: encoding.parse().ok()?,
        install: install.parse().ok()?,
        floor: floor.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_firmware_counted_is_read_or_refused() {
        let counted = read("bytes 10 encoding 6 install 30 floor 20\n").unwrap();
        assert!(
            counted
                .line("raw", 1.2)
                .ends_with("ratio 1.50, at most 1.2: MISSED")
        );
        assert!(
            counted
                .line("raw", 1.5)
                .ends_with("ratio 1.50, at most 1.5: met")
        );
        for said in ["", "error 252", "bytes 10 encoding 6 install x floor 2"] {
            assert!(read(said).is_none(), "{said}");
        }
    }
}
