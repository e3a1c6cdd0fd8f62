//! Power cuts: a device that updates itself on simulated [flash](crate::flash), interrupted within
//! every program unit and every sector, and what must hold when it wakes up.
//!
//! A [scenario](crate::powercut::scenarios) is run once, and everything that it does to the flash is
//! kept. Then the flash is brought to each of these operations again, and the power is cut within
//! it, with each outcome that a cut may have; what wakes up is [judged](crate::powercut::oracle).
//! `docs/powercut.md` says how to read what comes of it.

/// A board of one component or of several.
mod board;
/// Which cases are tried.
pub mod campaign;
/// Cuts within each operation of a scenario.
mod cuts;
/// How much is tried.
pub mod effort;
/// A gateway's files, beside the flash of wearables.
#[cfg(feature = "files")]
pub mod gateway;
/// What a case is called.
pub mod id;
/// What must hold after a cut.
pub mod oracle;
/// Bits that flip at rest.
mod rot;
/// What a device goes through.
pub mod scenarios;
/// A device on simulated flash, driven as firmware drives it.
pub mod session;
/// Flash that holds anything at all.
mod strange;
/// What came of the cases.
pub mod tally;
/// Repositories and images.
pub mod world;

pub use campaign::Campaign;
pub use effort::Effort;
pub use id::Case;
pub use tally::Tally;
