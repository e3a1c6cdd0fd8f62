//! Exit codes. They are an interface: never renumbered.

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: refused or failed; stderr says why.
    Refused,
    /// 2: the command line was not understood.
    Usage,
    /// 3: nothing is wrong, but signatures are missing.
    Waiting,
}

impl Exit {
    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Waiting => 3,
        }
    }
}
