//! The server as its callers see it: over HTTP, on a clock that is set by hand.

/// Makes the documents that signers would make.
mod maker;
/// A server, and a caller of it.
mod world;

/// Tokens, ids, limits of requests.
mod access;
/// Uploads.
mod blobs;
/// The clock and the signing that goes on by itself.
mod online;
/// What the gate lets through, and what it does not.
mod publish;
/// What devices read.
mod reading;
/// Restarts, races, commands beside the running server.
mod running;
