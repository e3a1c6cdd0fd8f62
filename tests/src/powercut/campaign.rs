//! Which cases are tried.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cuts::Second;
use super::effort::Effort;
use super::id::Case;
use super::scenarios::{SCENARIOS, Scenario};
use super::tally::{Tally, guard};
use super::world::World;
use super::{cuts, rot, strange};
use crate::flash::Geometry;

/// What is judged at once.
#[derive(Clone, Copy, Debug)]
enum Task {
    Cuts(&'static Scenario),
    Nested(&'static Scenario, Second),
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

/// Scenarios in which a second cut follows the first, and what it hits: those that boot control is
/// at work in, and those that leave a part of an image.
const NESTED: [(&str, Second); 8] = [
    ("first-install", Second::Boot),
    ("confirm", Second::Boot),
    ("fall-back", Second::Boot),
    ("rotten-trial", Second::Boot),
    ("refresh", Second::Boot),
    ("log-areas", Second::Boot),
    ("resume", Second::Round),
    ("broken-link", Second::Round),
];

impl Campaign {
    /// The cases of these geometries and scenarios, those of no cut included where all scenarios
    /// are named.
    ///
    /// # Errors
    /// When there is no such scenario: it names those that there are.
    pub fn new(
        geometries: &[&'static Geometry],
        scenarios: &[&str],
        effort: Effort,
    ) -> Result<Self, String> {
        let uncut = [(rot::NAME, Task::Rot), (strange::NAME, Task::Strange)];
        let mut names = SCENARIOS.iter().map(|one| one.name).collect::<Vec<_>>();
        names.extend(uncut.map(|(name, _)| name));
        if let Some(name) = scenarios.iter().find(|name| !names.contains(name)) {
            let names = names.join(", ");
            return Err(format!("there is no scenario {name:?}, but {names}"));
        }
        let is_named = |name: &str| scenarios.is_empty() || scenarios.contains(&name);
        let mut tasks = Vec::new();
        for scenario in SCENARIOS.iter().filter(|one| is_named(one.name)) {
            tasks.extend(tasks_of(scenario, &effort));
        }
        tasks.extend(
            uncut
                .iter()
                .filter(|(name, _)| is_named(name))
                .map(|(_, task)| *task),
        );
        let all = 0..geometries.len();
        Ok(Self {
            worlds: geometries.iter().copied().map(World::new).collect(),
            tasks: all
                .flat_map(|index| tasks.iter().map(move |task| (index, *task)))
                .collect(),
            effort,
        })
    }

    /// One case alone.
    ///
    /// # Errors
    /// When there is no such geometry or scenario.
    pub fn replay(case: Case) -> Result<Self, String> {
        let geometry = Geometry::named(&case.geometry)
            .ok_or_else(|| format!("there is no geometry {:?}", case.geometry))?;
        let scenario = case.scenario.clone();
        Self::new(&[geometry], &[&scenario], Effort::only(case))
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
            Task::Cuts(scenario) | Task::Nested(scenario, _) => scenario.name,
            Task::Rot => rot::NAME,
            Task::Strange => strange::NAME,
        };
        let tried = guard(|| {
            match task {
                Task::Cuts(scenario) => {
                    cuts::every_cut::<UNIT>(world, scenario, effort, &mut tally);
                }
                Task::Nested(scenario, second) => {
                    cuts::nested_cuts::<UNIT>(world, scenario, second, effort, &mut tally);
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

/// A scenario with one cut, and with two where it has them.
fn tasks_of(scenario: &'static Scenario, effort: &Effort) -> Vec<Task> {
    let has_cuts = |cuts| {
        let only = effort.only.as_ref();
        only.is_none_or(|only| only.cuts.len() == cuts)
    };
    let nested = NESTED.iter().find(|(name, _)| *name == scenario.name);
    let mut tasks = Vec::new();
    if has_cuts(1) {
        tasks.push(Task::Cuts(scenario));
    }
    if let Some((_, second)) = nested
        && has_cuts(2)
    {
        tasks.push(Task::Nested(scenario, *second));
    }
    tasks
}
