//! What the signer writes of an image, a channel and a release is what a device reads; and what
//! is missing or of another schema is told apart.

use sealift_metadata::Digest;
use sealift_metadata::channel::Channel;
use sealift_metadata::error::Error;
use sealift_metadata::image::{Image, Slot};
use sealift_metadata::release::Release;
use sealift_metadata::targets::Target;
use sealift_metadata::write::{ChannelSpec, OfferSpec, Value};
use sealift_tests::fixtures::{image, set};

fn target(custom: &[u8]) -> Target<'_> {
    Target {
        length: 10,
        sha256: Digest::of(b"encoding"),
        custom: Some(custom),
    }
}

#[test]
fn an_image_reads_as_it_was_written() {
    let spec = image();
    let custom = spec.custom().encode();
    let image = Image::of(&target(&custom))
        .expect("well formed")
        .expect("an image");
    assert_eq!(
        (image.product, image.component, image.release),
        ("watch", "app", "2026.11")
    );
    assert_eq!(
        (image.version, image.sequence, image.floor),
        ("1.0.0", 7, 3)
    );
    assert!(image.hardware.contains("rev-b") && !image.hardware.contains("rev-c"));
    assert!(image.channels.contains("stable") && !image.channels.contains("beta"));
    assert_eq!((image.image, image.from), (spec.image, spec.from));
    assert_eq!(
        (image.encoding, image.blocks, image.slot),
        ("zstd", spec.blocks, Some(Slot::B))
    );
    assert_eq!(image.built, self::image().built);
    let mut needs = Vec::new();
    for list in [image.needs_with, image.needs_installed] {
        list.for_each(|component, sequence| {
            needs.push((component, sequence));
            Ok(())
        })
        .expect("well formed");
    }
    assert_eq!(needs, [("radio", 2), ("app", 5)]);
}

#[test]
fn an_image_belongs_at_one_path_only() {
    let custom = image().custom().encode();
    let image = Image::of(&target(&custom))
        .expect("well formed")
        .expect("an image");
    assert!(image.belongs_at("images/watch/app/2026.11/app.zst"));
    for path in [
        "images/band/app/2026.11/app.zst",
        "images/watch/radio/2026.11/app.zst",
        "images/watch/app/2026.12/app.zst",
        "images/watch/app/2026.11/x/app.zst",
        "images/watch/app/2026.11",
        "channels/watch/app/2026.11/app.zst",
        "images/watch/app/2026.11/..",
    ] {
        assert!(!image.belongs_at(path), "{path}");
    }
}

#[test]
fn no_image_hides_where_block_tables_and_release_documents_lie() {
    let mut spec = image();
    let custom = spec.custom().encode();
    let table = Image::of(&target(&custom))
        .expect("well formed")
        .expect("an image");
    assert!(!table.belongs_at("images/watch/app/2026.11/app.zst.blocks"));
    spec.component = "release".into();
    let custom = spec.custom().encode();
    let set = Image::of(&target(&custom))
        .expect("well formed")
        .expect("an image");
    assert!(!set.belongs_at("images/watch/release/2026.11/set.json"));
}

#[test]
fn a_field_that_is_missing_is_named() {
    for field in [
        "product",
        "component",
        "hardware",
        "version",
        "sequence",
        "floor",
        "release",
        "channels",
        "image",
        "encoding",
        "blocks",
        "built",
        "schema",
    ] {
        let mut custom = image().custom();
        custom
            .members()
            .get_mut("sealift")
            .expect("there")
            .members()
            .remove(field);
        let refused = Image::of(&target(&custom.encode())).err();
        assert_eq!(refused, Some(Error::Missing(field)));
    }
}

