//! From the first key to a complete change, judged by what devices verify with.

use std::fs;

use crate::room::{NOW, Room};
use sealift::ceremony::Ceremony;
use sealift::check::seal_complete;
use sealift::view::View;
use sealift_metadata::blocks::{Block, ENTRY_BYTES};
use sealift_metadata::channel::Channel;
use sealift_metadata::image::Image;
use sealift_metadata::name::Version;
use sealift_metadata::release::{Part, Release};
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::write::{Draft, SecretKey, seal};
use sealift_metadata::{Digest, Time};

fn sealed_online(kind: &str, secret: &SecretKey, files: &[(&str, u64, &[u8])]) -> Vec<u8> {
    let mut draft = Draft::new(kind, "1.0.34", Time::from_seconds(NOW + 3600));
    for (file, version, bytes) in files {
        draft.set_meta(file, Version::new(*version).unwrap(), bytes);
    }
    let signed = draft.finish().unwrap();
    let signature = secret.sign(&signed.encode());
    let keyid = secret.public().unwrap().keyid().to_owned();
    seal(&signed, &[(keyid, signature)])
}

#[test]
fn a_device_accepts_what_a_ceremony_made() {
    let room = Room::signed();
    let ceremony = Ceremony::open(&room.demo()).unwrap();
    let view = View::load(&ceremony).unwrap();
    let now = Time::from_seconds(NOW + 60);
    let sealed = seal_complete(&ceremony, &view, now).unwrap();
    let document = |role: &str| {
        let change = sealed.iter().find(|change| change.role.as_str() == role);
        change.unwrap().document.as_slice()
    };
    let (first_root, targets) = (document("root"), document("targets"));
    let (channels, watch) = (document("channels"), document("watch"));
    let snapshot = sealed_online(
        "snapshot",
        &room.snapshot,
        &[
            ("targets.json", 1, targets),
            ("channels.json", 1, channels),
            ("watch.json", 1, watch),
        ],
    );
    let timestamp = sealed_online(
        "timestamp",
        &room.timestamp,
        &[("snapshot.json", 1, &snapshot)],
    );

    let stage = RootStage::begin(first_root, Floors::default(), now).unwrap();
    let stage = stage.finish().unwrap().accept(&timestamp).unwrap();
    let (stage, snapshot) = stage.accept(&snapshot, None).unwrap();
    let targets = stage.accept(&snapshot, targets).unwrap();
    let delegations = targets.delegations.unwrap();

    let channel_path = "channels/watch/stable.json";
    let delegation = delegations.find(channel_path).unwrap();
    let channels = stage
        .accept_delegated(&snapshot, &delegation, channels)
        .unwrap();
    let target = channels.find(channel_path).unwrap();
    let channel = blob(&room, &target.sha256);
    let mut offers = Vec::new();
    Channel::read(&channel)
        .unwrap()
        .for_each(|offer| {
            offers.push(offer.path.to_string());
            Ok(())
        })
        .unwrap();
    assert_eq!(offers, ["images/watch/app/1.0.0/app-100000.bin"]);

    let delegation = delegations.find(&offers[0]).unwrap();
    let watch = stage
        .accept_delegated(&snapshot, &delegation, watch)
        .unwrap();
    let target = watch.find(&offers[0]).unwrap();
    let image = Image::of(&target).unwrap().unwrap();
    assert!(image.belongs_at(&offers[0]));
    assert_eq!((image.sequence, image.floor), (1, 0));
    let file = fs::read(room.path("app-100000.bin")).unwrap();
    assert_eq!(image.image.sha256, Digest::of(&file));
    assert_eq!(blob(&room, &target.sha256), file);

    let set = watch.find("images/watch/release/1.0.0/set.json").unwrap();
    let set = blob(&room, &set.sha256);
    Release::read(&set).unwrap();
}

#[test]
fn zstd_blocks_decode_back_to_the_file_one_by_one() {
    let room = Room::begun();
    let file = room.image(300_001);
    let more = ["--encoding", "zstd", "--block-size", "65536"];
    room.add_release("1.0.0", &file, &more).ok();
    let ceremony = Ceremony::open(&room.demo()).unwrap();
    let view = View::load(&ceremony).unwrap();
    let targets = view.targets(&"watch".parse().unwrap()).unwrap();
    let path = "images/watch/app/1.0.0/app-300001.bin.zst";
    let target = targets.find(path).unwrap();
    let image = Image::of(&target).unwrap().unwrap();
    let table = blob(&room, &image.blocks.sha256);
    let encoded = blob(&room, &target.sha256);
    let (mut at, mut decoded) = (0, Vec::new());
    for entry in table.chunks(ENTRY_BYTES) {
        let block = Block::read(entry.try_into().unwrap()).unwrap();
        let bytes = &encoded[at..at + block.length as usize];
        assert_eq!(Digest::of(bytes), block.sha256);
        decoded.extend(zstd::bulk::decompress(bytes, 65536).unwrap());
        at += block.length as usize;
    }
    assert_eq!(at, encoded.len());
    assert_eq!(table.len() / ENTRY_BYTES, 5);
    assert_eq!(decoded, fs::read(&file).unwrap());
}

