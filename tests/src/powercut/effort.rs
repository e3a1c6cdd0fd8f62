//! How much is tried.

use super::cuts::Second;
use super::id::Case;
use crate::flash::Noise;

/// How much is tried.
#[derive(Clone, Debug)]
pub struct Effort {
    /// Different chances for each outcome that depends on chance.
    pub seeds: u64,
    /// One of so many cases is followed up to the next update.
    pub thorough_every: usize,
    /// Of cuts within the boot that follows a cut, one of so many is tried.
    pub boots_every: usize,
    /// Of cuts within the round that follows a cut, one of so many is tried; of the cuts before, one
    /// of a quarter as many.
    pub rounds_every: usize,
    /// Devices per geometry that find strange flash.
    pub strange: u64,
    /// One of so many bits of older records flips, and one of so many of roots and images.
    pub rot_every: u32,
    /// Subsets of unsynced writes that a cut loses, for each cut of a gateway's files that leaves
    /// more than 128 of them; of fewer, all are tried.
    pub files: usize,
    /// The only case, when one is repeated.
    pub only: Option<Case>,
}

impl Effort {
    /// What every change must pass.
    pub const fn usual() -> Self {
        Self {
            seeds: 1,
            thorough_every: 23,
            boots_every: 1,
            rounds_every: 40,
            strange: 300,
            rot_every: 31,
            files: 16,
            only: None,
        }
    }

    /// Some three times as much: all that depends on chance is tried six times, unless two cuts meet.
    pub const fn deep() -> Self {
        Self {
            seeds: 6,
            thorough_every: 23,
            boots_every: 1,
            rounds_every: 8,
            strange: 5000,
            rot_every: 3,
            files: 160,
            only: None,
        }
    }

    /// One case, and nothing else.
    pub fn only(case: Case) -> Self {
        Self {
            seeds: case.seed + 1,
            strange: case.seed + 1,
            rot_every: 1,
            only: Some(case),
            ..Self::deep()
        }
    }

    /// Whether a cut is tried, alone or as one of two.
    pub(super) fn takes(&self, case: &Case) -> bool {
        let is_part = |only: &Case| {
            let mut parts = only.cuts.iter().zip(&only.outcomes);
            only.seed == case.seed && parts.any(|part| Some(part) == case.parts().next())
        };
        self.only.as_ref().is_none_or(is_part)
    }

    /// Whether a cut is followed by a second one.
    pub(super) fn takes_first(&self, case: &Case, second: Second) -> bool {
        match second {
            Second::Boot => true,
            Second::Round => self.takes_one_of(case, self.rounds_every.div_ceil(4)),
        }
    }

    /// Whether two cuts are tried.
    pub(super) fn takes_nested(&self, case: &Case, second: Second) -> bool {
        match second {
            Second::Boot => self.takes_one_of(case, self.boots_every),
            Second::Round => self.takes_one_of(case, self.rounds_every),
        }
    }

    fn takes_one_of(&self, case: &Case, every: usize) -> bool {
        let number = case.parts().fold(0_usize, |sum, (cut, outcome)| {
            sum.wrapping_mul(31) + cut * 8 + *outcome as usize
        });
        // Numbers of one kind of outcome have much in common.
        self.only.is_some() || Noise(number as u64).below(every as u64) == 0
    }
}
