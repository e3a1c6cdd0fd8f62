//! The boot loader of file slots: chooses a slot and starts its file.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::Duration;

use sealift_device::BootState;
use sealift_device::slot::{SlotId, SlotRecord};

use crate::Result;
use crate::clock::pause;
use crate::error::Error;
use crate::limits::{BUSY_LOOKS, LOOK_MILLISECONDS};
use crate::store::Store;

/// Chooses the slot to boot, and makes the choice durable before it counts. Says whether anything
/// was written: ordinary boots write nothing, and wait for nobody.
pub(crate) fn select(store: &Store) -> Result<(SlotId, bool)> {
    let mut lock = None;
    loop {
        let mut state = store.records()?.state().clone();
        let before = state.clone();
        let slot = state.select()?;
        let is_right = store.slots().matches(slot, state.slot(slot));
        if !is_right {
            tracing::error!(slot = slot.name(), "the slot does not hold its image");
            state.reject(slot);
        }
        if state == before {
            return Ok((slot, lock.is_some()));
        }
        if lock.is_none() {
            // The records may have changed before the lock was ours: look again.
            match store.lock() {
                Ok(held) => lock = Some(held),
                Err(error) => return unrecorded(store, before, &error),
            }
            continue;
        }
        if let Err(error) = store.write_boot(&state, &[]) {
            return unrecorded(store, before, &error);
        }
        if is_right {
            return Ok((slot, true));
        }
    }
}

/// A trial that cannot be counted down must not be booted, but a full disk does not stop what
/// runs: the confirmed slot is booted without a record.
fn unrecorded(store: &Store, mut state: BootState, error: &Error) -> Result<(SlotId, bool)> {
    tracing::error!(%error, "the boot cannot be recorded");
    let trial = state.active.other();
    if state.trial().is_some() {
        *state.slot_mut(trial) = SlotRecord::EMPTY;
    }
    loop {
        let slot = state.select()?;
        if store.slots().matches(slot, state.slot(slot)) {
            return Ok((slot, false));
        }
        state.reject(slot);
    }
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
