//! The cache of documents, `metadata/`: whatever is read from it goes through the same checks as
//! what comes from an origin, and losing it costs a download.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use sealift_device::Object;
use sealift_metadata::Digest;
use serde::{Deserialize, Serialize};

use super::{Disk, atomic::write_atomic};
use crate::Result;
use crate::error::Context as _;

/// The file that says where the cached timestamp came from.
const TAG: &str = "timestamp.etag";

/// What an origin called a timestamp.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tag {
    /// The origin.
    pub(crate) origin: String,
    /// What it called the timestamp (RFC 9110 8.8.3).
    pub(crate) etag: String,
    /// The digest of the timestamp that is meant.
    sha256: String,
}

impl Tag {
    pub(crate) fn new(origin: String, etag: String, timestamp: &[u8]) -> Self {
        let sha256 = Digest::of(timestamp).to_string();
        Self {
            origin,
            etag,
            sha256,
        }
    }
}

/// The cache of one device.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
}

impl Documents {
    pub(crate) const fn new(disk: Arc<dyn Disk>, folder: PathBuf) -> Self {
        Self { disk, folder }
    }

    /// The name of a document in the cache: the last part of its address.
    pub(crate) fn name(object: &Object) -> String {
        let address = object.to_string();
        address.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// A cached document; one that cannot be read is as good as lost.
    pub(crate) fn read(&self, object: &Object) -> Option<Vec<u8>> {
        self.disk.read(&self.folder.join(Self::name(object))).ok()
    }

    pub(crate) fn write(&self, object: &Object, bytes: &[u8]) -> Result<()> {
        let made = self.disk.create_folder(&self.folder);
        made.context("create", &self.folder)?;
        write_atomic(&*self.disk, &self.folder, &Self::name(object), bytes)
    }

    /// The cached timestamp, and what which origin called it.
    pub(crate) fn tagged_timestamp(&self) -> Option<(Vec<u8>, Tag)> {
        let timestamp = self.read(&Object::Timestamp)?;
        let tag: Tag =
            serde_json::from_slice(&self.disk.read(&self.folder.join(TAG)).ok()?).ok()?;
        let is_same = tag.sha256 == Digest::of(&timestamp).to_string();
        is_same.then_some((timestamp, tag))
    }

    /// Remembers what an origin called the timestamp.
    pub(crate) fn write_tag(&self, tag: &Tag) -> Result<()> {
        let text = serde_json::to_vec(tag).unwrap_or_default();
        write_atomic(&*self.disk, &self.folder, TAG, &text)
    }

    /// Drops every document but those of these names.
    pub(crate) fn keep_only(&self, names: &BTreeSet<String>) {
        self.remove_all(|name| name != TAG && !names.contains(name));
    }

    /// Drops everything.
    pub(crate) fn clear(&self) {
        self.remove_all(|_| true);
    }

    fn remove_all(&self, is_meant: impl Fn(&str) -> bool) {
        for name in self.disk.names(&self.folder).unwrap_or_default() {
            if is_meant(&name) {
                // A cache: what cannot be removed now is removed by the next round.
                let _ = self.disk.remove(&self.folder.join(name));
            }
        }
    }
}
