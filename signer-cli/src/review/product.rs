//! Images: what is installed where, and how to recognise it.

use sealift_metadata::Time;
use sealift_metadata::blocks;
use sealift_metadata::image::{Content, Slot};
use sealift_metadata::targets::Targets;
use sealift_metadata::verify::Document as _;
use sealift_metadata::write::Value;

use super::rest::Sides;
use super::{Item, Mark, said};
use crate::catalog::{Catalog, Kind, Listed};
use crate::error::{Error, Result};
use crate::names::{Product, RoleId};
use crate::view::View;

pub(super) fn describe(
    view: &View,
    product: &Product,
    sides: &mut Sides,
    now: Time,
) -> Result<Vec<Item>> {
    let catalogs = Catalogs::read(view, product)?;
    let mut targets = sides.take_sides("targets");
    let mut items = Vec::new();
    for path in targets.names() {
        let mut entry = targets.take_sides(&path);
        if entry.old() == entry.new_side() {
            continue;
        }
        items.extend(in_words(product, &path, &mut entry, &catalogs, now));
        items.extend(entry.into_rest_of(&format!("targets > {path}")));
    }
    items.extend(targets.into_rest_of("targets"));
    Ok(items)
}

/// The images in force, and those once the change is.
struct Catalogs {
    known: Catalog,
    next: Catalog,
}

impl Catalogs {
    fn read(view: &View, product: &Product) -> Result<Self> {
        let role = RoleId::Product(product.clone());
        let known = match view.known(&role) {
            Some(known) => {
                let targets = Targets::read(&known.payload).map_err(Error::metadata(&role))?;
                Catalog::read(product, &targets)?
            }
            None => Catalog::default(),
        };
        let next = Catalog::read(product, &view.targets(&role)?)?;
        Ok(Self { known, next })
    }

    /// The image that comes or goes at a path, and not one that stays.
    fn moving(&self, mark: Mark, path: &str) -> Option<&Listed> {
        match (mark, self.known.at(path), self.next.at(path)) {
            (Mark::Add, None, Some(image)) | (Mark::Remove, Some(image), None) => Some(image),
            _ => None,
        }
    }
}

/// Puts a target into words, and takes out of the entry exactly what they say. An entry that was
/// in force and becomes another loses nothing: there, every difference is shown as it stands.
fn in_words(
    product: &Product,
    path: &str,
    entry: &mut Sides,
    catalogs: &Catalogs,
    now: Time,
) -> Vec<Item> {
    let mark = mark_of(entry);
    match Kind::of(path) {
        Some(Kind::Image) => match catalogs.moving(mark, path) {
            Some(image) => {
                said::take_image(entry, product, image);
                image_items(mark, product, image, &catalogs.known, now)
            }
            None => catalogs
                .next
                .at(path)
                .map(|image| added(mark, product, image, &catalogs.known))
                .into_iter()
                .collect(),
        },
        // What the table says is said with the image that it belongs to.
        Some(Kind::BlockTable(image)) => {
            if let Some(image) = catalogs.moving(mark, image) {
                said::take_block_table(entry, image);
            }
            Vec::new()
        }
        Some(Kind::Release(release)) => {
            let mut items = vec![document(mark, &catalogs.next, release, entry)];
            items.extend(unmet_needs(product, &catalogs.next, release));
            if mark != Mark::Warn {
                said::take_document(entry);
            }
            items
        }
        None => Vec::new(),
    }
}

fn image_items(
    mark: Mark,
    product: &Product,
    image: &Listed,
    known: &Catalog,
    now: Time,
) -> Vec<Item> {
    if mark == Mark::Remove {
        return vec![line(mark, product, image)];
    }
    let mut items = vec![added(mark, product, image, known)];
    items.extend(from_the_future(product, image, now));
    items
}

/// Devices take the time of a build for a time that has passed.
fn from_the_future(product: &Product, image: &Listed, now: Time) -> Option<Item> {
    (image.built > now).then(|| {
        let text = format!(
            "{product}: {} {} says that it was built in the future",
            image.component, image.version
        );
        Item::new(Mark::Warn, text)
            .with("built", image.built.to_string())
            .with("your clock", now.to_string())
    })
}

fn mark_of(entry: &Sides) -> Mark {
    match (entry.old().is_empty(), entry.new_side().is_empty()) {
        (true, _) => Mark::Add,
        (_, true) => Mark::Remove,
        _ => Mark::Warn,
    }
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

/// Builds that no device takes: what they need is not in their release. It may still come.
fn unmet_needs(product: &Product, catalog: &Catalog, release: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for image in catalog.of_release(release) {
        for (component, sequence) in &image.needs_with {
            let mut found = catalog.of_release(release);
            if found.any(|other| other.component == *component && other.sequence >= *sequence) {
                continue;
            }
            let text = format!(
                "{product}: {} {} needs {component} of sequence {sequence} or later in release \
                 {release}, which has none",
                image.component, image.version
            );
            items.push(Item::new(Mark::Warn, text).with("target", image.path.clone()));
        }
    }
    items
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
