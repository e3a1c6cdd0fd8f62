//! The targets that readers may come for: what the kept snapshots lead to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sealift_metadata::Result;
use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::name::TargetPath;
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::targets::Targets;
use sealift_metadata::verify::Document as _;

use super::state::{Served, served_path};
use super::{Document, SNAPSHOT, State, TARGETS};

/// The roles that a document delegates to, by role and version: each is read once, however many
/// snapshots lead to it.
type Read = BTreeMap<(String, u64), Vec<String>>;

/// Where every target is served that one of the kept snapshots leads to, by delegations from the
/// top-level targets role of its time. A reader in the middle of a refresh holds an older snapshot,
/// and is served all of it.
///
/// # Errors
/// What is wrong with a snapshot or a targets role.
pub(super) fn targets(state: &State) -> Result<HashMap<String, Served>> {
    let (mut served, mut read) = (HashMap::new(), Read::new());
    for snapshot in state.versions(SNAPSHOT) {
        let versions = listed(snapshot)?;
        let mut waiting = vec![TARGETS.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(role) = waiting.pop() {
            let version = versions.get(&role).copied();
            let document = version.and_then(|it| find(state, &role, it));
            let Some(document) = document.filter(|_| seen.insert(role.clone())) else {
                continue;
            };
            let key = (role, document.version);
            if !read.contains_key(&key) {
                let delegated = add_targets(document, &mut served)?;
                read.insert(key.clone(), delegated);
            }
            waiting.extend(read.get(&key).into_iter().flatten().cloned());
        }
    }
    Ok(served)
}

fn listed(snapshot: &Document) -> Result<BTreeMap<String, u64>> {
    let envelope = Envelope::read(Role::Snapshot, &snapshot.bytes)?;
    let mut versions = BTreeMap::new();
    Snapshot::read(envelope.signed)?.for_each(|role, meta| {
        versions.insert(role.to_owned(), meta.version.get());
        Ok::<_, Error>(())
    })?;
    Ok(versions)
}

fn find<'a>(state: &'a State, role: &str, version: u64) -> Option<&'a Document> {
    let versions = state.versions(role);
    let at = versions.binary_search_by_key(&version, |it| it.version);
    at.ok().and_then(|at| versions.get(at)).map(AsRef::as_ref)
}

/// Adds what a role lists, and returns the roles that it delegates to.
fn add_targets(document: &Document, served: &mut HashMap<String, Served>) -> Result<Vec<String>> {
    let envelope = Envelope::read(Role::Targets, &document.bytes)?;
    let targets = Targets::read(envelope.signed)?;
    targets.for_each(|path, target| {
        let (length, sha256) = (target.length, target.sha256);
        let path = served_path(&TargetPath::new(path)?, &sha256);
        served.insert(path, Served { length, sha256 });
        Ok(())
    })?;
    let mut delegated = Vec::new();
    targets.delegations.map_or(Ok(()), |delegations| {
        delegations.for_each(|delegation| {
            delegated.push(delegation.name.as_str().to_owned());
            Ok(())
        })
    })?;
    Ok(delegated)
}
