//! A folder that comes from somebody else: it may be old, forged, or full of traps.

use std::fs;
use std::path::Path;

use crate::room::Room;
use sealift_metadata::write::{Draft, SecretKey, Value, seal};

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn an_older_known_good_than_a_signer_has_seen_is_refused() {
    let room = Room::published();
    copy(&room.demo(), &room.path("old"));
    room.add_release("1.1.0", &room.image(20_000), &[]).ok();
    room.sign("release-1", &[]).ok();
    room.sign("release-2", &[]).ok();
    room.publish();
    room.run(&["renew", "watch"]).ok();
    room.sign("release-1", &[]).ok();
    fs::remove_dir_all(room.demo()).unwrap();
    copy(&room.path("old"), &room.demo());
    room.run(&["renew", "watch"]).ok();
    room.sign("release-1", &[]).refused("known_good_rollback");
    // Without any known-good at all it is no better.
    fs::remove_dir_all(room.demo().join("known-good")).unwrap();
    room.sign("release-1", &[]).refused("known_good_rollback");
}

#[test]
fn another_repository_of_the_same_name_is_refused() {
    let room = Room::published();
    room.run(&["renew", "watch"]).ok();
    room.sign("release-1", &[]).ok();
    let other = Room::published();
    fs::remove_dir_all(room.demo()).unwrap();
    copy(&other.demo(), &room.demo());
    room.run(&["renew", "watch"]).ok();
    room.sign("release-1", &[]).refused("pin_mismatch");
}

#[test]
fn the_first_root_shown_must_be_the_one_that_was_signed() {
    let room = Room::published();
    let other = Room::published();
    fs::remove_dir_all(room.demo()).unwrap();
    copy(&other.demo(), &room.demo());
    room.run(&["renew", "root"]).ok();
    // Nothing of known-good was seen yet, but the first root was signed.
    room.sign("officer-1", &[]).refused("pin_mismatch");
}

#[test]
fn a_root_in_force_that_is_not_the_newest_of_the_chain_is_refused() {
    let room = Room::published();
    let other = Room::published();
    let forged = other.demo().join("known-good/root.json");
    fs::copy(forged, room.demo().join("known-good/root.json")).unwrap();
    room.run(&["renew", "root"]).ok();
    room.sign("officer-3", &[]).refused("pin_mismatch");
}

#[test]
fn a_known_good_document_that_its_signers_did_not_sign_is_refused() {
    let room = Room::published();
    let path = room.demo().join("known-good/watch.json");
    let original = fs::read(&path).unwrap();
    let mut draft = Draft::of_document(&original).unwrap();
    draft.set("x-forged", true);
    let payload = draft.finish().unwrap();
    let thief = SecretKey::from_seed(&[9; 32]);
    let keyid = thief.public().unwrap().keyid().to_owned();
    let forged = seal(&payload, &[(keyid, thief.sign(&payload.encode()))]);
    fs::write(&path, forged).unwrap();
    room.run(&["renew", "watch"]).ok();
    room.sign("release-1", &[]).refused("threshold_not_met");
    room.run(&["review"]).refused("threshold_not_met");
}

#[test]
fn a_role_that_nobody_delegates_to_is_refused_in_known_good() {
    let room = Room::published();
    let known = room.demo().join("known-good");
    fs::copy(known.join("watch.json"), known.join("hub.json")).unwrap();
    room.run(&["renew", "channels"]).ok();
    room.sign("release-1", &[]).refused("unknown_role");
}

