//! Channels: which releases devices are offered, before and after.

use sealift_metadata::Digest;
use sealift_metadata::channel::Channel;
use sealift_metadata::write::{Object, Value};

use super::rest::Sides;
use super::{Item, Mark};
use crate::catalog::Catalog;
use crate::ceremony::Ceremony;
use crate::error::{Error, Result};
use crate::names::RoleId;
use crate::view::View;

pub(super) fn describe(ceremony: &Ceremony, view: &View, sides: &mut Sides) -> Result<Vec<Item>> {
    let mut targets = sides.take_sides("targets");
    let mut items = Vec::new();
    for path in targets.names() {
        let mut entry = targets.take_sides(&path);
        if entry.old() == entry.new_side() {
            continue;
        }
        items.push(offers(ceremony, view, &path, &entry)?);
        entry.take("length");
        let mut hashes = entry.take_sides("hashes");
        hashes.take("sha256");
        entry.put_back("hashes", hashes);
        items.extend(entry.into_rest_of(&format!("targets > {path}")));
    }
    items.extend(targets.into_rest_of("targets"));
    Ok(items)
}

fn offers(ceremony: &Ceremony, view: &View, path: &str, entry: &Sides) -> Result<Item> {
    let name = path
        .strip_prefix("channels/")
        .and_then(|rest| rest.strip_suffix(".json"))
        .unwrap_or(path);
    let Some(sha256) = digest(entry.new_side()) else {
        return Ok(Item::new(Mark::Remove, format!("channel {name}")));
    };
    let bytes = ceremony.blob(&sha256)?.ok_or_else(|| Error::MissingBlob {
        path: path.to_owned(),
        sha256,
    })?;
    // The document in force may be gone from this folder; it only serves the comparison.
    let before = match digest(entry.old()) {
        Some(sha256) => ceremony.blob(&sha256)?,
        None => None,
    };
    let releases = releases_of(&bytes)?;
    let text = match &before {
        Some(before) => format!(
            "channel {name}: {} -> {}",
            releases_of(before)?.join(", "),
            releases.join(", ")
        ),
        None => format!("channel {name}: {}", releases.join(", ")),
    };
    let mark = if entry.old().is_empty() {
        Mark::Add
    } else {
        Mark::Change
    };
    let mut item = Item::new(mark, text);
    for line in images_of(view, &bytes)? {
        item = item.with("offers", line);
    }
    Ok(item.with("sha256", sha256.to_string()))
}

fn digest(entry: &Object) -> Option<Digest> {
    let text = entry.get("hashes")?.get("sha256").and_then(Value::as_str)?;
    Digest::parse(text).ok()
}

/// The releases, newest first.
fn releases_of(document: &[u8]) -> Result<Vec<String>> {
    let wrap = || Error::metadata(&RoleId::Channels);
    let mut releases: Vec<String> = Vec::new();
    Channel::read(document)
        .map_err(wrap())?
        .for_each(|offer| {
            if releases.last().is_none_or(|last| last != offer.release) {
                releases.push(offer.release.to_owned());
            }
            Ok(())
        })
        .map_err(wrap())?;
    Ok(releases)
}

fn images_of(view: &View, document: &[u8]) -> Result<Vec<String>> {
    let wrap = || Error::metadata(&RoleId::Channels);
    let channel = Channel::read(document).map_err(wrap())?;
    let catalog = match channel.product.parse().map(RoleId::Product) {
        Ok(RoleId::Product(product)) => {
            Catalog::read(&product, &view.targets(&RoleId::Product(product.clone()))?)?
        }
        _ => Catalog::default(),
    };
    let mut lines = Vec::new();
    channel
        .for_each(|offer| {
            lines.push(match catalog.at(offer.path.as_str()) {
                Some(image) => format!(
                    "{} {} on {}, sequence {}, image sha256 {}",
                    image.component,
                    image.version,
                    image.hardware.join(", "),
                    image.sequence,
                    image.image.sha256
                ),
                None => format!("{} (not signed by its product)", offer.path),
            });
            Ok(())
        })
        .map_err(wrap())?;
    Ok(lines)
}
