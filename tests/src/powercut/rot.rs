//! Bits that flip at rest: in records, in roots, in images.

use std::ops::Range;

use super::campaign::{Effort, Tally};
use super::id::Case;
use super::oracle::{Verdict, judge_boot, judge_update};
use super::scenarios::{Scenario, Step, walk};
use super::session::Session;
use super::world::{Stage, World};
use crate::flash::Flash;

/// Its name in replay ids.
pub(super) const NAME: &str = "rot";

/// What a device at rest went through: two releases with one floor, and a rotation of the root.
const BEFORE: &[Step] = &[
    Step::Round(Stage::First),
    Step::Boot,
    Step::Confirm,
    Step::Boot,
    Step::Round(Stage::Rotated),
    Step::Round(Stage::Second),
    Step::Boot,
    Step::Confirm,
    Step::Boot,
    Step::Round(Stage::Second),
];

/// What holds whatever rots.
const AFTER: Scenario = Scenario {
    name: NAME,
    before: BEFORE,
    steps: &[],
    // Records may name the release that was confirmed before; a slot that rots leaves none, for
    // the floor has risen above it.
    images: &[2],
    stage: Stage::Third,
    end: 3,
    has_cause: false,
};

/// Flips bits, one at a time.
pub(super) fn every_bit<const UNIT: usize>(world: &World, effort: &Effort, tally: &mut Tally) {
    let mut session = Session::new(world, Flash::<UNIT>::erased(world.geometry, 0));
    walk(&mut session, BEFORE);
    session.flash.running = None;
    let layout = &world.geometry.layout;
    let rest = &session;
    let mut flip = |range: Range<u32>, every: u32, judge: &dyn Fn(Session<'_, UNIT>) -> Verdict| {
        for number in (range.start * 8..range.end * 8).step_by(every as usize) {
            let case = Case {
                geometry: world.geometry.name.into(),
                scenario: NAME.into(),
                cuts: vec![number as usize],
                outcomes: Vec::new(),
                seed: 0,
            };
            tally.judge(case, effort, || {
                let mut rotten = rest.clone();
                rotten.flash.flip(number / 8, (number % 8) as u8);
                judge(rotten)
            });
        }
    };
    for area in layout.boot.into_iter().chain(layout.log) {
        let records = used(rest, area.start..area.end());
        let newest = records.end.saturating_sub(2 * 384).max(records.start);
        flip(newest..records.end, 1, &|rotten| judge_record(rest, rotten));
        flip(records.start..newest, effort.rot_every, &|rotten| {
            judge_record(rest, rotten)
        });
    }
    for area in layout.roots {
        let root = used(rest, area.start..area.end());
        flip(root, effort.rot_every, &|rotten| judge_record(rest, rotten));
    }
    for area in layout.slots {
        let image = used(rest, area.start..area.end());
        flip(image, 16 * effort.rot_every + 1, &judge_image);
    }
}

/// The part of an area that holds something.
fn used<const UNIT: usize>(session: &Session<'_, UNIT>, area: Range<u32>) -> Range<u32> {
    let blank = Flash::<UNIT>::erased(session.world.geometry, 0);
    let (bytes, blank) = (session.flash.peek(area.clone()), blank.peek(area.clone()));
    let last = bytes
        .iter()
        .zip(blank)
        .rposition(|(byte, blank)| byte != blank);
    area.start..area.start + last.map_or(0, |last| last as u32 + 1)
}

/// One bit of what is written twice takes nothing away.
fn judge_record<const UNIT: usize>(
    rest: &Session<'_, UNIT>,
    mut rotten: Session<'_, UNIT>,
) -> Verdict {
    let mut rest = rest.clone();
    let said = |session: &mut Session<'_, UNIT>| -> Result<_, String> {
        let state = session.state().map_err(|error| error.to_string())?;
        let stored = session.stored().map_err(|error| error.to_string())?;
        Ok((state, stored.log))
    };
    let (state, log) = said(&mut rest)?;
    if said(&mut rotten.clone())? != (state.clone(), log.clone()) {
        return Err("the records say something else".into());
    }
    judge_boot(&mut rotten, &AFTER)?;
    judge_update(&mut rotten, &log, &AFTER)
}

/// An image with a flipped bit is not booted, and an update repairs it.
fn judge_image<const UNIT: usize>(mut rotten: Session<'_, UNIT>) -> Verdict {
    let scenario = Scenario {
        images: &[0, 2],
        ..AFTER
    };
    judge_boot(&mut rotten, &scenario)?;
    let log = rotten.stored().map_err(|error| error.to_string())?.log;
    judge_update(&mut rotten, &log, &scenario)
}
