//! What a power cut leaves of the operation that it interrupts.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::geometry::Rewrite;
use super::{Flash, Op, Unit};

/// What a cut leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing was done.
    Before,
    /// All was done.
    After,
    /// The first bits were programmed; the first half of the sector was erased.
    Prefix,
    /// Any bits were programmed; any units of the sector were erased.
    Subset,
    /// What was to change reads differently each time.
    Weak,
    /// What was to change cannot be read until it is erased.
    Fault,
    /// It reads as if it was erased, but was begun to be programmed or not erased to the end.
    Blank,
    /// The second half of the sector was erased.
    Tail,
}

/// All outcomes, with their names in replay ids.
pub const OUTCOMES: [(Outcome, &str); 8] = [
    (Outcome::Before, "before"),
    (Outcome::After, "after"),
    (Outcome::Prefix, "prefix"),
    (Outcome::Subset, "subset"),
    (Outcome::Weak, "weak"),
    (Outcome::Fault, "fault"),
    (Outcome::Blank, "blank"),
    (Outcome::Tail, "tail"),
];

impl Outcome {
    /// Whether chance has a say.
    pub const fn is_random(self) -> bool {
        matches!(self, Self::Prefix | Self::Subset | Self::Weak | Self::Blank)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = OUTCOMES.iter().find(|(outcome, _)| outcome == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = OUTCOMES.iter().find(|(_, name)| *name == text);
        let outcome = found.map(|(outcome, _)| *outcome);
        outcome.ok_or_else(|| format!("there is no outcome {text:?}"))
    }
}

impl<const UNIT: usize> Flash<UNIT> {
    /// Whether an operation can end like this here.
    pub fn can_end(&self, op: &Op, outcome: Outcome) -> bool {
        let is_erasure = matches!(op, Op::Erase { .. });
        match outcome {
            Outcome::Fault => self.geometry.bank(op.at()).ecc,
            Outcome::Tail => is_erasure,
            // Where bits may be programmed one after another, it is as good as before.
            Outcome::Blank => is_erasure || self.geometry.bank(op.at()).rewrite != Rewrite::And,
            _ => true,
        }
    }

    /// Begins an operation, and cuts the power: everything in memory is gone, and chance goes on
    /// from `seed`.
    pub fn cut(&mut self, op: &Op, outcome: Outcome, seed: u64) {
        self.reseed(seed);
        match op {
            Op::Program { at, bytes, .. } => self.cut_program(*at, bytes, outcome),
            Op::Erase { sector } => self.cut_erase(sector, outcome),
        }
        self.journal = None;
        self.running.clear();
    }

    fn cut_program(&mut self, at: u32, bytes: &[u8], outcome: Outcome) {
        let (start, blank) = (at as usize, self.geometry.blank());
        let bits = UNIT as u64 * 8;
        let prefix = 1 + self.noise.below(bits - 1);
        for (index, byte) in bytes.iter().enumerate() {
            // The bits that programming changes.
            let change = byte ^ blank;
            let done = match outcome {
                Outcome::After => change,
                Outcome::Prefix => change & first_bits(prefix, index),
                Outcome::Subset => change & self.noise.byte(),
                _ => 0,
            };
            self.bytes[start + index] = blank ^ done;
            if outcome == Outcome::Weak {
                self.bytes[start + index] = *byte;
                self.weak[start + index] = change;
            }
        }
        let shows = self.bytes[start..start + UNIT]
            .iter()
            .any(|byte| *byte != blank);
        *self.unit(at) = match outcome {
            Outcome::Before => Unit::Erased,
            Outcome::Fault => Unit::Faulty,
            Outcome::After => Unit::Programmed,
            Outcome::Prefix | Outcome::Subset if shows => Unit::Programmed,
            _ => Unit::Touched,
        };
    }

    fn cut_erase(&mut self, sector: &Range<u32>, outcome: Outcome) {
        let middle = sector.start + (sector.end - sector.start) / 2;
        match outcome {
            Outcome::Before => {}
            Outcome::After => self.erase_sector(sector),
            Outcome::Prefix => self.half_erase(sector.start..middle),
            Outcome::Tail => self.half_erase(middle..sector.end),
            _ => {
                for at in sector.clone().step_by(UNIT) {
                    self.cut_erase_unit(at, outcome);
                }
            }
        }
    }

    fn half_erase(&mut self, part: Range<u32>) {
        for at in part.step_by(UNIT) {
            self.cut_erase_unit(at, Outcome::Blank);
        }
    }

    fn cut_erase_unit(&mut self, at: u32, outcome: Outcome) {
        let (start, blank) = (at as usize, self.geometry.blank());
        let range = start..start + UNIT;
        let is_chosen = self.noise.below(2) == 0;
        match outcome {
            Outcome::Weak => {
                for index in range {
                    // A bit is where it was or where it should be.
                    self.weak[index] |= self.bytes[index] ^ blank;
                }
                *self.unit(at) = Unit::HalfErased;
            }
            Outcome::Fault if is_chosen => *self.unit(at) = Unit::Faulty,
            Outcome::Subset if !is_chosen => {}
            _ => {
                self.bytes[range.clone()].fill(blank);
                self.weak[range].fill(0);
                *self.unit(at) = Unit::HalfErased;
            }
        }
    }
}

/// A mask of those of the first `bits` bits of a unit that lie in its byte at `index`.
fn first_bits(bits: u64, index: usize) -> u8 {
    let left = bits.saturating_sub(index as u64 * 8);
    match left {
        8.. => 0xff,
        left => !(0xff_u8 >> left),
    }
}
