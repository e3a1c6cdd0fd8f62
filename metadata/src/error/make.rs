//! Refusals are made here, so that one line of code tells more on a host than on bare metal.

use super::{Error, Role};
use crate::detail::{count, finding, kind, moment, number, place, text};
use crate::json::Fault;
use crate::time::Time;

#[cfg(target_os = "none")]
const _: () = assert!(size_of::<Error>() <= 1, "a refusal fits a register");

impl Error {
    /// [`Error::Json`]
    pub const fn json(fault: Fault, at: usize) -> Self {
        Self::Json {
            fault: finding(fault),
            at: place(at),
        }
    }

    /// [`Error::Missing`]
    pub const fn missing(field: &'static str) -> Self {
        Self::Missing(text(field))
    }

    /// [`Error::Invalid`]
    pub const fn invalid(field: &'static str) -> Self {
        Self::Invalid(text(field))
    }

    /// [`Error::TooLarge`]
    pub const fn too_large(what: &'static str) -> Self {
        Self::TooLarge(text(what))
    }

    /// [`Error::DeviceProfile`]
    pub const fn device_profile(what: &'static str) -> Self {
        Self::DeviceProfile(text(what))
    }

    /// [`Error::WrongRole`]
    pub const fn wrong_role(role: Role) -> Self {
        Self::WrongRole(kind(role))
    }

    /// [`Error::DuplicateSignature`]
    pub const fn duplicate_signature(role: Role) -> Self {
        Self::DuplicateSignature(kind(role))
    }

    /// [`Error::WrongLength`]
    pub const fn wrong_length(role: Role) -> Self {
        Self::WrongLength(kind(role))
    }

    /// [`Error::WrongDigest`]
    pub const fn wrong_digest(role: Role) -> Self {
        Self::WrongDigest(kind(role))
    }

    /// [`Error::Threshold`]
    pub const fn threshold(role: Role, valid: u8, needed: u8) -> Self {
        Self::Threshold {
            role: kind(role),
            valid: count(valid),
            needed: count(needed),
        }
    }

    /// [`Error::Rollback`]
    pub const fn rollback(role: Role, floor: u64, offered: u64) -> Self {
        Self::Rollback {
            role: kind(role),
            floor: number(floor),
            offered: number(offered),
        }
    }

    /// [`Error::WrongVersion`]
    pub const fn wrong_version(role: Role, promised: u64, offered: u64) -> Self {
        Self::WrongVersion {
            role: kind(role),
            promised: number(promised),
            offered: number(offered),
        }
    }

    /// [`Error::Expired`]
    pub const fn expired(role: Role, at: Time) -> Self {
        let at = moment(at);
        let role = kind(role);
        Self::Expired { role, at }
    }

    /// [`Error::IssuedInFuture`]
    pub const fn issued_in_future(at: Time) -> Self {
        let at = moment(at);
        Self::IssuedInFuture { at }
    }
}
