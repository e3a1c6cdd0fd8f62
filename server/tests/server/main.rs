//! The server as its callers see it: over HTTP, on a clock that is set by hand.

/// Makes the documents that signers would make.
mod maker;
/// A server, and a caller of it.
mod world;

/// Tokens, ids, limits of requests.
mod access;
/// Uploads.
mod blobs;
/// Who may sign for what.
mod delegations;
/// The clock and the signing that goes on by itself.
mod online;
/// The program and its verbs.
mod program;
/// What becomes of a change.
mod publish;
/// What devices read.
mod reading;
/// Roots, and the keys that they name.
mod roots;
/// Restarts, races, commands beside the running server.
mod running;
/// Signatures that not every device can verify.
mod schemes;
/// Releases of several components.
mod sets;
/// What targets say of themselves.
mod targets;
