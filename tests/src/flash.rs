//! Simulated NOR flash: it is as strict as the flash of a chip can be, and its power can be cut
//! within every program unit and every sector.
//!
//! What a driver does is kept in a [journal](crate::flash::Flash::journal), operation by operation,
//! over all devices of a geometry. A power cut is a [`Flash`](crate::flash::Flash) as it was before
//! an operation, with an [`Outcome`](crate::flash::Outcome) of that operation.
//!
//! A driver that breaks the rules of flash fails at once, by a panic: a misaligned access, a unit
//! that is programmed twice, a change of the slot that runs.

/// What a cut leaves of an operation.
pub mod cut;
/// The flash of well-known chips.
pub mod geometry;
/// What is done to a flash: the rules.
mod nor;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use cut::Outcome;
pub use geometry::{Geometry, Rewrite};

/// A flash whose program unit is `UNIT` bytes long.
#[derive(Clone, Debug)]
pub struct Flash<const UNIT: usize> {
    /// What it is like.
    pub geometry: &'static Geometry,
    /// What was done to it, if that is to be kept.
    pub journal: Option<Journal>,
    /// The parts that nobody may change: the slots that run.
    pub running: Vec<Range<u32>>,
    bytes: Vec<u8>,
    /// Bits that read differently each time.
    weak: Vec<u8>,
    units: Vec<Unit>,
    noise: Noise,
}

/// Operations in their order; a clone is another hand on the same journal.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<Vec<Op>>>);

impl Journal {
    /// How many operations there were.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The operations so far.
    pub fn take(&self) -> Vec<Op> {
        std::mem::take(&mut *self.lock())
    }

    fn push(&self, op: Op) {
        self.lock().push(op);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Op>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One operation, which a power cut interrupts.
#[derive(Clone, Debug)]
pub enum Op {
    /// A unit is programmed.
    Program {
        /// Its address.
        at: u32,
        /// What it holds then.
        bytes: Vec<u8>,
        /// How the unit takes it.
        luck: Luck,
    },
    /// A sector is erased.
    Erase {
        /// Its addresses.
        sector: Range<u32>,
    },
}

impl Op {
    /// The first address that it changes.
    pub fn at(&self) -> u32 {
        match self {
            Self::Program { at, .. } => *at,
            Self::Erase { sector } => sector.start,
        }
    }
}

/// How a unit takes being programmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// As it should.
    Good,
    /// Not at all.
    Refused,
    /// It cannot be read from then on.
    Faulty,
    /// For now: some bits read differently each time.
    Fading,
}

/// What happened to a program unit since it was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unit {
    /// Nothing.
    #[default]
    Erased,
    /// It was programmed, or shows that this was begun.
    Programmed,
    /// Something was begun and left no trace that can be relied on.
    Touched,
    /// The erasure of its sector was cut, and what is programmed now does not last.
    HalfErased,
    /// It cannot be read.
    Faulty,
}

impl<const UNIT: usize> Flash<UNIT> {
    /// Erased flash. `seed` decides everything that is left to chance.
    ///
    /// # Panics
    /// When the geometry has another unit.
    pub fn erased(geometry: &'static Geometry, seed: u64) -> Self {
        assert_eq!(geometry.unit, UNIT, "{}", geometry.name);
        let length = geometry.capacity() as usize;
        Self {
            geometry,
            journal: None,
            running: Vec::new(),
            bytes: vec![geometry.blank(); length],
            weak: vec![0; length],
            units: vec![Unit::Erased; length / UNIT],
            noise: Noise(seed),
        }
    }

    /// Bytes as they lie there; those that read differently each time as they were meant to be.
    pub fn peek(&self, range: Range<u32>) -> &[u8] {
        &self.bytes[range.start as usize..range.end as usize]
    }

    /// Flips one bit, as age does it.
    pub fn flip(&mut self, at: u32, bit: u8) {
        self.bytes[at as usize] ^= 1 << bit;
        self.units[at as usize / UNIT] = Unit::Programmed;
    }

    /// Lets a range of erased flash hold `bytes`, however they came there.
    pub fn scribble(&mut self, at: u32, bytes: &[u8]) {
        for (address, byte) in (at as usize..).zip(bytes) {
            self.bytes[address] = *byte;
            self.weak[address] = 0;
            if *byte != self.geometry.blank() {
                self.units[address / UNIT] = Unit::Programmed;
            }
        }
    }

    /// Lets chance go on from another seed.
    pub fn reseed(&mut self, seed: u64) {
        self.noise = Noise(seed);
    }

    /// Whether bits of a range read differently each time.
    pub fn wavers(&self, range: Range<u32>) -> bool {
        let (start, end) = (range.start as usize, range.end as usize);
        self.weak[start..end].iter().any(|weak| *weak != 0)
    }

    /// Whether a range reads the same each time.
    pub fn is_solid(&self, range: Range<u32>) -> bool {
        let (start, end) = (range.start as usize, range.end as usize);
        let mut units = self.units[start / UNIT..end.div_ceil(UNIT)].iter();
        self.weak[start..end].iter().all(|weak| *weak == 0)
            && units.all(|unit| matches!(unit, Unit::Programmed | Unit::Erased))
    }

    fn unit(&mut self, at: u32) -> &mut Unit {
        &mut self.units[at as usize / UNIT]
    }
}

/// Chance that can be repeated (`splitmix64`).
#[derive(Clone, Debug)]
pub struct Noise(pub u64);

impl Noise {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.draw().to_le_bytes()[0]
    }
}
