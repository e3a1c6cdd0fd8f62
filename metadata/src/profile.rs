//! The device profile: what the weakest deployed device can verify.
//!
//! It stands in the top-level targets role as `x-sealift-device-profile`, signed by the security
//! officers. Signer and server refuse to publish what goes beyond it: one root key of a scheme
//! that a wearable does not know would strand it for ever.

use crate::Result;
use crate::channel::ChannelStream;
use crate::envelope::Envelope;
use crate::error::{Error, Role};
use crate::json::{Read, Reader, Strings};
use crate::key::KeyId;
use crate::limits::{self, WINDOW_BYTES};
use crate::root::Root;
use crate::stream::Stream;
use crate::verify::{Document as _, RoleKeys, Signers};

/// The caps that a repository's documents stay below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Length of a root in bytes.
    pub root_bytes: u64,
    /// Length of a timestamp in bytes.
    pub timestamp_bytes: u64,
    /// Length of a snapshot in bytes.
    pub snapshot_bytes: u64,
    /// Length of any targets role in bytes.
    pub targets_bytes: u64,
    /// Keys of one role.
    pub keys_per_role: u64,
    /// Keys of a root, of all its roles.
    pub root_keys: u64,
    /// Signatures on one document.
    pub signatures: u64,
    /// Signatures that a device checks while a document passes by, the first ones.
    pub passing_signatures: u64,
    /// Length of the window that documents pass through, in bytes.
    pub window_bytes: u64,
    /// Whether every device knows `ecdsa-sha2-nistp256`. All of them know `ed25519`.
    pub ecdsa_p256: bool,
    /// Whether every device knows `rsassa-pss-sha256`.
    pub rsa_pss: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            root_bytes: limits::ROOT_BYTES as u64,
            timestamp_bytes: limits::TIMESTAMP_BYTES as u64,
            snapshot_bytes: limits::SNAPSHOT_BYTES as u64,
            targets_bytes: limits::TARGETS_BYTES as u64,
            keys_per_role: limits::DEVICE_KEYS_PER_ROLE as u64,
            root_keys: limits::DEVICE_ROOT_KEYS as u64,
            signatures: limits::SIGNATURES as u64,
            passing_signatures: limits::PASSING_SIGNATURES as u64,
            window_bytes: WINDOW_BYTES as u64,
            ecdsa_p256: false,
            rsa_pss: false,
        }
    }
}

impl Profile {
    /// The profile of the smallest devices, built with `small-ram` and a buffer of 4 KiB.
    pub fn small() -> Self {
        Self {
            root_bytes: limits::SMALL_ROOT_BYTES as u64,
            keys_per_role: limits::SMALL_KEYS_PER_ROLE as u64,
            root_keys: limits::SMALL_ROOT_KEYS as u64,
            passing_signatures: limits::SMALL_PASSING_SIGNATURES as u64,
            window_bytes: limits::SMALL_WINDOW_BYTES as u64,
            ..Self::default()
        }
    }

