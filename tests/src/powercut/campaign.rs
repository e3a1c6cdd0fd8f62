//! Which cases are tried.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::effort::Effort;
use super::id::Case;
use super::scenarios::{SCENARIOS, Scenario};
use super::tally::{Tally, guard};
use super::world::World;
use super::{cuts, rot, strange};
use crate::flash::Geometry;
use crate::flash::geometry::GEOMETRIES;

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
        let effort = Effort::only(case);
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
                    cuts::every_cut::<UNIT>(world, scenario, effort, &mut tally);
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
