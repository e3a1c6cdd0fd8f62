//! `sealift.toml`: what a repository is called, who its signers are, and how long documents last.
//!
//! It is a convenience for people and for making documents. Nothing is verified with it: what
//! counts are the keys and thresholds inside the signed documents.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use sealift_metadata::Time;
use sealift_metadata::limits::{
    DEVICE_KEYS_PER_ROLE, ROOT_BYTES, SIGNATURES, SNAPSHOT_BYTES, TARGETS_BYTES, TIMESTAMP_BYTES,
};
use sealift_metadata::profile::Profile;
use sealift_metadata::write::{SPEC_VERSION, Value};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{read_capped, write_atomic};
use crate::limits::{DAY_SECONDS, EXPIRY_DAYS_MAX, SETTINGS_BYTES};
use crate::names::{RoleId, Slug};

/// The name of the file.
pub const FILE: &str = "sealift.toml";

const HEAD: &str = "\
# Written by sealift. You may change expiry_days and device_profile; they count from the next
# version of a document on. Signers and thresholds are shown here for people to read: what counts
# stands in the signed documents.

";

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The name of the repository.
    pub repository: Slug,
    /// The `spec_version` that is written into documents.
    pub spec_version: SpecVersion,
    /// How long a version of each role lasts.
    pub expiry_days: ExpiryDays,
    /// What the weakest deployed device can verify.
    pub device_profile: DeviceProfile,
    /// The signers of the roles that every repository has.
    pub roles: Roles,
    /// The signers of each product.
    #[serde(default)]
    pub products: BTreeMap<Slug, Signers>,
}

/// Days from the making of a version to its expiry.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpiryDays {
    /// Root.
    pub root: u64,
    /// The top-level targets role.
    pub targets: u64,
    /// Products.
    pub products: u64,
    /// Channels.
    pub channels: u64,
}

/// The caps of [`Profile`], published with the targets role.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the fields are documented at the profile of sealift-metadata"
)]
pub struct DeviceProfile {
    pub root_bytes: u64,
    pub timestamp_bytes: u64,
    pub snapshot_bytes: u64,
    pub targets_bytes: u64,
    pub keys_per_role: u64,
    pub signatures: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_keys: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passing_signatures: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_bytes: Option<u64>,
}

/// A device profile with a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum NamedProfile {
    /// Devices of some 32 KiB of RAM and more
    #[default]
    Default,
    /// Devices of 16 KiB of RAM among them: two signatures of a role, and short members
    Small,
}

/// The signers of the roles that every repository has.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are the roles")]
pub struct Roles {
    pub root: Signers,
    pub timestamp: Signers,
    pub snapshot: Signers,
    pub targets: Signers,
    pub channels: Signers,
}

/// Who signs for a role.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signers {
    /// How many of them must sign.
    pub threshold: u64,
    /// Their names and keys.
    pub signers: Vec<Signer>,
}

/// A signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The name that people know the signer by.
    pub name: Slug,
    /// The id of the signer's key.
    pub keyid: String,
}

/// A version of the TUF specification, `1.x` or `1.x.y`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SpecVersion(String);

impl SpecVersion {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SpecVersion {
    fn default() -> Self {
        Self(SPEC_VERSION.to_owned())
    }
}

/// Not a version of the specification that Sealift writes.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("use 1.x or 1.x.y, such as 1.0.34, or 1.0.0 for old clients")]
pub struct InvalidSpecVersion;

impl FromStr for SpecVersion {
    type Err = InvalidSpecVersion;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidSpecVersion> {
        let parts: Vec<&str> = text.split('.').collect();
        let is_number =
            |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let known = parts.first() == Some(&"1")
            && (2..=3).contains(&parts.len())
            && parts.iter().all(is_number);
        if known {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSpecVersion)
        }
    }
}

impl TryFrom<String> for SpecVersion {
    type Error = InvalidSpecVersion;

    fn try_from(text: String) -> std::result::Result<Self, InvalidSpecVersion> {
        text.parse()
    }
}

impl From<SpecVersion> for String {
    fn from(version: SpecVersion) -> Self {
        version.0
    }
}

impl std::fmt::Display for SpecVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Default for ExpiryDays {
    fn default() -> Self {
        Self {
            root: 365,
            targets: 180,
            products: 90,
            channels: 90,
        }
    }
}

impl Default for DeviceProfile {
    fn default() -> Self {
        Self {
            root_bytes: ROOT_BYTES as u64,
            timestamp_bytes: TIMESTAMP_BYTES as u64,
            snapshot_bytes: SNAPSHOT_BYTES as u64,
            targets_bytes: TARGETS_BYTES as u64,
            keys_per_role: DEVICE_KEYS_PER_ROLE as u64,
            signatures: SIGNATURES as u64,
            // What is not said is what every device has.
            root_keys: None,
            passing_signatures: None,
            window_bytes: None,
        }
    }
}

impl From<NamedProfile> for DeviceProfile {
    fn from(name: NamedProfile) -> Self {
        let small = match name {
            NamedProfile::Default => return Self::default(),
            NamedProfile::Small => Profile::small(),
        };
        Self {
            root_bytes: small.root_bytes,
            keys_per_role: small.keys_per_role,
            root_keys: Some(small.root_keys),
            passing_signatures: Some(small.passing_signatures),
            window_bytes: Some(small.window_bytes),
            ..Self::default()
        }
    }
}

