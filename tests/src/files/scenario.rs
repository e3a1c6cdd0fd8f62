//! What a gateway is at when the power goes.

/// What the gateway is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A device from the factory gets its first image.
    FirstInstall,
    /// The same, after an agent that was killed when it had just made the slot's file.
    KilledSlot,
    /// A new release and a new root.
    Update,
    /// The rest of an image that was half received.
    Resume,
    /// The first boot of a trial.
    Trial,
    /// The same, after a boot loader that was killed when it had just written that down.
    KilledRecord,
    /// The confirmation of a trial.
    Confirm,
    /// New metadata, and nothing to install.
    Refresh,
    /// New metadata, when the file of the floor log is full.
    LogTurn,
    /// A boot when the running slot has rotted.
    Rotten,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::FirstInstall,
        Self::KilledSlot,
        Self::Update,
        Self::Resume,
        Self::Trial,
        Self::KilledRecord,
        Self::Confirm,
        Self::Refresh,
        Self::LogTurn,
        Self::Rotten,
    ];

    /// Its name in ids.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstInstall => "first-install",
            Self::KilledSlot => "killed-slot",
            Self::KilledRecord => "killed-record",
            Self::Update => "update",
            Self::Resume => "resume",
            Self::Trial => "trial",
            Self::Confirm => "confirm",
            Self::Refresh => "refresh",
            Self::LogTurn => "log-turn",
            Self::Rotten => "rotten",
        }
    }
}
