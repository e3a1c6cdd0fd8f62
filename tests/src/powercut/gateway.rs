//! The files of a gateway, beside the flash of wearables: what was not synced is lost in any
//! subset. The seed of a case is the number of the subset.

use super::effort::Effort;
use super::id::Case;
use super::tally::Tally;
use crate::files::{self, Extent, Forgets};

/// Its name in replay ids, where flash has that of its geometry.
pub const NAME: &str = "files";

/// Tries every cut.
///
/// # Errors
/// When a scenario cannot be set up, or fails without a cut.
pub fn every_cut(effort: &Effort) -> Result<Tally, String> {
    let extent = Extent {
        outcomes: effort.files,
        only: effort.only.as_ref().map(own_id),
    };
    let mut tally = Tally::default();
    let mut last = None;
    let tried = files::scenarios(Forgets::Nothing, &extent, |tried| {
        tally.cases += 1;
        tally.thorough += 1;
        let cut = (tried.scenario, tried.cut);
        tally.cuts += usize::from(last.replace(cut) != Some(cut));
        if let Some(what) = &tried.failure {
            let case = Case {
                geometry: NAME.into(),
                scenario: tried.scenario.into(),
                cuts: vec![tried.cut],
                outcomes: Vec::new(),
                seed: tried.outcome as u64,
            };
            tally.failures.push((case, what.clone()));
        }
        true
    });
    tried.map_err(|error| format!("{error:#}"))?;
    Ok(tally)
}

fn own_id(case: &Case) -> String {
    let cut = case.cuts.first().copied().unwrap_or_default();
    format!("{NAME}/{}/{cut}/{}", case.scenario, case.seed)
}
