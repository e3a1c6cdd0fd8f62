//! Which number comes next, and what contradicts what is there.

use sealift_metadata::{Digest, Time};

use super::Args;
use crate::catalog::{Catalog, Listed};
use crate::error::{Error, Result};
use crate::names::RoleId;
use crate::view::View;

/// The numbers of a build.
pub(super) struct Numbers {
    pub(super) sequence: u64,
    pub(super) floor: u64,
    pub(super) built: Time,
}

/// Chooses what was left open and refuses what goes backwards.
pub(super) fn numbers(args: &Args, catalog: &Catalog, now: Time) -> Result<Numbers> {
    let component = args.component.as_str();
    let release = args.release.as_str();
    let of_component = || {
        catalog
            .images
            .iter()
            .filter(|image| image.component == component)
    };
    let others = || of_component().filter(|image| image.release != release);
    let highest = others().map(|image| image.sequence).max();
    let here = of_component().find(|image| image.release == release);
    let sequence = match (args.sequence, here) {
        (Some(sequence), _) => sequence,
        // Other encodings, slots and boards of one release share its place in the order.
        (None, Some(image)) => image.sequence,
        (None, None) => highest.unwrap_or(0).saturating_add(1),
    };
    // What stands in the release already has its place, however old the release is.
    let is_settled = here.is_some_and(|image| image.sequence == sequence);
    if !is_settled && highest.is_some_and(|highest| sequence <= highest) {
        return Err(Error::SequenceNotRising {
            component: component.to_owned(),
            sequence,
            highest: highest.unwrap_or_default(),
        });
    }
    let highest_floor = others().map(|image| image.floor).max().unwrap_or(0);
    let floor = args
        .floor
        .unwrap_or_else(|| here.map_or(highest_floor, |image| image.floor));
    let is_settled = here.is_some_and(|image| image.floor == floor);
    if !is_settled && floor < highest_floor {
        return Err(Error::FloorFalls {
            component: component.to_owned(),
            floor,
            highest: highest_floor,
        });
    }
    let built = args.built.unwrap_or(now);
    if built > now {
        return Err(Error::BuiltInFuture);
    }
    Ok(Numbers {
        sequence,
        floor,
        built,
    })
}

/// A device must never have to choose between two images of one release.
pub(super) fn refuse_conflicts(image: &Listed, catalog: &Catalog) -> Result<()> {
    let rival = catalog.of_release(&image.release).find(|other| {
        let same_image = other.image.sha256 == image.image.sha256
            && other.version == image.version
            && other.sequence == image.sequence
            && other.floor == image.floor
            && other.encoding != image.encoding;
        other.path != image.path && other.competes_with(image) && !same_image
    });
    match rival {
        Some(rival) => Err(Error::ConflictingImage {
            release: image.release.clone(),
            path: rival.path.clone(),
        }),
        None => Ok(()),
    }
}

/// A set that was published stays as it was tested; another encoding of its images is no change.
pub(super) fn refuse_published(
    view: &View,
    role: &RoleId,
    path: &str,
    sha256: &Digest,
    release: &str,
) -> Result<()> {
    let published = view.known(role).and_then(|known| {
        let entry = known.value.get("targets")?.get(path)?;
        entry.get("hashes")?.get("sha256")?.as_str()
    });
    match published {
        Some(published) if published != sha256.to_string() => Err(Error::ReleasePublished {
            release: release.to_owned(),
        }),
        _ => Ok(()),
    }
}
