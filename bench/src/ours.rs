//! Sealift: the stages, over documents that lie in buffers.

use std::path::Path;

use anyhow::{Context as _, Result};
use sealift_metadata::Time;
use sealift_metadata::trusted::{Floors, RootStage};

use crate::cost::Cost;

/// Refreshes from `folder` and finds `path`.
pub fn read(folder: &Path, path: &str) -> Result<Cost> {
    let before = Cost::so_far()?;
    let load = |name: &str| std::fs::read(folder.join("metadata").join(name));
    let now = Time::parse("2098-01-01T00:00:00Z")?;
    let root = RootStage::begin(&load("1.root.json")?, Floors::default(), now)?;
    let timestamp = root.finish()?.accept(&load("timestamp.json")?)?;
    let snapshot = load("1.snapshot.json")?;
    let (stage, snapshot) = timestamp.accept(&snapshot, None)?;
    let targets = load("1.targets.json")?;
    let targets = stage.accept(&snapshot, &targets)?;
    targets.find(path).context("is listed")?;
    Ok(Cost::so_far()?.since(before))
}
