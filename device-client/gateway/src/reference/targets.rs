//! Targets: search, download, check (TUF 5.6.7 and 5.7).

use std::fs;
use std::path::Path;

use sealift_metadata::Digest;
use sealift_metadata::hashes::{Hashes, Sha512};
use sealift_metadata::name::{Quoted, RoleName};
use sealift_metadata::search::{Search, Step, Wanted};
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::targets::{Listing, Targets};
use sealift_metadata::verify::Verified;

use super::fetch::{fetch, lay, origin};
use super::kept::file;
use super::refresh::Ready;
use super::{Client, Refused, Result, about};
use crate::limits::REFERENCE_ROLES as ROLES;
use crate::store::write_atomic;
use crate::transport::Origin;

/// What the metadata says of a target.
#[derive(Clone, Copy, Debug)]
struct Found {
    length: u64,
    hashes: Hashes,
}

impl Client<'_> {
    /// Refreshes once, then downloads targets in order into `folder`, up to the first failure. One
    /// that lies there already is not downloaded again.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn download(&self, names: &[String], base: &str, folder: &Path) -> Result<()> {
        let base = origin(base)?;
        names.iter().try_for_each(|name| check_name(name))?;
        let ready = self.ready()?;
        let mut scratch = Vec::new();
        let snapshot = ready.open(&mut scratch)?;
        fs::create_dir_all(folder).map_err(|source| file(folder, source))?;
        for name in names {
            let found = self.find(&ready, &snapshot, name)?;
            self.take_target(&ready, name, &found, &base, folder)?;
        }
        Ok(())
    }

    /// TUF 5.6.7.
    fn find(&self, ready: &Ready, snapshot: &Verified<Snapshot<'_>>, name: &str) -> Result<Found> {
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

    /// TUF 5.7.
    fn take_target(
        &self,
        ready: &Ready,
        name: &str,
        found: &Found,
        base: &Origin,
        folder: &Path,
    ) -> Result<()> {
        let plain = Quoted(name).to_string();
        let path = folder.join(&plain);
        // A link is not the file, whatever it leads to now.
        let is_file = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        if is_file && fs::read(&path).is_ok_and(|bytes| found.fits(&bytes)) {
            return Ok(());
        }
        let bytes = self.fetch_target(ready, name, found, base)?;
        if !found.fits(&bytes) {
            return Err(Refused::WrongTarget(name.to_owned()));
        }
        Ok(write_atomic(folder, &plain, &bytes)?)
    }

    fn fetch_target(
        &self,
        ready: &Ready,
        name: &str,
        found: &Found,
        base: &Origin,
    ) -> Result<Vec<u8>> {
        let cap = usize::try_from(found.length).unwrap_or(usize::MAX);
        for address in found.addresses(name, ready.stage.consistent_snapshot()) {
            if let Some(bytes) = fetch(&self.http, base, &address, cap)? {
                return Ok(bytes);
            }
        }
        Err(Refused::NoTarget(name.to_owned()))
    }
}

impl Found {
    fn fits(&self, bytes: &[u8]) -> bool {
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
fn check_name(name: &str) -> Result<()> {
    if name.split('/').any(|it| matches!(it, "" | "." | "..")) {
        return Err(Refused::UnsafeName(name.to_owned()));
    }
    Ok(())
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
    fn the_digest_stands_before_the_name_of_the_file() {
        assert_eq!(address("a/b c.bin", None), "a/b%20c.bin");
        assert_eq!(address("a/b.bin", Some("00")), "a/00.b.bin");
        assert_eq!(address("b.bin", Some("00")), "00.b.bin");
    }
}