impl DeviceProfile {
    /// The profile as it stands in the targets role.
    pub fn value(&self) -> Value {
        let mut value = Value::from([
            ("root_bytes", Value::from(self.root_bytes)),
            ("timestamp_bytes", Value::from(self.timestamp_bytes)),
            ("snapshot_bytes", Value::from(self.snapshot_bytes)),
            ("targets_bytes", Value::from(self.targets_bytes)),
            ("keys_per_role", Value::from(self.keys_per_role)),
            ("signatures", Value::from(self.signatures)),
        ]);
        for (name, cap) in [
            ("root_keys", self.root_keys),
            ("passing_signatures", self.passing_signatures),
            ("window_bytes", self.window_bytes),
        ] {
            if let Some(cap) = cap {
                value.members().insert(name.to_owned(), cap.into());
            }
        }
        value
    }
}

impl Settings {
    /// Reads the settings of the ceremony folder `dir`.
    ///
    /// # Errors
    /// [`Error::NotACeremony`], [`Error::MalformedSettings`], [`Error::Malformed`] for a period
    /// of 0 or beyond [`EXPIRY_DAYS_MAX`], [`Error::Io`].
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        if !path.exists() {
            return Err(Error::NotACeremony {
                dir: dir.to_owned(),
            });
        }
        let bytes = read_capped(&path, SETTINGS_BYTES)?;
        let settings: Self =
            toml::from_slice(&bytes).map_err(|source| Error::MalformedSettings {
                path: path.clone(),
                source: Box::new(source),
            })?;
        let days = &settings.expiry_days;
        let possible = [days.root, days.targets, days.products, days.channels]
            .iter()
            .all(|days| (1..=EXPIRY_DAYS_MAX).contains(days));
        if possible {
            Ok(settings)
        } else {
            Err(Error::Malformed {
                path,
                fault: "expiry_days go from 1 to 3650",
            })
        }
    }

    /// Writes the settings into the ceremony folder `dir`.
    ///
    /// # Errors
    /// [`Error::UnwritableSettings`], [`Error::Io`].
    pub fn write(&self, dir: &Path) -> Result<()> {
        let text = toml::to_string_pretty(self)
            .map_err(|source| Error::UnwritableSettings(Box::new(source)))?;
        write_atomic(&dir.join(FILE), format!("{HEAD}{text}").as_bytes())
    }

    /// When a version of `role` that is made at `now` expires.
    pub fn expires(&self, role: &RoleId, now: Time) -> Time {
        let days = match role {
            RoleId::Root => self.expiry_days.root,
            RoleId::Targets => self.expiry_days.targets,
            RoleId::Channels => self.expiry_days.channels,
            RoleId::Product(_) => self.expiry_days.products,
        };
        now.plus(days.saturating_mul(DAY_SECONDS))
    }

    /// All signers, of all roles.
    pub fn signers(&self) -> impl Iterator<Item = &Signer> {
        let roles = &self.roles;
        [
            &roles.root,
            &roles.timestamp,
            &roles.snapshot,
            &roles.targets,
            &roles.channels,
        ]
        .into_iter()
        .chain(self.products.values())
        .flat_map(|role| &role.signers)
    }

    /// The name that people know a key by.
    pub fn name_of(&self, keyid: &str) -> Option<&str> {
        self.signers()
            .find(|signer| signer.keyid == keyid)
            .map(|signer| signer.name.as_str())
    }

    /// The names of several keys, sorted.
    pub fn call_all(&self, keyids: &[String]) -> Vec<String> {
        let mut names: Vec<String> = keyids.iter().map(|keyid| self.call(keyid)).collect();
        names.sort();
        names
    }

    /// The name of a key, or the beginning of its id where it has none.
    pub fn call(&self, keyid: &str) -> String {
        let short = || format!("key {}…", keyid.get(..12).unwrap_or(keyid));
        self.name_of(keyid).map_or_else(short, ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use sealift_metadata::Time;
    use sealift_metadata::write::{Draft, SPEC_VERSION, seal};

    use super::*;

    #[test]
    fn only_versions_of_the_first_family_are_written() {
        for good in ["1.0", "1.0.0", "1.0.34"] {
            assert!(good.parse::<SpecVersion>().is_ok(), "{good}");
        }
        for bad in ["", "1", "2.0", "1.", "1.0.0.0", "1.0.x", "1.0\n"] {
            assert!(bad.parse::<SpecVersion>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_named_profile_is_published_as_it_is_meant() {
        for (name, meant) in [
            (NamedProfile::Default, Profile::default()),
            (NamedProfile::Small, Profile::small()),
        ] {
            let mut targets = Draft::new("targets", SPEC_VERSION, Time::from_seconds(1));
            let profile = DeviceProfile::from(name).value();
            targets.set("x-sealift-device-profile", profile);
            let published = Profile::of_targets(&seal(targets.value(), &[]));
            assert_eq!(published, Ok(meant));
        }
    }
}
