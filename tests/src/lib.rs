//! The fake world that tests live in, and what they share to start the real one.
//!
//! Without features there is only [`simulator`], a whole repository in memory, so that the tests
//! of the verifier build quickly. The feature `server` adds the real programs, the feature
//! `judges` the foreign TUF implementations that read what we write.

/// Golden files: the wire format, byte for byte.
pub mod fixtures;
/// A whole repository in memory, signed at the moment it is fetched.
pub mod simulator;

/// The real programs, found where cargo built them.
#[cfg(feature = "server")]
pub mod programs;
/// The real server as a process on loopback.
#[cfg(feature = "server")]
pub mod server;
