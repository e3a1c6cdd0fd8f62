//! All documents of a repository at one moment. A state never changes once readers can see it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sealift_metadata::Digest;
use sealift_metadata::Result;
use sealift_metadata::name::{TargetPath, Version};

use super::{Document, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, promised};
use crate::db::documents::DocumentRow;
use crate::limits::KEPT_VERSIONS;

/// A target file that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its length in bytes.
    pub length: u64,
    /// Its digest: the name of its blob.
    pub sha256: Digest,
}

/// All documents of a repository at one moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// How many commits led here.
    pub revision: i64,
    /// The versions of each role that readers may ask for, in order.
    roles: BTreeMap<String, Vec<Arc<Document>>>,
    files: HashMap<String, Arc<Document>>,
    targets: HashMap<String, Served>,
}

impl State {
    /// The state that these rows describe; they are ordered by role and version.
    ///
    /// # Errors
    /// What is wrong with a snapshot or a targets role.
    pub fn of_rows(revision: i64, rows: Vec<DocumentRow>) -> Result<Self> {
        let documents = rows
            .into_iter()
            .map(|row| Document::new(&row.role, row.version, row.document));
        let mut state = Self {
            revision,
            ..Self::default()
        };
        documents.for_each(|document| state.put(document));
        state.index()?;
        Ok(state)
    }

    /// Adds a version of a role as its current one. Call [`Self::index`] when all are there.
    pub fn put(&mut self, document: Document) {
        let kept = match document.role.as_str() {
            ROOT => usize::MAX,
            TIMESTAMP => 1,
            _ => usize::try_from(KEPT_VERSIONS).unwrap_or(1),
        };
        let versions = self.roles.entry(document.role.clone()).or_default();
        versions.push(Arc::new(document));
        let surplus = versions.len().saturating_sub(kept);
        versions.drain(..surplus);
    }

    /// Makes the tables that readers are answered from.
    ///
    /// # Errors
    /// What is wrong with a snapshot or a targets role.
    pub fn index(&mut self) -> Result<()> {
        let documents = self.roles.values().flatten();
        self.files = documents
            .map(|document| (document.file_name(), Arc::clone(document)))
            .collect();
        self.targets = promised::targets(self)?;
        Ok(())
    }

    /// The current version of a role.
    pub fn current(&self, role: &str) -> Option<&Arc<Document>> {
        self.roles.get(role)?.last()
    }

    /// The current version of every role, in the order of their names.
    pub fn currents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.roles.values().filter_map(|versions| versions.last())
    }

    /// The versions of a role that readers may ask for, in order.
    pub fn versions(&self, role: &str) -> &[Arc<Document>] {
        self.roles.get(role).map_or(&[], Vec::as_slice)
    }

    /// The number of the current version of a role; 0 where there is none.
    pub fn version(&self, role: &str) -> u64 {
        self.current(role).map_or(0, |document| document.version)
    }

    /// The current version of a role, as one to count on from.
    pub fn previous(&self, role: &str) -> Option<Version> {
        Version::new(self.version(role)).ok()
    }

    /// The metadata file of this name, its role's name not quoted.
    pub fn file(&self, name: &str) -> Option<&Arc<Document>> {
        self.files.get(name)
    }

    /// The target at `<dir>/<sha256>.<name>`.
    pub fn target(&self, path: &str) -> Option<Served> {
        self.targets.get(path).copied()
    }

    /// Whether the target at `path` is served with this digest: it is listed now, or was when one of
    /// the kept snapshots was current.
    pub fn serves(&self, path: &TargetPath, sha256: &Digest) -> bool {
        self.targets.contains_key(&served_path(path, sha256))
    }

    /// Whether the timestamp, and with it the repository, can be read.
    pub fn is_open(&self) -> bool {
        self.current(TIMESTAMP).is_some()
    }
}

/// Where a target is served: its digest stands before the file name (TUF 6.2).
pub(super) fn served_path(path: &TargetPath, sha256: &Digest) -> String {
    let (folder, name) = path.split();
    format!("{folder}{sha256}.{name}")
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (root, targets) = (self.version(ROOT), self.version(TARGETS));
        let (snapshot, timestamp) = (self.version(SNAPSHOT), self.version(TIMESTAMP));
        write!(
            f,
            "root {root}, targets {targets}, snapshot {snapshot}, timestamp {timestamp}"
        )
    }
}
