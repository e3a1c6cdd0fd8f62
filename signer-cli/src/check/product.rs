//! A product role: images that describe themselves, their block tables, and release documents
//! that list exactly the images of their release.

use sealift_metadata::blocks::{SUFFIX, table_bytes};
use sealift_metadata::name::TargetPath;
use sealift_metadata::targets::Targets;
use sealift_metadata::{Digest, Time};

use crate::catalog::{Catalog, Kind, Listed};
use crate::ceremony::Ceremony;
use crate::error::{Error, Result, Unsound};
use crate::limits::VERSION_BYTES;
use crate::names::{Product, RoleId};
use crate::view::View;

pub(super) fn check(ceremony: &Ceremony, view: &View, product: &Product) -> Result<Time> {
    let role = RoleId::Product(product.clone());
    let targets = view.targets(&role)?;
    check_paths(view, &role, &targets)?;
    check_custom(&role, &targets)?;
    let catalog = Catalog::read(product, &targets)?;
    for image in &catalog.images {
        if image.version.len() > VERSION_BYTES {
            return Err(Error::unsound(&role, Unsound::VersionTooLong));
        }
        check_block_table(&role, &targets, image)?;
        check_has_document(&role, &targets, product, image)?;
    }
    for (path, digest) in paths_of(&role, &targets)? {
        let fits = match Kind::of(&path) {
            Some(Kind::Image) => true,
            Some(Kind::BlockTable(image)) => catalog.at(image).is_some(),
            Some(Kind::Release(release)) => {
                check_document(ceremony, view, product, &catalog, release, &digest)?;
                true
            }
            None => false,
        };
        if !fits {
            return Err(Error::unsound(&role, Unsound::UnknownTarget));
        }
    }
    check_published(view, &role)?;
    Ok(targets.expires)
}

/// Every path is one that the role is trusted for; and the role hands nothing on, for that would
/// be a signer whom nobody is shown.
pub(super) fn check_paths(view: &View, role: &RoleId, targets: &Targets<'_>) -> Result<()> {
    if targets.delegations.is_some() {
        return Err(Error::unsound(role, Unsound::Delegates));
    }
    let top = view.targets(&RoleId::Targets)?;
    let delegation = top
        .delegations
        .and_then(|delegations| delegations.named(role.as_str()))
        .ok_or_else(|| Error::UnknownRole {
            role: role.to_string(),
        })?;
    for (path, _) in paths_of(role, targets)? {
        TargetPath::new(&path).map_err(Error::metadata(role))?;
        if !delegation.matches(&path) {
            return Err(Error::PathOutsideRole {
                role: role.to_string(),
                path,
            });
        }
    }
    Ok(())
}

/// The paths of a role and the digests of what stands there.
pub(super) fn paths_of(role: &RoleId, targets: &Targets<'_>) -> Result<Vec<(String, Digest)>> {
    let mut paths = Vec::new();
    targets
        .for_each(|path, target| {
            paths.push((path.to_owned(), target.sha256));
            Ok(())
        })
        .map_err(Error::metadata(role))?;
    Ok(paths)
}

/// Only images say what they are. A device may take whatever describes itself as an image for
/// one, and nobody reads block tables and documents as images.
pub(super) fn check_custom(role: &RoleId, targets: &Targets<'_>) -> Result<()> {
    let mut misplaced = false;
    targets
        .for_each(|path, target| {
            misplaced |= target.custom.is_some() && Kind::of(path) != Some(Kind::Image);
            Ok(())
        })
        .map_err(Error::metadata(role))?;
    if misplaced {
        return Err(Error::unsound(role, Unsound::CustomNotOnImage));
    }
    Ok(())
}

fn check_block_table(role: &RoleId, targets: &Targets<'_>, image: &Listed) -> Result<()> {
    let table = targets.find(&format!("{}{SUFFIX}", image.path));
    let fits = table.is_some_and(|table| {
        table.sha256 == image.blocks.sha256
            && table.length == table_bytes(image.image.length, image.blocks.size)
    });
    if fits {
        Ok(())
    } else {
        Err(Error::unsound(role, Unsound::BlockTable))
    }
}

fn check_has_document(
    role: &RoleId,
    targets: &Targets<'_>,
    product: &Product,
    image: &Listed,
) -> Result<()> {
    if targets
        .find(&document_path(product, &image.release))
        .is_none()
    {
        return Err(Error::unsound(role, Unsound::ReleaseDocument));
    }
    Ok(())
}

/// The path of the document of a release.
pub fn document_path(product: &Product, release: &str) -> String {
    use sealift_metadata::release::{COMPONENT, FILE};
    format!("images/{product}/{COMPONENT}/{release}/{FILE}")
}

/// The document must be the one that follows from the images; then its bytes need not be at hand.
fn check_document(
    ceremony: &Ceremony,
    view: &View,
    product: &Product,
    catalog: &Catalog,
    release: &str,
    digest: &Digest,
) -> Result<()> {
    let role = RoleId::Product(product.clone());
    let path = document_path(product, release);
    let published = view
        .known(&role)
        .and_then(|known| target_of(&known.value, &path));
    let proposed = view.value(&role).and_then(|value| target_of(value, &path));
    if published == proposed {
        return Ok(());
    }
    let expected = catalog.release_document(product, release);
    if Digest::of(&expected) != *digest {
        return Err(Error::unsound(&role, Unsound::ReleaseDocument));
    }
    match ceremony.blob(digest)? {
        Some(_) => Ok(()),
        None => Err(Error::MissingBlob {
            path,
            sha256: *digest,
        }),
    }
}

/// What was published under a path stays as it was, or goes; it never becomes something else.
fn check_published(view: &View, role: &RoleId) -> Result<()> {
    let (Some(known), Some(proposed)) = (view.known(role), view.value(role)) else {
        return Ok(());
    };
    let before = known
        .value
        .get("targets")
        .and_then(|value| value.as_object());
    let changed = before
        .into_iter()
        .flatten()
        .any(|(path, entry)| target_of(proposed, path).is_some_and(|now| now != entry));
    if changed {
        return Err(Error::unsound(role, Unsound::PublishedChanged));
    }
    Ok(())
}

fn target_of<'a>(
    role: &'a sealift_metadata::write::Value,
    path: &str,
) -> Option<&'a sealift_metadata::write::Value> {
    role.get("targets")?.get(path)
}
