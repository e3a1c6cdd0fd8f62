//! `sealift-tuf-client` reads repositories that python-tuf wrote, with other keys, another layout
//! of JSON, and both kinds of hash bins; and keeps exactly what it downloaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sealift_tests::programs::{self, Said};
use tempfile::TempDir;

/// A repository by python-tuf, and a client that trusts its first root.
struct World {
    scratch: TempDir,
}

impl World {
    fn new(layout: &str) -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let python = std::env::var_os("SEALIFT_PYTHON_TUF")
            .context("SEALIFT_PYTHON_TUF is not set: run cargo xtask test")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/python_tuf_writer.py");
        let output = Command::new(python)
            .arg(script)
            .arg(scratch.path().join("repository"))
            .arg(layout)
            .output()?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let world = Self { scratch };
        let root = world
            .published("1.root.json")
            .to_string_lossy()
            .into_owned();
        world.client(&["init", &root])?.ok()?;
        Ok(world)
    }

    fn client(&self, args: &[&str]) -> Result<Said> {
        let metadata = self.scratch.path().join("repository/metadata");
        let targets = self.scratch.path().join("repository/targets");
        let output = programs::command("sealift-tuf-client")?
            .arg("--metadata-dir")
            .arg(self.scratch.path().join("kept"))
            .arg("--metadata-url")
            .arg(metadata)
            .arg("--target-base-url")
            .arg(targets)
            .arg("--target-dir")
            .arg(self.scratch.path().join("downloads"))
            .args(args)
            .output()?;
        Ok(output.into())
    }

    fn download(&self, names: &[&str]) -> Result<Said> {
        let mut args = Vec::new();
        for name in names {
            args.extend(["--target-name", name]);
        }
        args.push("download");
        self.client(&args)
    }

    fn published(&self, name: &str) -> PathBuf {
        self.scratch.path().join("repository/metadata").join(name)
    }

    fn kept(&self, name: &str) -> PathBuf {
        self.scratch.path().join("kept").join(name)
    }

    /// Every file that is kept, with its bytes.
    fn everything_kept(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.kept(""))? {
            let path = entry?.path();
            let name = path
                .file_name()
                .context("has a name")?
                .to_string_lossy()
                .into_owned();
            files.push((name, fs::read(path)?));
        }
        files.sort();
        Ok(files)
    }
}

#[test]
fn targets_are_found_in_every_kind_of_delegation_that_python_tuf_writes() -> Result<()> {
    for (layout, roles) in [("plain", 0), ("prefixes", 1), ("succinct", 1)] {
        let world = World::new(layout)?;
        world.client(&["refresh"])?.ok()?;
        let refreshed = world.everything_kept()?.len();
        assert_eq!(refreshed, 4, "root, timestamp, snapshot and targets");
        world.download(&["dir/file3.txt"])?.ok()?;
        let found = fs::read(world.scratch.path().join("downloads/dir%2Ffile3.txt"))?;
        assert_eq!(found, b"content 3\n", "{layout}");
        assert_eq!(
            world.everything_kept()?.len() - refreshed,
            roles,
            "{layout}"
        );
        assert!(
            world
                .download(&["dir/file99.txt"])?
                .refused()?
                .names("no such target")
        );
    }
    Ok(())
}

#[test]
fn what_is_kept_is_what_was_downloaded_and_survives_a_refusal() -> Result<()> {
    let world = World::new("plain")?;
    world.client(&["refresh"])?.ok()?;
    for (kept, published) in [
        ("root.json", "2.root.json"),
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "1.snapshot.json"),
        ("targets.json", "1.targets.json"),
    ] {
        assert_eq!(
            fs::read(world.kept(kept))?,
            fs::read(world.published(published))?,
            "{kept}"
        );
    }
    let before = world.everything_kept()?;
    let mut timestamp = fs::read(world.published("timestamp.json"))?;
    let at = timestamp
        .iter()
        .position(|byte| *byte == b'1')
        .context("has a digit")?;
    timestamp[at] = b'2';
    fs::write(world.published("timestamp.json"), timestamp)?;
    world.client(&["refresh"])?.refused()?;
    assert_eq!(world.everything_kept()?, before);
    Ok(())
}

#[test]
fn a_cache_that_was_altered_is_fetched_again_and_an_expired_one_keeps_its_floor() -> Result<()> {
    let world = World::new("prefixes")?;
    world.download(&["dir/file1.txt"])?.ok()?;
    let healthy = world.everything_kept()?;
    for (name, _) in &healthy {
        if name != "root.json" {
            fs::write(world.kept(name), b"{}")?;
        }
    }
    world.download(&["dir/file1.txt"])?.ok()?;
    assert_eq!(world.everything_kept()?, healthy);

    // The repository is expired for a client of the future, and nothing of it is lost.
    let late = programs::command("sealift-tuf-client")?
        .env("FAKE_NOW", "2999-01-01 00:00:00.5+00:00")
        .arg("--metadata-dir")
        .arg(world.kept(""))
        .arg("--metadata-url")
        .arg(world.published(""))
        .arg("refresh")
        .output()?;
    assert!(Said::from(late).refused()?.names("expired"));
    assert_eq!(world.everything_kept()?, healthy);
    Ok(())
}

#[test]
fn an_altered_target_is_refused_and_a_good_one_is_not_fetched_twice() -> Result<()> {
    let world = World::new("plain")?;
    world.download(&["dir/file1.txt"])?.ok()?;
    let targets = world.scratch.path().join("repository/targets/dir");
    for entry in fs::read_dir(&targets)? {
        fs::write(entry?.path(), b"something else")?;
    }
    world.download(&["dir/file1.txt"])?.ok()?;
    assert!(
        world
            .download(&["dir/file2.txt"])?
            .refused()?
            .names("longer than")
    );
    for entry in fs::read_dir(&targets)? {
        fs::write(entry?.path(), b"content X\n")?;
    }
    assert!(
        world
            .download(&["dir/file2.txt"])?
            .refused()?
            .names("not the one that was signed")
    );
    Ok(())
}
