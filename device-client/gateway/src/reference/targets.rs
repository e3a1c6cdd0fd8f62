//! Targets: search, download, check (TUF 5.6.7 and 5.7).

use std::fmt;
use std::path::Path;

use sealift_metadata::Digest;
use sealift_metadata::hashes::{Hashes, Sha512};
use sealift_metadata::name::{Quoted, RoleName};
use sealift_metadata::search::{Search, Step, Wanted};
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::targets::{Listing, Targets};
use sealift_metadata::verify::Verified;

use super::fetch::{fetch, lay, origin};
use super::folder::Folder;
use super::refresh::Ready;
use super::{Client, Refused, Result, about};
use crate::limits::REFERENCE_ROLES as ROLES;
use crate::transport::Origin;

/// What the metadata says of a target.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Its length in bytes.
    pub length: u64,
    /// Its digests, of which at least one is known.
    pub hashes: Hashes,
}

impl Client {
    /// Refreshes once, then downloads targets in order into `folder`, up to the first failure. One
    /// that lies there already is not downloaded again.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn download(&self, names: &[String], base: &str, folder: &Path) -> Result<()> {
        let base = origin(base)?;
        names.iter().try_for_each(|name| check_name(name))?;
        let ready = self.ready()?;
        let folder = Folder::open(folder, &[self.folder()])?;
        for name in names {
            let found = self.find(&ready, name)?;
            if !folder.has(name, &found) {
                let bytes = self.fetch_target(&ready, name, &found, &base)?;
                folder.put(name, &bytes)?;
            }
        }
        Ok(())
    }

    /// TUF 5.6.7.
    pub(super) fn find(&self, ready: &Ready, name: &str) -> Result<Found> {
        let mut scratch = Vec::new();
        let snapshot = &ready.open(&mut scratch)?;
        let mut search = Search::<ROLES>::new(name);
        let mut scratch = Vec::new();
        let top = self.top_level(ready, snapshot)?;
        let top = lay(&top, &mut scratch)
            .and_then(|document| ready.stage.accept(snapshot, document))
            .map_err(about("targets"))?;
        if look(&mut search, &RoleName::targets(), &top)? == Step::Found {
            return found(&top, name);
        }
        while let Some(wanted) = search.next_role() {
            let bytes = self.delegated(ready, snapshot, &wanted)?;
            let mut scratch = Vec::new();
            let role = lay(&bytes, &mut scratch)
                .and_then(|it| {
                    ready
                        .stage
                        .accept_role(snapshot, &wanted.name, &wanted.keys, it)
                })
                .map_err(about(wanted.name.as_str()))?;
            if look(&mut search, &wanted.name, &role)? == Step::Found {
                return found(&role, name);
            }
        }
        Err(Refused::NoTarget(name.to_owned()))
    }

    fn delegated(
        &self,
        ready: &Ready,
        snapshot: &Verified<Snapshot<'_>>,
        Wanted { name, keys }: &Wanted,
    ) -> Result<Vec<u8>> {
        self.take_role(ready, snapshot, name.as_str(), |document| {
            ready
                .stage
                .accept_role(snapshot, name, keys, document)
                .map(drop)
        })
    }

    /// The bytes of a target (TUF 5.7).
    pub(super) fn fetch_target(
        &self,
        ready: &Ready,
        name: &str,
        found: &Found,
        base: &Origin,
    ) -> Result<Vec<u8>> {
        let cap = usize::try_from(found.length).unwrap_or(usize::MAX);
        for address in found.addresses(name, ready.stage.consistent_snapshot()) {
            if let Some(bytes) = fetch(&self.http, base, &address, cap)? {
                return if found.fits(&bytes) {
                    Ok(bytes)
                } else {
                    Err(Refused::WrongTarget(name.to_owned()))
                };
            }
        }
        Err(Refused::Fetch {
            address: name.to_owned(),
            reason: "not there".into(),
        })
    }
}

