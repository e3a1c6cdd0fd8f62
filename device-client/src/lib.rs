//! The update client of a device: a machine without input or output, without a heap and without a
//! clock.
//!
//! A driver asks [`Updater::poll`] what to do, does it, and tells [`Updater::handle`] what came of
//! it. HTTP ranges, a file on a stick and a simulated flash are all "bytes at an offset of an
//! object". Everything that a device believes passes through `sealift_metadata`; what it keeps is
//! in [`records`] and [`floor_log`]; what it boots is decided in [`boot`].
#![no_std]
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

#[cfg(test)]
extern crate std;

/// One round: refresh, choose, install.
pub mod updater;

/// What the machine asks for, and what it is told.
pub mod action;
/// Who the device is.
pub mod device;
/// Objects over a serial line.
pub mod link;
/// Objects of a repository and their addresses.
pub mod object;
/// A device of several components.
pub mod others;

/// Root and timestamp.
mod refresh;
/// The roles that a walk rests on.
mod used;
/// The targets roles, the channel document and the choice of an image.
mod walk;

/// The offers of a channel.
mod offers;
/// Whether an offered image may be installed, and why not.
pub mod select;

/// The payload: block by block into the inactive slot.
mod install;

/// Encodings of images.
pub mod decode;

/// What a boot loader decides.
pub mod boot;
/// What proves to a boot loader who signed an image.
pub mod evidence;
/// Two pages that take turns.
pub mod page;
/// Boot records on two erase pages.
pub mod records;
/// What is known of a slot.
pub mod slot;

/// Slots, records, log and root on NOR flash.
pub mod nor;

/// The log of everything that must never fall.
pub mod floor_log;

/// The caller's buffer.
mod arena;
/// Numbers and bytes of persisted records.
mod codec;
/// What all stages of a round share.
mod core_state;

/// What can go wrong, by blame, as numbered facts.
pub mod error;
/// Every cap, with its unit in its name.
pub mod limits;

pub use action::{Action, Event, FlashOp, Record, Report};
pub use boot::BootState;
pub use decode::{Decode, FindOnly, RawOnly};
pub use device::Device;
pub use error::{Blame, Error};
pub use evidence::{Anchor, EvidenceOp};
pub use floor_log::Log;
pub use nor::Board;
pub use object::Object;
pub use others::{Others, Part, Set};
pub use records::set::SetState;
pub use select::Refusal;
pub use updater::{Stored, Updater};

/// Results of this crate.
pub type Result<T> = core::result::Result<T, Error>;
