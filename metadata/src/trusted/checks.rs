//! The comparisons that all stages share.

use crate::Result;
use crate::error::{Error, Role};
use crate::name::Version;
use crate::received::Received;
use crate::time::Time;

pub(super) fn check_cap(document: Received<'_>, cap: usize, what: &'static str) -> Result<()> {
    if document.sent().len() > cap {
        Err(Error::too_large(what))
    } else {
        Ok(())
    }
}

pub(super) fn check_floor(role: Role, floor: u64, offered: Version) -> Result<()> {
    let offered = offered.get();
    if offered < floor {
        Err(Error::rollback(role, floor, offered))
    } else {
        Ok(())
    }
}

pub(super) fn expect_version(role: Role, promised: Version, offered: Version) -> Result<()> {
    let (promised, offered) = (promised.get(), offered.get());
    if offered != promised {
        return Err(Error::wrong_version(role, promised, offered));
    }
    Ok(())
}

pub(super) fn check_expiry(role: Role, at: Time, now: Time) -> Result<()> {
    if at <= now {
        Err(Error::expired(role, at))
    } else {
        Ok(())
    }
}
