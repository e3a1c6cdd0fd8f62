//! The fake world that tests live in, and what they share to start the real one.
//!
//! Without features there is only [`simulator`], a whole repository in memory or in a folder, so that the tests
//! of the verifier build quickly. The feature `server` adds the real programs, the feature
//! `files` a gateway on a disk that loses what was not synced, the feature `judges` the foreign TUF
//! implementations that read what we write.

/// Evidence of an image, laid out as it lies in flash.
pub mod evidence;
/// A gateway's files under power cuts.
#[cfg(feature = "files")]
pub mod files;
/// Golden files: the wire format, byte for byte.
pub mod fixtures;
/// NOR flash whose power can be cut anywhere.
pub mod flash;
/// Documents read whole and while they pass by: both must agree.
pub mod passing;
/// Cuts of the power within everything that a device does.
pub mod powercut;
/// A simulated repository as files in a folder.
pub mod published;
/// One product's repository as a map of files.
pub mod repository;
/// A whole repository in memory, signed at the moment it is fetched.
pub mod simulator;

/// Small images that boot.
#[cfg(feature = "server")]
pub mod builds;
/// A ceremony as people hold it.
#[cfg(feature = "server")]
pub mod ceremony;
/// The one clock of the tests of real programs.
#[cfg(feature = "server")]
pub mod clock;
/// A hand-made repository on a server, and judges who read it.
#[cfg(feature = "judges")]
pub mod court;
/// A gateway as a real process.
#[cfg(feature = "server")]
pub mod device;
/// Foreign TUF implementations, and our own beside them, asked to read a repository.
#[cfg(feature = "judges")]
pub mod judges;
/// A repository copied into a folder, and what an attacker does with it.
#[cfg(feature = "server")]
pub mod mirror;
/// The real programs, found where cargo built them.
#[cfg(feature = "server")]
pub mod programs;
/// The reference client as a process.
#[cfg(feature = "server")]
pub mod reference;
/// A simulated repository, and a reference client that reads it.
#[cfg(feature = "server")]
pub mod scene;
/// The real server as a process on loopback.
#[cfg(feature = "server")]
pub mod server;
/// A folder, served over HTTP as a plain mirror does it.
#[cfg(feature = "judges")]
pub mod shelf;
/// The main job from first key to refused forgery.
#[cfg(feature = "server")]
pub mod story;
/// A story, told step by step while it happens.
#[cfg(feature = "server")]
pub mod teller;
/// A wearable in an emulator, from its factory to a firmware that faults at boot.
pub mod wearable;
