//! What a power cut leaves of what was not durable: of every change on its own, all, nothing, or
//! some of it.

use super::disk::{Change, File, State};

/// As many ways as are gone one by one.
const FEW: usize = 128;

/// What was not durable, and the ways to lose it.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    state: State,
    /// Ways for each change, in order: those of names first, then those of each file's bytes.
    choices: Vec<usize>,
}

impl Loss {
    pub(super) fn of(state: State) -> Self {
        let names = state.namings.iter().map(|_| 2);
        let changes = state.files.iter().flat_map(|file| &file.changes);
        let choices = names.chain(changes.map(ways)).collect();
        Self { state, choices }
    }

    /// All ways, where they are few, and otherwise `most`.
    pub(super) fn count(&self, most: usize) -> usize {
        self.few().unwrap_or(most)
    }

    /// How many ways there are, if they are few enough to be gone in order.
    fn few(&self) -> Option<usize> {
        let mut choices = self.choices.iter();
        let all = choices.try_fold(1_usize, |all, ways| all.checked_mul(*ways));
        all.filter(|all| *all <= FEW)
    }

    /// The state after the cut. Of few ways each number is another one; of many, the first loses
    /// everything, the second nothing, and the others some of it, by chance.
    pub(super) fn after(&self, outcome: usize) -> State {
        let mut pick = match (self.few(), outcome) {
            (Some(_), _) => Pick::InOrder(outcome),
            (None, 0 | 1) => Pick::Always(outcome),
            (None, _) => Pick::ByChance(outcome as u64),
        };
        let mut names = self.state.durable_names.clone();
        for naming in &self.state.namings {
            if pick.of(2) > 0 {
                naming.apply(&mut names);
            }
        }
        let files = self.state.files.iter().map(|file| {
            let mut bytes = file.durable.clone();
            for change in &file.changes {
                keep(change, pick.of(ways(change)), &mut bytes);
            }
            File::durable(bytes)
        });
        State::durable(files.collect(), names)
    }
}

const fn ways(change: &Change) -> usize {
    match change {
        Change::Write { .. } => 5,
        Change::Resize(_) => 2,
    }
}

/// Nothing, all, the first half, the second half, or the length without the bytes.
fn keep(change: &Change, way: usize, bytes: &mut Vec<u8>) {
    let (offset, new) = match change {
        _ if way == 0 => return,
        Change::Write { offset, bytes } => (*offset, bytes),
        Change::Resize(_) => return change.apply(bytes),
    };
    let middle = new.len() / 2;
    let (offset, bytes_kept) = match way {
        1 => (offset, new.clone()),
        2 => (offset, new[..middle].to_vec()),
        3 => (offset + middle, new[middle..].to_vec()),
        _ => {
            let length = bytes.len().max(offset + new.len());
            return bytes.resize(length, 0);
        }
    };
    let bytes_kept = Change::Write {
        offset,
        bytes: bytes_kept,
    };
    bytes_kept.apply(bytes);
}

/// Which way each change goes.
enum Pick {
    InOrder(usize),
    Always(usize),
    ByChance(u64),
}

impl Pick {
    fn of(&mut self, ways: usize) -> usize {
        match self {
            Self::Always(way) => *way,
            Self::InOrder(rest) => {
                let way = *rest % ways;
                *rest /= ways;
                way
            }
            // Numerical Recipes' generator: the same seed goes the same way everywhere.
            Self::ByChance(seed) => {
                *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                usize::try_from((*seed >> 16) % ways as u64).unwrap_or_default()
            }
        }
    }
}
