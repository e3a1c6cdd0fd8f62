//! What can go wrong on flash: facts with numbers that never change.

use crate::error::Error;

/// Why an action on flash failed. Its number is the code of [`Error::Storage`] and of
/// [`Event::Failed`](crate::Event::Failed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// 1: the flash could not be read.
    Read,
    /// 2: the flash could not be programmed.
    Write,
    /// 3: the flash could not be erased.
    Erase,
    /// 4: what was programmed does not read back.
    ReadBack,
    /// 5: the range lies outside of its area, or begins within a unit.
    Range,
    /// 6: the slot is the one that runs, or that is to be fallen back to.
    RunningSlot,
    /// 7: the log was not read before it was to be written.
    LogNotRead,
    /// 8: the layout has no area of evidence, or it is too short.
    EvidenceRoom,
    /// 9: what lies in the area of evidence does not prove the image.
    NoEvidence,
}

impl Fault {
    /// The number of the fact. Numbers are never reused or reordered.
    pub const fn code(self) -> u16 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Erase => 3,
            Self::ReadBack => 4,
            Self::Range => 5,
            Self::RunningSlot => 6,
            Self::LogNotRead => 7,
            Self::EvidenceRoom => 8,
            Self::NoEvidence => 9,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Storage { code: fault.code() }
    }
}
