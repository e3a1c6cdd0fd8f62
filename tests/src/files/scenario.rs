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
    /// The same as the others of these names, on a device of two components.
    SetFirstInstall,
    /// A release of both.
    SetUpdate,
    /// The first boot of both.
    SetTrial,
    /// The confirmation of both.
    SetConfirm,
    /// A boot when the running slot of the second one has rotted.
    SetRotten,
    /// A device of one component gets its first release of two.
    SetBegins,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 16] = [
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
        Self::SetFirstInstall,
        Self::SetUpdate,
        Self::SetTrial,
        Self::SetConfirm,
        Self::SetRotten,
        Self::SetBegins,
    ];

    /// What the same is called on a device of one component.
    pub(super) const fn of_one(self) -> Self {
        match self {
            Self::SetFirstInstall => Self::FirstInstall,
            Self::SetUpdate | Self::SetBegins => Self::Update,
            Self::SetTrial => Self::Trial,
            Self::SetConfirm => Self::Confirm,
            Self::SetRotten => Self::Rotten,
            one => one,
        }
    }

    /// Whether the device has two components in the end.
    pub(super) fn is_set(self) -> bool {
        self != self.of_one()
    }

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
            Self::SetFirstInstall => "set-first-install",
            Self::SetUpdate => "set-update",
            Self::SetTrial => "set-trial",
            Self::SetConfirm => "set-confirm",
            Self::SetRotten => "set-rotten",
            Self::SetBegins => "set-begins",
        }
    }
}