#[test]
fn a_payload_that_is_not_what_it_should_be_is_not_signed() {
    type Edit = fn(&mut Value);
    let cases: [(&str, &str, Edit); 9] = [
        ("watch", "stale_change", |value| {
            value.members().insert("version".to_owned(), 7.into());
        }),
        ("watch", "wrong_role", |value| {
            value.members().insert("_type".to_owned(), "root".into());
        }),
        ("watch", "expired", |value| {
            let expires = "2026-11-21T11:59:59Z".into();
            value.members().insert("expires".to_owned(), expires);
        }),
        ("watch", "path_outside_role", |value| {
            let targets = value.members().get_mut("targets").unwrap().members();
            let entry = targets.values().next().unwrap().clone();
            targets.insert("images/hub/app/1.0.0/x".to_owned(), entry);
        }),
        ("watch", "block_table_mismatch", |value| {
            let targets = value.members().get_mut("targets").unwrap().members();
            targets.retain(|path, _| !path.ends_with(".blocks"));
        }),
        ("watch", "release_document_mismatch", |value| {
            let targets = value.members().get_mut("targets").unwrap().members();
            targets.retain(|path, _| !path.ends_with("set.json"));
        }),
        ("watch", "delegates_further", |value| {
            let delegations = Value::decode(br#"{"keys":{},"roles":[]}"#).unwrap();
            value
                .members()
                .insert("delegations".to_owned(), delegations);
        }),
        ("watch", "misplaced_image", |value| {
            let targets = value.members().get_mut("targets").unwrap().members();
            let path = targets
                .keys()
                .find(|path| path.ends_with("app-20000.bin"))
                .unwrap()
                .clone();
            let entry = targets.remove(&path).unwrap();
            targets.insert(path.replace("/app/", "/radio/"), entry);
        }),
        ("targets", "files_in_targets", |value| {
            let entry = Value::decode(
                br#"{"hashes":{"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},"length":3}"#,
            );
            let targets = value.members().get_mut("targets").unwrap().members();
            targets.insert("images/watch/a/b/c".to_owned(), entry.unwrap());
        }),
    ];
    for (role, code, edit) in cases {
        let room = Room::begun();
        room.add_release("1.0.0", &room.image(20_000), &[]).ok();
        room.edit_payload(role, edit);
        let signer = if role == "watch" {
            "release-1"
        } else {
            "officer-1"
        };
        room.sign(signer, &[role]).refused(code);
        let review = room.run(&["review", role]);
        assert_eq!(review.code, 1, "{code}: {review:?}");
    }
}

#[test]
fn a_payload_in_another_layout_is_not_signed() {
    let room = Room::begun();
    let path = room.demo().join("changes/root/payload.json");
    let mut payload = fs::read(&path).unwrap();
    payload.insert(1, b' ');
    fs::write(&path, payload).unwrap();
    room.sign("officer-1", &["root"]).refused("malformed_json");
}

#[test]
fn a_published_image_cannot_become_another() {
    let room = Room::published();
    let path = "images/watch/app/1.0.0/app-100000.bin";
    room.run(&["renew", "watch"]).ok();
    room.edit_payload("watch", |value| {
        let targets = value.members().get_mut("targets").unwrap().members();
        let custom = targets.get_mut(path).unwrap().members().get_mut("custom");
        let sealift = custom.unwrap().members().get_mut("sealift").unwrap();
        sealift.members().insert("security".to_owned(), true.into());
    });
    room.sign("release-1", &["watch"])
        .refused("published_changed");
}

#[test]
fn a_document_that_cannot_be_shown_is_not_signed() {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(20_000), &[]).ok();
    room.set_channel(&["1.0.0"]).ok();
    let blobs = room.demo().join("blobs");
    for entry in fs::read_dir(&blobs).unwrap() {
        let path = entry.unwrap().path();
        if fs::read(&path).unwrap().starts_with(br#"{"channel""#) {
            fs::write(&path, b"{}").unwrap();
            room.sign("release-1", &["channels"])
                .refused("digest_mismatch");
            fs::remove_file(&path).unwrap();
        }
    }
    room.sign("release-1", &["channels"])
        .refused("missing_blob");
}

#[test]
fn a_channel_that_offers_what_its_signers_did_not_allow_is_not_signed() {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(20_000), &[]).ok();
    room.set_channel(&["1.0.0"]).ok();
    room.edit_payload("watch", |value| {
        let text = String::from_utf8(value.encode()).unwrap();
        let text = text.replace(r#""channels":["stable"]"#, r#""channels":["beta"]"#);
        *value = Value::decode(text.as_bytes()).unwrap();
    });
    room.sign("release-1", &["channels"])
        .refused("channel_document_mismatch");
}

#[test]
fn a_file_name_does_not_steer_the_terminal() {
    let room = Room::begun();
    let name = "known-good/\u{1b}[2Jroot.json";
    fs::create_dir_all(room.demo().join("known-good")).unwrap();
    fs::write(room.demo().join(name), "{}").unwrap();
    let outcome = room.run(&["status"]).refused("malformed_file");
    assert!(!outcome.err.contains('\u{1b}'), "{outcome:?}");
}

#[test]
fn state_that_is_not_understood_is_an_error() {
    for (file, text) in [
        ("demo/sealift.toml", "repository = \"demo\"\nsurprise = 1\n"),
        ("demo/changes/root/signatures/x.json", "{}"),
        ("demo/changes/x%2Fy/payload.json", "{}"),
        ("demo/known-good/notes.txt", ""),
        ("home-officer-1/ledger.jsonl", "{\"kind\":\"surprise\"}\n"),
        ("home-officer-1/ledger.jsonl", "{\"kind\":\"seen\""),
    ] {
        let room = Room::begun();
        let path = room.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let outcome = room.sign("officer-1", &[]);
        assert_eq!(outcome.code, 1, "{file}: {outcome:?}");
        assert!(outcome.err.contains("[malformed_"), "{file}: {outcome:?}");
    }
}
