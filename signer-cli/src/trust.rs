//! Whether `known-good/` may be believed: it comes with the ceremony folder, from somebody else.
//!
//! Every document in it is verified from a root that this signer knows, and nothing may be older
//! than what this signer has seen. What a signer is shown before signing is the difference to
//! these documents.

use sealift_metadata::root::Root;
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::verify::{Verified, verify_threshold};
use sealift_metadata::{Digest, Time};

use crate::ceremony::Ceremony;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::names::RoleId;
use crate::view::View;

/// A role, its version and the digest of its payload, as seen in a verified `known-good/`.
pub type Seen = (RoleId, u64, Digest);

/// Verifies `known-good/` and says what it holds. An expired document is no reason to refuse:
/// it is what the next version replaces.
///
/// # Errors
/// [`Error::PinMismatch`], [`Error::KnownGoodRollback`], [`Error::KnownGoodDiffers`],
/// [`Error::Metadata`] for a document that its signers did not sign.
pub fn check_known_good(ceremony: &Ceremony, view: &View, ledger: &Ledger) -> Result<Vec<Seen>> {
    check_seen(ceremony, view, ledger, &RoleId::Root)?;
    let Some(known_root) = view.known(&RoleId::Root) else {
        return match view.known_roles().next() {
            Some(role) => Err(Error::UnknownRole {
                role: role.to_string(),
            }),
            None => Ok(Vec::new()),
        };
    };
    let root = walk_roots(ceremony, known_root, ledger)?;
    for role in ledger.seen_roles(&ceremony.settings.repository) {
        check_seen(ceremony, view, ledger, &role)?;
    }
    if let Some(targets) = view.known(&RoleId::Targets) {
        check_targets(view, &root, targets)?;
    }
    let seen = view
        .known_roles()
        .filter_map(|role| {
            let document = view.known(role)?;
            Some((role.clone(), document.version, document.digest))
        })
        .collect();
    Ok(seen)
}

/// Nothing is older than what was seen before, and nothing became something else.
fn check_seen(ceremony: &Ceremony, view: &View, ledger: &Ledger, role: &RoleId) -> Result<()> {
    let repository = &ceremony.settings.repository;
    let Some((seen, digest)) = ledger.seen(repository, role) else {
        return Ok(());
    };
    let known = view.known(role);
    let shown = known.map_or(0, |known| known.version);
    if shown < seen {
        return Err(Error::KnownGoodRollback {
            role: role.to_string(),
            seen,
            shown,
        });
    }
    let differs = known.is_some_and(|known| shown == seen && known.digest != digest);
    // What a root differs in is found by walking the chain.
    if differs && *role != RoleId::Root {
        return Err(Error::KnownGoodDiffers {
            role: role.to_string(),
            version: seen,
        });
    }
    Ok(())
}

/// Walks from the root that this signer pinned, or else from the first one there is, to the one
/// in force (TUF 5.3.4, 5.3.5).
fn walk_roots(ceremony: &Ceremony, newest: &Document, ledger: &Ledger) -> Result<Verified<Root>> {
    let repository = &ceremony.settings.repository;
    let mismatch = || Error::PinMismatch {
        repository: repository.to_string(),
    };
    let first = match ledger.seen(repository, &RoleId::Root) {
        Some((version, digest)) => ceremony
            .known_root(version)?
            .filter(|root| root.version == version && root.digest == digest)
            .ok_or_else(mismatch)?,
        None => ceremony.known_root(1)?.unwrap_or_else(|| newest.clone()),
    };
    if ledger.signed_other_root(repository, first.version, first.digest) {
        return Err(mismatch());
    }
    let wrap = || Error::metadata(&RoleId::Root);
    // Expiry does not matter here, so neither does the time.
    let mut stage =
        RootStage::begin(&first.bytes, Floors::default(), Time::EPOCH).map_err(wrap())?;
    let mut last = first;
    while last.version < newest.version {
        let next = last.version.saturating_add(1);
        last = ceremony.known_root(next)?.ok_or_else(mismatch)?;
        stage.accept(&last.bytes).map_err(wrap())?;
    }
    if last.digest != newest.digest {
        return Err(mismatch());
    }
    Ok(stage.root().clone())
}

fn check_targets(view: &View, root: &Root, document: &Document) -> Result<()> {
    let wrap = || Error::metadata(&RoleId::Targets);
    let targets = verify_threshold::<Targets<'_>>(&document.bytes, &root.targets).map_err(wrap())?;
    for role in view.known_roles() {
        if matches!(role, RoleId::Root | RoleId::Targets) {
            continue;
        }
        let delegation = targets
            .delegations
            .and_then(|delegations| delegations.named(role.as_str()));
        let delegation = delegation.ok_or_else(|| Error::UnknownRole {
            role: role.to_string(),
        })?;
        let keys = delegation.keys().map_err(wrap())?;
        if let Some(delegated) = view.known(role) {
            verify_threshold::<Targets<'_>>(&delegated.bytes, &keys)
                .map_err(Error::metadata(role))?;
        }
    }
    Ok(())
}
