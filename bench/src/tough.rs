//! `tough`, over files.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use tough::{FilesystemTransport, Limits, RepositoryLoader, TargetName};
use url::Url;

use crate::cost::Cost;

/// Refreshes from `folder` and finds `path`.
pub fn read(folder: &Path, path: &str) -> Result<Cost> {
    let before = Cost::so_far()?;
    let folder = folder.canonicalize()?;
    let base =
        |name: &str| Url::from_directory_path(folder.join(name)).map_err(|()| anyhow!("no URL"));
    let root = std::fs::read(folder.join("metadata/1.root.json"))?;
    let limits = Limits {
        max_targets_size: u64::MAX,
        ..Limits::default()
    };
    tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(async {
            let repository = RepositoryLoader::new(&root, base("metadata")?, base("targets")?)
                .transport(FilesystemTransport)
                .limits(limits)
                .load()
                .await?;
            let name = TargetName::new(path)?;
            repository
                .targets()
                .signed
                .targets
                .get(&name)
                .context("is listed")?;
            Ok::<_, anyhow::Error>(())
        })?;
    Ok(Cost::so_far()?.since(before))
}
