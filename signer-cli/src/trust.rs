//! Whether `known-good/` may be believed: it comes with the ceremony folder, from somebody else.
//!
//! Every document in it is verified from a root that this signer knows, and nothing may be older
//! than what this signer has seen. What a signer is shown before signing is the difference to
//! these documents.

use sealift_metadata::error::Role;
use sealift_metadata::root::Root;
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::verify::{Verified, verify_threshold};
use sealift_metadata::{Digest, Time};

use crate::ceremony::Ceremony;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::first_root::{FirstRoot, Standing};
use crate::ledger::Ledger;
use crate::names::{RoleId, Slug};
use crate::view::View;

/// A role, its version and the digest of its payload, as seen in a verified `known-good/`.
pub type Seen = (RoleId, u64, Digest);

/// A folder whose `known-good/` is verified.
#[derive(Clone, Debug)]
pub struct Trusted {
    /// The name under which the ledger knows the repository: the first one that it had.
    pub repository: Slug,
    /// The root that it begins with; `None` where there is none yet.
    pub first_root: Option<FirstRoot>,
    /// What `known-good/` holds.
    pub seen: Vec<Seen>,
}

/// Verifies `known-good/` and says what it holds. An expired document is no reason to refuse:
/// it is what the next version replaces.
///
/// # Errors
/// [`Error::PinMismatch`], [`Error::KnownGoodRollback`], [`Error::KnownGoodDiffers`],
/// [`Error::Metadata`] for a document that its signers did not sign.
pub fn check_known_good(ceremony: &Ceremony, view: &View, ledger: &Ledger) -> Result<Trusted> {
    let mut trusted = identify(ceremony, view, ledger)?;
    let name = &trusted.repository;
    check_seen(name, view, ledger, &RoleId::Root)?;
    let Some(known_root) = view.known(&RoleId::Root) else {
        return match view.known_roles().next() {
            Some(role) => Err(Error::UnknownRole {
                role: role.to_string(),
            }),
            None => Ok(trusted),
        };
    };
    let root = walk_roots(name, ceremony, known_root, ledger)?;
    for role in ledger.seen_roles(name) {
        check_seen(name, view, ledger, &role)?;
    }
    if let Some(targets) = view.known(&RoleId::Targets) {
        check_targets(view, &root, targets)?;
    }
    trusted.seen.extend(view.known_roles().filter_map(|role| {
        let document = view.known(role)?;
        Some((role.clone(), document.version, document.digest))
    }));
    Ok(trusted)
}

/// Which repository this is. One that the ledger has under another name keeps that name, and so
/// everything that was seen of it.
fn identify(ceremony: &Ceremony, view: &View, ledger: &Ledger) -> Result<Trusted> {
    let name = &ceremony.settings.repository;
    let of = |repository: &Slug, first_root, seen| Trusted {
        repository: repository.clone(),
        first_root,
        seen,
    };
    let pinned = |digest| {
        Some(FirstRoot {
            digest,
            standing: Standing::Pinned,
        })
    };
    if let Some(digest) = ledger.first_root(name) {
        return Ok(of(name, pinned(digest), Vec::new()));
    }
    let (digest, version, standing) = match view.known(&RoleId::Root) {
        Some(newest) => {
            let first = first_shown(ceremony, newest)?;
            (first.digest, first.version, Standing::Fresh)
        }
        None => match view.change(&RoleId::Root) {
            Ok(change) => (change.digest, change.version, Standing::Proposed),
            Err(_) => return Ok(of(name, None, Vec::new())),
        },
    };
    if let Some(earlier) = ledger.name_of(digest) {
        return Ok(of(earlier, pinned(digest), Vec::new()));
    }
    let seen = match standing {
        Standing::Fresh => vec![(RoleId::Root, version, digest)],
        Standing::Proposed | Standing::Pinned => Vec::new(),
    };
    Ok(of(name, Some(FirstRoot { digest, standing }), seen))
}

/// The root that a chain is walked from at the first look.
fn first_shown(ceremony: &Ceremony, newest: &Document) -> Result<Document> {
    Ok(ceremony.known_root(1)?.unwrap_or_else(|| newest.clone()))
}

/// Nothing is older than what was seen before, and nothing became something else.
fn check_seen(repository: &Slug, view: &View, ledger: &Ledger, role: &RoleId) -> Result<()> {
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
fn walk_roots(
    repository: &Slug,
    ceremony: &Ceremony,
    newest: &Document,
    ledger: &Ledger,
) -> Result<Verified<Root>> {
    let mismatch = || Error::PinMismatch {
        repository: repository.to_string(),
    };
    let first = match ledger.seen(repository, &RoleId::Root) {
        Some((version, digest)) => ceremony
            .known_root(version)?
            .filter(|root| root.version == version && root.digest == digest)
            .ok_or_else(mismatch)?,
        None => first_shown(ceremony, newest)?,
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
    let targets = verify_threshold::<Targets<'_>>(&document.bytes, root.signers(Role::Targets))
        .map_err(wrap())?;
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
