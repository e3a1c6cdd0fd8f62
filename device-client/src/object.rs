//! Objects of a repository and their addresses (TUF 6, consistent snapshots).

use core::fmt;

use sealift_metadata::Digest;
use sealift_metadata::name::{Quoted, RoleName, TargetPath, Version};

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

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(version) => write!(f, "metadata/{version}.root.json"),
            Self::Timestamp => f.write_str("metadata/timestamp.json"),
            Self::Snapshot(version) => write!(f, "metadata/{version}.snapshot.json"),
            Self::Role { name, version } => {
                write!(f, "metadata/{version}.{}.json", Quoted(name.as_str()))
            }
            Self::Target { path, sha256 } => {
                let (folder, file) = path.split();
                write!(f, "targets/{folder}{sha256}.{file}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn addresses_carry_versions_and_digests() {
        let version = Version::FIRST.next();
        let name = RoleName::new("../x").unwrap();
        let sha256 = Digest::of(b"");
        let path = TargetPath::new("images/watch/app/1/app.bin").unwrap();
        for (object, address) in [
            (Object::Root(version), "metadata/2.root.json".into()),
            (Object::Timestamp, "metadata/timestamp.json".into()),
            (Object::Snapshot(version), "metadata/2.snapshot.json".into()),
            (
                Object::Role { name, version },
                "metadata/2...%2Fx.json".into(),
            ),
            (
                Object::Target { path, sha256 },
                format!("targets/images/watch/app/1/{sha256}.app.bin"),
            ),
        ] {
            assert_eq!(format!("{object}"), address);
        }
    }
}
