//! The reference client: the whole TUF client workflow for any repository, and nothing else.
//!
//! It keeps documents, not floors: `root.json`, `timestamp.json`, `snapshot.json` and the targets
//! roles, unversioned, with exactly the bytes that were downloaded. Integrators look at
//! repositories with it, and the public conformance suite tests it.

/// The command line of the conformance suite's client under test.
pub mod cli;
/// Files of a metadata directory.
mod kept;
/// Targets: search, download, check.
mod targets;

use std::path::Path;

use sealift_metadata::limits::{FOREIGN_ROOT_BYTES, FOREIGN_TIMESTAMP_BYTES};
use sealift_metadata::name::{Quoted, Version};
use sealift_metadata::received::Received;
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::trusted::{Floors, RootStage, SnapshotStage, TargetsStage, TimestampStage};
use sealift_metadata::{Error, Time, Verified};

use self::kept::Kept;
use crate::transport::{Client as Http, Failure, Origin, Reply, Request};

/// Length of a snapshot in bytes where the timestamp names none.
const SNAPSHOT_BYTES: usize = 2_000_000;

/// Length of a targets role in bytes where the snapshot names none.
const TARGETS_BYTES: usize = 5_000_000;

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

/// A repository whose snapshot is trusted.
#[derive(Debug)]
struct Ready {
    stage: TargetsStage,
    snapshot: Vec<u8>,
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

    fn ready(&self) -> Result<Ready> {
        let stage = self.walk_roots()?;
        let stage = self.take_timestamp(stage)?;
        let ready = self.take_snapshot(stage)?;
        let mut scratch = Vec::new();
        let snapshot = ready.open(&mut scratch)?;
        self.top_level(&ready, &snapshot)?;
        Ok(ready)
    }

    /// TUF 5.3.
    fn walk_roots(&self) -> Result<TimestampStage> {
        let trusted = self
            .kept
            .read("root")?
            .ok_or_else(|| Refused::NoTarget("root.json".into()))?;
        let mut scratch = vec![0; trusted.len()];
        let mut stage = Received::lay_out(&trusted, &mut scratch)
            .and_then(|root| RootStage::begin(root, Floors::default(), self.now))
            .map_err(about("root.json"))?;
        while !stage.is_exhausted() {
            let name = format!("{}.root.json", stage.wanted());
            let Some(next) = self.fetch(&name, FOREIGN_ROOT_BYTES)? else {
                break;
            };
            lay(&next, &mut scratch)
                .and_then(|root| stage.accept(root))
                .map_err(about(&name))?;
            self.kept.write("root", &next)?;
        }
        stage.finish().map_err(about("root.json"))
    }

    /// TUF 5.4.
    fn take_timestamp(&self, mut stage: TimestampStage) -> Result<SnapshotStage> {
        let name = "timestamp.json";
        let kept = self.kept.read("timestamp")?.unwrap_or_default();
        let (mut scratch, mut other) = (Vec::new(), Vec::new());
        // One that is broken, or signed by keys that were replaced, raises no floor.
        let remembered = lay(&kept, &mut scratch).and_then(|kept| stage.remember(kept));
        let fetched = self.must_fetch(name, FOREIGN_TIMESTAMP_BYTES)?;
        let fresh = lay(&fetched, &mut other).map_err(about(name))?;
        let next = stage.clone().accept(fresh).map_err(about(name))?;
        if remembered.is_ok() && next.is_unchanged() {
            // TUF 5.4.3.1: the one that is kept stays.
            let mut scratch = Vec::new();
            let kept = lay(&kept, &mut scratch).map_err(about(name))?;
            return stage.accept(kept).map_err(about(name));
        }
        self.kept.write("timestamp", &fetched)?;
        Ok(next)
    }

    /// TUF 5.5.
    fn take_snapshot(&self, stage: SnapshotStage) -> Result<Ready> {
        let kept = self.kept.read("snapshot")?.unwrap_or_default();
        let (mut scratch, mut other) = (Vec::new(), Vec::new());
        let current = lay(&kept, &mut scratch).and_then(|kept| stage.clone().accept(kept, None));
        if let Ok((stage, _)) = current {
            return Ok(Ready {
                stage,
                snapshot: kept,
            });
        }
        let name = versioned(
            stage.consistent_snapshot(),
            stage.promised().version,
            "snapshot",
        );
        let cap = cap(stage.promised().length, SNAPSHOT_BYTES);
        let fetched = self.must_fetch(&name, cap)?;
        let previous = lay(&kept, &mut scratch)
            .and_then(|kept| stage.recall(kept))
            .ok();
        let (stage, _) = lay(&fetched, &mut other)
            .and_then(|fresh| stage.accept(fresh, previous.as_ref()))
            .map_err(about(&name))?;
        self.kept.write("snapshot", &fetched)?;
        Ok(Ready {
            stage,
            snapshot: fetched,
        })
    }

