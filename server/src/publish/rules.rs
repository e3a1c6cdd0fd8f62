//! The rules of Sealift beyond TUF: what the weakest device can verify, who may say what about
//! which path, and that every byte that is promised is here.

use std::collections::BTreeSet;

use sealift_metadata::blocks::{SUFFIX, table_bytes};
use sealift_metadata::channel::Channel;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::image::Image;
use sealift_metadata::name::TargetPath;
use sealift_metadata::pattern;
use sealift_metadata::profile::Profile;
use sealift_metadata::release::{self, Release};
use sealift_metadata::targets::{Target, Targets};
use sealift_metadata::verify::RoleKeys;

use super::Refusal;
use super::walk::{Reached, Walked};
use crate::blobs::Blobs;
use crate::limits::DOCUMENT_TARGET_BYTES;
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
        self.check_offline_keys(ROOT, &walked.root.root)?;
        self.check_offline_keys(TARGETS, &walked.root.targets)?;
        for reached in &walked.reached {
            check_overlaps(reached)?;
            check_paths(reached)?;
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

    fn check_profile(&self, walked: &Walked<'_>) -> Result<(), Refusal> {
        let targets = self.after.current(TARGETS);
        let profile = targets.map_or(Ok(Profile::default()), |it| Profile::of_targets(&it.bytes));
        let profile = profile.map_err(Refusal::of(TARGETS))?;
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
            let checked = profile.check_keys(&keys);
            checked.map_err(Refusal::of(role.as_str()))?;
            self.check_offline_keys(role.as_str(), &keys)?;
        }
        Ok(())
    }

    /// The promise that a stolen server makes no image holds only while its keys sign none.
    fn check_offline_keys(&self, role: &str, keys: &RoleKeys) -> Result<(), Refusal> {
        let online = [self.keys.snapshot.public(), self.keys.timestamp.public()];
        if keys.keys.iter().any(|(_, key)| online.contains(&key)) {
            let role = role.to_owned();
            return Err(Refusal::OnlineKeyOffline { role });
        }
        Ok(())
    }

    fn check_targets(&self, reached: &Reached<'_>) -> Result<(), Refusal> {
        for_each(reached, |text, target| {
            let refused = Refusal::of(&reached.role);
            let path = TargetPath::new(text).map_err(&refused)?;
            if let Some(image) = Image::of(target).map_err(&refused)? {
                check_image(text, &image, target, &reached.targets)?;
            }
            self.check_blob(text, target)?;
            if !self.before.serves(&path, &target.sha256) {
                self.check_document(text, target, &refused)?;
            }
            Ok(())
        })?;
        self.check_unchanged(reached)
    }

    fn check_blob(&self, path: &str, target: &Target<'_>) -> Result<(), Refusal> {
        if self.blobs.length(&target.sha256) == Some(target.length) {
            return Ok(());
        }
        Err(Refusal::MissingBlob {
            path: path.to_owned(),
            length: target.length,
            sha256: target.sha256,
        })
    }

    /// What a channel or release document says must fit its path, or it could be shown in the
    /// place of another.
    fn check_document(
        &self,
        path: &str,
        target: &Target<'_>,
        refused: &impl Fn(Error) -> Refusal,
    ) -> Result<(), Refusal> {
        let segments: Vec<&str> = path.split('/').collect();
        let misplaced = || Refusal::MisplacedTarget {
            path: path.to_owned(),
        };
        let fits = match segments.as_slice() {
            ["channels", product, file] => {
                let bytes = self.read(target).ok_or_else(misplaced)?;
                let channel = Channel::read(&bytes).map_err(refused)?;
                channel.product == *product && format!("{}.json", channel.channel) == *file
            }
            ["images", product, release::COMPONENT, name, release::FILE] => {
                let bytes = self.read(target).ok_or_else(misplaced)?;
                let set = Release::read(&bytes).map_err(refused)?;
                set.product == *product && set.release == *name
            }
            _ => true,
        };
        if fits { Ok(()) } else { Err(misplaced()) }
    }

    fn read(&self, target: &Target<'_>) -> Option<Vec<u8>> {
        if target.length > DOCUMENT_TARGET_BYTES {
            return None;
        }
        self.blobs.read(&target.sha256).ok()
    }

    /// What was published below `images/` keeps its bytes for as long as it is listed; channel
    /// documents are there to change.
    fn check_unchanged(&self, reached: &Reached<'_>) -> Result<(), Refusal> {
        let Some(before) = self.before.current(&reached.role) else {
            return Ok(());
        };
        let refused = Refusal::of(&reached.role);
        let envelope = sealift_metadata::envelope::Envelope::read(Role::Targets, &before.bytes);
        let before = <Targets<'_> as sealift_metadata::verify::Document<'_>>::read(
            envelope.map_err(&refused)?.signed,
        )
        .map_err(&refused)?;
        for_each(reached, |path, target| {
            let is_other = |old: Target<'_>| old.sha256 != target.sha256;
            if path.starts_with("images/") && before.find(path).is_some_and(is_other) {
                return Err(Refusal::TargetChanged {
                    path: path.to_owned(),
                });
            }
            Ok(())
        })
    }
}

