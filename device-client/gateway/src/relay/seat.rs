//! Places for peers: so many are served at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::budget::Budget;
use crate::limits::RELAY_PEERS;

/// The places that are free, each with what is left of its budget: whoever hangs up and comes again
/// gets no fuller one for it.
#[derive(Debug)]
pub(super) struct Seats(Mutex<Vec<Budget>>);

/// A place that is taken, until it is dropped.
pub(super) struct Seat<'s> {
    seats: &'s Seats,
    budget: Budget,
}

impl Seats {
    pub(super) fn new() -> Self {
        let seats = (0..RELAY_PEERS).map(|_| Budget::full());
        Self(Mutex::new(seats.collect()))
    }

    /// The place that was left last; `None` where all are taken.
    pub(super) fn take(&self) -> Option<Seat<'_>> {
        let budget = self.free().pop()?;
        Some(Seat {
            seats: self,
            budget,
        })
    }

    fn free(&self) -> MutexGuard<'_, Vec<Budget>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat<'_> {
    /// Takes one fetch from the budget at `now`, in seconds of the relay's clock.
    pub(super) fn spend(&mut self, now: u64) -> bool {
        self.budget.spend(now)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let budget = std::mem::replace(&mut self.budget, Budget::full());
        self.seats.free().push(budget);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_again_finds_the_budget_that_was_left() {
        let seats = Seats::new();
        let mut spent = 0;
        for _ in 0..10_000 {
            let mut seat = seats.take().unwrap();
            spent += u64::from(seat.spend(1));
        }
        assert_eq!(spent, crate::limits::RELAY_FETCHES_PER_MINUTE);
        let taken: Vec<_> = std::iter::from_fn(|| seats.take()).collect();
        assert_eq!(taken.len(), RELAY_PEERS);
    }
}
