//! Objects of a repository and their addresses (TUF 6, consistent snapshots).

use core::fmt;

use heapless::{String, Vec};
use sealift_metadata::error::Role;
use sealift_metadata::limits::ROLE_NAME_BYTES;
use sealift_metadata::name::{Quoted, RoleName, TargetPath, Version};
use sealift_metadata::{Digest, spell};

use crate::limits::LINK_ADDRESS_BYTES;

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
    /// The object of an address, exactly as `Display` writes it; `None` for every other text. A
    /// role named `root` or `snapshot` shares its address with those.
    pub fn parse(address: &str) -> Option<Self> {
        if let Some(path) = address.strip_prefix("targets/") {
            let name = path.rfind('/').map_or(0, |at| at.saturating_add(1));
            let (folder, file) = path.split_at_checked(name)?;
            let (sha256, file) = file.split_once('.')?;
            let object = Self::Target {
                path: TargetPath::of(&[folder, file]).ok()?,
                sha256: Digest::parse(sha256).ok()?,
            };
            return is_written_as(&object, address).then_some(object);
        }
        let file = address.strip_prefix("metadata/")?.strip_suffix(".json")?;
        let object = match file.split_once('.') {
            None if file == "timestamp" => Self::Timestamp,
            None => return None,
            Some((version, name)) => {
                let version = Version::new(version.parse().ok()?).ok()?;
                match name {
                    "root" => Self::Root(version),
                    "snapshot" => Self::Snapshot(version),
                    _ => Self::Role {
                        name: unquoted(name)?,
                        version,
                    },
                }
            }
        };
        is_written_as(&object, address).then_some(object)
    }

    /// Whether the object lies below `metadata/`.
    pub const fn is_metadata(&self) -> bool {
        !matches!(self, Self::Target { .. })
    }

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

/// The role's name that [`Quoted`] made a file's name of.
fn unquoted(text: &str) -> Option<RoleName> {
    let mut name = Vec::<u8, ROLE_NAME_BYTES>::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(core::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => byte,
        };
        name.push(byte).ok()?;
    }
    RoleName::new(core::str::from_utf8(&name).ok()?).ok()
}

/// One address for each object: no second spelling passes.
fn is_written_as(object: &Object, address: &str) -> bool {
    let written = object.address::<LINK_ADDRESS_BYTES>();
    written.is_some_and(|written| written == address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_metadata::limits::TARGET_PATH_BYTES;
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
            assert_eq!(Object::parse(&address), Some(object));
        }
    }

    #[test]
    fn the_longest_address_is_read_back() {
        let name = RoleName::new(&"é".repeat(ROLE_NAME_BYTES / 2)).unwrap();
        let version = Version::new(u64::MAX).unwrap();
        let path = TargetPath::new(&"a".repeat(TARGET_PATH_BYTES)).unwrap();
        let sha256 = Digest::of(b"");
        for object in [
            Object::Role { name, version },
            Object::Target { path, sha256 },
        ] {
            assert_eq!(Object::parse(&format!("{object}")), Some(object));
        }
    }

    #[test]
    fn an_address_that_leaves_the_repository_is_none() {
        let digest = Digest::of(b"");
        let target = |path: &str, file: &str| format!("targets/{path}{digest}.{file}");
        let upper = format!("{digest}").to_uppercase();
        for address in [
            "",
            "/",
            "metadata/",
            "metadata/../timestamp.json",
            "metadata/timestamp.json/",
            "/metadata/timestamp.json",
            "metadata//timestamp.json",
            "metadata/root.json",
            "metadata/0.root.json",
            "metadata/01.root.json",
            "metadata/+1.root.json",
            "metadata/1..json",
            "metadata/1.../x.json",
            "metadata/1.%2e%2e.json",
            "metadata/1.a%2fb.json",
            "metadata/1.a%.json",
            "metadata/1.a%C3.json",
            "metadata/1.root.json?x",
            "private/key",
            "targets/",
            "targets/images/app.bin",
            &target("../", "app.bin"),
            &target("images/../../", "app.bin"),
            &target("/", "app.bin"),
            &target("images//", "app.bin"),
            &target("images/", ""),
            &target("images/", "a b"),
            &target("images/", "%2e"),
            &format!("targets/images/{upper}.app.bin"),
        ] {
            assert_eq!(Object::parse(address), None, "{address}");
        }
    }
}
