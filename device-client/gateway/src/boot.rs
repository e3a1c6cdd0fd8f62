//! The boot loader of file slots: chooses a slot and starts its file.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::Duration;

use sealift_device::slot::{Cause, SlotId, SlotRecord, SlotState};
use sealift_device::{BootState, Others};

use crate::Result;
use crate::clock::pause;
use crate::config::Config;
use crate::error::Error;
use crate::limits::{BUSY_LOOKS, LOOK_MILLISECONDS};
use crate::store::Store;

/// Chooses the slot to boot, and makes the choice durable before it counts. Says whether anything
/// was written: ordinary boots write nothing, and wait for nobody.
pub(crate) fn select(store: &Store, config: &Config) -> Result<(SlotId, bool)> {
    let mut lock = None;
    loop {
        let mut state = store.records()?.state().clone();
        let others = store.others(config)?;
        let before = state.clone();
        let slot = state.select_set(others.parts())?;
        let is_right = holds_set(store, slot, &state, &others);
        if !is_right {
            tracing::error!(slot = slot.name(), "the slot does not hold its image");
            state.reject(slot, Cause::SlotDigest);
        }
        if state == before {
            return Ok((slot, lock.is_some()));
        }
        if lock.is_none() {
            // The records may have changed before the lock was ours: look again.
            match store.lock() {
                Ok(held) => lock = Some(held),
                Err(error) => return unrecorded(store, before, &others, &error),
            }
            continue;
        }
        if let Err(error) = store.write_boot(&state, others.parts()) {
            return unrecorded(store, before, &others, &error);
        }
        if is_right {
            return Ok((slot, true));
        }
    }
}

/// A trial that cannot be counted down must not be booted, but a full disk does not stop what
/// runs: the confirmed slot is booted without a record.
fn unrecorded(
    store: &Store,
    mut state: BootState,
    others: &Others,
    error: &Error,
) -> Result<(SlotId, bool)> {
    tracing::error!(%error, "the boot cannot be recorded");
    let trial = state.active.other();
    if state.trial().is_some() {
        *state.slot_mut(trial) = SlotRecord::EMPTY;
    }
    loop {
        let slot = state.select_set(others.parts())?;
        if holds_set(store, slot, &state, others) {
            return Ok((slot, false));
        }
        state.reject(slot, Cause::SlotDigest);
    }
}

/// Whether the slots of this letter hold what their records say: all of a set, or none of it is
/// booted. Of a component that no release brought yet, there is nothing to look at.
fn holds_set(store: &Store, slot: SlotId, state: &BootState, others: &Others) -> bool {
    let mut parts = others.components().iter().zip(others.parts());
    store.slots().matches(slot, state.slot(slot))
        && parts.all(|(component, part)| {
            let record = part.slot(slot);
            record.state == SlotState::Empty || store.slots_of(component).matches(slot, record)
        })
}

/// Takes back that a trial was booted: what could not be started did not run, and must not be
/// confirmed. The try is spent.
pub(crate) fn take_back(store: &Store, config: &Config, slot: SlotId) -> Result<()> {
    if store.records()?.state().trial().is_none() {
        return Ok(());
    }
    let _lock = store.lock()?;
    // The records may have changed before the lock was ours: look again.
    let mut state = store.records()?.state().clone();
    if let SlotState::Trial { left, booted: true } = state.slot(slot).state {
        state.slot_mut(slot).state = SlotState::Trial {
            left,
            booted: false,
        };
        store.write_boot(&state, store.others(config)?.parts())?;
    }
    Ok(())
}

/// Runs the slot's file to its end.
pub(crate) fn start(store: &Store, slot: SlotId, args: &[OsString]) -> Result<i32> {
    store.slots().make_executable(slot)?;
    let path = store.slots().path(slot);
    let path = path.canonicalize().unwrap_or(path);
    let mut looks = 0;
    loop {
        match Command::new(&path).args(args).status() {
            Ok(status) => {
                let signal = || status.signal().map_or(1, |signal| 128 + signal);
                return Ok(status.code().unwrap_or_else(signal));
            }
            // A process that was being started held the file open for a moment.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && looks < BUSY_LOOKS => {
                looks += 1;
                pause(Duration::from_millis(LOOK_MILLISECONDS));
            }
            Err(source) => return Err(Error::NotExecutable { path, source }),
        }
    }
}
