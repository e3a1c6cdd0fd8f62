//! Bits that flip at rest: in records, in roots, in images.

use std::ops::Range;

use super::effort::Effort;
use super::id::Case;
use super::oracle::{Allowed, judge};
use super::scenarios::{Scenario, Step, walk};
use super::session::Session;
use super::tally::Tally;
use super::world::{Stage, World};
use crate::flash::Flash;

/// Its name in replay ids.
pub(super) const NAME: &str = "rot";

/// What a device at rest went through: two releases, and a rotation of the root.
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

/// One bit of what is written twice takes nothing away.
const RECORD: Scenario = Scenario {
    name: NAME,
    before: BEFORE,
    steps: &[],
    images: &[2],
    stage: Stage::Third,
    end: 3,
    has_cause: false,
};

/// An image with a flipped bit is not booted, and an update repairs it. There is no other: the
/// floor has risen above the one before.
const IMAGE: Scenario = Scenario {
    images: &[0, 2],
    ..RECORD
};

/// Flips bits, one at a time.
pub(super) fn every_bit<const UNIT: usize>(world: &World, effort: &Effort, tally: &mut Tally) {
    let mut session = Session::new(world, Flash::<UNIT>::erased(world.geometry, 0));
    walk(&mut session, BEFORE);
    session.flash.running.clear();
    let layout = &world.geometry.layout;
    let rest = &session;
    let held = session.clone().held();
    let log = session.clone().stored().map(|stored| stored.log);
    let allowed = Allowed {
        boot: held.into_iter().collect(),
        log: log.into_iter().collect(),
    };
    let mut flip = |range: Range<u32>, every: u32, scenario: &Scenario| {
        for number in (range.start * 8..range.end * 8).step_by(every as usize) {
            let case = Case {
                geometry: world.geometry.name.into(),
                scenario: NAME.into(),
                cuts: vec![number as usize],
                outcomes: Vec::new(),
                seed: 0,
            };
            let is_thorough = tally.is_thorough(effort);
            tally.judge(case, effort, || {
                let mut rotten = rest.clone();
                rotten.flash.flip(number / 8, (number % 8) as u8);
                judge(rotten, &allowed, scenario, is_thorough)
            });
        }
    };
    for (areas, place) in world.geometry.places() {
        for area in areas {
            let records = used(rest, area.start..area.end());
            let newest = records.end.saturating_sub(2 * place).max(records.start);
            flip(newest..records.end, 1, &RECORD);
            flip(records.start..newest, effort.rot_every, &RECORD);
        }
    }
    for area in layout.roots {
        let root = used(rest, area.start..area.end());
        flip(root, effort.rot_every, &RECORD);
    }
    for area in world.geometry.slots() {
        let image = used(rest, area.start..area.end());
        flip(image, 16 * effort.rot_every + 1, &IMAGE);
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
    let length = last.map_or(0, |last| last + 1);
    area.start..area.start + u32::try_from(length).unwrap_or(0)
}
