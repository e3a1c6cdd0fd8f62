//! What is refused before it can be proposed, with nothing written.

use std::fs;

use crate::room::Room;

const KEYS: [&str; 5] = [
    "officer-1",
    "officer-2",
    "officer-3",
    "release-1",
    "release-2",
];

#[test]
fn one_person_alone_is_not_enough_unless_it_is_said() {
    for flag in ["--root-threshold", "--targets-threshold"] {
        let room = Room::with_keys(&KEYS);
        room.init(&[flag, "1"]).refused("single_signer");
        assert!(!room.demo().exists());
        assert_eq!(room.init(&[flag, "0"]).code, 2);
        room.init(&[flag, "4"]).refused("threshold_too_high");
        room.init(&[flag, "1", "--allow-single-signer"]).ok();
    }
    let room = Room::begun();
    let add = [
        "product",
        "add",
        "hub",
        "--key",
        "release-2.pub",
        "--threshold",
        "1",
    ];
    room.run(&add).refused("single_signer");
    room.run(&[&add[..], &["--allow-single-signer"]].concat())
        .ok();
}

#[test]
fn a_key_that_signs_online_never_signs_offline() {
    let room = Room::with_keys(&KEYS);
    let online: serde_json::Value =
        serde_json::from_slice(&fs::read(room.path("online.json")).unwrap()).unwrap();
    let mut key = online["timestamp"].clone();
    let keyid = key.as_object_mut().unwrap().remove("keyid").unwrap();
    let named = serde_json::json!({"name": "mole", "keyid": keyid, "key": key});
    fs::write(room.path("mole.pub"), named.to_string()).unwrap();
    for role in ["--root-key", "--targets-key", "--channels-key"] {
        room.init(&[role, "mole.pub"]).refused("shared_key");
    }
    room.init(&[]).ok();
    room.run(&[
        "product",
        "add",
        "hub",
        "--key",
        "mole.pub",
        "release-1.pub",
    ])
    .refused("shared_key");
}

#[test]
fn names_and_keys_go_together() {
    let room = Room::with_keys(&KEYS);
    room.init(&["--root-key", "officer-1.pub"])
        .refused("key_twice");
    let mut key: serde_json::Value =
        serde_json::from_slice(&fs::read(room.path("release-2.pub")).unwrap()).unwrap();
    key["name"] = "officer-1".into();
    fs::write(room.path("double.pub"), key.to_string()).unwrap();
    room.init(&["--channels-key", "double.pub"])
        .refused("name_twice");
    key["keyid"] = "00".repeat(32).into();
    fs::write(room.path("double.pub"), key.to_string()).unwrap();
    room.init(&["--channels-key", "double.pub"])
        .refused("keyid_mismatch");
}

#[test]
fn a_ceremony_is_begun_once_and_a_product_added_once() {
    let room = Room::begun();
    room.init(&[]).refused("ceremony_exists");
    room.run(&[
        "product",
        "add",
        "watch",
        "--key",
        "release-1.pub",
        "release-2.pub",
    ])
    .refused("product_exists");
}

