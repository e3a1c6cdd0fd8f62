//! The root: thresholds that can be reached, and no key that signs both online and offline.

use sealift_metadata::Time;
use sealift_metadata::error::Role;
use sealift_metadata::root::Root;
use sealift_metadata::verify::Signers;

use crate::error::{Error, Result, Unsound};
use crate::names::RoleId;
use crate::view::View;

pub(super) fn check(view: &View) -> Result<Time> {
    let root = view.root()?;
    let fault = |what| Err(Error::unsound(&RoleId::Root, what));
    if !root.consistent_snapshot {
        return fault(Unsound::NoConsistentSnapshot);
    }
    let roles = [Role::Root, Role::Targets, Role::Timestamp, Role::Snapshot];
    if !roles
        .into_iter()
        .all(|role| can_be_reached(root.signers(role)))
    {
        return fault(Unsound::UnreachableThreshold);
    }
    let offline = [Role::Root, Role::Targets];
    if offline
        .into_iter()
        .any(|role| shares_online_key(&root, root.signers(role)))
    {
        return fault(Unsound::SharedKey);
    }
    Ok(root.expires)
}

/// Whether the role has as many distinct keys as must sign.
pub(super) fn can_be_reached<'k>(role: impl Into<Signers<'k>>) -> bool {
    let role = role.into();
    let mut distinct = Vec::new();
    for (_, key) in role.keys() {
        if !distinct.contains(key) {
            distinct.push(key.clone());
        }
    }
    distinct.len() >= usize::from(role.threshold)
}

/// Whether one of the role's keys also signs timestamps or snapshots: then whoever takes the
/// server has it.
pub(super) fn shares_online_key<'k>(root: &Root, role: impl Into<Signers<'k>>) -> bool {
    let signers = |role| root.signers(role).keys();
    let online = || signers(Role::Timestamp).chain(signers(Role::Snapshot));
    role.into()
        .keys()
        .any(|(_, key)| online().any(|(_, other)| other == key))
}
