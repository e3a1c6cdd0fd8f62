//! From drafts to proposals: several drafts are checked together and then written, or none is.

use std::fmt::Write as _;

use sealift_metadata::Time;
use sealift_metadata::write::Draft;
use serde_json::json;

use crate::ceremony::{Ceremony, Proposed};
use crate::check::check_change;
use crate::error::Result;
use crate::names::RoleId;
use crate::view::View;

/// Checks the drafts as one, and proposes them.
///
/// # Errors
/// As [`check_change`]; then nothing was written.
pub fn propose_all(
    ceremony: &Ceremony,
    drafts: Vec<(RoleId, Draft)>,
    now: Time,
) -> Result<Vec<Proposed>> {
    let mut view = View::load(ceremony)?;
    let mut changes = Vec::new();
    for (role, draft) in drafts {
        let change = ceremony.prepare(&role, draft, now)?;
        view = view.with(change.clone());
        changes.push(change);
    }
    for change in &changes {
        check_change(ceremony, &view, &change.role, now)?;
    }
    changes
        .iter()
        .map(|change| ceremony.propose(change))
        .collect()
}

/// What became of the drafts, in words: one line each, and one more where signatures were dropped.
pub fn describe(proposed: &[Proposed]) -> String {
    let mut text = String::new();
    for one in proposed {
        let _ = writeln!(text, "proposed {} version {}", one.role, one.version);
        if one.dropped > 0 {
            let _ = writeln!(
                text,
                "  {} signature(s) were over other contents and were dropped; they sign again",
                one.dropped
            );
        }
    }
    text
}

/// The same for programs: `[{"role":…,"version":…,"dropped_signatures":…}]`.
pub fn to_json(proposed: &[Proposed]) -> serde_json::Value {
    proposed
        .iter()
        .map(|one| {
            json!({
                "role": one.role.as_str(),
                "version": one.version,
                "dropped_signatures": one.dropped,
            })
        })
        .collect()
}