#[test]
fn a_product_folds_into_a_pending_change_and_drops_its_signatures() {
    let room = Room::begun();
    room.sign("officer-1", &["targets"]).ok();
    let added = room
        .run(&[
            "product",
            "add",
            "hub",
            "--key",
            "release-1.pub",
            "release-2.pub",
        ])
        .ok();
    assert!(
        added.out.contains("proposed targets version 1"),
        "{added:?}"
    );
    assert!(added.out.contains("1 signature(s)"), "{added:?}");
    let payload = String::from_utf8(room.payload("targets")).unwrap();
    assert!(payload.contains(r#""name":"watch""#) && payload.contains(r#""name":"hub""#));
}

#[test]
fn a_name_that_is_no_name_is_wrong_usage() {
    let room = Room::begun();
    let before = Room::contents(&room.demo());
    let file = room.image(2_000);
    for (option, value) in [
        ("--product", "../watch"),
        ("--product", "root"),
        ("--release", "1/2"),
        ("--release", ".."),
        ("--component", "App"),
        ("--version", "1.0 beta"),
        ("--hardware", "rev/b"),
        ("--channel", ""),
        ("--slot", "c"),
        ("--built", "yesterday"),
        ("--needs-with", "bootloader"),
    ] {
        let outcome = room.add_release("1.0.0", &file, &[option, value]);
        assert_eq!(outcome.code, 2, "{option} {value}: {outcome:?}");
    }
    for name in ["targets", "channels", "../x", "Hub"] {
        let outcome = room.run(&["product", "add", name, "--key", "release-1.pub"]);
        assert_eq!(outcome.code, 2, "{name}: {outcome:?}");
    }
    assert_eq!(Room::contents(&room.demo()), before);
}

#[test]
fn what_contradicts_earlier_releases_is_refused() {
    let room = Room::published();
    let (old, other) = (room.image(100_000), room.image(40_000));
    let add = |release: &str, more: &[&str]| room.add_release(release, &other, more);
    add("1.1.0", &["--sequence", "1"]).refused("sequence_not_rising");
    add("1.1.0", &["--built", "2027-01-01T00:00:00Z"]).refused("built_in_future");
    add("1.1.0", &["--block-size", "100"]).refused("block_size");
    add("1.0.0", &[]).refused("release_published");
    add("1.1.0", &["--floor", "5"]).ok();
    room.add_release("1.1.0", &old, &[])
        .refused("conflicting_image");
    add("1.2.0", &["--floor", "4"]).refused("floor_falls");
    fs::write(room.path("empty.bin"), b"").unwrap();
    room.add_release("1.2.0", &room.path("empty.bin"), &[])
        .refused("empty_image");
    // Another encoding of a published image leaves the set as it was tested.
    room.add_release("1.0.0", &old, &["--encoding", "zstd"])
        .ok();
}

#[test]
fn a_release_outside_of_every_product_is_refused() {
    let room = Room::begun();
    let file = room.image(2_000);
    let before = Room::contents(&room.demo());
    let args = [
        "release",
        "add",
        "--product",
        "hub",
        "--release",
        "1",
        "--component",
        "app",
        "--version",
        "1",
        "--hardware",
        "x",
        "--channel",
        "stable",
        "--file",
        file.to_str().unwrap(),
    ];
    room.run(&args).refused("unknown_product");
    assert_eq!(Room::contents(&room.demo()), before);
}

#[test]
fn the_name_of_release_documents_is_taken() {
    let room = Room::begun();
    let file = room.image(2_000);
    let args = [
        "release",
        "add",
        "--product",
        "watch",
        "--release",
        "1",
        "--component",
        "release",
        "--version",
        "1",
        "--hardware",
        "x",
        "--channel",
        "stable",
        "--file",
        file.to_str().unwrap(),
    ];
    room.run(&args).refused("reserved_component");
}

#[test]
fn a_channel_offers_only_what_was_meant_for_it_newest_first() {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(20_000), &[]).ok();
    room.add_release("1.1.0", &room.image(30_000), &[]).ok();
    let beta = [
        "channel",
        "set",
        "--product",
        "watch",
        "--channel",
        "beta",
        "--release",
        "1.0.0",
    ];
    room.run(&beta).refused("channel_not_allowed");
    room.set_channel(&["2.0.0"]).refused("unknown_release");
    room.set_channel(&["1.0.0", "1.1.0"])
        .refused("release_order");
    room.set_channel(&["1.1.0", "1.1.0"])
        .refused("release_order");
    room.set_channel(&["1.1.0", "1.0.0"]).ok();
    let payload = String::from_utf8(room.payload("channels")).unwrap();
    assert!(payload.contains("channels/watch/stable.json"), "{payload}");
}

#[test]
fn a_folder_that_is_no_ceremony_stays_untouched() {
    let room = Room::with_keys(&[]);
    fs::create_dir(room.demo()).unwrap();
    for args in [
        &["status"][..],
        &["review"],
        &["renew", "root"],
        &[
            "channel",
            "set",
            "--product",
            "a",
            "--channel",
            "b",
            "--release",
            "c",
        ],
    ] {
        room.run(args).refused("not_a_ceremony");
    }
    assert_eq!(fs::read_dir(room.demo()).unwrap().count(), 0);
}
