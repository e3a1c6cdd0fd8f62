//! The root: thresholds that can be reached, and no key that signs both online and offline.

use sealift_metadata::Time;
use sealift_metadata::root::Root;
use sealift_metadata::verify::RoleKeys;

use crate::error::{Error, Result, Unsound};
use crate::names::RoleId;
use crate::view::View;

pub(super) fn check(view: &View) -> Result<Time> {
    let root = view.root()?;
    let fault = |what| Err(Error::unsound(&RoleId::Root, what));
    if !root.consistent_snapshot {
        return fault(Unsound::NoConsistentSnapshot);
    }
    let roles = [&root.root, &root.targets, &root.timestamp, &root.snapshot];
    if !roles.into_iter().all(can_be_reached) {
        return fault(Unsound::UnreachableThreshold);
    }
    if shares_online_key(&root, &root.root) || shares_online_key(&root, &root.targets) {
        return fault(Unsound::SharedKey);
    }
    Ok(root.expires)
}

/// Whether the role has as many distinct keys as must sign.
pub(super) fn can_be_reached(role: &RoleKeys) -> bool {
    let mut distinct = Vec::new();
    for (_, key) in &role.keys {
        if !distinct.contains(key) {
            distinct.push(key.clone());
        }
    }
    distinct.len() >= usize::from(role.threshold)
}

/// Whether one of the role's keys also signs timestamps or snapshots: then whoever takes the
/// server has it.
pub(super) fn shares_online_key(root: &Root, role: &RoleKeys) -> bool {
    let online = || root.timestamp.keys.iter().chain(&root.snapshot.keys);
    role.keys
        .iter()
        .any(|(_, key)| online().any(|(_, other)| other == key))
}
