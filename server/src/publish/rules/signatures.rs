//! Thresholds once more, for the weakest device: it counts no signature of a scheme that it does
//! not know, and a root that it cannot follow strands it for ever.

use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::profile::Profile;
use sealift_metadata::root::Root;
use sealift_metadata::verify::{Document as _, Signers, verify_threshold};

use super::{ROOT, Refusal, Rules, SNAPSHOT, TARGETS, Walked};

impl Rules<'_> {
    /// Verifies root, snapshot and top-level targets as the weakest device does: the root as the
    /// one before it demands, and as it demands itself (TUF 5.3.4).
    pub(super) fn check_top_signatures(
        &self,
        profile: &Profile,
        walked: &Walked<'_>,
    ) -> Result<(), Refusal> {
        let root = &walked.root;
        if let Some(before) = self.before.current(ROOT) {
            let read = || Root::read(Envelope::read(Role::Root, &before.bytes)?.signed);
            let before = read().map_err(Refusal::of(ROOT))?;
            if before.version != root.version {
                self.check_root(profile, before.signers(Role::Root))?;
            }
        }
        self.check_root(profile, root.signers(Role::Root))?;
        for (name, role) in [(SNAPSHOT, Role::Snapshot), (TARGETS, Role::Targets)] {
            self.check_signatures(profile, name, role, root.signers(role))?;
        }
        Ok(())
    }

    /// Verifies the role's document, if there is one, while it passes by.
    pub(super) fn check_signatures<'k>(
        &self,
        profile: &Profile,
        name: &str,
        role: Role,
        keys: impl Into<Signers<'k>>,
    ) -> Result<(), Refusal> {
        let Some(document) = self.after.current(name) else {
            return Ok(());
        };
        let checked = profile.check_passing(role, &document.bytes, keys);
        checked.map_err(Refusal::of(name))
    }

    /// Verifies the root, which devices hold whole, with the keys alone that all of them know.
    fn check_root(&self, profile: &Profile, keys: Signers<'_>) -> Result<(), Refusal> {
        let Some(document) = self.after.current(ROOT) else {
            return Ok(());
        };
        let verified = verify_threshold::<Root>(&document.bytes, &profile.known_keys(keys));
        verified.map(drop).map_err(|error| {
            Refusal::of(ROOT)(match error {
                Error::Threshold { .. } => {
                    Error::DeviceProfile("a threshold without enough signatures that devices know")
                }
                error => error,
            })
        })
    }
}
