//! Which parts of a document are read member by member, or element by element, while it passes by.

use crate::error::Role;

/// A part of a document whose members or elements are read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// A signed document as a whole.
    Envelope,
    /// `signed`
    Signed,
    /// `meta` of a snapshot.
    Meta,
    /// `targets` of a targets role.
    Files,
    /// `delegations` of a targets role.
    Delegations,
    /// `keys` of the delegations.
    Keys,
    /// A channel's document as a whole.
    Channel,
    /// `roles` of the delegations, an array.
    Roles,
    /// `releases` of a channel's document, an array.
    Releases,
}

/// A member that is a level of its own, and where it stands.
pub(crate) struct Member {
    pub(crate) of: Level,
    pub(crate) name: &'static str,
    level: Level,
    /// The role whose documents have it; `None` for all of them.
    role: Option<Role>,
}

impl Member {
    const fn new(of: Level, name: &'static str, level: Level, role: Option<Role>) -> Self {
        Self {
            of,
            name,
            level,
            role,
        }
    }
}

static MEMBERS: [Member; 7] = [
    Member::new(Level::Envelope, "signed", Level::Signed, None),
    Member::new(Level::Signed, "meta", Level::Meta, Some(Role::Snapshot)),
    Member::new(Level::Signed, "targets", Level::Files, Some(Role::Targets)),
    Member::new(
        Level::Signed,
        "delegations",
        Level::Delegations,
        Some(Role::Targets),
    ),
    Member::new(Level::Delegations, "keys", Level::Keys, None),
    Member::new(Level::Delegations, "roles", Level::Roles, None),
    Member::new(Level::Channel, "releases", Level::Releases, None),
];

impl Level {
    /// The level that a member opens in a document of `role`; `None` for one that is read at once.
    pub(crate) fn enter(self, role: Role, name: &str) -> Option<Self> {
        let mut members = MEMBERS.iter();
        let member = members.find(|member| {
            member.of == self && member.role.is_none_or(|of| of == role) && member.name == name
        });
        member.map(|member| member.level)
    }

    /// The member that the level is; `None` for a document as a whole.
    pub(crate) fn member(self) -> Option<&'static Member> {
        MEMBERS.iter().find(|member| member.level == self)
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
