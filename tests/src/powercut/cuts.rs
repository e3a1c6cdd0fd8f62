//! Cuts within each operation of a scenario, and cuts within the boot that follows a cut.

use super::effort::Effort;
use super::id::Case;
use super::oracle::{Allowed, judge};
use super::scenarios::{Scenario, walk};
use super::session::{Mark, Session};
use super::tally::Tally;
use super::world::World;
use crate::flash::cut::OUTCOMES;
use crate::flash::{Flash, Journal, Noise, Op, Outcome};

/// What a scenario does to the flash.
#[derive(Debug)]
struct Track<const UNIT: usize> {
    /// The flash before the first operation.
    start: Flash<UNIT>,
    ops: Vec<Op>,
    marks: Vec<Mark>,
}

/// Tries every operation with every outcome.
pub(super) fn every_cut<const UNIT: usize>(
    world: &World,
    scenario: &Scenario,
    effort: &Effort,
    tally: &mut Tally,
) {
    let track = record::<UNIT>(world, scenario);
    tally.cuts += track.ops.len();
    each_cut(world, &track, |at, flash, allowed| {
        for (case, torn) in torn(world, scenario, &track.ops, at, flash, effort) {
            let is_thorough = tally.is_thorough(effort);
            let verdict = |torn| judge(Session::new(world, torn), allowed, scenario, is_thorough);
            tally.judge(case, effort, || verdict(torn));
        }
    });
}

/// Cuts the power within the records, and again within the boot that follows.
pub(super) fn nested_cuts<const UNIT: usize>(
    world: &World,
    scenario: &Scenario,
    effort: &Effort,
    tally: &mut Tally,
) {
    let track = record::<UNIT>(world, scenario);
    let effort = &Effort {
        seeds: 1,
        ..effort.clone()
    };
    each_cut(world, &track, |at, flash, allowed| {
        if !is_telling(world, UNIT, &track.ops[at]) {
            return;
        }
        for (first, torn) in torn(world, scenario, &track.ops, at, flash, effort) {
            let woken = wake(world, &torn);
            each_cut(world, &woken, |next, flash, later| {
                if !is_telling(world, UNIT, &woken.ops[next]) {
                    return;
                }
                let both = allowed.or(later);
                for (second, torn) in self::torn(world, scenario, &woken.ops, next, flash, effort) {
                    let case = first.then(&second);
                    if !effort.takes_nested(&case) {
                        continue;
                    }
                    let is_thorough = tally.is_thorough(effort);
                    let verdict =
                        |torn| judge(Session::new(world, torn), &both, scenario, is_thorough);
                    tally.judge(case, effort, || verdict(torn));
                }
            });
        }
    });
}

/// Runs a scenario to its end.
fn record<const UNIT: usize>(world: &World, scenario: &Scenario) -> Track<UNIT> {
    let mut session = Session::new(world, Flash::<UNIT>::erased(world.geometry, 0));
    walk(&mut session, scenario.before);
    let mut start = session.flash.clone();
    start.running = None;
    let journal = Journal::default();
    session.flash.journal = Some(journal.clone());
    walk(&mut session, scenario.steps);
    Track {
        start,
        ops: journal.take(),
        marks: session.marks,
    }
}

/// What a device does when it wakes up after a cut: boot loader, then the start of a round.
fn wake<const UNIT: usize>(world: &World, torn: &Flash<UNIT>) -> Track<UNIT> {
    let start = torn.clone();
    let mut session = Session::new(world, start.clone());
    let journal = Journal::default();
    session.flash.journal = Some(journal.clone());
    // Whether that goes well was judged when there was one cut.
    let _ = session.boot().map(|_| session.stored());
    Track {
        start,
        ops: journal.take(),
        marks: Vec::new(),
    }
}

