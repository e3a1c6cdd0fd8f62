//! The cache of documents, `metadata/`: whatever is read from it goes through the same checks as
//! what comes from an origin, and losing it costs a download.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use sealift_device::Object;
use sealift_metadata::Digest;
use serde::{Deserialize, Serialize};

use super::atomic::write_atomic;
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
    folder: PathBuf,
}

impl Documents {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The name of a document in the cache: the last part of its address.
    pub(crate) fn name(object: &Object) -> String {
        let address = object.to_string();
        address.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// A cached document; one that cannot be read is as good as lost.
    pub(crate) fn read(&self, object: &Object) -> Option<Vec<u8>> {
        fs::read(self.folder.join(Self::name(object))).ok()
    }

    pub(crate) fn write(&self, object: &Object, bytes: &[u8]) -> Result<()> {
        fs::create_dir_all(&self.folder).context("create", &self.folder)?;
        write_atomic(&self.folder, &Self::name(object), bytes)
    }

    /// The cached timestamp, and what which origin called it.
    pub(crate) fn tagged_timestamp(&self) -> Option<(Vec<u8>, Tag)> {
        let timestamp = self.read(&Object::Timestamp)?;
        let tag: Tag = serde_json::from_slice(&fs::read(self.folder.join(TAG)).ok()?).ok()?;
        let is_same = tag.sha256 == Digest::of(&timestamp).to_string();
        is_same.then_some((timestamp, tag))
    }

    /// Remembers what an origin called the timestamp.
    pub(crate) fn write_tag(&self, tag: &Tag) -> Result<()> {
        let text = serde_json::to_vec(tag).unwrap_or_default();
        write_atomic(&self.folder, TAG, &text)
    }

    /// Drops every document but those of these names.
    pub(crate) fn keep_only(&self, names: &BTreeSet<String>) {
        let Ok(files) = fs::read_dir(&self.folder) else {
            return;
        };
        for file in files.flatten() {
            let name = file.file_name();
            let is_kept = name
                .to_str()
                .is_some_and(|name| name == TAG || names.contains(name));
            if !is_kept {
                // A cache: what cannot be removed now is removed by the next round.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
