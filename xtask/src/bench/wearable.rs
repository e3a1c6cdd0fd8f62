//! Instructions for each byte that a Cortex-M4 installs, counted in QEMU.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::firmware::{FOLDER, Program, image};
use crate::setup;
use crate::size::emulator;
use crate::step::{Step, timed};

/// An encoding, and what its installation may cost per instruction of its floor.
const BARS: [(&str, f64); 2] = [("raw", 1.2), ("deflate", 1.5)];

/// Instructions of a tick: 25 MHz, where one takes a nanosecond.
const PER_TICK: f64 = 40.0;

/// What the firmware counted.
struct Counted {
    bytes: f64,
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
        package: "sealift-wearable-app",
        variables: &[("SEALIFT_SLOT", "b")],
        features: &[],
    };
    let app = timed("build an image", || image(&app.build(toolchain)?))?;
    let app_file = folder.join("app.bin");
    fs::write(&app_file, &app)?;
    let mut misses = Vec::new();
    let mut lines = Vec::new();
    for (encoding, bar) in BARS {
        let files = folder.join(encoding);
        let args = format!(
            "wearable {} {} {encoding}",
            files.display(),
            app_file.display()
        );
        Step::new("sign a repository", &program.display().to_string(), &args).run()?;
        let encoded = files.join("encoding");
        let ratio_of_size = fs::metadata(&encoded)?.len() as f64 / app.len() as f64;
        let variables = [
            (
                "SEALIFT_FILES",
                files.join("files.rs").display().to_string(),
            ),
            ("SEALIFT_ENCODING", encoded.display().to_string()),
        ];
        let variables = variables
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let counter = Program {
            package: "sealift-wearable-install",
            variables: &variables,
            features: &[],
        };
        let counted = timed(&format!("install {encoding} in QEMU"), || {
            let said = emulator::count(&counter.build(toolchain)?)?;
            read(&said).with_context(|| format!("it said {said:?}"))
        })?;
        let ratio = counted.install / counted.floor;
        let per_byte = |ticks: f64| ticks * PER_TICK / counted.bytes;
        let verdict = if ratio <= bar { "met" } else { "MISSED" };
        lines.push(format!(
            "  {encoding:<8} ({ratio_of_size:.2} of the size) {:>6.0}   floor {:>5.0}   \
             ratio {ratio:.2}, at most {bar}: {verdict}",
            per_byte(counted.install),
            per_byte(counted.floor),
        ));
        if ratio > bar {
            misses.push(format!("{ratio:.2} x the floor of {encoding}"));
        }
    }
    println!(
        "\ninstructions for each installed byte on a Cortex-M4, image of {} bytes",
        app.len()
    );
    lines.iter().for_each(|line| println!("{line}"));
    Ok(misses)
}

/// `bytes <n> install <ticks> floor <ticks>`
fn read(said: &str) -> Option<Counted> {
    let words: Vec<&str> = said.split_whitespace().collect();
    let ["bytes", bytes, "install", install, "floor", floor] = words.as_slice() else {
        return None;
    };
    Some(Counted {
        bytes: bytes.parse().ok()?,
        install: install.parse().ok()?,
        floor: floor.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_firmware_counted_is_read_or_refused() {
        let counted = read("bytes 10 install 30 floor 20\n").unwrap();
        assert_eq!(counted.install / counted.floor, 1.5);
        for said in ["", "error 252", "bytes 10 install x floor 2"] {
            assert!(read(said).is_none(), "{said}");
        }
    }
}
