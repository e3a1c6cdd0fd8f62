//! What a gateway is at when the power goes.

/// What the gateway is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A device from the factory gets its first image.
    FirstInstall,
    /// The same, after an agent that was killed when it had just made the slot's file.
    Killed,
    /// A new release and a new root.
    Update,
    /// The rest of an image that was half received.
    Resume,
    /// The first boot of a trial.
    Trial,
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
    pub const ALL: [Self; 9] = [
        Self::FirstInstall,
        Self::Killed,
        Self::Update,
        Self::Resume,
        Self::Trial,
        Self::Confirm,
        Self::Refresh,
        Self::LogTurn,
        Self::Rotten,
    ];

    /// Its name in ids.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstInstall => "first-install",
            Self::Killed => "killed",
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
