//! Thresholds once more, for the weakest device: it counts no signature of a scheme that it does
//! not know, and a root that it cannot follow strands it for ever.

use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::profile::Profile;
use sealift_metadata::root::Root;
use sealift_metadata::targets::Targets;
use sealift_metadata::verify::{Document, Signers, verify_threshold};

use super::{ROOT, Refusal, Rules, TARGETS, Walked};

impl Rules<'_> {
    /// Verifies root and top-level targets with the keys alone that every device knows: the root
    /// as the one before it demands, and as it demands itself (TUF 5.3.4). The online roles have
    /// one key each, of this server.
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
                self.check_signatures::<Root>(profile, ROOT, before.signers(Role::Root))?;
            }
        }
        self.check_signatures::<Root>(profile, ROOT, root.signers(Role::Root))?;
        self.check_signatures::<Targets<'_>>(profile, TARGETS, root.signers(Role::Targets))
    }

    /// Verifies the role's document, if there is one, with those of its keys that every device
    /// knows.
    pub(super) fn check_signatures<'a, 'k, T: Document<'a>>(
        &'a self,
        profile: &Profile,
        role: &str,
        keys: impl Into<Signers<'k>>,
    ) -> Result<(), Refusal> {
        let Some(document) = self.after.current(role) else {
            return Ok(());
        };
        let keys = keys.into();
        let known = profile.known_keys(keys);
        // What the walk counted, it counted with the same keys then.
        if known.keys.len() == keys.keys().count() {
            return Ok(());
        }
        let verified = verify_threshold::<T>(&document.bytes, &known);
        verified.map(drop).map_err(|error| {
            Refusal::of(role)(match error {
                Error::Threshold { .. } => {
                    Error::DeviceProfile("a threshold without enough signatures that devices know")
                }
                error => error,
            })
        })
    }
}
