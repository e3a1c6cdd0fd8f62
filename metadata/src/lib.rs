//! TUF metadata, read and verified without a heap.
//!
//! Everything that a device believes passes through this crate: the bytes come in, [`verify`]
//! checks a threshold of signatures, and only then does a [`Verified`] document exist. There is
//! no input or output here and no clock: bytes and the time are arguments.
//!
//! The path of a refresh, in the order of the specification (TUF 5.3 to 5.6), is the path through
//! the stages of [`trusted`]: [`RootStage`](trusted::RootStage),
//! [`TimestampStage`](trusted::TimestampStage), [`SnapshotStage`](trusted::SnapshotStage),
//! [`TargetsStage`](trusted::TargetsStage). Each stage is made by the one before it, so that no
//! check can be left out.
//!
//! The feature `write` (std) adds builders and the only encoder, for the signer and the server.
#![cfg_attr(not(feature = "write"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod detail;
/// What can be wrong, as numbered facts.
pub mod error;
/// Every cap, with its unit in its name.
pub mod limits;

/// SHA-256 digests.
pub mod digest;
/// The digests that are listed of a file.
pub mod hashes;
/// The pull parser for canonical JSON.
pub mod json;
/// Versions, role names and target paths.
pub mod name;
/// Path patterns of delegations.
pub mod pattern;
/// Numbers and digests as text.
pub mod spell;
/// Points in time, in whole seconds.
pub mod time;

/// A signed document before verification.
pub mod envelope;
/// Documents of other tools, laid out canonical.
#[cfg(feature = "foreign-json")]
pub mod foreign;
/// Documents as they arrive.
pub mod received;

/// Which of their parts are read one by one.
mod shape;
/// Documents that are verified and read while they pass by.
pub mod stream;

/// Public keys and their ids.
pub mod key;
/// The only way from bytes to a [`Verified`] document.
pub mod verify;

/// Who else may sign for which paths.
pub mod delegations;
/// The root role: who may sign what.
pub mod root;
/// The search for a target through delegations.
pub mod search;
/// The snapshot role: which version of each targets role is current.
pub mod snapshot;
/// Targets roles: files, their digests and what is said about them.
pub mod targets;
/// The timestamp role: which snapshot is current.
pub mod timestamp;

/// Block tables: the digest of every block of an encoding.
pub mod blocks;
/// Channel documents: the releases on offer.
pub mod channel;
/// `custom.sealift` of an image target: all that a device believes of an image.
pub mod image;
/// The encoding `deflate`.
#[cfg(feature = "deflate")]
pub mod inflate;
/// Release documents: one tested set of components.
pub mod release;

/// What the weakest deployed device can verify.
pub mod profile;
/// The client workflow, one type per stage.
pub mod trusted;

/// Builders and the only encoder.
#[cfg(feature = "write")]
pub mod write;

pub use digest::Digest;
pub use error::Error;
pub use time::Time;
pub use verify::Verified;

/// Results of this crate.
pub type Result<T> = core::result::Result<T, Error>;
