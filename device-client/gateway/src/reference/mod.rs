//! The reference client: the whole TUF client workflow for any repository, and nothing else.
//!
//! It keeps documents, not floors: `root.json`, `timestamp.json`, `snapshot.json` and the targets
//! roles, unversioned, with exactly the bytes that were downloaded. Integrators look at
//! repositories with it, and the public conformance suite tests it.

/// The command line of the conformance suite's client under test.
pub mod cli;
/// Fetching documents.
mod fetch;
/// Files of a metadata directory.
mod kept;
/// The refresh.
mod refresh;
/// Targets: search, download, check.
mod targets;

use std::path::Path;

use sealift_metadata::received::Received;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::{Error, Time};

use self::fetch::origin;
use self::kept::Kept;
use crate::transport::{Client as Http, Origin};

/// Why the client gave up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// What a document was refused for.
    #[error("{document}: {source} ({name})", name = source.name())]
    Document {
        /// The file that was refused.
        document: String,
        /// Why.
        source: Error,
    },
    /// The repository could not be reached, or lacks what it must have.
    #[error("cannot fetch {address}: {reason}")]
    Fetch {
        /// What was asked for.
        address: String,
        /// What came back.
        reason: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The metadata directory or the target directory cannot be written.
    #[error(transparent)]
    Store(#[from] crate::Error),
    /// No role that may speak for the target lists it.
    #[error("no such target: {0}")]
    NoTarget(String),
    /// A target's name with a segment that is empty, `.` or `..`.
    #[error("{0:?} is not the name of a file")]
    UnsafeName(String),
    /// The target is not the one that was signed.
    #[error("the target {0} is not the one that was signed")]
    WrongTarget(String),
}

type Result<T> = std::result::Result<T, Refused>;

/// Names the document that an error is about.
fn about(document: &str) -> impl FnOnce(Error) -> Refused + use<'_> {
    move |source| Refused::Document {
        document: document.to_owned(),
        source,
    }
}

/// A client of one repository.
#[derive(Debug)]
pub struct Client<'c> {
    kept: Kept<'c>,
    http: Http,
    metadata: Origin,
    now: Time,
}

impl<'c> Client<'c> {
    /// A client that keeps its documents in `folder`, at the time `now` (TUF 5.1).
    ///
    /// # Errors
    /// [`Refused::Fetch`] for a URL of another kind than `http`, `https` or a folder.
    pub fn new(folder: &'c Path, metadata_url: &str, now: Time) -> Result<Self> {
        let (http, metadata) = (Http::new(), origin(metadata_url)?);
        Ok(Self {
            kept: Kept(folder),
            http,
            metadata,
            now,
        })
    }

    /// Makes a root the trusted one (TUF 5.2).
    ///
    /// # Errors
    /// [`Refused`].
    pub fn init(folder: &Path, root: &[u8]) -> Result<()> {
        let mut scratch = vec![0; root.len()];
        Received::lay_out(root, &mut scratch)
            .and_then(|root| RootStage::begin(root, Floors::default(), Time::EPOCH))
            .map_err(about("root.json"))?;
        Kept(folder).write("root", root)
    }

    /// Brings root, timestamp, snapshot and the top-level targets role up to date.
    ///
    /// # Errors
    /// [`Refused`]; whatever was accepted before stays kept.
    pub fn refresh(&self) -> Result<()> {
        self.ready().map(drop)
    }
}
