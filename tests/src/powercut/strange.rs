//! Flash that holds anything at all: noise, parts of other times, half of everything.

use super::effort::Effort;
use super::id::Case;
use super::oracle::{Verdict, judge_set};
use super::scenarios::{Step, walk};
use super::session::{End, Session};
use super::tally::Tally;
use super::world::{Stage, World};
use crate::flash::{Flash, Noise};

/// Its name in replay ids.
pub(super) const NAME: &str = "strange";

/// Rounds that are tried on strange flash.
const ROUNDS: u32 = 3;

/// Tries strange flash, one after the other.
pub(super) fn every_start<const UNIT: usize>(world: &World, effort: &Effort, tally: &mut Tally) {
    let mut session = Session::new(world, Flash::<UNIT>::erased(world.geometry, 0));
    walk(
        &mut session,
        &[
            Step::Round(Stage::First),
            Step::Boot,
            Step::Confirm,
            Step::Boot,
        ],
    );
    let early = session.flash.clone();
    walk(&mut session, &[Step::Round(Stage::Second), Step::Boot]);
    let late = session.flash;
    for seed in 0..effort.strange {
        let case = Case {
            geometry: world.geometry.name.into(),
            scenario: NAME.into(),
            cuts: vec![0],
            outcomes: Vec::new(),
            seed,
        };
        tally.judge(case, effort, || {
            let flash = strange(&early, &late, seed);
            judge(Session::new(world, flash))
        });
    }
}

/// Any mixture of two times and of noise, sector by sector.
fn strange<const UNIT: usize>(early: &Flash<UNIT>, late: &Flash<UNIT>, seed: u64) -> Flash<UNIT> {
    let mut noise = Noise(seed);
    let geometry = early.geometry;
    let mut flash = Flash::erased(geometry, noise.draw());
    // From a flash that holds nothing but noise to one that is whole but for a few places.
    let strangeness = noise.below(5) * 2;
    let mut at = 0;
    while at < geometry.capacity() {
        let sector = geometry.sector(at);
        let mut bytes = match noise.below(2) {
            0 => early.peek(sector.clone()).to_vec(),
            _ => late.peek(sector.clone()).to_vec(),
        };
        if noise.below(8) < strangeness {
            bytes.fill_with(|| noise.byte());
        } else if noise.below(4) == 0 {
            let start = usize::try_from(noise.below(bytes.len() as u64)).unwrap_or(0);
            for byte in bytes.iter_mut().skip(start).take(16) {
                *byte ^= noise.byte();
            }
        }
        if noise.below(8) > 0 {
            flash.scribble(at, &bytes);
        }
        at = sector.end;
    }
    flash
}

/// It says what is wrong, or boots what it can vouch for.
fn judge<const UNIT: usize>(mut session: Session<'_, UNIT>) -> Verdict {
    for _ in 0..ROUNDS {
        if let Ok(slot) = session.boot() {
            let held = session.held().map_err(|error| error.to_string())?;
            judge_set(&session, slot, &held)?;
        }
        session.flash.running.clear();
        if session.round(Stage::Third) == End::Idle {
            break;
        }
    }
    Ok(())
}
