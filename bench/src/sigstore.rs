//! `sigstore-tuf`, over files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sigstore_tuf::Updater;
use sigstore_tuf::transport::{FetchFuture, Repository, UpdaterConfig};

use crate::cost::Cost;

struct Folder(PathBuf);

impl Repository for Folder {
    fn fetch_metadata<'a>(&'a self, name: &'a str, _: u64) -> FetchFuture<'a> {
        let file = std::fs::read(self.0.join(name)).ok();
        Box::pin(async move { Ok(file) })
    }

    fn fetch_target<'a>(&'a self, _: &'a str, _: u64) -> FetchFuture<'a> {
        Box::pin(async { Ok(None) })
    }
}

/// Refreshes from `folder` and finds `path`.
pub fn read(folder: &Path, path: &str) -> Result<Cost> {
    let before = Cost::so_far()?;
    let now: jiff::Timestamp = "2098-01-01T00:00:00Z".parse()?;
    let metadata = folder.join("metadata");
    let root = std::fs::read(metadata.join("1.root.json"))?;
    let mut config = UpdaterConfig::default();
    config.targets_max_length = u64::MAX;
    tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(async {
            let mut updater = Updater::new(Folder(metadata), &root)?.with_config(config);
            updater.refresh(now).await?;
            updater
                .get_target_info(path, now)
                .await?
                .context("is listed")?;
            Ok::<_, anyhow::Error>(())
        })?;
    Ok(Cost::so_far()?.since(before))
}
