//! The tool as its users meet it, in one process.

/// From the first key to a complete change.
mod ceremony;
/// Help and errors, case by case.
#[cfg(feature = "online")]
mod commands;
/// What the signer encodes, a device decodes.
mod encodings;
/// What is hidden from a signer.
mod hidden;
/// What is refused before it can be proposed.
mod proposals;
/// Publishing.
#[cfg(feature = "online")]
mod push;
/// A repository under another name.
mod renamed;
/// What a signer is shown.
mod review;
/// What must not be signed, and what must not count.
mod signing;
/// What is in the build without a network.
mod tree;
/// A folder that comes from somebody else.
mod trust;

/// Signers around one ceremony folder.
mod room;
/// A server that says what it is told.
#[cfg(feature = "online")]
mod server;
