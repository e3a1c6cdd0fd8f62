//! The finished documents: signed by enough, verified the way devices verify them.

use sealift_metadata::error::Role;
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::verify::{verify_threshold, verify_with_own_keys};
use sealift_metadata::{Time, root::Root};

use super::check_change;
use crate::ceremony::Ceremony;
use crate::change::Change;
use crate::error::{Error, Result};
use crate::names::RoleId;
use crate::tally::Progress;
use crate::view::View;

/// A change that is ready to be published.
#[derive(Clone, Debug)]
pub struct SealedChange {
    /// The role.
    pub role: RoleId,
    /// The version.
    pub version: u64,
    /// The document's exact bytes.
    pub document: Vec<u8>,
}

/// Checks every pending change of the view and joins it with its signatures.
///
/// # Errors
/// [`Error::Incomplete`] when signatures are missing, and as [`check_change`].
pub fn seal_complete(ceremony: &Ceremony, view: &View, now: Time) -> Result<Vec<SealedChange>> {
    let mut sealed = Vec::new();
    let mut waiting = Vec::new();
    for change in view.changes() {
        check_change(ceremony, view, &change.role, now)?;
        let progress = Progress::of(view, change)?;
        if !progress.is_complete() {
            waiting.push(describe_waiting(ceremony, change, &progress));
            continue;
        }
        sealed.push(seal_one(view, change, &progress)?);
    }
    if waiting.is_empty() {
        Ok(sealed)
    } else {
        Err(Error::Incomplete { waiting })
    }
}

fn describe_waiting(ceremony: &Ceremony, change: &Change, progress: &Progress) -> String {
    format!(
        "{} has {}, waiting for {}",
        change.role,
        progress.summary(),
        progress.waiting_for(&ceremony.settings)
    )
}

fn seal_one(view: &View, change: &Change, progress: &Progress) -> Result<SealedChange> {
    let document = change.sealed(&progress.signatures);
    let role = &change.role;
    let wrap = || Error::metadata(role);
    let kind = if *role == RoleId::Root {
        verify_root(view, &document)?;
        Role::Root
    } else {
        for set in view.signer_sets(role)? {
            verify_threshold::<Targets<'_>>(&document, &set.keys).map_err(wrap())?;
            let passing = view
                .profile()?
                .check_passing(Role::Targets, &document, &set.keys);
            passing.map_err(wrap())?;
        }
        Role::Targets
    };
    view.profile()?.check(kind, &document).map_err(wrap())?;
    Ok(SealedChange {
        role: role.clone(),
        version: change.version,
        document,
    })
}

/// TUF 5.3.4 and 5.3.5, by the same stage that devices walk through.
fn verify_root(view: &View, document: &[u8]) -> Result<()> {
    let wrap = || Error::metadata(&RoleId::Root);
    let Some(known) = view.known(&RoleId::Root) else {
        verify_with_own_keys::<Root>(document, |root| root.signers(Role::Root)).map_err(wrap())?;
        return Ok(());
    };
    let stage = RootStage::begin(&known.bytes, Floors::default(), Time::EPOCH);
    stage.map_err(wrap())?.accept(document).map_err(wrap())
}
