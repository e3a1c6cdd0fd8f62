//! Two places that take turns: a record goes to one of them while the other keeps what was there
//! before.

use crate::codec;

/// One of two places: an erase page, or a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The one that a device from the factory begins with.
    #[default]
    Zero,
    /// The other one.
    One,
}

impl Page {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Zero => Self::One,
            Self::One => Self::Zero,
        }
    }
}

/// What orders the records of two places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// Rises with every record.
    pub(crate) sequence: u64,
    /// Whether it is the second copy of the record of this number: who finds it knows that the
    /// first one was read back.
    pub(crate) is_copy: bool,
}

impl Stamp {
    /// The first copy of the record of a number.
    pub(crate) const fn first(sequence: u64) -> Self {
        Self {
            sequence,
            is_copy: false,
        }
    }

    /// The second copy of the same record.
    pub(crate) const fn copy(self) -> Self {
        Self {
            is_copy: true,
            ..self
        }
    }
}

/// What was found in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'p> {
    /// There is no such page yet: a file that was never made.
    Absent,
    /// The page is there, but reading it failed. It holds no valid record, and is not blank.
    Unreadable,
    /// Its bytes; those of flash that was never written are `0xff`.
    Bytes(&'p [u8]),
}

impl<'p> Found<'p> {
    /// The bytes, where there are some.
    pub(crate) const fn bytes(self) -> Option<&'p [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Absent | Self::Unreadable => None,
        }
    }

    /// Whether nothing was ever written there.
    pub(crate) fn is_blank(self) -> bool {
        match self {
            Self::Absent => true,
            Self::Unreadable => false,
            Self::Bytes(bytes) => codec::is_erased(bytes),
        }
    }
}
