//! The rules of Sealift beyond TUF: what the weakest device can verify, who may say what about
//! which path, and that every byte that is promised is here.

/// Who may sign for which paths.
mod delegations;
/// Release documents, which name whole sets.
mod sets;
/// Signatures that the weakest device can verify.
mod signatures;
/// What targets say of themselves.
mod targets;

use std::collections::BTreeSet;

use sealift_metadata::Time;
use sealift_metadata::error::Role;
use sealift_metadata::profile::Profile;
use sealift_metadata::targets::Target;
use sealift_metadata::verify::Signers;

use super::Refusal;
use super::walk::{Reached, Walked};
use crate::blobs::Blobs;
use crate::online_keys::OnlineKeys;
use crate::repository::{ROOT, SNAPSHOT, State, TARGETS, TIMESTAMP};

/// What the rules are applied with.
pub(super) struct Rules<'a> {
    /// What readers see now.
    pub(super) before: &'a State,
    /// What they would see.
    pub(super) after: &'a State,
    /// The roles that change.
    pub(super) changed: &'a BTreeSet<String>,
    /// The blobs that were uploaded.
    pub(super) blobs: &'a Blobs,
    /// The time now.
    pub(super) now: Time,
    /// The keys that may sign nothing but the online roles.
    pub(super) keys: &'a OnlineKeys,
}

impl Rules<'_> {
    /// Applies every rule.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(super) fn check(&self, walked: &Walked<'_>) -> Result<(), Refusal> {
        self.check_reachable(walked)?;
        self.check_profile(walked)?;
        self.check_offline_keys(ROOT, walked.root.signers(Role::Root))?;
        self.check_offline_keys(TARGETS, walked.root.signers(Role::Targets))?;
        for reached in &walked.reached {
            delegations::check_overlaps(reached)?;
            delegations::check_paths(reached)?;
            if self.changed.contains(&reached.role) {
                self.check_targets(reached)?;
            }
        }
        Ok(())
    }

    fn check_reachable(&self, walked: &Walked<'_>) -> Result<(), Refusal> {
        let is_reached = |role: &String| walked.reached.iter().any(|it| it.role == *role);
        match self
            .changed
            .iter()
            .find(|it| *it != ROOT && !is_reached(it))
        {
            Some(role) => Err(Refusal::UnknownRole { role: role.clone() }),
            None => Ok(()),
        }
    }

    /// What the weakest device can verify.
    fn profile(&self) -> Result<Profile, Refusal> {
        let targets = self.after.current(TARGETS);
        let profile = targets.map_or(Ok(Profile::default()), |it| Profile::of_targets(&it.bytes));
        profile.map_err(Refusal::of(TARGETS))
    }

    fn check_profile(&self, walked: &Walked<'_>) -> Result<(), Refusal> {
        let profile = self.profile()?;
        let online = [
            (ROOT, Role::Root),
            (TIMESTAMP, Role::Timestamp),
            (SNAPSHOT, Role::Snapshot),
        ];
        let delegated = walked
            .reached
            .iter()
            .map(|it| (it.role.as_str(), Role::Targets));
        for (role, kind) in online.into_iter().chain(delegated) {
            if let Some(document) = self.after.current(role) {
                profile
                    .check(kind, &document.bytes)
                    .map_err(Refusal::of(role))?;
            }
        }
        self.check_top_signatures(&profile, walked)?;
        for reached in &walked.reached {
            self.check_delegated_keys(&profile, reached)?;
        }
        Ok(())
    }

    /// Looks at every delegation, also at one whose role has signed nothing yet.
    fn check_delegated_keys(
        &self,
        profile: &Profile,
        reached: &Reached<'_>,
    ) -> Result<(), Refusal> {
        let mut delegated = Vec::new();
        let collected = reached.targets.delegations.map_or(Ok(()), |delegations| {
            delegations.for_each(|it| {
                delegated.push((it.name.clone(), it.keys()?));
                Ok(())
            })
        });
        collected.map_err(Refusal::of(&reached.role))?;
        for (role, keys) in delegated {
            let checked = profile.check_passing_keys(&keys);
            checked.map_err(Refusal::of(role.as_str()))?;
            self.check_offline_keys(role.as_str(), &keys)?;
            self.check_signatures(profile, role.as_str(), Role::Targets, &keys)?;
        }
        Ok(())
    }

    /// The promise that a stolen server makes no image holds only while its keys sign none.
    fn check_offline_keys<'k>(
        &self,
        role: &str,
        keys: impl Into<Signers<'k>>,
    ) -> Result<(), Refusal> {
        let online = [self.keys.snapshot.public(), self.keys.timestamp.public()];
        if keys.into().keys().any(|(_, key)| online.contains(&key)) {
            let role = role.to_owned();
            return Err(Refusal::OnlineKeyOffline { role });
        }
        Ok(())
    }
}

/// Calls `each` with every target of a role, until one is refused.
fn for_each(
    reached: &Reached<'_>,
    mut each: impl FnMut(&str, &Target<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut refusal = None;
    let walked = reached.targets.for_each(|path, target| {
        if refusal.is_none() {
            refusal = each(path, &target).err();
        }
        Ok(())
    });
    walked.map_err(Refusal::of(&reached.role))?;
    refusal.map_or(Ok(()), Err)
}
