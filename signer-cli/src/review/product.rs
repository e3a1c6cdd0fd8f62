//! Images: what is installed where, and how to recognise it.

use sealift_metadata::blocks;
use sealift_metadata::image::{Content, Slot};
use sealift_metadata::targets::Targets;
use sealift_metadata::verify::Document as _;
use sealift_metadata::write::Value;

use super::rest::Sides;
use super::{Item, Mark};
use crate::catalog::{Catalog, Kind, Listed};
use crate::error::{Error, Result};
use crate::names::{Product, RoleId};
use crate::view::View;

pub(super) fn describe(view: &View, product: &Product, sides: &mut Sides) -> Result<Vec<Item>> {
    let role = RoleId::Product(product.clone());
    let known = match view.known(&role) {
        Some(known) => {
            let targets = Targets::read(&known.payload).map_err(Error::metadata(&role))?;
            Catalog::read(product, &targets)?
        }
        None => Catalog::default(),
    };
    let next = Catalog::read(product, &view.targets(&role)?)?;
    let mut targets = sides.take_sides("targets");
    let mut items = Vec::new();
    for path in targets.names() {
        let mut entry = targets.take_sides(&path);
        if entry.old() == entry.new_side() {
            continue;
        }
        let mark = mark_of(&entry);
        let item = match Kind::of(&path) {
            Some(Kind::Image) => match mark {
                Mark::Remove => known.at(&path).map(|image| line(mark, product, image)),
                _ => next
                    .at(&path)
                    .map(|image| added(mark, product, image, &known)),
            },
            // What the table says is said with the image that it belongs to.
            Some(Kind::BlockTable(image)) if next.at(image).or(known.at(image)).is_some() => None,
            Some(Kind::Release(release)) => Some(document(mark, &next, release, &entry)),
            _ => {
                items.extend(entry.into_rest_of(&format!("targets > {path}")));
                continue;
            }
        };
        strip(&mut entry);
        items.extend(item);
        items.extend(entry.into_rest_of(&format!("targets > {path}")));
    }
    items.extend(targets.into_rest_of("targets"));
    Ok(items)
}

fn mark_of(entry: &Sides) -> Mark {
    match (entry.old().is_empty(), entry.new_side().is_empty()) {
        (true, _) => Mark::Add,
        (_, true) => Mark::Remove,
        _ => Mark::Warn,
    }
}

/// Takes out what was put into words; what others added to an entry stays.
fn strip(entry: &mut Sides) {
    const SAID: &[&str] = &[
        "blocks",
        "built",
        "channels",
        "component",
        "encoding",
        "floor",
        "from",
        "hardware",
        "image",
        "needs_installed",
        "needs_with",
        "product",
        "release",
        "schema",
        "sequence",
        "slot",
        "version",
    ];
    entry.take("length");
    let mut hashes = entry.take_sides("hashes");
    hashes.take("sha256");
    let mut custom = entry.take_sides("custom");
    let mut sealift = custom.take_sides("sealift");
    for name in SAID {
        sealift.take(name);
    }
    entry.put_back("hashes", hashes);
    custom.put_back("sealift", sealift);
    entry.put_back("custom", custom);
}

fn line(mark: Mark, product: &Product, image: &Listed) -> Item {
    let slot = match image.slot {
        Some(Slot::A) => ", slot a",
        Some(Slot::B) => ", slot b",
        None => "",
    };
    Item::new(
        mark,
        format!(
            "{product}: {} {} on {}{slot}",
            image.component,
            image.version,
            image.hardware.join(", ")
        ),
    )
    .with("target", image.path.clone())
}

fn added(mark: Mark, product: &Product, image: &Listed, known: &Catalog) -> Item {
    let others = || {
        known
            .images
            .iter()
            .filter(|other| other.component == image.component)
    };
    let highest = |pick: fn(&Listed) -> u64| others().map(pick).max();
    let rises = |now: u64, before: Option<u64>| match before {
        Some(before) if before == now => format!("{now} (as before)"),
        Some(before) => format!("{before} -> {now}"),
        None => format!("none -> {now}"),
    };
    let mut item = line(mark, product, image)
        .with("audience", image.channels.join(", "))
        .with("release", image.release.clone())
        .with(
            "sequence",
            rises(image.sequence, highest(|other| other.sequence)),
        )
        .with("floor", rises(image.floor, highest(|other| other.floor)))
        .with("image", content(&image.image))
        .with(
            "encoding",
            format!("{}, {}", image.encoding, content(&image.target)),
        )
        .with(
            "blocks",
            format!(
                "{} of {} bytes, table sha256 {}",
                blocks::count(image.image.length, image.blocks.size),
                image.blocks.size,
                image.blocks.sha256
            ),
        )
        .with("built", image.built.to_string());
    if let Some(from) = &image.from {
        item = item.with("delta from", content(from));
    }
    for (name, needs) in [
        ("only with", &image.needs_with),
        ("only after", &image.needs_installed),
    ] {
        for (component, sequence) in needs {
            item = item.with(name, format!("{component} of sequence {sequence} or later"));
        }
    }
    if let Some(same) = others().find(|other| other.image.sha256 == image.image.sha256) {
        item = item.with(
            "unchanged",
            format!("the very bytes of release {}", same.release),
        );
    }
    item
}

fn content(content: &Content) -> String {
    format!("{} bytes, sha256 {}", content.length, content.sha256)
}

fn document(mark: Mark, catalog: &Catalog, release: &str, entry: &Sides) -> Item {
    let mut parts: Vec<String> = catalog
        .of_release(release)
        .map(|image| format!("{} {}", image.component, image.version))
        .collect();
    parts.dedup();
    let sha256 = |side: &sealift_metadata::write::Object| {
        side.get("hashes")?
            .get("sha256")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned)
    };
    let mut item = Item::new(mark, format!("release {release} as a whole"));
    if mark != Mark::Remove {
        item = item.with("consists of", parts.join(", "));
    }
    match sha256(entry.new_side()).or_else(|| sha256(entry.old())) {
        Some(sha256) => item.with("sha256", sha256),
        None => item,
    }
}