fn check_paths(reached: &Reached<'_>) -> Result<(), Refusal> {
    for_each(reached, |path, _| {
        let path = TargetPath::new(path).map_err(Refusal::of(&reached.role))?;
        let is_trusted = |fence: &sealift_metadata::json::Strings<'_>| {
            fence.any(|pattern| pattern::matches(pattern, path.as_str()))
        };
        // The top-level role only delegates: an image that it listed would need no product
        // signer.
        if reached.fences.is_empty() || !reached.fences.iter().all(is_trusted) {
            return Err(Refusal::PathOutsideRole {
                role: reached.role.clone(),
                path: path.as_str().to_owned(),
            });
        }
        Ok(())
    })
}

fn check_image(
    path: &str,
    image: &Image<'_>,
    target: &Target<'_>,
    role: &Targets<'_>,
) -> Result<(), Refusal> {
    let path = path.to_owned();
    if !image.belongs_at(&path) || image.component == release::COMPONENT {
        return Err(Refusal::MisplacedTarget { path });
    }
    let is_image = target.length == image.image.length && target.sha256 == image.image.sha256;
    if image.encoding == "raw" && !is_image {
        return Err(Refusal::EncodingMismatch { path });
    }
    let length = table_bytes(image.image.length, image.blocks.size);
    let is_its_table =
        |table: Target<'_>| table.sha256 == image.blocks.sha256 && table.length == length;
    let table = role.find(&format!("{path}{SUFFIX}"));
    if table.is_some_and(is_its_table) {
        Ok(())
    } else {
        Err(Refusal::BlockTable { path })
    }
}

/// Patterns of two roles that one role delegates to never match the same path: the order of
/// delegations then decides nothing.
fn check_overlaps(reached: &Reached<'_>) -> Result<(), Refusal> {
    let refused = Refusal::of(&reached.role);
    let mut patterns: Vec<(String, &str)> = Vec::new();
    let Some(delegations) = reached.targets.delegations else {
        return Ok(());
    };
    let collected = delegations.for_each(|delegation| {
        let name = delegation.name.as_str().to_owned();
        delegation.paths().for_each(|pattern| {
            // Other implementations read character classes and `**` in other ways.
            if pattern.contains("**") || !pattern.bytes().all(is_pattern_byte) {
                return Err(Error::Invalid("paths"));
            }
            patterns.push((name.clone(), pattern));
            Ok(())
        })
    });
    collected.map_err(refused)?;
    for (at, (role, one)) in patterns.iter().enumerate() {
        let mut others = patterns
            .iter()
            .skip(at + 1)
            .filter(|(other, _)| other != role);
        if let Some((_, other)) = others.find(|(_, other)| pattern::overlap(one, other)) {
            return Err(Refusal::DelegationOverlap {
                delegator: reached.role.clone(),
                one: (*one).to_owned(),
                other: (*other).to_owned(),
            });
        }
    }
    Ok(())
}

fn is_pattern_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-+/*?".contains(&byte)
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
