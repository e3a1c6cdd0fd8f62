//! What is taken out of a target's entry once it is in words: only values that are exactly those
//! which the words were made of. Everything else stays, and is shown as it stands.

use sealift_metadata::blocks::table_bytes;
use sealift_metadata::image::Content;
use sealift_metadata::write::{ImageSpec, NeedSpec, Value};

use super::rest::Sides;
use crate::catalog::Listed;
use crate::names::Product;

/// Takes out what the lines of an image say.
pub(super) fn take_image(entry: &mut Sides, product: &Product, image: &Listed) {
    take_content(entry, &image.target);
    let said = spec(product, image).custom();
    let mut custom = entry.take_sides("custom");
    let mut sealift = custom.take_sides("sealift");
    let said = said.get("sealift").and_then(Value::as_object);
    for (name, value) in said.into_iter().flatten() {
        sealift.take_if(name, value);
    }
    custom.put_back("sealift", sealift);
    entry.put_back("custom", custom);
}

/// Takes out what the lines of an image say of its block table.
pub(super) fn take_block_table(entry: &mut Sides, image: &Listed) {
    let table = Content {
        length: table_bytes(image.image.length, image.blocks.size),
        sha256: image.blocks.sha256,
    };
    take_content(entry, &table);
}

/// Takes out what the lines of a release document say. Its length follows from its digest.
pub(super) fn take_document(entry: &mut Sides) {
    entry.take("length");
    let mut hashes = entry.take_sides("hashes");
    hashes.take("sha256");
    entry.put_back("hashes", hashes);
}

fn take_content(entry: &mut Sides, content: &Content) {
    entry.take_if("length", &Value::from(content.length));
    let mut hashes = entry.take_sides("hashes");
    hashes.take_if("sha256", &Value::from(content.sha256.to_string()));
    entry.put_back("hashes", hashes);
}

/// The description that says what the lines say, and nothing more.
fn spec(product: &Product, image: &Listed) -> ImageSpec {
    ImageSpec {
        product: product.to_string(),
        component: image.component.clone(),
        hardware: image.hardware.clone(),
        version: image.version.clone(),
        sequence: image.sequence,
        floor: image.floor,
        release: image.release.clone(),
        channels: image.channels.clone(),
        image: image.image,
        encoding: image.encoding.clone(),
        blocks: image.blocks,
        slot: image.slot,
        from: image.from,
        needs_with: needs(&image.needs_with),
        needs_installed: needs(&image.needs_installed),
        built: image.built,
        security: None,
    }
}

fn needs(needs: &[(String, u64)]) -> Vec<NeedSpec> {
    let spec = |(component, min_sequence): &(String, u64)| NeedSpec {
        component: component.clone(),
        min_sequence: *min_sequence,
    };
    needs.iter().map(spec).collect()
}