#[test]
fn builds_of_one_release_accumulate_in_one_change_and_one_set() {
    let room = Room::begun();
    let (app, radio) = (room.image(20_000), room.image(30_000));
    room.add_release("1.0.0", &app, &[]).ok();
    room.add_release("1.0.0", &app, &["--encoding", "zstd"])
        .ok();
    let radio = radio.to_str().unwrap().to_owned();
    let args = [
        "release",
        "add",
        "--product",
        "watch",
        "--release",
        "1.0.0",
        "--component",
        "radio",
        "--version",
        "7",
        "--hardware",
        "rev-b",
        "rev-a",
        "--channel",
        "beta",
        "stable",
        "--file",
        &radio,
        "--floor",
        "3",
    ];
    room.run(&args).ok();
    let view = View::load(&Ceremony::open(&room.demo()).unwrap()).unwrap();
    let targets = view.targets(&"watch".parse().unwrap()).unwrap();
    assert_eq!(targets.version.get(), 1);
    let set = targets.find("images/watch/release/1.0.0/set.json").unwrap();
    let set = blob(&room, &set.sha256);
    let parts = parts(&set, |part| {
        Ok((part.component.to_owned(), part.version.to_owned()))
    });
    let expected = [("app", "1.0.0"), ("radio", "7")];
    assert_eq!(parts, expected.map(|(one, two)| (one.into(), two.into())));
}

/// What is wanted of each component that a release document names.
fn parts<T>(set: &[u8], of: impl Fn(Part<'_>) -> sealift_metadata::Result<T>) -> Vec<T> {
    let mut parts = Vec::new();
    let mut add = |part| {
        parts.push(of(part)?);
        Ok(())
    };
    Release::read(set).unwrap().for_each(&mut add).unwrap();
    parts
}

#[test]
fn the_set_names_the_same_bytes_once_for_each_version_and_sequence() {
    let room = Room::begun();
    let file = room.image(20_000);
    room.add_release("1.0.0", &file, &[]).ok();
    room.add_release("1.0.0", &file, &["--encoding", "zstd"])
        .ok();
    for (board, version, sequence) in [
        ("rev-c", "1.0.0", "1"),
        ("rev-d", "1.0.0-d", "1"),
        ("rev-e", "1.0.0", "2"),
    ] {
        let copy = room.path(&format!("{board}.bin"));
        fs::copy(&file, &copy).unwrap();
        let mut args = vec!["release", "add", "--product", "watch", "--release", "1.0.0"];
        args.extend(["--component", "app", "--channel", "stable"]);
        args.extend(["--version", version, "--sequence", sequence]);
        args.extend(["--hardware", board, "--file", copy.to_str().unwrap()]);
        room.run(&args).ok();
    }
    let view = View::load(&Ceremony::open(&room.demo()).unwrap()).unwrap();
    let targets = view.targets(&"watch".parse().unwrap()).unwrap();
    let set = targets.find("images/watch/release/1.0.0/set.json").unwrap();
    let set = blob(&room, &set.sha256);
    let parts = parts(&set, |part| {
        let mut boards = Vec::new();
        part.hardware.for_each(|board| {
            boards.push(board.to_owned());
            Ok(())
        })?;
        Ok((part.sequence, part.version.to_owned(), boards.join(" ")))
    });
    let expected = [
        (1, "1.0.0", "rev-b rev-c"),
        (1, "1.0.0-d", "rev-d"),
        (2, "1.0.0", "rev-e"),
    ];
    assert_eq!(
        parts,
        expected.map(|(sequence, version, boards)| (sequence, version.into(), boards.into()))
    );
}

#[test]
fn sequence_and_floor_go_on_from_the_highest_known() {
    let room = Room::published();
    room.add_release("1.1.0", &room.image(50_000), &["--floor", "4"])
        .ok();
    let added = room
        .add_release("1.2.0", &room.image(60_000), &["--json"])
        .ok();
    assert_eq!(added.json()["sequence"], 3);
    assert_eq!(added.json()["floor"], 4);
    assert_eq!(added.json()["proposed"][0]["version"], 2);
}

#[test]
fn what_others_wrote_into_a_document_survives_the_next_version() {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(9_000), &[]).ok();
    room.edit_payload("watch", |value| {
        let note = sealift_metadata::write::Value::from([("note", "kept".into())]);
        value.members().insert("x-vendor".to_owned(), note);
    });
    room.edit_payload("targets", |value| {
        let delegations = value.members().get_mut("delegations").unwrap();
        delegations
            .members()
            .insert("x-vendor".to_owned(), true.into());
    });
    room.everybody_signs();
    room.publish();
    room.add_release("1.1.0", &room.image(8_000), &[]).ok();
    room.run(&[
        "product",
        "add",
        "hub",
        "--key",
        "release-1.pub",
        "release-2.pub",
    ])
    .ok();
    for (role, text) in [
        ("watch", r#""x-vendor":{"note":"kept"}"#),
        ("targets", r#""x-vendor":true"#),
    ] {
        let payload = String::from_utf8(room.payload(role)).unwrap();
        assert!(payload.contains(text), "{payload}");
        assert!(payload.contains(r#""version":2"#), "{payload}");
    }
}

#[test]
fn each_version_gets_a_fresh_expiry() {
    let mut room = Room::published();
    room.now += 80 * 86_400;
    room.run(&["renew", "root", "targets", "channels", "watch"])
        .ok();
    for (role, days) in [
        ("root", 365),
        ("targets", 180),
        ("channels", 90),
        ("watch", 90),
    ] {
        let payload = String::from_utf8(room.payload(role)).unwrap();
        let expires = Time::from_seconds(room.now + days * 86_400).to_string();
        assert!(payload.contains(&expires), "{role}: {payload}");
    }
    let review = room.run(&["review"]).ok().out;
    let lines = review.matches("= nothing but the version and the expiry");
    assert_eq!(lines.count(), 4, "{review}");
}

fn blob(room: &Room, sha256: &Digest) -> Vec<u8> {
    let bytes = fs::read(room.demo().join(format!("blobs/{sha256}"))).unwrap();
    assert_eq!(Digest::of(&bytes), *sha256);
    bytes
}
