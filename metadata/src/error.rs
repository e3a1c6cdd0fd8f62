//! What can be wrong with metadata: facts, each with a number that never changes.

mod make;

use core::fmt;

use crate::detail::{Count, Finding, Kind, Moment, Number, Place, Text};

/// The kind of role that a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `root`
    Root,
    /// `timestamp`
    Timestamp,
    /// `snapshot`
    Snapshot,
    /// The top-level `targets` or a role that it delegates to.
    Targets,
}

impl Role {
    /// The role whose documents have this `_type`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Root, Self::Timestamp, Self::Snapshot, Self::Targets]
            .into_iter()
            .find(|role| role.name() == name)
    }

    /// The `_type` of the role's documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Timestamp => "timestamp",
            Self::Snapshot => "snapshot",
            Self::Targets => "targets",
        }
    }
}

/// Why metadata was refused. On bare metal the fields tell [nothing](crate::detail): the number is
/// what a driver reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// 100: the bytes are not canonical JSON; `at` counts bytes from the start of the document.
    Json {
        /// What was found.
        fault: Finding,
        /// Where, in bytes.
        at: Place,
    },
    /// 101: a field that must be there is not.
    Missing(Text),
    /// 102: a field has a value that it must not have.
    Invalid(Text),
    /// 103: a document, list or name is longer than its cap (see [`crate::limits`]).
    TooLarge(Text),
    /// 104: the document says that it is of another role.
    WrongRole(Kind),
    /// 105: `spec_version` is not of the 1.x family.
    SpecVersion,
    /// 106: a member, or the keys of all delegations, do not fit the window that a document passes
    /// through.
    WindowFull,

    /// 110: fewer distinct keys signed than the threshold asks for.
    Threshold {
        /// The role whose keys were asked for.
        role: Kind,
        /// Distinct keys with a valid signature.
        valid: Count,
        /// The role's threshold.
        needed: Count,
    },
    /// 111: one key id signed twice.
    DuplicateSignature(Kind),
    /// 112: a key of small order, with which anything verifies.
    WeakKey,
    /// 113: a threshold of 0.
    ThresholdZero,

    /// 120: the version is lower than one that was trusted before.
    Rollback {
        /// The role that went backwards.
        role: Kind,
        /// The lowest version that may be accepted.
        floor: Number,
        /// The version offered.
        offered: Number,
    },
    /// 121: the version is not the one that was promised.
    WrongVersion {
        /// The role.
        role: Kind,
        /// The version promised by the previous document.
        promised: Number,
        /// The version offered.
        offered: Number,
    },
    /// 122: the document expired.
    Expired {
        /// The role that expired.
        role: Kind,
        /// When it did.
        at: Moment,
    },
    /// 123: a role that was listed before is not listed any more.
    RoleVanished,
    /// 124: the length differs from the promised one.
    WrongLength(Kind),
    /// 125: the digest differs from the promised one.
    WrongDigest(Kind),
    /// 126: the role is not in the snapshot.
    NotListed,
    /// 127: the role is not delegated to.
    NotDelegated,

    /// 128: the timestamp says that it was signed after it, or the root, expires.
    IssuedInFuture {
        /// When it says it was signed.
        at: Moment,
    },

    /// 130: no digest that we know is given for a target.
    NoKnownDigest,
    /// 131: `custom.sealift` is missing, or of a schema that is not understood.
    NotAnImage,
    /// 132: the document goes beyond what the weakest deployed device could verify.
    DeviceProfile(Text),
}