    /// The profile that a top-level targets role carries, or the default one.
    ///
    /// # Errors
    /// What is wrong with the bytes; [`Error::Invalid`] for a cap above what any device has.
    pub fn of_targets(document: &[u8]) -> Result<Self> {
        let envelope = Envelope::read(Role::Targets, document)?;
        let mut profile = Self::default();
        Reader::scan(envelope.signed, |reader| {
            reader.object(&mut |reader, name| {
                if name.name() == "x-sealift-device-profile" {
                    return profile.read(reader);
                }
                reader.skip()
            })
        })?;
        let most = Self::default();
        let fits = profile.root_bytes <= most.root_bytes
            && profile.timestamp_bytes <= most.timestamp_bytes
            && profile.snapshot_bytes <= most.snapshot_bytes
            && profile.targets_bytes <= most.targets_bytes
            && profile.keys_per_role <= most.keys_per_role
            && profile.root_keys <= most.root_keys
            && profile.signatures <= most.signatures
            && profile.passing_signatures <= most.passing_signatures
            && profile.window_bytes <= most.window_bytes;
        if fits {
            Ok(profile)
        } else {
            Err(Error::invalid("x-sealift-device-profile"))
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.object(&mut |reader, name| {
            let cap = match name.name() {
                "schemes" => return self.read_schemes(reader),
                "root_bytes" => &mut self.root_bytes,
                "timestamp_bytes" => &mut self.timestamp_bytes,
                "snapshot_bytes" => &mut self.snapshot_bytes,
                "targets_bytes" => &mut self.targets_bytes,
                "keys_per_role" => &mut self.keys_per_role,
                "root_keys" => &mut self.root_keys,
                "signatures" => &mut self.signatures,
                "passing_signatures" => &mut self.passing_signatures,
                "window_bytes" => &mut self.window_bytes,
                _ => return reader.skip(),
            };
            *cap = reader.unsigned()?;
            Ok(())
        })
    }

    fn read_schemes(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let schemes = Strings::read(reader)?;
        self.ecdsa_p256 = schemes.contains("ecdsa-sha2-nistp256");
        self.rsa_pss = schemes.contains("rsassa-pss-sha256");
        Ok(())
    }

    /// Checks a document of `role` against the caps.
    ///
    /// # Errors
    /// [`Error::DeviceProfile`], or what is wrong with the bytes.
    pub fn check(&self, role: Role, document: &[u8]) -> Result<()> {
        let (cap, what) = match role {
            Role::Root => (self.root_bytes, "the root's length"),
            Role::Timestamp => (self.timestamp_bytes, "the timestamp's length"),
            Role::Snapshot => (self.snapshot_bytes, "the snapshot's length"),
            Role::Targets => (self.targets_bytes, "the targets role's length"),
        };
        exceeds(document.len(), cap, what)?;
        let envelope = Envelope::read(role, document)?;
        exceeds(
            envelope.signatures.len(),
            self.signatures,
            "the number of signatures",
        )?;
        self.check_lists(envelope.signed)?;
        if role == Role::Root {
            let root = Root::read(envelope.signed)?;
            self.check_keys(root.signers(Role::Root))?;
            for role in [Role::Timestamp, Role::Snapshot, Role::Targets] {
                self.check_passing_keys(root.signers(role))?;
            }
        }
        Ok(())
    }

    /// Counts the keys of a root, and the ids of each role of a root or a delegation, whatever
    /// their schemes: this build may know others than a device does.
    fn check_lists(&self, signed: &[u8]) -> Result<()> {
        Reader::scan(signed, |reader| {
            reader.object(&mut |reader, name| match name.name() {
                "keys" => {
                    let count = count_members(reader)?;
                    let what = "the number of keys of a root";
                    reader.take(exceeds(count, self.root_keys, what))
                }
                "roles" => reader.object(&mut |reader, _| self.check_ids(reader)),
                "delegations" => reader.object(&mut |reader, name| match name.name() {
                    "roles" => reader.array(&mut |reader| self.check_ids(reader)),
                    "succinct_roles" => self.check_ids(reader),
                    _ => reader.skip(),
                }),
                _ => reader.skip(),
            })
        })
    }

    fn check_ids(&self, reader: &mut Reader<'_>) -> Read<()> {
        reader.object(&mut |reader, name| {
            if name.name() != "keyids" {
                return reader.skip();
            }
            let mut count = 0_usize;
            reader.array(&mut |reader| {
                count = count.saturating_add(1);
                reader.skip()
            })?;
            reader.take(exceeds(count, self.keys_per_role, "the number of keys"))
        })
    }

    /// As [`Self::check_keys`], for a role whose documents pass by: of those, a device checks few
    /// signatures.
    ///
    /// # Errors
    /// [`Error::DeviceProfile`].
    pub fn check_passing_keys<'k>(&self, role: impl Into<Signers<'k>>) -> Result<()> {
        let role = role.into();
        let threshold = usize::from(role.threshold);
        exceeds(threshold, self.passing_signatures, "a threshold")?;
        self.check_keys(role)
    }