    /// TUF 5.6.1 to 5.6.6.
    fn top_level(&self, ready: &Ready, snapshot: &Verified<Snapshot<'_>>) -> Result<Vec<u8>> {
        self.take_role(ready, snapshot, "targets", |document| {
            ready.stage.accept(snapshot, document).map(drop)
        })
    }

    /// A targets role: the one that is kept if it is the one promised, or else the one that the
    /// repository has. Either is verified by `accept`, whoever verified it before.
    fn take_role(
        &self,
        ready: &Ready,
        snapshot: &Verified<Snapshot<'_>>,
        role: &str,
        accept: impl Fn(Received<'_>) -> sealift_metadata::Result<()>,
    ) -> Result<Vec<u8>> {
        let mut scratch = Vec::new();
        let kept = self.kept.read(role)?.unwrap_or_default();
        if lay(&kept, &mut scratch).and_then(&accept).is_ok() {
            return Ok(kept);
        }
        let promised = ready.stage.promised(snapshot, role).map_err(about(role))?;
        let name = versioned(ready.stage.consistent_snapshot(), promised.version, role);
        let fetched = self.must_fetch(&name, cap(promised.length, TARGETS_BYTES))?;
        lay(&fetched, &mut scratch)
            .and_then(accept)
            .map_err(about(&name))?;
        self.kept.write(role, &fetched)?;
        Ok(fetched)
    }

    fn must_fetch(&self, name: &str, cap: usize) -> Result<Vec<u8>> {
        let absent = || Refused::Fetch {
            address: name.to_owned(),
            reason: "not there".into(),
        };
        self.fetch(name, cap)?.ok_or_else(absent)
    }

    /// Fetches a document of at most `cap` bytes; `None` where there is none.
    fn fetch(&self, name: &str, cap: usize) -> Result<Option<Vec<u8>>> {
        fetch(&self.http, &self.metadata, name, cap)
    }
}

impl Ready {
    fn open<'a>(&'a self, scratch: &'a mut Vec<u8>) -> Result<Verified<Snapshot<'a>>> {
        lay(&self.snapshot, scratch)
            .and_then(|document| Verified::reopen(document, self.stage.snapshot()))
            .map_err(about("snapshot.json"))
    }
}

/// Lays a document out in `scratch`, which grows as needed.
fn lay<'a>(sent: &'a [u8], scratch: &'a mut Vec<u8>) -> sealift_metadata::Result<Received<'a>> {
    scratch.resize(sent.len(), 0);
    Received::lay_out(sent, scratch)
}

/// A URL, or the path of a folder.
fn origin(text: &str) -> Result<Origin> {
    Origin::parse(text, Path::new("")).ok_or_else(|| Refused::Fetch {
        address: text.to_owned(),
        reason: "neither a URL nor a folder".into(),
    })
}

fn fetch(http: &Http, origin: &Origin, address: &str, cap: usize) -> Result<Option<Vec<u8>>> {
    let max = cap.saturating_add(1);
    let request = Request {
        address,
        offset: 0,
        max,
        is_part: false,
        etag: None,
    };
    let failed = |reason: String| Refused::Fetch {
        address: address.to_owned(),
        reason,
    };
    match origin.get(http, &request) {
        Ok(Reply::Bytes { bytes, .. }) if bytes.len() <= cap => Ok(Some(bytes)),
        Ok(Reply::Bytes { .. }) => Err(failed(format!("longer than {cap} bytes"))),
        Ok(Reply::Absent | Reply::NotModified) => Ok(None),
        Err(failure) => Err(failed(Failure::to_string(&failure))),
    }
}

/// TUF 6: `VERSION.ROLE.json`, or `ROLE.json` where snapshots are not consistent.
fn versioned(is_consistent: bool, version: Version, role: &str) -> String {
    let role = Quoted(role);
    if is_consistent {
        format!("{version}.{role}.json")
    } else {
        format!("{role}.json")
    }
}

fn cap(promised: Option<u64>, otherwise: usize) -> usize {
    promised.map_or(otherwise, |length| {
        usize::try_from(length).unwrap_or(usize::MAX)
    })
}
