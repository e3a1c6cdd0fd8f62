//! Foreign TUF implementations, asked to read a repository of ours through the running server.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sigstore_tuf::Updater;
use sigstore_tuf::transport::{FetchFuture, Repository};

use crate::server::Server;

/// What a judge saw: the version of every role, and the digest of every target it downloaded.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Version by role.
    pub versions: BTreeMap<String, u64>,
    /// SHA-256 by path.
    pub targets: BTreeMap<String, String>,
}

/// python-tuf bootstraps from the root in `root`, refreshes, and downloads `targets`.
///
/// # Errors
/// What python-tuf refused; or that it is not installed.
pub fn python_tuf(server: &Server, root: &Path, targets: &[&str]) -> Result<Verdict> {
    let python = std::env::var_os("SEALIFT_PYTHON_TUF")
        .context("SEALIFT_PYTHON_TUF is not set: run cargo xtask test")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/python_tuf.py");
    let scratch = root.parent().context("the root lies in a folder")?;
    let said = Command::new(python)
        .arg(script)
        .arg(root)
        .args([server.metadata(""), server.targets("")])
        .arg(scratch)
        .args(targets)
        .stdin(Stdio::null())
        .output()?;
    let error = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "python-tuf: {error}");
    verdict(&String::from_utf8(said.stdout)?)
}

fn verdict(line: &str) -> Result<Verdict> {
    let seen: Value = serde_json::from_str(line)?;
    let members = |name: &str| seen[name].as_object().cloned().context("has the member");
    let versions = members("versions")?.into_iter();
    let targets = members("targets")?.into_iter();
    Ok(Verdict {
        versions: versions
            .map(|(role, version)| (role, version.as_u64().unwrap_or(0)))
            .collect(),
        targets: targets
            .map(|(path, sha256)| (path, sha256.as_str().unwrap_or_default().to_owned()))
            .collect(),
    })
}

/// `sigstore-tuf` starts from the root in `root`, refreshes, and downloads `target`.
///
/// # Errors
/// What it refused.
pub fn sigstore_tuf(server: &Server, root: &Path, target: &str) -> Result<Vec<u8>> {
    let origin = Origin {
        metadata: server.metadata(""),
        targets: server.targets(""),
    };
    let now = jiff::Timestamp::now();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let mut updater = Updater::new(origin, &std::fs::read(root)?)?;
        updater.refresh(now).await?;
        Ok(updater.get_target(target, now).await?)
    })
}

/// A server as `sigstore-tuf` wants to see one.
struct Origin {
    metadata: String,
    targets: String,
}

impl Repository for Origin {
    fn fetch_metadata<'a>(&'a self, name: &'a str, most: u64) -> FetchFuture<'a> {
        let url = format!("{}{name}", self.metadata);
        Box::pin(async move { fetch(&url, most) })
    }

    fn fetch_target<'a>(&'a self, path: &'a str, most: u64) -> FetchFuture<'a> {
        let url = format!("{}{path}", self.targets);
        Box::pin(async move { fetch(&url, most) })
    }
}

fn fetch(url: &str, most: u64) -> sigstore_tuf::Result<Option<Vec<u8>>> {
    match Server::get(url) {
        Ok((200, bytes)) if bytes.len() as u64 <= most => Ok(Some(bytes)),
        Ok((404, _)) => Ok(None),
        Ok((status, _)) => Err(sigstore_tuf::Error::transport(format!("{url}: {status}"))),
        Err(error) => Err(sigstore_tuf::Error::transport(format!("{url}: {error}"))),
    }
}