    /// Checks that devices can hold a role's keys, and that enough of them are of a scheme that
    /// every device knows.
    ///
    /// # Errors
    /// [`Error::DeviceProfile`].
    pub fn check_keys<'k>(&self, role: impl Into<Signers<'k>>) -> Result<()> {
        let role = role.into();
        exceeds(
            role.keys().count(),
            self.keys_per_role,
            "the number of keys",
        )?;
        if self.known_keys(role).keys.len() < usize::from(role.threshold) {
            let what = "a threshold without enough keys that devices know";
            return Err(Error::device_profile(what));
        }
        Ok(())
    }

    /// The role without the keys of schemes that some device does not know.
    pub fn known_keys<'k>(&self, role: impl Into<Signers<'k>>) -> RoleKeys {
        let role = role.into();
        let known = role.keys().filter(|(_, key)| self.knows(key.scheme()));
        RoleKeys {
            threshold: role.threshold,
            keys: known.cloned().collect(),
        }
    }

    /// Reads a role as the weakest device does, while it passes by: its members fit the window, and
    /// the signatures that a device checks, by keys of schemes that it knows, are enough.
    ///
    /// # Errors
    /// [`Error::DeviceProfile`], or what is wrong with the bytes.
    pub fn check_passing<'k>(
        &self,
        role: Role,
        document: &[u8],
        keys: impl Into<Signers<'k>>,
    ) -> Result<()> {
        let keys = keys.into();
        // A device that knows more schemes checks other signatures first.
        self.read_passing(role, document, &self.known_keys(keys))?;
        self.read_passing(role, document, &keys.into())
    }

    fn read_passing(&self, role: Role, document: &[u8], keys: &RoleKeys) -> Result<()> {
        let first = self.first_signers(role, document, keys)?;
        let mut stream = Stream::signed(role, first, true);
        stream.push(self.window(&mut [0; WINDOW_BYTES]), document, &mut |_| {
            Ok(())
        });
        stream.verify().map(drop).map_err(|error| match error {
            Error::WindowFull => {
                Error::device_profile("the length of a member, or of the keys of all delegations,")
            }
            Error::Threshold { .. } => {
                Error::device_profile("a threshold without enough signatures that devices know")
            }
            error => error,
        })
    }

    /// The keys of the signatures that the weakest device checks: as many as it has room for, the
    /// first ones that could be right.
    fn first_signers(&self, role: Role, document: &[u8], keys: &RoleKeys) -> Result<RoleKeys> {
        let mut first = RoleKeys {
            threshold: keys.threshold,
            keys: heapless::Vec::new(),
        };
        let most = usize::try_from(self.passing_signatures).unwrap_or(usize::MAX);
        for signature in &Envelope::read(role, document)?.signatures {
            if first.keys.len() < most
                && let Some(key) = Signers::from(keys).find(signature.keyid)
                && key.begin(signature.sig).is_some()
            {
                let signer = (KeyId::new(signature.keyid)?, key.clone());
                // There are no more than the role has.
                let _ = first.keys.push(signer);
            }
        }
        Ok(first)
    }

    fn window<'w>(&self, all: &'w mut [u8]) -> &'w mut [u8] {
        let length = usize::try_from(self.window_bytes).unwrap_or(usize::MAX);
        all.get_mut(..length).unwrap_or_default()
    }

    /// Reads a channel's document as the weakest device does.
    ///
    /// # Errors
    /// As [`Self::check_passing`].
    pub fn check_channel(&self, document: &[u8]) -> Result<()> {
        let most = limits::CHANNEL_BYTES as u64;
        exceeds(document.len(), most, "the length of a channel's document")?;
        let mut stream = ChannelStream::default();
        stream.push(self.window(&mut [0; WINDOW_BYTES]), document, &mut |_| {
            Ok(())
        });
        stream.verify().map_err(|error| match error {
            Error::WindowFull => Error::device_profile("the length of a release in a channel"),
            error => error,
        })
    }

    fn knows(&self, scheme: &str) -> bool {
        match scheme {
            "ed25519" => true,
            "ecdsa-sha2-nistp256" => self.ecdsa_p256,
            "rsassa-pss-sha256" => self.rsa_pss,
            _ => false,
        }
    }
}

fn count_members(reader: &mut Reader<'_>) -> Read<usize> {
    let mut count = 0_usize;
    reader.object(&mut |reader, _| {
        count = count.saturating_add(1);
        reader.skip()
    })?;
    Ok(count)
}

fn exceeds(value: usize, cap: u64, what: &'static str) -> Result<()> {
    let fits = u64::try_from(value).is_ok_and(|value| value <= cap);
    if fits {
        Ok(())
    } else {
        Err(Error::device_profile(what))
    }
}

#[cfg(all(test, feature = "ecdsa-p256", feature = "write"))]
mod tests;
