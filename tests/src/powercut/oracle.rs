//! What must hold when a device wakes up after a cut.

use sealift_device::slot::{Cause, SlotId, SlotRecord, SlotState};
use sealift_device::{BootState, Error, Log, Stored};
use sealift_metadata::Digest;

use super::scenarios::Scenario;
use super::session::{End, Session};

/// Rounds that a device may need for an update after a cut: one may end at a torn place.
const ROUNDS: u32 = 4;

/// Boots until an image that never confirms is given up, and two more.
const BOOTS: u32 = 6;

/// What the records may say: what was durable before the operation that was cut, or after it.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Boot records.
    pub boot: Vec<BootState>,
    /// The log.
    pub log: Vec<Log>,
}

/// What is wrong.
pub type Verdict = Result<(), String>;

/// Judges a device that wakes up. `is_thorough`: up to its next update.
///
/// # Errors
/// What does not hold.
pub fn judge<const UNIT: usize>(
    mut session: Session<'_, UNIT>,
    allowed: &Allowed,
    scenario: &Scenario,
    is_thorough: bool,
) -> Verdict {
    let (woken, left) = judge_boot(&mut session, scenario)?;
    let is_allowed = allowed.boot.contains(&woken);
    require(is_allowed, || format!("neither old nor new: {woken:?}"))?;

    let stored = fact(session.stored(), "what is stored")?;
    let is_allowed = allowed.log.contains(&stored.log);
    require(is_allowed, || {
        format!("the log is neither old nor new: {:?}", stored.log)
    })?;
    judge_lowered(&left, &stored.boot)?;
    judge_progress(&session, &stored.boot)?;
    if is_thorough {
        judge_update(&mut session.clone(), &stored.log, scenario)?;
    }
    judge_second_boot(&mut session, &stored, scenario)?;
    judge_trial(session, scenario)
}

/// The slot that is booted is the one that the records name, and holds an image, whole. Returns
/// what the records said before, and what they say since.
fn judge_boot<const UNIT: usize>(
    session: &mut Session<'_, UNIT>,
    scenario: &Scenario,
) -> Result<(BootState, BootState), String> {
    let wake = fact(session.wake(), "the boot records")?;
    let (expected, state) = expect_boot(session, &wake.found);
    let booted = wake.chosen;
    require(booted == expected, || {
        format!("booted {booted:?} instead of {expected:?}")
    })?;
    require(wake.left == state, || {
        format!("the boot left {:?} instead of {state:?}", wake.left)
    })?;
    let sequence = booted.map_or(0, |id| state.slot(id).sequence);
    require(scenario.images.contains(&sequence), || {
        format!("booted the image of sequence {sequence}")
    })?;
    require(state.floor == wake.found.floor, || {
        "the floor rose without a confirmation".into()
    })?;
    Ok((wake.found, state))
}

/// What a boot loader must decide on these records, seen from outside.
fn expect_boot<const UNIT: usize>(
    session: &Session<'_, UNIT>,
    woken: &BootState,
) -> (Result<SlotId, Error>, BootState) {
    let mut state = woken.clone();
    loop {
        match state.select() {
            Ok(id) if !holds(session, id, state.slot(id)) => {
                state.reject(id, Cause::SlotDigest);
            }
            selected => return (selected, state),
        }
    }
}

fn holds<const UNIT: usize>(session: &Session<'_, UNIT>, id: SlotId, record: &SlotRecord) -> bool {
    let start = session.area(id).start;
    let Ok(length) = u32::try_from(record.length) else {
        return false;
    };
    let image = start..start + length;
    let is_proved = session.world.geometry.layout.evidence.is_none_or(|[a, b]| {
        let area = if id == SlotId::A { a } else { b };
        // What it says is judged by the boot; what it says may not change.
        session.flash.is_solid(area.start..area.end())
    });
    is_proved
        && session.flash.is_solid(image.clone())
        && Digest::of(session.flash.peek(image)) == record.sha256
}

/// A download may go on earlier than was recorded; nothing else changes by looking.
fn judge_lowered(left: &BootState, stored: &BootState) -> Verdict {
    let mut expected = left.clone();
    let id = left.active.other();
    if let (
        SlotState::Receiving { block, .. },
        SlotState::Receiving {
            block: recorded, ..
        },
    ) = (stored.slot(id).state, &mut expected.slot_mut(id).state)
    {
        *recorded = block.min(*recorded);
    }
    require(*stored == expected, || {
        format!("{stored:?} is stored instead of {left:?}")
    })
}

