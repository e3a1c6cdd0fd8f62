//! Our verifier walks a repository as a device would, but to its last role (TUF 5.3 to 5.6).

use std::collections::BTreeSet;

use sealift_metadata::delegations::Delegation;
use sealift_metadata::error::Error;
use sealift_metadata::json::Strings;
use sealift_metadata::name::RoleName;
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::{Floors, RootStage, SnapshotStage, TargetsStage};
use sealift_metadata::{Time, Verified};

use super::Refusal;
use crate::limits::{DELEGATION_DEPTH, ROLES};
use crate::repository::{Document, ROOT, SNAPSHOT, State, TIMESTAMP};

/// A targets role that verified, and the fences around it.
pub(super) struct Reached<'a> {
    /// The role's name.
    pub(super) role: String,
    /// Its document.
    pub(super) targets: Verified<Targets<'a>>,
    /// The patterns of every delegation on the way to it, from the top. A path must match one of
    /// each.
    pub(super) fences: Vec<Strings<'a>>,
}

/// What the walk found.
pub(super) struct Walked<'a> {
    /// The root in force.
    pub(super) root: Verified<sealift_metadata::root::Root>,
    /// Every targets role that can be reached, the top-level one first.
    pub(super) reached: Vec<Reached<'a>>,
    /// A time at which every role that was reached is good: now, or a moment before the first of
    /// the roles expired that this change does not touch.
    pub(super) good_at: Time,
}

struct Walk<'a> {
    before: &'a State,
    after: &'a State,
    stage: TargetsStage,
    snapshot: Verified<Snapshot<'a>>,
    good_at: Time,
}

/// Walks `after`, which follows `before`. Roles that did not change are verified too: whoever
/// delegates to them may have changed. One that did not change may have expired, or nobody could
/// publish anything until a vendor signs again.
///
/// # Errors
/// [`Refusal::Metadata`] with what a device would say, and what is wrong with the delegations.
pub(super) fn walk<'a>(
    before: &'a State,
    after: &'a State,
    now: Time,
) -> Result<Walked<'a>, Refusal> {
    let stage = walk_roots(before, after, now)?;
    let root = stage.root().clone();
    if !root.consistent_snapshot {
        return Err(Refusal::of(ROOT)(Error::Invalid("consistent_snapshot")));
    }
    let stage = stage.finish().map_err(Refusal::of(ROOT))?;
    let (Some(timestamp), Some(snapshot)) = (after.current(TIMESTAMP), after.current(SNAPSHOT))
    else {
        return Ok(Walked {
            root,
            reached: Vec::new(),
            good_at: now,
        });
    };
    let stage = stage
        .accept(&timestamp.bytes)
        .map_err(Refusal::of(TIMESTAMP))?;
    let (stage, snapshot) = accept_snapshot(stage, before, snapshot)?;
    let mut walk = Walk {
        before,
        after,
        stage,
        snapshot,
        good_at: now,
    };
    let reached = walk.roles()?;
    Ok(Walked {
        root,
        reached,
        good_at: walk.good_at,
    })
}

/// The first root stands for itself; every other must be signed by the one before it as well.
fn walk_roots(before: &State, after: &State, now: Time) -> Result<RootStage, Refusal> {
    let offered = after.current(ROOT).ok_or(Refusal::RootMissing)?;
    let refused = Refusal::of(ROOT);
    let Some(trusted) = before.current(ROOT) else {
        return RootStage::begin(&offered.bytes, Floors::default(), now).map_err(refused);
    };
    let floors = Floors {
        root: trusted.version,
        timestamp: before.version(TIMESTAMP),
        snapshot: before.version(SNAPSHOT),
        ..Floors::default()
    };
    let mut stage = RootStage::begin(&trusted.bytes, floors, now).map_err(&refused)?;
    if offered.version != trusted.version {
        stage.accept(&offered.bytes).map_err(refused)?;
    }
    Ok(stage)
}

fn accept_snapshot<'a>(
    stage: SnapshotStage,
    before: &State,
    snapshot: &'a Document,
) -> Result<(TargetsStage, Verified<Snapshot<'a>>), Refusal> {
    let refused = Refusal::of(SNAPSHOT);
    let previous = before
        .current(SNAPSHOT)
        .map(|previous| Verified::<Snapshot<'_>>::reopen(&previous.bytes, &previous.sha256))
        .transpose()
        .map_err(&refused)?;
    stage
        .accept(&snapshot.bytes, previous.as_ref())
        .map_err(refused)
}

impl<'a> Walk<'a> {
    fn roles(&mut self) -> Result<Vec<Reached<'a>>, Refusal> {
        let mut reached: Vec<Reached<'a>> = Vec::new();
        let mut names = BTreeSet::new();
        let mut waiting: Vec<(Option<Delegation<'a>>, Vec<Strings<'a>>)> = vec![(None, Vec::new())];
        while let Some((delegation, fences)) = waiting.pop() {
            let name = delegation
                .as_ref()
                .map_or_else(RoleName::targets, |delegation| delegation.name.clone());
            let role = name.as_str().to_owned();
            check_name(&role, &mut names)?;
            let Some(document) = self.after.current(&role) else {
                // Delegated to, and nothing signed yet: clients find no target there.
                continue;
            };
            let targets = self.accept(delegation.as_ref(), document)?;
            for_each_delegation(&targets, |child| {
                let mut fences = fences.clone();
                fences.push(child.paths());
                waiting.push((Some(child), fences));
            })
            .map_err(Refusal::of(&role))?;
            if fences.len() > DELEGATION_DEPTH {
                return Err(Refusal::TooMany {
                    what: "levels of delegation",
                    most: DELEGATION_DEPTH,
                });
            }
            reached.push(Reached {
                role,
                targets,
                fences,
            });
        }
        Ok(reached)
    }

    fn accept(
        &mut self,
        delegation: Option<&Delegation<'a>>,
        document: &'a Document,
    ) -> Result<Verified<Targets<'a>>, Refusal> {
        let bytes = &document.bytes;
        let accepted = match delegation {
            Some(delegation) => self
                .stage
                .accept_delegated(&self.snapshot, delegation, bytes),
            None => self.stage.accept(&self.snapshot, bytes),
        };
        let is_unchanged = self.before.version(&document.role) == document.version;
        match accepted {
            // Expiry is looked at last (TUF 5.6.5): everything else about the role is right.
            Err(Error::Expired { at, .. }) if is_unchanged => {
                let moment_before = Time::from_seconds(at.seconds().saturating_sub(1));
                self.good_at = self.good_at.min(moment_before);
                Verified::reopen(bytes, &document.sha256)
            }
            accepted => accepted,
        }
        .map_err(Refusal::of(&document.role))
    }
}

/// Every role has one place in the tree, which also rules circles out.
fn check_name(role: &str, names: &mut BTreeSet<String>) -> Result<(), Refusal> {
    let role = role.to_owned();
    if !names.insert(role.clone()) {
        return Err(Refusal::DuplicateRole { role });
    }
    if names.len() > ROLES {
        return Err(Refusal::TooMany {
            what: "roles",
            most: ROLES,
        });
    }
    Ok(())
}

fn for_each_delegation<'a>(
    targets: &Targets<'a>,
    mut each: impl FnMut(Delegation<'a>),
) -> sealift_metadata::Result<()> {
    targets.delegations.map_or(Ok(()), |delegations| {
        delegations.for_each(|delegation| {
            each(delegation);
            Ok(())
        })
    })
}
