//! The reference client: the whole TUF client workflow for any repository, and nothing else.
//!
//! It keeps documents, not floors: `root.json`, `timestamp.json`, `snapshot.json` and the targets
//! roles, unversioned, with exactly the bytes that were downloaded. Integrators look at
//! repositories with it, and the public conformance suite tests it.

/// The command line of the conformance suite's client under test.
pub mod cli;
/// Several repositories that must agree.
pub mod consensus;
/// Fetching documents.
mod fetch;
/// The folder of targets.
mod folder;
/// Files of a metadata directory.
mod kept;
/// Which repositories must agree on what.
pub mod map;
/// The refresh.
mod refresh;
/// Targets: search, download, check.
mod targets;

use std::fmt::Write as _;
use std::path::Path;

use sealift_metadata::received::Received;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::{Error, Time};

use self::consensus::Answer;
use self::fetch::origin;
use self::kept::Kept;
use self::map::MapFault;
pub use self::targets::Found;
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
    /// There is no root to begin with.
    #[error("no root is trusted yet: begin with init")]
    NoRoot,
    /// No role that may speak for the target lists it.
    #[error("no such target: {0}")]
    NoTarget(String),
    /// A target's name with a segment that is empty, `.` or `..`.
    #[error("{0:?} is not the name of a file")]
    UnsafeName(String),
    /// Targets would lie among the documents, and one could be named like one of them.
    #[error("targets cannot be put into {0}, where metadata is kept")]
    MixedFolder(String),
    /// A download without a place for the targets.
    #[error("--target-dir says where targets are put")]
    NoFolder,
    /// The target is not the one that was signed.
    #[error("the target {0} is not the one that was signed")]
    WrongTarget(String),
    /// A map is not understood.
    #[error("{path}: {fault}")]
    Map {
        /// The file.
        path: String,
        /// What is wrong with it.
        fault: MapFault,
    },
    /// One of the repositories of a map could not be brought up to date.
    #[error("{repository}: {source}")]
    Repository {
        /// Its name.
        repository: String,
        /// Why.
        source: Box<Refused>,
    },
    /// Two repositories of a mapping have one root.
    #[error("it has the root of another repository, with which it would always agree")]
    SameRoot,
    /// Too few repositories agree on a target.
    #[error(
        "fewer than {threshold} repositories agree on {target}{}",
        list(answers)
    )]
    NoConsensus {
        /// The target.
        target: String,
        /// How many must agree.
        threshold: usize,
        /// What each of them said.
        answers: Vec<Answer>,
    },
}

fn list(answers: &[Answer]) -> String {
    answers.iter().fold(String::new(), |mut text, answer| {
        // Writing to a string cannot fail.
        let _ = write!(text, "; {answer}");
        text
    })
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
pub struct Client {
    kept: Kept,
    http: Http,
    metadata: Origin,
    now: Time,
}

impl Client {
    /// A client that keeps its documents in `folder`, at the time `now` (TUF 5.1).
    ///
    /// # Errors
    /// [`Refused::Fetch`] for a URL of another kind than `http`, `https` or a folder.
    pub fn new(folder: &Path, metadata_url: &str, now: Time) -> Result<Self> {
        Ok(Self::of(folder, origin(metadata_url)?, now))
    }

    fn of(folder: &Path, metadata: Origin, now: Time) -> Self {
        Self {
            kept: Kept(folder.to_owned()),
            http: Http::new(),
            metadata,
            now,
        }
    }

    fn folder(&self) -> &Path {
        &self.kept.0
    }

    /// The root that is trusted.
    fn root(&self) -> Result<Vec<u8>> {
        self.kept.read("root")?.ok_or(Refused::NoRoot)
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
        Kept(folder.to_owned()).write("root", root)
    }

    /// Brings root, timestamp, snapshot and the top-level targets role up to date.
    ///
    /// # Errors
    /// [`Refused`]; whatever was accepted before stays kept.
    pub fn refresh(&self) -> Result<()> {
        self.ready().map(drop)
    }
}