#[test]
fn a_field_with_a_value_it_must_not_have_is_named() {
    let zero_blocks = Value::from([
        ("sha256", Value::from(Digest::of(b"").to_string())),
        ("size", Value::from(0)),
    ]);
    for (field, value, name) in [
        ("product", Value::from("../watch"), "invalid_field"),
        ("component", Value::from("App"), "invalid_field"),
        ("release", Value::from("a/b"), "invalid_field"),
        ("version", Value::from(""), "invalid_field"),
        ("slot", Value::from("c"), "invalid_field"),
        ("blocks", zero_blocks, "invalid_field"),
        ("built", Value::from("yesterday"), "invalid_field"),
        ("sequence", Value::from("7"), "malformed_json"),
        ("hardware", Value::from("rev-a"), "malformed_json"),
        (
            "channels",
            Value::from(Vec::<Value>::new()),
            "missing_field",
        ),
    ] {
        let mut custom = image().custom();
        let sealift = custom.members().get_mut("sealift").expect("there");
        sealift.members().insert(field.into(), value);
        let refused = Image::of(&target(&custom.encode())).err();
        assert_eq!(refused.map(|error| error.name()), Some(name), "{field}");
    }
}

#[test]
fn what_is_no_image_or_of_another_schema_is_skipped() {
    let mut newer = image().custom();
    let sealift = newer.members().get_mut("sealift").expect("there");
    sealift.members().insert("schema".into(), Value::from(2));
    sealift.members().remove("product");
    for custom in [
        newer.encode(),
        b"{}".to_vec(),
        br#"{"other":{"schema":1}}"#.to_vec(),
    ] {
        assert!(Image::of(&target(&custom)).expect("not fatal").is_none());
    }
    let bare = Target {
        custom: None,
        ..target(b"")
    };
    assert!(Image::of(&bare).expect("not fatal").is_none());
}

#[test]
fn a_channel_reads_as_it_was_written_newest_first() {
    let offer = |release: &str, component: &str| OfferSpec {
        release: release.into(),
        component: component.into(),
        path: format!("images/watch/{component}/{release}/{component}.zst"),
        from: (component == "app").then(|| Digest::of(b"before")),
    };
    let spec = ChannelSpec {
        product: "watch".into(),
        channel: "stable".into(),
        offers: vec![offer("2", "app"), offer("2", "radio"), offer("1", "app")],
    };
    let bytes = spec.value().encode();
    let channel = Channel::read(&bytes).expect("well formed");
    assert_eq!((channel.product, channel.channel), ("watch", "stable"));
    let mut read = Vec::new();
    channel
        .for_each(|offer| {
            read.push((
                offer.release,
                offer.component,
                offer.path.as_str().to_owned(),
                offer.from,
            ));
            Ok(())
        })
        .expect("well formed");
    let written: Vec<_> = spec
        .offers
        .iter()
        .map(|offer| {
            (
                &*offer.release,
                &*offer.component,
                offer.path.clone(),
                offer.from,
            )
        })
        .collect();
    assert_eq!(read, written);
}

#[test]
fn a_channel_of_another_schema_or_with_a_hostile_path_is_refused() {
    let spec = ChannelSpec {
        product: "watch".into(),
        channel: "stable".into(),
        offers: Vec::new(),
    };
    let mut newer = spec.value();
    newer.members().insert("schema".into(), Value::from(2));
    assert_eq!(
        Channel::read(&newer.encode()).err(),
        Some(Error::NotAnImage)
    );
    let hostile = r#"{"channel":"stable","product":"watch","releases":[{"images":[{"component":"app","path":"../x"}],"release":"1"}],"schema":1}"#;
    assert_eq!(
        Channel::read(hostile.as_bytes()).err(),
        Some(Error::Invalid("target path"))
    );
}

#[test]
fn a_release_reads_as_it_was_written() {
    let spec = set();
    let bytes = spec.value().encode();
    let release = Release::read(&bytes).expect("well formed");
    assert_eq!((release.product, release.release), ("watch", "2026.11"));
    let mut parts = 0;
    release
        .for_each(|part| {
            parts += 1;
            assert_eq!(
                (part.component, part.sequence, part.version),
                ("app", 7, "1.0.0")
            );
            assert!(part.hardware.contains("rev-a"));
            assert_eq!(part.image, image().image);
            Ok(())
        })
        .expect("well formed");
    assert_eq!(parts, 1);
}
