//! Exit codes; `docs/gateway.md` has the table. They never change.

use sealift_device::Blame;

use crate::error::Error;

/// All is well, or there is nothing to do.
pub const OK: u8 = 0;
/// An image was installed, and the reboot hook was called.
pub const INSTALLED: u8 = 10;
/// What a repository offered was refused.
pub const REFUSED: u8 = 20;
/// No origin could be reached, or none answered as it should.
pub const TRANSPORT: u8 = 30;
/// The state directory or a slot failed.
pub const STORAGE: u8 = 40;
/// Wrong usage or configuration.
pub const MISUSE: u8 = 50;
/// No booted trial waits for a confirmation.
pub const NOTHING_TO_CONFIRM: u8 = 60;
/// No slot holds an image that may be booted.
pub const NOTHING_TO_BOOT: u8 = 61;
/// Another agent is at work on the state directory.
pub const LOCKED: u8 = 62;
/// A hook failed, or took too long.
pub const HOOK: u8 = 63;

/// The exit code of an error.
pub const fn of(error: &Error) -> u8 {
    match error {
        Error::Device(sealift_device::Error::NothingToConfirm) => NOTHING_TO_CONFIRM,
        Error::Device(sealift_device::Error::NothingToBoot) => NOTHING_TO_BOOT,
        Error::Device(error) => match error.blame() {
            Blame::Repository => REFUSED,
            Blame::Transport => TRANSPORT,
            Blame::Storage => STORAGE,
            Blame::Misuse => MISUSE,
        },
        Error::Transport(_) | Error::Link { .. } => TRANSPORT,
        Error::Io { .. } | Error::NotExecutable { .. } => STORAGE,
        Error::ConfigFile { .. }
        | Error::ConfigText { .. }
        | Error::ConfigValue { .. }
        | Error::PinnedRoot { .. } => MISUSE,
        Error::Locked { .. } => LOCKED,
        Error::HookFailed { .. } | Error::HookTimeout { .. } => HOOK,
    }
}