impl Found {
    /// Whether one file can be both: of one length, with a digest in common and none that differs.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let (one, two) = (&self.hashes, &other.hashes);
        let sha256 = one.sha256.zip(two.sha256).map(|(one, two)| one == two);
        let sha512 = one.sha512.zip(two.sha512).map(|(one, two)| one == two);
        let in_common = [sha256, sha512];
        self.length == other.length
            && in_common.contains(&Some(true))
            && !in_common.contains(&Some(false))
    }

    /// Whether `bytes` are the file.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        u64::try_from(bytes.len()) == Ok(self.length) && self.hashes.fit(bytes)
    }

    /// Where the file may lie: with consistent snapshots under any digest that is listed (TUF 6.2).
    fn addresses(&self, name: &str, is_consistent: bool) -> Vec<String> {
        if !is_consistent {
            return vec![address(name, None)];
        }
        let Hashes { sha256, sha512, .. } = &self.hashes;
        let sha256 = sha256.iter().map(Digest::to_string);
        let sha512 = sha512.iter().map(Sha512::to_string);
        sha256
            .chain(sha512)
            .map(|digest| address(name, Some(&digest)))
            .collect()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.length)?;
        if let Some(sha256) = &self.hashes.sha256 {
            write!(f, ", sha256 {sha256}")?;
        }
        if let Some(sha512) = &self.hashes.sha512 {
            write!(f, ", sha512 {sha512}")?;
        }
        Ok(())
    }
}

fn look(
    search: &mut Search<'_, ROLES>,
    role: &RoleName,
    targets: &Verified<Targets<'_>>,
) -> Result<Step> {
    search.look(role, targets).map_err(about(role.as_str()))
}

fn found(role: &Verified<Targets<'_>>, name: &str) -> Result<Found> {
    let Listing { length, hashes, .. } = role
        .listing(name)
        .ok_or_else(|| Refused::NoTarget(name.to_owned()))?;
    Ok(Found { length, hashes })
}

/// Refuses a name that would leave a folder, or be one, wherever its segments become a path.
pub(super) fn check_name(name: &str) -> Result<()> {
    if !name.split('/').all(is_name) {
        return Err(Refused::UnsafeName(name.to_owned()));
    }
    Ok(())
}

/// Whether `name`, quoted, is the name of something in a folder.
pub(super) fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
}

/// The address of a target, each segment quoted; the digest stands before the file's name.
fn address(name: &str, digest: Option<&str>) -> String {
    let mut segments: Vec<String> = name
        .split('/')
        .map(|segment| Quoted(segment).to_string())
        .collect();
    if let (Some(file), Some(digest)) = (segments.last_mut(), digest) {
        *file = format!("{digest}.{file}");
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_agree_by_a_digest_in_common() {
        let of = |length, sha256: Option<&[u8]>, sha512: Option<&[u8]>| Found {
            length,
            hashes: Hashes {
                sha256: sha256.map(Digest::of),
                sha512: sha512.map(Sha512::of),
            },
        };
        let (a, b): (Option<&[u8]>, Option<&[u8]>) = (Some(b"a"), Some(b"b"));
        for (one, two, expected) in [
            (of(1, a, None), of(1, a, None), true),
            (of(1, a, None), of(2, a, None), false),
            (of(1, a, None), of(1, b, None), false),
            (of(1, a, a), of(1, a, None), true),
            (of(1, a, a), of(1, None, a), true),
            (of(1, a, a), of(1, a, b), false),
            (of(1, a, a), of(1, b, a), false),
            // Nothing says that they are one file.
            (of(1, a, None), of(1, None, a), false),
        ] {
            assert_eq!(one.agrees_with(&two), expected, "{one} / {two}");
            assert_eq!(two.agrees_with(&one), expected, "{two} / {one}");
        }
    }

    #[test]
    fn the_digest_stands_before_the_name_of_the_file() {
        assert_eq!(address("a/b c.bin", None), "a/b%20c.bin");
        assert_eq!(address("a/b.bin", Some("00")), "a/00.b.bin");
        assert_eq!(address("b.bin", Some("00")), "00.b.bin");
    }
}