/// Calls `each` with the number of every operation, the flash before it, and what its cut may
/// leave of the records.
fn each_cut<const UNIT: usize>(
    world: &World,
    track: &Track<UNIT>,
    mut each: impl FnMut(usize, &Flash<UNIT>, &Allowed),
) {
    let mut flash = track.start.clone();
    let mut allowed = Allowed::of(world, &flash);
    for (at, op) in track.ops.iter().enumerate() {
        check_marks(track, at, &allowed);
        let before = flash.clone();
        flash.redo(op);
        let after = if is_record(world, op) {
            Allowed::of(world, &flash)
        } else {
            allowed.clone()
        };
        each(at, &before, &allowed.or(&after));
        allowed = after;
    }
    check_marks(track, track.ops.len(), &allowed);
}

/// What a device was told to be durable is what its flash says.
fn check_marks<const UNIT: usize>(track: &Track<UNIT>, at: usize, durable: &Allowed) {
    for mark in track.marks.iter().filter(|mark| mark.operations == at) {
        assert_eq!(durable.boot, std::slice::from_ref(&mark.boot), "mark {at}");
        if let Some(log) = &mark.log {
            assert_eq!(durable.log, std::slice::from_ref(log), "mark {at}");
        }
    }
}

impl Allowed {
    /// What the flash says, uncut.
    fn of<const UNIT: usize>(world: &World, flash: &Flash<UNIT>) -> Self {
        let mut session = Session::new(world, flash.clone());
        session.flash.journal = None;
        Self {
            boot: session.state().into_iter().collect(),
            log: session
                .stored()
                .into_iter()
                .map(|stored| stored.log)
                .collect(),
        }
    }

    /// Either of both.
    fn or(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for state in &other.boot {
            if !both.boot.contains(state) {
                both.boot.push(state.clone());
            }
        }
        for log in &other.log {
            if !both.log.contains(log) {
                both.log.push(log.clone());
            }
        }
        both
    }
}

/// The flash with one operation cut, in every way that it may end.
fn torn<const UNIT: usize>(
    world: &World,
    scenario: &Scenario,
    ops: &[Op],
    at: usize,
    flash: &Flash<UNIT>,
    effort: &Effort,
) -> Vec<(Case, Flash<UNIT>)> {
    let op = &ops[at];
    let mut all = Vec::new();
    for (outcome, _) in OUTCOMES {
        // After one operation is before the next.
        let is_twice = outcome == Outcome::After && at + 1 < ops.len();
        if is_twice || !flash.can_end(op, outcome) {
            continue;
        }
        for seed in 0..if outcome.is_random() { effort.seeds } else { 1 } {
            let case = Case {
                geometry: world.geometry.name.into(),
                scenario: scenario.name.into(),
                cuts: vec![at],
                outcomes: vec![outcome],
                seed,
            };
            if !effort.takes(&case) {
                continue;
            }
            let mut torn = flash.clone();
            let chance = Noise((at as u64) << 20 ^ (outcome as u64) << 10 ^ seed).draw();
            torn.cut(op, outcome, chance);
            all.push((case, torn));
        }
    }
    all
}

fn is_record(world: &World, op: &Op) -> bool {
    let layout = &world.geometry.layout;
    let mut rows = layout.boot.iter().chain(&layout.log);
    rows.any(|area| (area.start..area.end()).contains(&op.at()))
}

/// Whether an operation on records differs from its neighbours: erasures, and the first and the
/// last units of a record. Whatever is torn in between is torn.
fn is_telling(world: &World, unit: usize, op: &Op) -> bool {
    if !is_record(world, op) {
        return false;
    }
    let Op::Program { at, .. } = op else {
        return true;
    };
    let layout = &world.geometry.layout;
    let mut rows = layout.boot.iter().chain(&layout.log);
    let area = rows.find(|area| (area.start..area.end()).contains(at));
    let within = (at - area.map_or(0, |area| area.start)) as usize % 384 / unit;
    let last = 384 / unit - 1;
    within == 0 || within == last || within + 1 == last
}
