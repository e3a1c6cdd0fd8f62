//! The crate `sigstore-tuf`.

use std::path::Path;

use ::sigstore_tuf::cache::FileStore;
use ::sigstore_tuf::transport::{FetchFuture, Repository};
use ::sigstore_tuf::{Error, Updater};
use anyhow::{Context as _, Result};

use super::{Origin, Verdict, get, run};

pub(super) fn read(origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
    let now = jiff::Timestamp::now();
    run(async {
        let updater = Updater::new(Remote(origin.clone()), &origin.root)?;
        let mut updater = updater.with_store(FileStore::new(memory));
        updater.refresh(now).await?;
        let mut verdict = Verdict::default();
        for target in targets {
            verdict.keep(target, &updater.get_target(target, now).await?);
        }
        let trusted = updater.trusted();
        let timestamp = trusted.timestamp().context("refreshed")?.version;
        let snapshot = trusted.snapshot().context("refreshed")?.version;
        let top = trusted
            .targets_role("targets")
            .context("refreshed")?
            .version;
        verdict.versions = [
            ("root".to_owned(), trusted.root().version),
            ("timestamp".to_owned(), timestamp),
            ("snapshot".to_owned(), snapshot),
            ("targets".to_owned(), top),
        ]
        .into();
        Ok(verdict)
    })
}

/// A server as `sigstore-tuf` wants to see one.
struct Remote(Origin);

impl Repository for Remote {
    fn fetch_metadata<'a>(&'a self, name: &'a str, most: u64) -> FetchFuture<'a> {
        let url = format!("{}{name}", self.0.metadata);
        Box::pin(async move { fetch(&url, most) })
    }

    fn fetch_target<'a>(&'a self, path: &'a str, most: u64) -> FetchFuture<'a> {
        let url = format!("{}{path}", self.0.targets);
        Box::pin(async move { fetch(&url, most) })
    }
}

fn fetch(url: &str, most: u64) -> ::sigstore_tuf::Result<Option<Vec<u8>>> {
    match get(url) {
        Ok(Some(bytes)) if bytes.len() as u64 > most => Err(Error::transport(format!(
            "{url} has more than {most} bytes"
        ))),
        Ok(found) => Ok(found),
        Err(error) => Err(Error::transport(error)),
    }
}
