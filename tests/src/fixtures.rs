//! Golden files: the wire format, byte for byte. `cargo xtask fixtures` makes them anew; a test
//! compares them with what the code writes, so that no byte on the wire changes unnoticed.

use std::path::PathBuf;

use sealift_metadata::image::{Blocks, Content, Slot};
use sealift_metadata::write::{
    ChannelSpec, ImageSpec, NeedSpec, OfferSpec, PartSpec, SetSpec, Value,
};
use sealift_metadata::{Digest, Time, blocks};

use crate::simulator::{PRODUCT, START, Simulator};

/// Where the golden files lie.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every golden file, by name.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let mut world = Simulator::new();
    let image = image();
    let path = format!("images/{PRODUCT}/app/{}/app.zst", image.release);
    world.publish(PRODUCT, |draft| {
        draft.set_target(&path, 900, &Digest::of(b"encoding"), Some(image.custom()));
    });
    vec![
        ("1.root.json", world.first_root().to_vec()),
        ("timestamp.json", world.fetch_timestamp()),
        ("snapshot.json", world.fetch_snapshot()),
        ("targets.json", world.fetch("targets")),
        ("watch.json", world.fetch(PRODUCT)),
        ("channel.json", channel(&path).value().encode()),
        ("set.json", set().value().encode()),
        ("table.blocks", table().concat()),
    ]
}

/// The description of an image with every field that there is.
pub fn image() -> ImageSpec {
    ImageSpec {
        product: PRODUCT.into(),
        component: "app".into(),
        hardware: vec!["rev-a".into(), "rev-b".into()],
        version: "1.0.0".into(),
        sequence: 7,
        floor: 3,
        release: "2026.11".into(),
        channels: vec!["stable".into()],
        image: content(),
        encoding: "zstd".into(),
        blocks: Blocks {
            size: 16_384,
            sha256: Digest::of(&table().concat()),
        },
        slot: Some(Slot::B),
        from: Some(content()),
        needs_with: vec![NeedSpec {
            component: "radio".into(),
            min_sequence: 2,
        }],
        needs_installed: vec![NeedSpec {
            component: "app".into(),
            min_sequence: 5,
        }],
        built: Time::from_seconds(START.seconds() - 60),
        security: Some(Value::from([("severity", Value::from("high"))])),
    }
}

/// A channel that offers one full image and one delta.
pub fn channel(path: &str) -> ChannelSpec {
    let offer = |from| OfferSpec {
        release: "2026.11".into(),
        component: "app".into(),
        path: path.into(),
        from,
    };
    ChannelSpec {
        product: PRODUCT.into(),
        channel: "stable".into(),
        offers: vec![offer(None), offer(Some(Digest::of(b"before")))],
    }
}

/// A release of one component.
pub fn set() -> SetSpec {
    let part = PartSpec {
        component: "app".into(),
        hardware: vec!["rev-a".into()],
        image: content(),
        sequence: 7,
        version: "1.0.0".into(),
    };
    SetSpec {
        product: PRODUCT.into(),
        release: "2026.11".into(),
        parts: vec![part],
    }
}

fn content() -> Content {
    Content {
        length: 20_000,
        sha256: Digest::of(b"image"),
    }
}

fn table() -> Vec<Vec<u8>> {
    let block = |length, bytes: &[u8]| blocks::Block {
        length,
        sha256: Digest::of(bytes),
    };
    [block(700, b"block 0"), block(200, b"block 1")]
        .map(|block| block.entry().to_vec())
        .into()
}
