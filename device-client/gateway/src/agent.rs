//! The agent: everything that the command line can ask for.

use std::sync::Arc;

use sealift_device::{Refusal, slot::SlotId};
use sealift_metadata::Time;

use crate::clock::Clock;
use crate::config::Config;
use crate::round::Round;
use crate::status::{Last, Status};
use crate::store::{Disk, LocalDisk, Lock, Store};
use crate::{Result, boot, hook};

/// An agent and its state directory.
#[derive(Debug)]
pub struct Agent {
    config: Config,
    store: Store,
}

/// What came of a poll.
pub(crate) struct Polled {
    pub(crate) result: Result<Outcome>,
    /// How long origins asked to be left alone, in seconds.
    pub(crate) pause_asked: u64,
}

/// How a round ended, if nothing was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing newer may be installed.
    UpToDate {
        /// Offers that were passed over, the newest first; older images are not among them.
        skipped: Vec<Skipped>,
    },
    /// An image is in its slot and will be tried by the next boot.
    Installed {
        /// Its sequence.
        sequence: u64,
    },
    /// An image is whole in its slot; the next poll activates it, if it is on offer still.
    Staged {
        /// Its sequence.
        sequence: u64,
    },
    /// The image that was booted last is still to be confirmed.
    AwaitingConfirmation {
        /// Its sequence.
        sequence: u64,
    },
}

/// An offer that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The path of its target.
    pub path: String,
    /// Why it was.
    pub refusal: Refusal,
}

impl Agent {
    /// An agent for a configuration; the state directory is made when it is not there.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn new(config: Config) -> Result<Self> {
        Self::on(Arc::new(LocalDisk), config)
    }

    /// An agent whose state lies on another disk than the local one; locks do not.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn on(disk: Arc<dyn Disk>, config: Config) -> Result<Self> {
        let store = Store::open(disk, &config.keys.state)?;
        Ok(Self { config, store })
    }

    /// The configuration.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Polls once, and installs what there is to install. What is refused from one origin is
    /// asked of the next; only what all of them offer is refused for good.
    ///
    /// # Errors
    /// Why nothing was installed: every kind but hooks.
    pub fn once(&self, now: Time) -> Result<Outcome> {
        let _agent = Lock::take(&self.store.path("agent.lock"))?;
        self.poll(&self.config, now).result
    }

    /// Polls one other place instead of the configured ones: a URL or a folder with `metadata/`
    /// and `targets/`. Nothing is checked less than otherwise.
    ///
    /// # Errors
    /// As [`Self::once`], and [`Error::ConfigValue`](crate::Error::ConfigValue).
    pub fn install(&self, place: &str, now: Time) -> Result<Outcome> {
        let config = self.config.with_origin(place)?;
        let _agent = Lock::take(&self.store.path("agent.lock"))?;
        self.poll(&config, now).result
    }

    /// Keeps other agents out for as long as the lock lives.
    pub(crate) fn lock(&self) -> Result<Lock> {
        Lock::take(&self.store.path("agent.lock"))
    }

    /// One poll, while the agent is locked.
    pub(crate) fn poll(&self, config: &Config, now: Time) -> Polled {
        let mut pause_asked = 0;
        let result = self.store.lock().and_then(|_records| {
            let clock = Clock::from(now);
            let result = self.rounds(config, clock, &mut pause_asked);
            self.write_status(clock.now(), Some(Last::of(&result)));
            result
        });
        Polled {
            result,
            pause_asked,
        }
    }

    /// A mirror may be stale or hostile: each origin gets its turn, and the cache is not believed
    /// where an origin might know better.
    fn rounds(&self, config: &Config, clock: Clock, pause_asked: &mut u64) -> Result<Outcome> {
        let origins = config.metadata.len().max(config.targets.len());
        let (mut first, mut is_cleared, mut is_staged) = (0, false, false);
        loop {
            let mut round = Round::new(config, &self.store, clock, first);
            let result = round.run();
            *pause_asked = round.pause_asked().max(*pause_asked);
            let error = match result {
                // The download took long: whether the image is on offer still is asked at once.
                Ok(Outcome::Staged { .. }) if !is_staged => {
                    is_staged = true;
                    continue;
                }
                Err(error) if error.is_refusal() => error,
                other => return other,
            };
            // Once: a cache that cannot be cleared must not be asked for ever.
            if round.has_used_cache() && !is_cleared {
                self.store.documents().clear();
                is_cleared = true;
            } else {
                first += 1;
            }
            if first >= origins {
                return Err(error);
            }
            tracing::warn!(%error, "refused; asking again elsewhere");
        }
    }

    /// Confirms the trial that is running: the floor rises to its own.
    ///
    /// # Errors
    /// `nothing_to_confirm`, or [`Error::Io`](crate::Error::Io).
    pub fn confirm(&self, now: Time) -> Result<u64> {
        let _records = self.store.lock()?;
        let mut state = self.store.records()?.state().clone();
        let mut parts = self.store.others(&self.config)?.parts().to_vec();
        let slot = state.confirm_set(&mut parts)?;
        self.store.write_boot(&state, &parts)?;
        self.write_status(now, None);
        Ok(state.slot(slot).sequence)
    }

    /// Does what a boot loader does: chooses a slot, counts a trial down, checks the slot's bytes
    /// against its record.
    ///
    /// # Errors
    /// `nothing_to_boot`, or [`Error::Io`](crate::Error::Io).
    pub fn select(&self, now: Time) -> Result<SlotId> {
        let (slot, is_recorded) = boot::select(&self.store, &self.config)?;
        if is_recorded {
            self.write_status(now, None);
        }
        Ok(slot)
    }

    /// [Selects](Self::select) a slot, runs its file as a program, and returns its exit code
    /// (128 and the signal's number, where one ended it).
    ///
    /// # Errors
    /// As [`Self::select`], and [`Error::NotExecutable`](crate::Error::NotExecutable).
    pub fn boot(&self, args: &[std::ffi::OsString], now: Time) -> Result<i32> {
        let slot = self.select(now)?;
        let started = boot::start(&self.store, slot, args);
        if started.is_err() {
            boot::take_back(&self.store, &self.config, slot)?;
            self.write_status(now, None);
        }
        started
    }

    /// Whether there is a reboot hook.
    pub const fn has_reboot_hook(&self) -> bool {
        !self.config.keys.reboot.is_empty()
    }

    /// Calls the reboot hook, if there is one.
    ///
    /// # Errors
    /// [`Error::HookFailed`](crate::Error::HookFailed), [`Error::HookTimeout`](crate::Error::HookTimeout).
    pub fn reboot(&self) -> Result<()> {
        let keys = &self.config.keys;
        hook::run("reboot", &keys.reboot, keys.hook_seconds)
    }

    /// What the agent says of itself.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), or which of the state files is damaged.
    pub fn status(&self) -> Result<Status> {
        Status::of(&self.config, &self.store, None)
    }

    /// Others read the file; whether it can be written stops no update.
    fn write_status(&self, now: Time, last: Option<Last>) {
        let last = last.map(|last| last.at(now));
        let written = Status::of(&self.config, &self.store, last)
            .and_then(|status| self.store.write("status.json", status.json().as_bytes()));
        if let Err(error) = written {
            tracing::warn!(%error, "status.json was not written");
        }
    }
}
