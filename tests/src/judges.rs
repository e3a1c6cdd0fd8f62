//! Foreign TUF implementations, and our own beside them, asked to read a repository.

/// The crate `tuf`.
mod rust_tuf;
/// Judges that are programs: python-tuf, tuf-js.
mod script;
/// Our own reference client.
mod sealift;
/// The crate `sigstore-tuf`.
mod sigstore_tuf;
/// The crate `tough`.
mod tough;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use sealift_metadata::Digest;

use crate::server::Server;

/// Somebody who reads a repository and says what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judge {
    /// `sealift-tuf-client`: what the others are compared with.
    Sealift,
    /// python-tuf 7.0.1, the reference implementation.
    PythonTuf,
    /// tuf-js 6.0.2, of Node.
    TufJs,
    /// The crate `sigstore-tuf` 0.15.1.
    SigstoreTuf,
    /// The crate `tough` 0.24.
    Tough,
    /// The crate `tuf` 0.3.0-beta14.
    RustTuf,
}

/// Where a repository is served, and the root that clients were shipped with.
#[derive(Clone, Debug)]
pub struct Origin {
    /// URL of the metadata, with a slash at its end.
    pub metadata: String,
    /// URL of the targets, with a slash at its end.
    pub targets: String,
    /// The document that is trusted without a question.
    pub root: Vec<u8>,
}

/// What a judge saw: the version of every role, and the digest of every target it downloaded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Version by role; the four top-level roles at least.
    pub versions: BTreeMap<String, u64>,
    /// SHA-256 by path.
    pub targets: BTreeMap<String, String>,
}

impl Judge {
    /// Everybody.
    pub const ALL: [Self; 6] = [
        Self::Sealift,
        Self::PythonTuf,
        Self::TufJs,
        Self::SigstoreTuf,
        Self::Tough,
        Self::RustTuf,
    ];

    /// Those who read what we publish: of the current specification, with delegations.
    pub const CURRENT: [Self; 5] = [
        Self::Sealift,
        Self::PythonTuf,
        Self::TufJs,
        Self::SigstoreTuf,
        Self::Tough,
    ];

    /// Starts from the root of `origin`, refreshes, and downloads `targets`. What the judge
    /// accepted before lies in the folder `memory`, which may be empty.
    ///
    /// # Errors
    /// What the judge refused; or that it is not installed.
    pub fn read(self, origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
        match self {
            Self::Sealift => sealift::read(origin, memory, targets),
            Self::PythonTuf => script::python_tuf(origin, memory, targets),
            Self::TufJs => script::tuf_js(origin, memory, targets),
            Self::SigstoreTuf => sigstore_tuf::read(origin, memory, targets),
            Self::Tough => tough::read(origin, memory, targets),
            Self::RustTuf => rust_tuf::read(origin, memory, targets),
        }
    }
}

impl Origin {
    /// The repository `default` of a server, for clients that were shipped with the root `root`.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn of(server: &Server, root: &Path) -> Result<Self> {
        Ok(Self {
            metadata: server.metadata(""),
            targets: server.targets(""),
            root: std::fs::read(root)?,
        })
    }
}

impl Verdict {
    fn keep(&mut self, path: &str, content: &[u8]) {
        let sha256 = Digest::of(content).to_string();
        self.targets.insert(path.to_owned(), sha256);
    }
}

/// python-tuf without a memory bootstraps from the root in `root` and downloads `targets`.
///
/// # Errors
/// What python-tuf refused; or that it is not installed.
pub fn python_tuf(server: &Server, root: &Path, targets: &[&str]) -> Result<Verdict> {
    let memory = tempfile::tempdir()?;
    Judge::PythonTuf.read(&Origin::of(server, root)?, memory.path(), targets)
}

/// What lies at a URL; nothing where the answer is 404.
fn get(url: &str) -> Result<Option<Vec<u8>>, String> {
    match Server::get(url) {
        Ok((200, bytes)) => Ok(Some(bytes)),
        Ok((404, _)) => Ok(None),
        Ok((status, _)) => Err(format!("{url}: {status}")),
        Err(error) => Err(format!("{url}: {error}")),
    }
}

/// Runs what a judge does to its end.
fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(work)
}
