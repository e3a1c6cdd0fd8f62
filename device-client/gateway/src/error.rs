//! What can go wrong: facts, each with a number that never changes.

use std::io;
use std::path::{Path, PathBuf};

use crate::transport::TransportError;

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 100-299: what the machine says.
    #[error("{0}")]
    Device(#[from] sealift_device::Error),

    /// 230: no origin could give what was asked for; this is what the last one said.
    #[error("{0}")]
    Transport(TransportError),

    /// 240: a file of the state directory could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// 300: the configuration file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// 301: the configuration is not TOML, lacks a key, or has one that is not known.
    #[error("the configuration cannot be understood: {source}")]
    ConfigText {
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// 302: a key of the configuration has a value that it must not have.
    #[error("the value of `{key}` is not valid")]
    ConfigValue {
        /// The key.
        key: &'static str,
    },
    /// 303: another process holds the state directory.
    #[error("another agent is at work on {}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// 304: a hook ended with another code than 0, or could not be started.
    #[error("the hook `{hook}` failed: {reason}")]
    HookFailed {
        /// The key of the hook.
        hook: &'static str,
        /// How it ended.
        reason: HookEnd,
    },
    /// 305: a hook took too long and was stopped.
    #[error("the hook `{hook}` took longer than {seconds} seconds")]
    HookTimeout {
        /// The key of the hook.
        hook: &'static str,
        /// What it was given, in seconds.
        seconds: u64,
    },
    /// 306: the verified image in a slot cannot be started as a program.
    #[error("cannot start {}: {source}", path.display())]
    NotExecutable {
        /// The slot's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// 307: the pinned root cannot be read, and the state directory has none yet.
    #[error("cannot read the pinned root {}: {source}", path.display())]
    PinnedRoot {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// 308: the link to wearables cannot be opened, or broke.
    #[error("the link on {place} failed: {source}")]
    Link {
        /// The address, or the path of the device.
        place: String,
        /// What the system said.
        source: io::Error,
    },
}

/// How a hook ended.
#[derive(Debug, thiserror::Error)]
pub enum HookEnd {
    /// It could not be started.
    #[error("{0}")]
    NotStarted(io::Error),
    /// It ended by itself.
    #[error("{0}")]
    Status(std::process::ExitStatus),
}

impl Error {
    /// The number of the fact. Numbers are never reused or reordered.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Device(error) => error.code(),
            Self::Transport(_) => 230,
            Self::Io { .. } => 240,
            Self::ConfigFile { .. } => 300,
            Self::ConfigText { .. } => 301,
            Self::ConfigValue { .. } => 302,
            Self::Locked { .. } => 303,
            Self::HookFailed { .. } => 304,
            Self::HookTimeout { .. } => 305,
            Self::NotExecutable { .. } => 306,
            Self::PinnedRoot { .. } => 307,
            Self::Link { .. } => 308,
        }
    }

    /// The stable name of the fact.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Device(error) => error.name(),
            Self::Transport(_) => "transport",
            Self::Io { .. } => "storage",
            Self::ConfigFile { .. } => "config_file",
            Self::ConfigText { .. } => "config_text",
            Self::ConfigValue { .. } => "config_value",
            Self::Locked { .. } => "locked",
            Self::HookFailed { .. } => "hook_failed",
            Self::HookTimeout { .. } => "hook_timeout",
            Self::NotExecutable { .. } => "not_executable",
            Self::PinnedRoot { .. } => "pinned_root",
            Self::Link { .. } => "link",
        }
    }

    /// What to do about it, where there is something to say.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Device(sealift_device::Error::BootRecords | sealift_device::Error::FloorLog) => {
                Some("the state directory was damaged; restore it, or provision the device again")
            }
            Self::Device(sealift_device::Error::NothingToConfirm) => {
                Some("`status` shows what runs; a trial is confirmed after it was booted")
            }
            Self::Device(sealift_device::Error::Metadata(sealift_metadata::Error::Expired {
                ..
            })) => Some("what runs goes on running; check this machine's clock"),
            Self::ConfigText { .. } | Self::ConfigValue { .. } => {
                Some("docs/gateway.md lists the keys")
            }
            Self::Locked { .. } => Some("wait until it is done, or stop the service"),
            _ => None,
        }
    }

    /// Whether another origin might do better.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Device(error) if error.blame() == sealift_device::Blame::Repository)
    }
}

/// Names the action and the file of a failure.
pub(crate) trait Context<T> {
    fn context(self, action: &'static str, path: &Path) -> crate::Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> crate::Result<T> {
        self.map_err(|source| Error::Io {
            action,
            path: path.to_owned(),
            source,
        })
    }
}
