//! What must hold when a device wakes up after a cut.

use sealift_device::slot::{Cause, SlotId, SlotRecord, SlotState};
use sealift_device::{Error, Log, SetState};
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
    pub boot: Vec<SetState>,
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

    let log = fact(session.stored(), "what is stored")?.log;
    let is_allowed = allowed.log.contains(&log);
    require(is_allowed, || {
        format!("the log is neither old nor new: {log:?}")
    })?;
    let stored = fact(session.held(), "the boot records")?;
    judge_lowered(&left, &stored)?;
    judge_progress(&session, &stored)?;
    if is_thorough {
        judge_update(&mut session.clone(), &log, scenario)?;
    }
    judge_second_boot(&mut session, (&log, &stored), scenario)?;
    judge_trial(session, scenario)
}

/// The slot that is booted is the one that the records name, and holds an image, whole. Returns
/// what the records said before, and what they say since.
fn judge_boot<const UNIT: usize>(
    session: &mut Session<'_, UNIT>,
    scenario: &Scenario,
) -> Result<(SetState, SetState), String> {
    let wake = fact(session.wake(), "the boot records")?;
    let (expected, state) = expect_boot(session, &wake.found);
    let booted = wake.chosen;
    require(booted == expected, || {
        format!("booted {booted:?} instead of {expected:?}")
    })?;
    require(wake.left == state, || {
        format!("the boot left {:?} instead of {state:?}", wake.left)
    })?;
    let sequence = booted.map_or(0, |id| state.boot.slot(id).sequence);
    require(scenario.images.contains(&sequence), || {
        format!("booted the image of sequence {sequence}")
    })?;
    if let Ok(id) = booted {
        judge_set(session, id, &state)?;
    }
    require(floors(&state) == floors(&wake.found), || {
        "a floor rose without a confirmation".into()
    })?;
    Ok((wake.found, state))
}

/// What is booted is one release, whole: no component of it is of another one.
pub(super) fn judge_set<const UNIT: usize>(
    session: &Session<'_, UNIT>,
    id: SlotId,
    state: &SetState,
) -> Verdict {
    let sequence = state.boot.slot(id).sequence;
    let others = session.world.geometry.layout.others;
    require(state.parts.len() == others.len(), || {
        format!("the records know {} components", state.parts.len())
    })?;
    for (component, record) in records(state, id).enumerate() {
        let area = session.world.geometry.layout.slot_of(component, id);
        let start = area.map_or(0, |area| area.start);
        let image = session.world.image_of(component, sequence);
        let end = start + u32::try_from(image.len()).unwrap_or(0);
        let is_whole = record.sequence == sequence && session.flash.peek(start..end) == image;
        require(is_whole, || {
            format!("component {component} is not of the release {sequence}: {record:?}")
        })?;
    }
    Ok(())
}

/// What the records hold of the slots of a letter, the first component's in front.
fn records(state: &SetState, id: SlotId) -> impl Iterator<Item = &SlotRecord> {
    let parts = state.parts.iter().map(move |part| part.slot(id));
    std::iter::once(state.boot.slot(id)).chain(parts)
}

fn floors(state: &SetState) -> Vec<u64> {
    let parts = state.parts.iter().map(|part| part.floor);
    std::iter::once(state.boot.floor).chain(parts).collect()
}

/// What a boot loader must decide on these records, seen from outside.
fn expect_boot<const UNIT: usize>(
    session: &Session<'_, UNIT>,
    woken: &SetState,
) -> (Result<SlotId, Error>, SetState) {
    let mut state = woken.clone();
    loop {
        match state.boot.select_set(&state.parts) {
            Ok(id) if !hold(session, id, &state) => {
                state.boot.reject(id, Cause::SlotDigest);
            }
            selected => return (selected, state),
        }
    }
}

/// Whether the slots of a letter hold what the records say.
fn hold<const UNIT: usize>(session: &Session<'_, UNIT>, id: SlotId, state: &SetState) -> bool {
    let slots = session.world.geometry.slots_of(id);
    slots.zip(records(state, id)).all(|(area, record)| {
        if record.state == SlotState::Empty {
            return true;
        }
        let Ok(length) = u32::try_from(record.length) else {
            return false;
        };
        let image = area.start..area.start + length;
        session.flash.is_solid(image.clone())
            && Digest::of(session.flash.peek(image)) == record.sha256
    }) && is_proved(session, id)
}

fn is_proved<const UNIT: usize>(session: &Session<'_, UNIT>, id: SlotId) -> bool {
    session.world.geometry.layout.evidence.is_none_or(|[a, b]| {
        let area = if id == SlotId::A { a } else { b };
        // What it says is judged by the boot; what it says may not change.
        session.flash.is_solid(area.start..area.end())
    })
}

/// A download may go on earlier than was recorded; nothing else changes by looking.
fn judge_lowered(left: &SetState, stored: &SetState) -> Verdict {
    let mut expected = left.clone();
    let id = left.boot.active.other();
    let parts = expected.parts.iter_mut().map(|part| part.slot_mut(id));
    let slots = std::iter::once(expected.boot.slot_mut(id)).chain(parts);
    for (slot, stored) in slots.zip(records(stored, id)) {
        if let (
            SlotState::Receiving { block, .. },
            SlotState::Receiving {
                block: recorded, ..
            },
        ) = (stored.state, &mut slot.state)
        {
            *recorded = block.min(*recorded);
        }
    }
    require(*stored == expected, || {
        format!("{stored:?} is stored instead of {left:?}")
    })
}

/// What counts as received is there, and stays.
fn judge_progress<const UNIT: usize>(session: &Session<'_, UNIT>, stored: &SetState) -> Verdict {
    let id = stored.boot.active.other();
    let slots = session.world.geometry.slots_of(id);
    for (component, (area, record)) in slots.zip(records(stored, id)).enumerate() {
        let image = session.world.image_of(component, record.sequence);
        let SlotState::Receiving { block, size } = record.state else {
            continue;
        };
        let length = u64::from(block) * u64::from(size);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let length = length.min(image.len());
        let start = area.start;
        let range = start..start + u32::try_from(length).unwrap_or(u32::MAX);
        let is_there =
            session.flash.is_solid(range.clone()) && session.flash.peek(range) == &image[..length];
        require(is_there, || {
            format!("block {block} is resumed at, and something before it is not there")
        })?;
    }
    Ok(())
}

/// The next boots find what the first one left, and ordinary ones write nothing: but for one, which
/// may find that what read well before does not any more.
fn judge_second_boot<const UNIT: usize>(
    session: &mut Session<'_, UNIT>,
    (log, left): (&Log, &SetState),
    scenario: &Scenario,
) -> Verdict {
    let mut written = boot_again(session, left, scenario)?;
    if written > 0 && left.boot.trial().is_none() {
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
    left: &SetState,
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
    let held = fact(session.held(), "the boot records")?;
    let before = &held.boot;
    if before.trial().is_none() {
        return Ok(());
    }
    for _ in 0..BOOTS {
        judge_boot(&mut session, scenario)?;
    }
    let left = fact(session.held(), "the boot records")?;
    let state = &left.boot;
    require(state.trial().is_none(), || "a trial without an end".into())?;
    let (old, new) = (before.installed(), state.installed());
    require(old == new && floors(&left) == floors(&held), || {
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
