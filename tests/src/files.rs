//! A gateway's files under power cuts: everything that was not synced is lost in any subset.
//!
//! `disk` is a file system that keeps what POSIX promises and nothing more, `loss` what becomes
//! of it when the power goes, `scene` a gateway on it and what must hold of it afterwards.
//! `scenarios` cuts every scenario at every operation.

/// A file system that remembers what is durable.
pub mod disk;
/// What a power cut leaves.
pub mod loss;
/// What the gateway is at.
pub mod scenario;
/// A gateway on such a disk, and its promises.
pub mod scene;

use anyhow::Result;

pub use disk::{Forgets, SimulatedDisk};
use scenario::Scenario;
use scene::Scene;

/// One cut, one way to lose what was not durable, and what came of it.
#[derive(Debug)]
pub struct Case {
    /// The scenario.
    pub scenario: &'static str,
    /// The operation on the disk that the power was cut at.
    pub cut: usize,
    /// Which of the ways to lose what was not durable.
    pub outcome: usize,
    /// Which promise was broken, if one was.
    pub failure: Option<String>,
}

impl Case {
    /// What [`scenarios`] can be limited to.
    pub fn id(&self) -> String {
        format!("files/{}/{}/{}", self.scenario, self.cut, self.outcome)
    }
}

/// How much is tried.
#[derive(Clone, Debug)]
pub struct Extent {
    /// Ways to lose what was not durable, for each cut that leaves more than 128 of them; where there
    /// are no more, all are tried.
    pub outcomes: usize,
    /// The only case to try, by its [`Case::id`].
    pub only: Option<String>,
}

/// Cuts the power at every operation of every scenario, and tells `each` what came of every
/// outcome, until `each` has seen enough. A disk that `forgets` something must break a promise
/// somewhere.
///
/// # Errors
/// When a scenario cannot be set up, or fails without a cut.
pub fn scenarios(
    forgets: Forgets,
    extent: &Extent,
    mut each: impl FnMut(&Case) -> bool,
) -> Result<()> {
    for scenario in Scenario::ALL {
        let scene = Scene::new(scenario, forgets)?;
        for cut in 0.. {
            let after = scene.cut_at(cut)?;
            for outcome in 0..after.outcomes(extent.outcomes) {
                let mut case = Case {
                    scenario: scenario.name(),
                    cut,
                    outcome,
                    failure: None,
                };
                if extent.only.as_ref().is_some_and(|only| *only != case.id()) {
                    continue;
                }
                case.failure = scene.broken_promise(&after, outcome);
                if !each(&case) {
                    return Ok(());
                }
            }
            if after.is_done() {
                break;
            }
        }
    }
    Ok(())
}
