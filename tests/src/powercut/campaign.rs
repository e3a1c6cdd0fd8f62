//! Which cases are tried, and what came of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::id::Case;
use super::oracle::Verdict;
use super::scenarios::{SCENARIOS, Scenario};
use super::world::World;
use super::{cuts, rot, strange};
use crate::flash::Geometry;
use crate::flash::geometry::GEOMETRIES;

/// How much is tried.
#[derive(Clone, Debug)]
pub struct Effort {
    /// Different chances for each outcome that depends on chance.
    pub seeds: u64,
    /// One of so many cases is followed up to the next update.
    pub thorough_every: usize,
    /// One of so many nested cuts is tried.
    pub nested_every: usize,
    /// Devices per geometry that find strange flash.
    pub strange: u64,
    /// One of so many bits of older records flips, and one of so many of roots and images.
    pub rot_every: u32,
    /// The only case, when one is repeated.
    pub only: Option<Case>,
}

impl Effort {
    /// What every change must pass.
    pub const fn usual() -> Self {
        Self {
            seeds: 1,
            thorough_every: 23,
            nested_every: 7,
            strange: 300,
            rot_every: 31,
            only: None,
        }
    }

    /// About ten times as much.
    pub const fn deep() -> Self {
        Self {
            seeds: 6,
            thorough_every: 23,
            nested_every: 5,
            strange: 5000,
            rot_every: 3,
            only: None,
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

    pub(super) fn takes_nested(&self, case: &Case) -> bool {
        let number = case.parts().fold(0_usize, |sum, (cut, outcome)| {
            sum.wrapping_mul(31) + cut * 8 + *outcome as usize
        });
        self.only.is_some() || number.is_multiple_of(self.nested_every)
    }
}

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

    fn add(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.cases += other.cases;
        self.thorough += other.thorough;
        self.failures.extend(other.failures);
    }
}

/// What is judged at once.
#[derive(Clone, Copy, Debug)]
enum Task {
    Cuts(&'static Scenario),
    Nested(&'static Scenario),
    Rot,
    Strange,
}

/// All cases of some geometries.
#[derive(Debug)]
pub struct Campaign {
    worlds: Vec<World>,
    tasks: Vec<(usize, Task)>,
    effort: Effort,
}

/// Scenarios that boot control is at work in: a second cut follows the first.
const NESTED: [&str; 6] = [
    "first-install",
    "confirm",
    "fall-back",
    "rotten-trial",
    "refresh",
    "log-areas",
];

impl Campaign {
    /// The cases of these geometries and scenarios, those of no cut included where all scenarios
    /// are named.
    pub fn new(geometries: &[&'static Geometry], scenarios: &[&str], effort: Effort) -> Self {
        let worlds: Vec<_> = geometries.iter().copied().map(World::new).collect();
        let is_named = |name: &str| scenarios.is_empty() || scenarios.contains(&name);
        let mut tasks = Vec::new();
        for index in 0..worlds.len() {
            for scenario in SCENARIOS.iter().filter(|one| is_named(one.name)) {
                let has_cut = |cuts| {
                    let only = effort.only.as_ref();
                    only.is_none_or(|only| only.cuts.len() == cuts)
                };
                if has_cut(1) {
                    tasks.push((index, Task::Cuts(scenario)));
                }
                if has_cut(2) && NESTED.contains(&scenario.name) {
                    tasks.push((index, Task::Nested(scenario)));
                }
            }
            for (name, task) in [(rot::NAME, Task::Rot), (strange::NAME, Task::Strange)] {
                if is_named(name) {
                    tasks.push((index, task));
                }
            }
        }
        Self {
            worlds,
            tasks,
            effort,
        }
    }

    /// Everything.
    pub fn all(effort: Effort) -> Self {
        let geometries: Vec<_> = GEOMETRIES.iter().collect();
        Self::new(&geometries, &[], effort)
    }

    /// One case alone.
    ///
    /// # Errors
    /// When there is no such geometry or scenario.
    pub fn replay(case: Case) -> Result<Self, String> {
        let geometry = Geometry::named(&case.geometry)
            .ok_or_else(|| format!("there is no geometry {:?}", case.geometry))?;
        let scenario = case.scenario.clone();
        let effort = Effort {
            seeds: case.seed + 1,
            strange: case.seed + 1,
            rot_every: 1,
            only: Some(case),
            ..Effort::deep()
        };
        let campaign = Self::new(&[geometry], &[&scenario], effort);
        if campaign.tasks.is_empty() {
            return Err(format!("there is no scenario {scenario:?}"));
        }
        Ok(campaign)
    }

    /// Tries all cases on so many threads. Calls `done` with each geometry and what came of it.
    pub fn run(&self, jobs: usize, done: impl Fn(&'static Geometry, &Tally) + Sync) -> Tally {
        let next = AtomicUsize::new(0);
        let tallies = vec![(Tally::default(), 0_usize); self.worlds.len()];
        let tallies = Mutex::new(tallies);
        std::thread::scope(|scope| {
            for _ in 0..jobs.max(1) {
                scope.spawn(|| {
                    while let Some((index, task)) =
                        self.tasks.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let tally = self.try_task(&self.worlds[*index], *task);
                        let Ok(mut all) = tallies.lock() else { return };
                        let (sum, tasks) = &mut all[*index];
                        sum.add(tally);
                        *tasks += 1;
                        if *tasks == self.tasks_of(*index) {
                            done(self.worlds[*index].geometry, sum);
                        }
                    }
                });
            }
        });
        let mut total = Tally::default();
        for (tally, _) in tallies.into_inner().unwrap_or_default() {
            total.add(tally);
        }
        total
    }

    fn tasks_of(&self, world: usize) -> usize {
        self.tasks
            .iter()
            .filter(|(index, _)| *index == world)
            .count()
    }

    fn try_task(&self, world: &World, task: Task) -> Tally {
        match world.geometry.unit {
            1 => self.try_with::<1>(world, task),
            2 => self.try_with::<2>(world, task),
            4 => self.try_with::<4>(world, task),
            8 => self.try_with::<8>(world, task),
            16 => self.try_with::<16>(world, task),
            _ => self.try_with::<32>(world, task),
        }
    }

    fn try_with<const UNIT: usize>(&self, world: &World, task: Task) -> Tally {
        let mut tally = Tally::default();
        let effort = &self.effort;
        let name = match task {
            Task::Cuts(scenario) | Task::Nested(scenario) => scenario.name,
            Task::Rot => rot::NAME,
            Task::Strange => strange::NAME,
        };
        let tried = guard(|| {
            match task {
                Task::Cuts(scenario) => {
                    cuts::every_cut::<UNIT>(world, scenario, effort, &mut tally)
                }
                Task::Nested(scenario) => {
                    cuts::nested_cuts::<UNIT>(world, scenario, effort, &mut tally);
                }
                Task::Rot => rot::every_bit::<UNIT>(world, effort, &mut tally),
                Task::Strange => strange::every_start::<UNIT>(world, effort, &mut tally),
            }
            Ok(())
        });
        if let Err(what) = tried {
            let case = Case {
                geometry: world.geometry.name.into(),
                scenario: name.into(),
                cuts: vec![0],
                outcomes: Vec::new(),
                seed: 0,
            };
            tally
                .failures
                .push((case, format!("without a cut: {what}")));
        }
        tally
    }
}

/// A panic is what is wrong.
fn guard(judge: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", text.unwrap_or("of no words")))
    })
}
