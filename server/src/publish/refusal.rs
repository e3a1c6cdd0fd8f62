//! Why a change was refused: facts about the change, which its maker can mend.

use sealift_metadata::{Digest, Time};
use thiserror::Error;

/// Why a change was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Our verifier refused a document.
    #[error("{role}: {error}")]
    Metadata {
        /// The role of the document.
        role: String,
        /// What is wrong with it.
        error: sealift_metadata::Error,
    },
    /// The version is not the one after the current one.
    #[error("{role} is at version {current}; version {offered} cannot follow it")]
    Stale {
        /// The role.
        role: String,
        /// The current version; 0 where there is none.
        current: u64,
        /// The version offered.
        offered: u64,
    },
    /// The repository has no root, and the change brings none.
    #[error("the repository has no root yet, and the change brings none")]
    RootMissing,
    /// Nobody delegates to the role.
    #[error("nobody delegates to the role `{role}`")]
    UnknownRole {
        /// The role.
        role: String,
    },
    /// The role's name belongs to a top-level role.
    #[error(
        "`{role}` is the name of a top-level role that only this server signs or that nobody may delegate to"
    )]
    ReservedRole {
        /// The role.
        role: String,
    },
    /// One role stands in the change twice, or is delegated to twice.
    #[error("the role `{role}` stands there twice")]
    DuplicateRole {
        /// The role.
        role: String,
    },
    /// There are too many documents, roles or levels of delegation.
    #[error("too many {what}: at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// Two roles could sign for the same path.
    #[error("`{delegator}` delegates `{one}` and `{other}`, which could match the same path")]
    DelegationOverlap {
        /// The role that delegates.
        delegator: String,
        /// A pattern.
        one: String,
        /// A pattern of another role.
        other: String,
    },
    /// A role lists a target that it is not trusted for.
    #[error("`{role}` is not trusted for the path `{path}`")]
    PathOutsideRole {
        /// The role.
        role: String,
        /// The target's path.
        path: String,
    },
    /// What a target says of itself contradicts its path.
    #[error("what stands at `{path}` says that it belongs elsewhere")]
    MisplacedTarget {
        /// The target's path.
        path: String,
    },
    /// An image has no block table, or another one than it says.
    #[error("`{path}` has no block table of the digest and length that it promises")]
    BlockTable {
        /// The image target's path.
        path: String,
    },
    /// A target of encoding `raw` is not the image itself.
    #[error("`{path}` is `raw`, but its length or digest is not the image's")]
    EncodingMismatch {
        /// The image target's path.
        path: String,
    },
    /// A release document does not name the images of its release, or there is none.
    #[error("`{path}` must name exactly the images of its release")]
    ReleaseSet {
        /// The document's path.
        path: String,
    },
    /// An image says that it was built later than now: its date would move devices' clocks.
    #[error("`{path}` says that it was built at {built}, later than {latest}")]
    BuiltInFuture {
        /// The image target's path.
        path: String,
        /// When it says it was built.
        built: Time,
        /// The latest time that is taken.
        latest: Time,
    },
    /// A target that was published has other bytes now.
    #[error("`{path}` was published with other bytes; publish them under another path")]
    TargetChanged {
        /// The target's path.
        path: String,
    },
    /// A target's bytes were not uploaded.
    #[error("the bytes of `{path}` ({length} bytes, sha256 {sha256}) were not uploaded")]
    MissingBlob {
        /// The target's path.
        path: String,
        /// Its length in bytes.
        length: u64,
        /// Its digest.
        sha256: Digest,
    },
    /// A root names other snapshot or timestamp keys than this server's.
    #[error(
        "the root must name this server's key, and no other, for `{role}`; see: sealift-server online-key show"
    )]
    ForeignOnlineKeys {
        /// `snapshot` or `timestamp`.
        role: &'static str,
    },
    /// An online key may sign for a role that is signed offline.
    #[error("`{role}` names an online key of this server; it must be signed offline")]
    OnlineKeyOffline {
        /// The role.
        role: String,
    },
    /// The second TUF implementation refused what ours accepted.
    #[error("the second TUF implementation refuses the repository: {0}")]
    ForeignJudge(#[source] Box<sigstore_tuf::Error>),
    /// The second TUF implementation finds another target, or none.
    #[error("the second TUF implementation does not find `{path}`")]
    ForeignJudgeTarget {
        /// The target's path.
        path: String,
    },
}

impl Refusal {
    /// The stable code of the fact.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Metadata { error, .. } => error.name(),
            Self::Stale { .. } => "stale_change",
            Self::RootMissing => "root_missing",
            Self::UnknownRole { .. } => "unknown_role",
            Self::ReservedRole { .. } => "reserved_role",
            Self::DuplicateRole { .. } => "duplicate_role",
            Self::TooMany { .. } => "too_many",
            Self::DelegationOverlap { .. } => "delegation_overlap",
            Self::PathOutsideRole { .. } => "path_outside_role",
            Self::MisplacedTarget { .. } => "misplaced_target",
            Self::BlockTable { .. } => "block_table_mismatch",
            Self::EncodingMismatch { .. } => "encoding_mismatch",
            Self::ReleaseSet { .. } => "release_set_mismatch",
            Self::BuiltInFuture { .. } => "built_in_future",
            Self::TargetChanged { .. } => "target_changed",
            Self::MissingBlob { .. } => "missing_blob",
            Self::ForeignOnlineKeys { .. } => "foreign_online_keys",
            Self::OnlineKeyOffline { .. } => "online_key_offline",
            Self::ForeignJudge(_) | Self::ForeignJudgeTarget { .. } => "foreign_judge",
        }
    }

    /// A function that says of which role an error of our verifier is.
    pub(super) fn of(role: &str) -> impl Fn(sealift_metadata::Error) -> Self + use<> {
        let role = role.to_owned();
        move |error| Self::Metadata {
            role: role.clone(),
            error,
        }
    }
}
