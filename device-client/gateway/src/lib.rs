//! The update agent of a Linux gateway, and the reference client on a command line.
//!
//! It drives the machine of `sealift_device` with files for flash and HTTP or a folder for a
//! repository. [`Agent`] is what the command line calls, and what tests run in process.
//! `docs/gateway.md` is the manual.

/// The command line.
pub mod cli;
/// The configuration file.
pub mod config;

/// The agent: everything that the command line can ask for.
pub mod agent;
/// The boot loader of file slots.
mod boot;
/// The hooks of the board.
mod hook;
/// The loop of `run`.
mod run;
/// What the agent says of itself.
pub mod status;

/// Encodings beyond `raw`.
mod decode;
/// One round of the machine.
mod round;
/// The state directory.
pub mod store;
/// Origins of a repository.
mod transport;

/// Objects for wearables, over a serial line.
mod relay;

/// The reference client, for any repository.
pub mod reference;

/// What can go wrong, as numbered facts.
pub mod error;
/// Exit codes.
pub mod exit;
/// Every cap and time-out, with its unit in its name.
pub mod limits;

/// The one place that reads a clock.
pub mod clock;
/// The one place that draws randomness.
mod rng;

pub use agent::{Agent, Outcome};
pub use config::Config;
pub use error::Error;

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// The version that the agent reports: the one that it was built as.
pub const VERSION: &str = match option_env!("SEALIFT_GATEWAY_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};
