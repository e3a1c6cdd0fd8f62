//! Refusals are made here, so that one line of code tells more on a host than on bare metal.

use super::{Error, Role};
use crate::detail::{count, moment, number, place, text};
use crate::json::Fault;
use crate::time::Time;

#[cfg(target_os = "none")]
const _: () = assert!(size_of::<Error>() <= 2, "a refusal fits a register");

impl Error {
    /// [`Error::Json`]
    pub const fn json(fault: Fault, at: usize) -> Self {
        let at = place(at);
        Self::Json { fault, at }
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

    /// [`Error::Threshold`]
    pub const fn threshold(role: Role, valid: u8, needed: u8) -> Self {
        Self::Threshold {
            role,
            valid: count(valid),
            needed: count(needed),
        }
    }

    /// [`Error::Rollback`]
    pub const fn rollback(role: Role, floor: u64, offered: u64) -> Self {
        Self::Rollback {
            role,
            floor: number(floor),
            offered: number(offered),
        }
    }

    /// [`Error::WrongVersion`]
    pub const fn wrong_version(role: Role, promised: u64, offered: u64) -> Self {
        Self::WrongVersion {
            role,
            promised: number(promised),
            offered: number(offered),
        }
    }

    /// [`Error::Expired`]
    pub const fn expired(role: Role, at: Time) -> Self {
        let at = moment(at);
        Self::Expired { role, at }
    }

    /// [`Error::IssuedInFuture`]
    pub const fn issued_in_future(at: Time) -> Self {
        let at = moment(at);
        Self::IssuedInFuture { at }
    }
}