/// What counts as received is there, and stays.
fn judge_progress<const UNIT: usize>(session: &Session<'_, UNIT>, stored: &BootState) -> Verdict {
    let id = stored.active.other();
    let record = stored.slot(id);
    let SlotState::Receiving { block, size } = record.state else {
        return Ok(());
    };
    let image = session.world.image(record.sequence);
    let length = usize::try_from(u64::from(block) * u64::from(size)).unwrap_or(usize::MAX);
    let length = length.min(image.len());
    let start = session.area(id).start;
    let range = start..start + u32::try_from(length).unwrap_or(u32::MAX);
    let is_there =
        session.flash.is_solid(range.clone()) && session.flash.peek(range) == &image[..length];
    require(is_there, || {
        format!("block {block} is resumed at, and something before it is not there")
    })
}

/// The next boots find what the first one left, and ordinary ones write nothing: but for one, which
/// may find that what read well before does not any more.
fn judge_second_boot<const UNIT: usize>(
    session: &mut Session<'_, UNIT>,
    stored: &Stored,
    scenario: &Scenario,
) -> Verdict {
    let Stored { log, boot: left } = stored;
    let mut written = boot_again(session, left, scenario)?;
    if written > 0 && left.trial().is_none() {
        written = boot_again(session, left, scenario)?;
        require(written == 0, || {
            format!("ordinary boots write {written} times, one after the other")
        })?;
    }
    let again = fact(session.stored(), "what is stored")?;
    require(again.log == *log, || "the log changed by a boot".into())
}

/// Returns how many operations the boot took.
fn boot_again<const UNIT: usize>(
    session: &mut Session<'_, UNIT>,
    left: &BootState,
    scenario: &Scenario,
) -> Result<usize, String> {
    session.flash.journal = Some(crate::flash::Journal::default());
    let (woken, _) = judge_boot(session, scenario)?;
    let journal = session.flash.journal.take().unwrap_or_default();
    require(woken == *left, || {
        format!("the second boot finds {woken:?} instead of {left:?}")
    })?;
    Ok(journal.len())
}

/// What is never confirmed gives way, and takes no floor along.
fn judge_trial<const UNIT: usize>(mut session: Session<'_, UNIT>, scenario: &Scenario) -> Verdict {
    let before = fact(session.state(), "the boot records")?;
    if before.trial().is_none() {
        return Ok(());
    }
    for _ in 0..BOOTS {
        judge_boot(&mut session, scenario)?;
    }
    let state = fact(session.state(), "the boot records")?;
    require(state.trial().is_none(), || "a trial without an end".into())?;
    let (old, new) = (before.installed(), state.installed());
    require(old == new && state.floor == before.floor, || {
        format!("{new:?} runs after the trial instead of {old:?}")
    })
}

/// The next update works, and what is confirmed stays.
fn judge_update<const UNIT: usize>(
    session: &mut Session<'_, UNIT>,
    log: &Log,
    scenario: &Scenario,
) -> Verdict {
    let mut said = Vec::new();
    for _ in 0..ROUNDS {
        if session
            .state()
            .is_ok_and(|state| state.trial().is_some_and(|(.., ran)| ran))
        {
            fact(session.confirm(), "the confirmation")?;
        }
        match session.round(scenario.stage) {
            End::Idle => break,
            End::Reboot => {
                fact(session.boot(), "the boot after an update")?;
            }
            End::Over(error) => said.push(error),
        }
    }
    let state = fact(session.state(), "the boot records")?;
    let sequence = state.installed().map(|slot| slot.sequence);
    require(sequence == Some(scenario.end), || {
        format!("{sequence:?} is installed in the end, after {said:?}: {state:?}")
    })?;
    require(scenario.has_cause || state.failures.is_empty(), || {
        format!("a cut is no cause of {:?}", state.failures)
    })?;
    let after = fact(session.stored(), "what is stored")?.log.floors;
    let floors = &log.floors;
    let has_risen = after.root >= floors.root
        && after.timestamp >= floors.timestamp
        && after.snapshot >= floors.snapshot
        && after.time >= floors.time;
    require(has_risen, || format!("{after:?} is below {floors:?}"))?;
    for _ in 0..2 {
        let booted = fact(session.boot(), "the last boot")?;
        require(booted == state.active, || {
            "what was confirmed is gone".into()
        })?;
    }
    Ok(())
}

fn fact<T>(result: Result<T, Error>, what: &str) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {} ({})", error, error.code()))
}

fn require(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}
