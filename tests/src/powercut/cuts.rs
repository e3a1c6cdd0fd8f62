//! Cuts within each operation of a scenario, and cuts within what follows a cut.

use super::effort::Effort;
use super::id::Case;
use super::oracle::{Allowed, judge};
use super::scenarios::{Scenario, walk};
use super::session::{Mark, Session};
use super::tally::Tally;
use super::world::World;
use crate::flash::cut::OUTCOMES;
use crate::flash::{Flash, Noise, Op, Outcome};

/// Times that records are read which read differently each time.
const READINGS: usize = 8;

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
    each_cut(world, &track, &|_| true, |at, flash, allowed| {
        for (case, torn) in torn(world, scenario, &track.ops, at, flash, effort) {
            let is_thorough = tally.is_thorough(effort);
            let verdict = |torn| judge(Session::new(world, torn), allowed, scenario, is_thorough);
            tally.judge(case, effort, || verdict(torn));
        }
    });
}

/// What the second cut hits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Second {
    /// The boot that follows the first, and what a round begins with.
    Boot,
    /// These, and the round.
    Round,
}

/// Cuts the power, and again within what follows.
pub(super) fn nested_cuts<const UNIT: usize>(
    world: &World,
    scenario: &Scenario,
    second: Second,
    effort: &Effort,
    tally: &mut Tally,
) {
    let track = record::<UNIT>(world, scenario);
    let effort = &Effort {
        seeds: 1,
        ..effort.clone()
    };
    let is_telling = |op: &Op| match second {
        Second::Boot => is_telling_record(world, UNIT, op),
        Second::Round => is_telling_record(world, UNIT, op) || is_telling_block(world, UNIT, op),
    };
    each_cut(world, &track, &is_telling, |at, flash, allowed| {
        for (first, torn) in torn(world, scenario, &track.ops, at, flash, effort) {
            if !effort.takes_first(&first, second) {
                continue;
            }
            let woken = wake(world, scenario, second, &torn);
            each_cut(world, &woken, &is_telling, |next, flash, later| {
                let both = allowed.or(later);
                for (last, torn) in self::torn(world, scenario, &woken.ops, next, flash, effort) {
                    let case = first.then(&last);
                    if !effort.takes_nested(&case, second) {
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
    start.running.clear();
    let ops = session.ops(|session| walk(session, scenario.steps));
    Track {
        start,
        ops,
        marks: session.marks,
    }
}

/// What a device does when it wakes up after a cut: boot loader, then a round or the start of one.
fn wake<const UNIT: usize>(
    world: &World,
    scenario: &Scenario,
    second: Second,
    torn: &Flash<UNIT>,
) -> Track<UNIT> {
    let start = torn.clone();
    let mut session = Session::new(world, start.clone());
    // Whether that goes well was judged when there was one cut.
    let ops = session.ops(|session| {
        let booted = session.boot();
        match second {
            Second::Boot => drop(booted.map(|_| session.stored())),
            Second::Round => drop(booted.map(|_| session.round(scenario.stage))),
        }
    });
    Track {
        start,
        ops,
        marks: Vec::new(),
    }
}

/// Calls `each` with the number of every operation that is `wanted`, the flash before it, and what
/// its cut may leave of the records.
fn each_cut<const UNIT: usize>(
    world: &World,
    track: &Track<UNIT>,
    wanted: &dyn Fn(&Op) -> bool,
    mut each: impl FnMut(usize, &Flash<UNIT>, &Allowed),
) {
    let mut flash = track.start.clone();
    // What the flash says; it is looked at only where somebody asks.
    let mut says = None;
    for (at, op) in track.ops.iter().enumerate() {
        check_marks(world, track, at, &flash, &mut says);
        let before = wanted(op).then(|| {
            let allowed = says.get_or_insert_with(|| Allowed::of(world, &flash));
            (flash.clone(), allowed.clone())
        });
        flash.redo(op);
        if is_record(world, op) {
            says = None;
        }
        if let Some((before, allowed)) = before {
            let after = says.get_or_insert_with(|| Allowed::of(world, &flash));
            each(at, &before, &allowed.or(after));
        }
    }
    check_marks(world, track, track.ops.len(), &flash, &mut says);
}

/// What a device was told to be durable is what its flash says.
fn check_marks<const UNIT: usize>(
    world: &World,
    track: &Track<UNIT>,
    at: usize,
    flash: &Flash<UNIT>,
    says: &mut Option<Allowed>,
) {
    for mark in track.marks.iter().filter(|mark| mark.operations == at) {
        let durable = says.get_or_insert_with(|| Allowed::of(world, flash));
        assert_eq!(durable.boot, std::slice::from_ref(&mark.boot), "mark {at}");
        if let Some(log) = &mark.log {
            assert_eq!(durable.log, std::slice::from_ref(log), "mark {at}");
        }
    }
}

impl Allowed {
    /// What the flash says, uncut; where some of its records read differently each time, all that it
    /// says when it is asked so often.
    fn of<const UNIT: usize>(world: &World, flash: &Flash<UNIT>) -> Self {
        let mut session = Session::new(world, flash.clone());
        session.flash.journal = None;
        let places = world.geometry.places();
        let mut areas = places.iter().flat_map(|(areas, _)| areas);
        let wavers = areas.any(|area| flash.wavers(area.start..area.end()));
        let mut says = Self::default();
        for _ in 0..if wavers { READINGS } else { 1 } {
            let mut reader = session.clone();
            let once = Self {
                boot: reader.held().into_iter().collect(),
                log: reader.stored().into_iter().map(|it| it.log).collect(),
            };
            says = says.or(&once);
            // The next one finds other noise.
            drop(session.held());
        }
        says
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
fn is_telling_record(world: &World, unit: usize, op: &Op) -> bool {
    if !is_record(world, op) {
        return false;
    }
    let Op::Program { at, .. } = op else {
        return true;
    };
    let places = world.geometry.places();
    let place = places.iter().find(|(areas, _)| {
        let mut areas = areas.iter();
        areas.any(|area| (area.start..area.end()).contains(at))
    });
    let Some(([zero, _], length)) = place else {
        return false;
    };
    let within = ((at - zero.start) % zero.length % length) as usize / unit;
    let last = *length as usize / unit - 1;
    within == 0 || within == last || within + 1 == last
}

/// Whether an operation on a slot differs from its neighbours: erasures, and the first and the last
/// unit of a block.
fn is_telling_block(world: &World, unit: usize, op: &Op) -> bool {
    let mut slots = world.geometry.slots();
    let Some(slot) = slots.find(|area| (area.start..area.end()).contains(&op.at())) else {
        return false;
    };
    let Op::Program { at, .. } = op else {
        return true;
    };
    let block = world.geometry.images[0] as usize;
    let within = (at - slot.start) as usize % block;
    within == 0 || within + unit == block
}
