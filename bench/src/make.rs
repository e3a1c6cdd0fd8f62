//! A repository whose top-level targets role lists many files, signed by two keys.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use sealift_metadata::name::Version;
use sealift_metadata::{Digest, Time};
use sealift_tests::simulator::Simulator;

/// The path of one of the targets.
pub fn path(index: u64) -> String {
    format!("images/watch/app/{index}/firmware-{index}.bin")
}

/// Writes the repository to `folder/metadata`.
pub fn repository(folder: &Path, count: u64) -> Result<()> {
    let mut world = Simulator::new();
    let late = Time::parse("2099-01-01T00:00:00Z")?;
    world.online_expires = late;
    world.root.set_expires(late);
    world.roots.clear();
    world.publish_root();
    world.targets.retain(|role, _| role == "targets");
    let targets = world.draft("targets");
    targets.set_expires(late);
    targets.remove("delegations");
    for index in 0..count {
        let digest = Digest::of(&index.to_le_bytes());
        targets.set_target(&path(index), 100_000 + index, &digest, None);
    }
    let metadata = folder.join("metadata");
    fs::create_dir_all(&metadata)?;
    let root = world.fetch_root(Version::FIRST).context("is published")?;
    fs::write(metadata.join("1.root.json"), root)?;
    fs::write(metadata.join("timestamp.json"), world.fetch_timestamp())?;
    fs::write(metadata.join("1.snapshot.json"), world.fetch_snapshot())?;
    fs::write(metadata.join("1.targets.json"), world.fetch("targets"))?;
    Ok(())
}
