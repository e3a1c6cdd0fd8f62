//! The top-level targets role: it delegates, and its delegations never overlap.

use sealift_metadata::Time;
use sealift_metadata::delegations::Delegation;
use sealift_metadata::pattern;

use super::root::{can_be_reached, shares_online_key};
use crate::error::{Error, Result, Unsound};
use crate::names::RoleId;
use crate::view::View;

pub(super) fn check(view: &View) -> Result<Time> {
    let role = &RoleId::Targets;
    let targets = view.targets(role)?;
    let mut files = 0_usize;
    targets
        .for_each(|_, _| {
            files = files.saturating_add(1);
            Ok(())
        })
        .map_err(Error::metadata(role))?;
    if files > 0 {
        return Err(Error::unsound(role, Unsound::FilesInTargets));
    }
    let (root, profile) = (view.root()?, view.profile()?);
    let mut seen: Vec<(String, Vec<String>)> = Vec::new();
    for delegation in delegations_of(view)? {
        let keys = delegation.keys().map_err(Error::metadata(role))?;
        if !can_be_reached(&keys) {
            return Err(Error::unsound(role, Unsound::UnreachableThreshold));
        }
        if shares_online_key(&root, &keys) {
            return Err(Error::unsound(role, Unsound::SharedKey));
        }
        profile
            .check_passing_keys(&keys)
            .map_err(Error::metadata(role))?;
        let (name, paths) = (delegation.name.to_string(), patterns(&delegation));
        for (other, others) in &seen {
            let overlap = |one| others.iter().any(|other| pattern::overlap(one, other));
            if *other == name || paths.iter().any(|path| overlap(path)) {
                return Err(Error::DelegationOverlap {
                    role: name,
                    other: other.clone(),
                });
            }
        }
        seen.push((name, paths));
    }
    Ok(targets.expires)
}

fn delegations_of(view: &View) -> Result<Vec<Delegation<'_>>> {
    let mut list = Vec::new();
    if let Some(delegations) = view.targets(&RoleId::Targets)?.delegations {
        delegations
            .for_each(|delegation| {
                list.push(delegation);
                Ok(())
            })
            .map_err(Error::metadata(&RoleId::Targets))?;
    }
    Ok(list)
}

fn patterns(delegation: &Delegation<'_>) -> Vec<String> {
    let mut patterns = Vec::new();
    // The list was read once already: it cannot fail now.
    let _ = delegation.paths().for_each(|path| {
        patterns.push(path.to_owned());
        Ok(())
    });
    patterns
}
