//! What the signer writes of an image, a channel and a release is what a device reads; and what
//! is missing or of another schema is told apart.

use sealift_metadata::channel::Channel;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::image::{Image, Slot};
use sealift_metadata::profile::Profile;
use sealift_metadata::release::Release;
use sealift_metadata::targets::Target;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::write::{ChannelSpec, Draft, OfferSpec, SPEC_VERSION, Value, seal};
use sealift_metadata::{Digest, Time};
use sealift_tests::fixtures::{image, set};
use sealift_tests::simulator::{START, Simulator};

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

#[test]
fn what_the_weakest_device_could_not_verify_is_not_published() {
    let world = Simulator::new();
    let profile = Profile::default();
    assert_eq!(profile.check(Role::Root, world.first_root()), Ok(()));
    let small = Profile {
        root_bytes: 100,
        ..profile
    };
    assert_eq!(
        small
            .check(Role::Root, world.first_root())
            .map_err(|error| error.code()),
        Err(132)
    );
    let few = Profile {
        keys_per_role: 2,
        ..profile
    };
    let refused = few.check(Role::Root, world.first_root());
    assert_eq!(refused, Err(Error::DeviceProfile("the number of keys")));
    let few = Profile {
        signatures: 1,
        ..profile
    };
    let refused = few.check(Role::Targets, &world.fetch("targets"));
    assert_eq!(
        refused,
        Err(Error::DeviceProfile("the number of signatures"))
    );
}

#[test]
fn a_root_that_lists_more_keys_than_devices_hold_is_not_published() {
    let mut world = Simulator::new();
    world.set_keys("root", "root", 5, 2);
    world.set_keys("targets", "targets", 6, 2);
    let fits = Profile::default().check(Role::Root, &world.sign("root", &world.root));
    // Eleven for the offline roles and one for each of two others are one too many.
    assert!(fits.is_err());
    world.set_keys("targets", "targets", 5, 2);
    let fits = Profile::default().check(Role::Root, &world.sign("root", &world.root));
    assert_eq!(fits, Ok(()));
}

#[test]
fn ids_that_only_this_build_could_hold_or_skip_are_not_published() {
    let profile = Profile::default();
    let dangling = |document: &[u8], role: Role| {
        let text = String::from_utf8(document.to_vec()).expect("ASCII");
        let ids: Vec<String> = (0..7).map(|id| format!("\"{id:064}\"")).collect();
        let start = text.find("\"keyids\":[").expect("has a role") + 10;
        let more = format!("{}{},{}", &text[..start], ids.join(","), &text[start..]);
        profile.check(role, more.as_bytes())
    };
    let refused = Err(Error::DeviceProfile("the number of keys"));
    let world = Simulator::new();
    assert_eq!(dangling(&world.fetch("targets"), Role::Targets), refused);
    assert_eq!(dangling(world.first_root(), Role::Root), refused);

    let mut world = Simulator::new();
    world.set_keys("targets", "targets", 5, 5);
    let refused = profile.check(Role::Root, &world.sign("root", &world.root));
    assert_eq!(refused, Err(Error::DeviceProfile("a threshold")));
}

#[test]
fn a_role_that_no_wearable_could_read_while_it_passes_by_is_not_published() {
    let profile = Profile::default();
    let mut world = Simulator::new();
    let check = |world: &Simulator| {
        let root = RootStage::begin(world.first_root(), Floors::default(), START);
        let root = root.expect("well formed");
        let keys = root.root().signers(Role::Targets);
        profile.check_passing(Role::Targets, &world.fetch("targets"), keys)
    };
    assert_eq!(check(&world), Ok(()));
    // The keys of all delegations stay in the window.
    for product in 0..40 {
        let (name, paths) = (format!("p{product}"), format!("images/p{product}/*/*/*"));
        world.delegate(&name, &[&paths], 1, 1);
    }
    let what = "the length of a member, or of the keys of all delegations,";
    assert_eq!(check(&world), Err(Error::DeviceProfile(what)));

    let mut world = Simulator::new();
    world.withheld.insert("targets".into(), 1);
    let what = "a threshold without enough signatures that devices know";
    assert_eq!(check(&world), Err(Error::DeviceProfile(what)));
}

#[test]
fn a_channel_whose_release_no_wearable_could_read_is_not_published() {
    let channel = |images: usize| {
        let offers = (0..images).map(|image| OfferSpec {
            release: "1.0.0".into(),
            component: "app".into(),
            path: format!("images/watch/app/1.0.0/app-{image}.bin"),
            from: None,
        });
        let document = ChannelSpec {
            product: "watch".into(),
            channel: "stable".into(),
            offers: offers.collect(),
        };
        Profile::check_channel(&document.value().encode())
    };
    assert_eq!(channel(20), Ok(()));
    let what = "the length of a release in a channel";
    assert_eq!(channel(200), Err(Error::DeviceProfile(what)));
    let truncated = Profile::check_channel(b"{");
    assert_eq!(truncated.map_err(|error| error.code()), Err(100));
}

#[test]
fn a_root_whose_threshold_needs_a_scheme_that_devices_do_not_know_is_not_published() {
    let mut world = Simulator::new();
    let text = String::from_utf8(world.root.value().encode()).expect("ASCII");
    let keyid = world
        .root
        .value()
        .get("roles")
        .and_then(|roles| roles.get("timestamp"));
    let keyid = keyid.and_then(|role| role.get("keyids")?.as_array()?.first()?.as_str());
    let keyid = keyid.expect("has a key");
    let start = text.find(&format!("\"{keyid}\":{{")).expect("is listed");
    let (before, after) = text.split_at(start);
    let after = after.replacen("\"ed25519\"", "\"ecdsa\"", 1);
    let payload = Value::decode(format!("{before}{after}").as_bytes()).expect("well formed");
    world.root = Draft::of_document(&seal(&payload, &[])).expect("well formed");
    let refused = Profile::default().check(Role::Root, &world.sign("root", &world.root));
    assert_eq!(
        refused,
        Err(Error::DeviceProfile(
            "a threshold without enough keys that devices know"
        ))
    );
}

#[test]
fn the_profile_is_signed_with_the_top_level_targets() {
    let mut draft = Draft::new("targets", SPEC_VERSION, Time::from_seconds(2_000_000_000));
    assert_eq!(
        Profile::of_targets(&seal(draft.value(), &[])),
        Ok(Profile::default())
    );
    draft.set(
        "x-sealift-device-profile",
        Value::from([("root_bytes", Value::from(4096))]),
    );
    let profile = Profile::of_targets(&seal(draft.value(), &[])).expect("well formed");
    assert_eq!(
        profile,
        Profile {
            root_bytes: 4096,
            ..Profile::default()
        }
    );
    draft.set(
        "x-sealift-device-profile",
        Value::from([("root_bytes", Value::from(9999))]),
    );
    let refused = Profile::of_targets(&seal(draft.value(), &[]));
    assert_eq!(refused, Err(Error::Invalid("x-sealift-device-profile")));
}
