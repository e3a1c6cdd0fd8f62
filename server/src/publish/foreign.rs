//! The second judge: another TUF implementation reads the repository before anybody else does.
//! What two independent verifiers refuse never reaches a device.

use std::collections::{BTreeSet, HashMap};

use axum::body::Bytes;
use sealift_metadata::name::{Quoted, TargetPath};
use sealift_metadata::targets::Target;
use sigstore_tuf::transport::{FetchFuture, Repository};
use sigstore_tuf::{Updater, UpdaterConfig};

use super::Refusal;
use super::walk::{Reached, Walked};
use crate::limits::ROLES;
use crate::repository::{Document, ROOT, State, TIMESTAMP};

/// Has `sigstore-tuf` walk `after` from its first root: every root, timestamp, snapshot, the
/// top-level targets role, then each target that `before` does not serve, and one target of each
/// role that changed, so that every changed role is read.
///
/// # Errors
/// [`Refusal::ForeignJudge`], [`Refusal::ForeignJudgeTarget`].
pub(super) async fn judge(
    before: &State,
    after: &State,
    changed: &BTreeSet<String>,
    walked: &Walked<'_>,
) -> Result<(), Refusal> {
    let first_root = after.versions(ROOT).first().ok_or(Refusal::RootMissing)?;
    let seconds = i64::try_from(walked.good_at.seconds()).unwrap_or(i64::MAX);
    let now = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    let refused = |error| Refusal::ForeignJudge(Box::new(error));
    let updater = Updater::new(Files::of(after), &first_root.bytes).map_err(refused)?;
    let mut updater = updater.with_config(config(after));
    match updater.refresh(now).await {
        Ok(()) => {}
        // Before the first targets role there is no timestamp; the roots were walked already.
        Err(sigstore_tuf::Error::Transport { .. }) if !after.is_open() => return Ok(()),
        Err(error) => return Err(refused(error)),
    }
    for reached in &walked.reached {
        for (path, wanted) in probes(before, changed.contains(&reached.role), reached) {
            let found = updater.get_target_info(&path, now).await.map_err(refused)?;
            let is_same = found.is_some_and(|found| {
                let sha256 = found.hashes.get("sha256");
                found.length == wanted.0 && sha256 == Some(&wanted.1)
            });
            if !is_same {
                return Err(Refusal::ForeignJudgeTarget { path });
            }
        }
    }
    Ok(())
}

/// What to look for in a role: path, length and digest.
fn probes(before: &State, is_changed: bool, role: &Reached<'_>) -> Vec<(String, (u64, String))> {
    let mut probes = Vec::new();
    let is_added = |path: &str, target: &Target<'_>| {
        TargetPath::new(path).is_ok_and(|path| !before.serves(&path, &target.sha256))
    };
    // Everything was read once already: it cannot fail now.
    let _ = role.targets.for_each(|path, target| {
        if is_added(path, &target) || (is_changed && probes.is_empty()) {
            let wanted = (target.length, target.sha256.to_string());
            probes.push((path.to_owned(), wanted));
        }
        Ok(())
    });
    probes
}

fn config(after: &State) -> UpdaterConfig {
    let mut config = UpdaterConfig::default();
    let roots = u32::try_from(after.version(ROOT)).unwrap_or(u32::MAX);
    config.max_root_rotations = roots.saturating_add(1);
    config.max_delegations = u32::try_from(ROLES).unwrap_or(u32::MAX);
    config
}

/// The metadata files of a state, by the names that clients ask for.
struct Files(HashMap<String, Bytes>);

impl Files {
    fn of(state: &State) -> Self {
        let quoted = |document: &Document| {
            if document.role == TIMESTAMP {
                return document.file_name();
            }
            format!("{}.{}.json", document.version, Quoted(&document.role))
        };
        let documents = state.currents().chain(state.versions(ROOT));
        Self(
            documents
                .map(|document| (quoted(document), document.bytes.clone()))
                .collect(),
        )
    }
}

impl Repository for Files {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        let found = self.0.get(name).map(|bytes| bytes.to_vec());
        let is_short =
            |bytes: &Vec<u8>| u64::try_from(bytes.len()).is_ok_and(|it| it <= max_length);
        let answer = match found {
            Some(bytes) if !is_short(&bytes) => {
                Err(sigstore_tuf::Error::transport("longer than its cap"))
            }
            found => Ok(found),
        };
        Box::pin(std::future::ready(answer))
    }

    /// Targets are compared by what the metadata says of them; their bytes were hashed when they
    /// came in.
    fn fetch_target<'a>(&'a self, _path: &'a str, _max_length: u64) -> FetchFuture<'a> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
