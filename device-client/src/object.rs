//! Objects of a repository and their addresses (TUF 6, consistent snapshots).

use core::fmt;

use heapless::String;
use sealift_metadata::error::Role;
use sealift_metadata::name::{Quoted, RoleName, TargetPath, Version};
use sealift_metadata::{Digest, spell};

/// One file of a repository. `Display` writes its address relative to the repository, ready for a
/// URL or a folder: `metadata/2.root.json`, `targets/images/…/<sha256>.app.bin`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to box in")]
pub enum Object {
    /// A root of a version.
    Root(Version),
    /// The timestamp, the only object whose bytes change under one address.
    Timestamp,
    /// A snapshot of a version.
    Snapshot(Version),
    /// A targets role of a version, the top-level one included.
    Role {
        /// The role's name.
        name: RoleName,
        /// The version that the snapshot promises.
        version: Version,
    },
    /// A target.
    Target {
        /// Its path.
        path: TargetPath,
        /// Its digest.
        sha256: Digest,
    },
}

impl Object {
    /// Whether the object lies below `metadata/`.
    pub const fn is_metadata(&self) -> bool {
        !matches!(self, Self::Target { .. })
    }
}

impl Object {
    /// The address, as `Display` writes it; `None` where it is longer than `N` bytes. Small targets
    /// do without the formatting of `core` this way.
    pub fn address<const N: usize>(&self) -> Option<String<N>> {
        let mut address = String::new();
        self.spell(&mut |text| address.push_str(text).ok())?;
        Some(address)
    }

    fn spell(&self, out: &mut dyn FnMut(&str) -> Option<()>) -> Option<()> {
        let (name, version) = match self {
            Self::Timestamp => return out("metadata/timestamp.json"),
            Self::Target { path, sha256 } => {
                let (folder, file) = path.split();
                let parts = ["targets/", folder, &spell::digest(sha256), ".", file];
                return parts.into_iter().try_for_each(out);
            }
            Self::Root(version) => (Role::Root.name(), version),
            Self::Snapshot(version) => (Role::Snapshot.name(), version),
            Self::Role { name, version } => (name.as_str(), version),
        };
        out("metadata/")?;
        out(&spell::decimal(version.get()))?;
        out(".")?;
        Quoted(name).spell(out)?;
        out(".json")
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = self.spell(&mut |text| f.write_str(text).ok());
        spelled.ok_or(fmt::Error)
    }
}
