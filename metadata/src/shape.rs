//! Which parts of a document are read member by member, or element by element, while it passes by.

use crate::error::Role;

/// Levels that are open at once, at most: envelope, signed, delegations, roles.
pub(crate) const LEVELS: usize = 4;

/// A part of a document whose members or elements are read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// A signed document as a whole.
    Envelope(Role),
    /// `signed`
    Signed(Role),
    /// `meta` of a snapshot.
    Meta,
    /// `targets` of a targets role.
    Files,
    /// `delegations` of a targets role.
    Delegations,
    /// `keys` of the delegations.
    Keys,
    /// `roles` of the delegations, an array.
    Roles,
    /// A channel's document as a whole.
    Channel,
    /// `releases` of a channel's document, an array.
    Releases,
}

impl Level {
    /// The level that a member opens; `None` for one that is read at once.
    pub(crate) fn enter(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Envelope(role), "signed") => Some(Self::Signed(role)),
            (Self::Signed(Role::Snapshot), "meta") => Some(Self::Meta),
            (Self::Signed(Role::Targets), "targets") => Some(Self::Files),
            (Self::Signed(Role::Targets), "delegations") => Some(Self::Delegations),
            (Self::Delegations, "keys") => Some(Self::Keys),
            (Self::Delegations, "roles") => Some(Self::Roles),
            (Self::Channel, "releases") => Some(Self::Releases),
            _ => None,
        }
    }

    /// The name of the member that opens the level.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Envelope(_) | Self::Channel => None,
            Self::Signed(_) => Some("signed"),
            Self::Meta => Some("meta"),
            Self::Files => Some("targets"),
            Self::Delegations => Some("delegations"),
            Self::Keys => Some("keys"),
            Self::Roles => Some("roles"),
            Self::Releases => Some("releases"),
        }
    }

    /// Whether the level is an object: its pieces have names.
    pub(crate) const fn has_names(self) -> bool {
        !matches!(self, Self::Roles | Self::Releases)
    }

    pub(crate) const fn opener(self) -> u8 {
        if self.has_names() { b'{' } else { b'[' }
    }

    pub(crate) const fn closer(self) -> u8 {
        if self.has_names() { b'}' } else { b']' }
    }
}
