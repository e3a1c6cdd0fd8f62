//! What a refusal tells beside its number: a field, a place, a version, a moment. Whoever reads
//! it sits at a host. On bare metal it is [`Nothing`], so that a refusal fits a register: every
//! step between a check and the driver hands it on.

pub use kind::{
    Count, Finding, Kind, Moment, Number, Place, Text, count, finding, kind, moment, number, place,
    text,
};

/// What is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nothing;

impl Nothing {
    /// What stands for it.
    pub const fn name(self) -> &'static str {
        "?"
    }
}

impl core::fmt::Display for Nothing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(not(target_os = "none"))]
mod kind {
    use crate::error::Role;
    use crate::json::Fault;
    use crate::time::Time;

    /// A field, or what else is meant.
    pub type Text = &'static str;
    /// What was found in the bytes.
    pub type Finding = Fault;
    /// Of which role.
    pub type Kind = Role;
    /// How many keys.
    pub type Count = u8;
    /// Bytes from the start of a document, or blocks of an image.
    pub type Place = usize;
    /// A version.
    pub type Number = u64;
    /// A moment.
    pub type Moment = Time;

    /// Tells which field.
    pub const fn text(text: &'static str) -> Text {
        text
    }

    /// Tells what was found.
    pub const fn finding(fault: Fault) -> Finding {
        fault
    }

    /// Tells of which role.
    pub const fn kind(role: Role) -> Kind {
        role
    }

    /// Tells how many.
    pub const fn count(count: u8) -> Count {
        count
    }

    /// Tells where.
    pub const fn place(place: usize) -> Place {
        place
    }

    /// Tells which version.
    pub const fn number(number: u64) -> Number {
        number
    }

    /// Tells when.
    pub const fn moment(moment: Time) -> Moment {
        moment
    }
}

#[cfg(target_os = "none")]
mod kind {
    use super::Nothing;
    use crate::error::Role;
    use crate::json::Fault;
    use crate::time::Time;

    /// A field, or what else is meant: not told.
    pub type Text = Nothing;
    /// What was found in the bytes: not told.
    pub type Finding = Nothing;
    /// Of which role: not told.
    pub type Kind = Nothing;
    /// How many keys: not told.
    pub type Count = Nothing;
    /// Bytes from the start of a document, or blocks of an image: not told.
    pub type Place = Nothing;
    /// A version: not told.
    pub type Number = Nothing;
    /// A moment: not told.
    pub type Moment = Nothing;

    /// Drops which field.
    pub const fn text(_: &'static str) -> Text {
        Nothing
    }

    /// Drops what was found.
    pub const fn finding(_: Fault) -> Finding {
        Nothing
    }

    /// Drops of which role.
    pub const fn kind(_: Role) -> Kind {
        Nothing
    }

    /// Drops how many.
    pub const fn count(_: u8) -> Count {
        Nothing
    }

    /// Drops where.
    pub const fn place(_: usize) -> Place {
        Nothing
    }

    /// Drops which version.
    pub const fn number(_: u64) -> Number {
        Nothing
    }

    /// Drops when.
    pub const fn moment(_: Time) -> Moment {
        Nothing
    }
}
