//! What came of the cases.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::effort::Effort;
use super::id::Case;
use super::oracle::Verdict;

/// What came of the cases of one geometry.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Operations within which the power was cut.
    pub cuts: usize,
    /// Cases that were tried.
    pub cases: usize,
    /// Those that were followed up to the next update.
    pub thorough: usize,
    /// Cases that failed, and how.
    pub failures: Vec<(Case, String)>,
}

impl Tally {
    /// Whether the next case is followed up to the next update.
    pub(super) fn is_thorough(&mut self, effort: &Effort) -> bool {
        let is_thorough = effort.only.is_some() || self.cases.is_multiple_of(effort.thorough_every);
        self.thorough += usize::from(is_thorough);
        is_thorough
    }

    /// Judges a case, if it is to be tried. A panic is a failure.
    pub(super) fn judge(&mut self, case: Case, effort: &Effort, judge: impl FnOnce() -> Verdict) {
        if effort.only.as_ref().is_some_and(|only| *only != case) {
            return;
        }
        self.cases += 1;
        if let Err(what) = guard(judge) {
            self.failures.push((case, what));
        }
    }

    /// Adds what came of others.
    pub fn add(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.cases += other.cases;
        self.thorough += other.thorough;
        self.failures.extend(other.failures);
    }
}

/// A panic is what is wrong.
pub(super) fn guard(judge: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", text.unwrap_or("of no words")))
    })
}