impl Error {
    /// The number of the fact. Numbers are never reused or reordered.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Json { .. } => 100,
            Self::Missing(_) => 101,
            Self::Invalid(_) => 102,
            Self::TooLarge(_) => 103,
            Self::WrongRole(_) => 104,
            Self::SpecVersion => 105,
            Self::WindowFull => 106,
            Self::Threshold { .. } => 110,
            Self::DuplicateSignature(_) => 111,
            Self::WeakKey => 112,
            Self::ThresholdZero => 113,
            Self::Rollback { .. } => 120,
            Self::WrongVersion { .. } => 121,
            Self::Expired { .. } => 122,
            Self::RoleVanished => 123,
            Self::WrongLength(_) => 124,
            Self::WrongDigest(_) => 125,
            Self::NotListed => 126,
            Self::NotDelegated => 127,
            Self::IssuedInFuture { .. } => 128,
            Self::NoKnownDigest => 130,
            Self::NotAnImage => 131,
            Self::DeviceProfile(_) => 132,
        }
    }

    /// The stable name of the fact, for logs and interfaces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Json { .. } => "malformed_json",
            Self::Missing(_) => "missing_field",
            Self::Invalid(_) => "invalid_field",
            Self::TooLarge(_) => "too_large",
            Self::WrongRole(_) => "wrong_role",
            Self::SpecVersion => "unsupported_spec_version",
            Self::WindowFull => "window_full",
            Self::Threshold { .. } => "threshold_not_met",
            Self::DuplicateSignature(_) => "duplicate_signature",
            Self::WeakKey => "weak_key",
            Self::ThresholdZero => "threshold_zero",
            Self::Rollback { .. } => "rollback",
            Self::WrongVersion { .. } => "wrong_version",
            Self::Expired { .. } => "expired",
            Self::RoleVanished => "role_vanished",
            Self::WrongLength(_) => "wrong_length",
            Self::WrongDigest(_) => "wrong_digest",
            Self::NotListed => "role_not_listed",
            Self::NotDelegated => "role_not_delegated",
            Self::IssuedInFuture { .. } => "issued_in_future",
            Self::NoKnownDigest => "no_known_digest",
            Self::NotAnImage => "not_an_image",
            Self::DeviceProfile(_) => "device_profile",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { fault, at } => write!(f, "not canonical JSON at byte {at}: {fault}"),
            Self::Missing(field) => write!(f, "the field `{field}` is missing"),
            Self::Invalid(field) => write!(f, "the field `{field}` has a value it must not have"),
            Self::TooLarge(what) => write!(f, "{what} exceeds its cap"),
            Self::WrongRole(role) => write!(f, "this is not a {} document", role.name()),
            Self::SpecVersion => f.write_str("only spec_version 1.x is understood"),
            Self::WindowFull => f.write_str("a member does not fit the buffer"),
            Self::Threshold {
                role,
                valid,
                needed,
            } => {
                write!(
                    f,
                    "{}: {valid} valid signatures, {needed} needed",
                    role.name()
                )
            }
            Self::DuplicateSignature(role) => {
                write!(f, "{}: one key id signed twice", role.name())
            }
            Self::WeakKey => f.write_str("a key of small order verifies anything"),
            Self::ThresholdZero => f.write_str("a threshold of 0 protects nothing"),
            Self::Rollback {
                role,
                floor,
                offered,
            } => {
                write!(
                    f,
                    "{} went back to version {offered}; {floor} was trusted",
                    role.name()
                )
            }
            Self::WrongVersion {
                role,
                promised,
                offered,
            } => {
                write!(f, "{} has version {offered}, not {promised}", role.name())
            }
            Self::Expired { role, at } => write!(f, "{} expired at {at}", role.name()),
            Self::RoleVanished => f.write_str("a role listed before is listed no more"),
            Self::WrongLength(role) => write!(f, "{} has not the promised length", role.name()),
            Self::WrongDigest(role) => write!(f, "{} has not the promised digest", role.name()),
            Self::NotListed => f.write_str("the role is not in the snapshot"),
            Self::NotDelegated => f.write_str("nobody delegates to the role"),
            Self::IssuedInFuture { at } => {
                write!(
                    f,
                    "the timestamp says it was signed at {at}, after it expires"
                )
            }
            Self::NoKnownDigest => f.write_str("the target has no digest that we know"),
            Self::NotAnImage => f.write_str("the target carries no image description we know"),
            Self::DeviceProfile(what) => {
                write!(
                    f,
                    "{what} is beyond what the weakest deployed device can verify"
                )
            }
        }
    }
}

impl core::error::Error for Error {}
