//! A folder chooses its repository's name: a name hides nothing that a key signed before.

use std::fs;

use crate::room::Room;
use crate::trust::copy;
use sealift::ceremony::Ceremony;
use sealift_metadata::Digest;

fn rename(room: &Room, name: &str) {
    let path = room.demo().join("sealift.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("repository = \"demo\""), "{text}");
    let text = text.replace("repository = \"demo\"", &format!("repository = \"{name}\""));
    fs::write(path, text).unwrap();
}

fn first_root(room: &Room) -> String {
    let first = Ceremony::open(&room.demo()).unwrap().known_root(1);
    first.unwrap().unwrap().digest.to_string()
}

/// A repository of a thief's own, whose roles name a key of a victim. Its product is at version
/// 2, so that the next version is one that the victim signs next in the real one.
fn forged_for(victim: &Room) -> Room {
    let room = Room::with_keys(&["officer-1", "officer-2", "officer-3", "release-2"]);
    let own = room.path("release-1.pub");
    fs::copy(victim.path("release-1.pub"), own).unwrap();
    room.init(&["--channels-key", "release-2.pub"]).ok();
    let keys = ["release-1.pub", "release-2.pub"];
    let add = ["product", "add", "watch", "--key", keys[0], keys[1]];
    let alone = ["--threshold", "1", "--allow-single-signer"];
    room.run(&[&add[..], &alone[..]].concat()).ok();
    room.add_release("1.0.0", &room.image(50_000), &[]).ok();
    for name in ["officer-1", "officer-2", "release-2"] {
        room.sign(name, &[]).ok();
    }
    room.publish();
    for release in ["1.1.0", "1.2.0"] {
        room.add_release(release, &room.image(60_000), &[]).ok();
        if release == "1.1.0" {
            room.sign("release-2", &[]).ok();
            room.publish();
        }
    }
    room
}

fn show(from: &Room, to: &Room) {
    fs::remove_dir_all(to.demo()).unwrap();
    copy(&from.demo(), &to.demo());
}

#[test]
fn another_name_does_not_hide_what_was_signed_under_a_version() {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(20_000), &[]).ok();
    room.sign("release-1", &["watch"]).ok();
    let first = Digest::of(&room.payload("watch")).to_string();
    rename(&room, "staging");
    room.add_release("1.0.1", &room.image(30_000), &[]).ok();
    let refused = room
        .sign("release-1", &["watch"])
        .refused("ledger_conflict");
    assert!(refused.err.contains(&first), "{refused:?}");
}

#[test]
fn a_forged_repository_of_any_name_gets_no_signature_unasked() {
    for name in ["demo", "staging"] {
        // The victim signed, and saw no root in force yet.
        let room = Room::published();
        let forged = forged_for(&room);
        show(&forged, &room);
        if name != "demo" {
            rename(&room, name);
        }
        let first = first_root(&room);
        let refused = room.sign("release-1", &["watch"]).refused("untrusted_root");
        assert!(refused.err.contains(&first), "{refused:?}");
        let other = "0".repeat(64);
        room.sign("release-1", &["watch", "--trust-root", &other])
            .refused("untrusted_root");
        room.sign("release-1", &["watch", "--trust-root", &first])
            .ok();
        // Said once, and written down.
        room.sign("release-1", &["watch"]).ok();
    }
}

#[test]
fn a_forged_repository_beside_a_pinned_one_gets_no_signature_unasked() {
    let room = Room::published();
    room.run(&["renew", "channels"]).ok();
    room.sign("release-1", &["channels"]).ok();
    let forged = forged_for(&room);
    show(&forged, &room);
    rename(&room, "staging");
    room.sign("release-1", &["watch"]).refused("untrusted_root");
}

#[test]
fn a_repository_that_only_changes_its_name_keeps_what_was_seen() {
    let room = Room::published();
    copy(&room.demo(), &room.path("old"));
    room.add_release("1.1.0", &room.image(20_000), &[]).ok();
    room.sign("release-1", &[]).ok();
    room.sign("release-2", &[]).ok();
    room.publish();
    rename(&room, "staging");
    room.run(&["renew", "watch"]).ok();
    room.sign("release-1", &[]).ok();
    fs::remove_dir_all(room.demo()).unwrap();
    copy(&room.path("old"), &room.demo());
    rename(&room, "production");
    room.run(&["renew", "watch"]).ok();
    room.sign("release-1", &[]).refused("known_good_rollback");
}

#[test]
fn the_first_root_is_read_out_at_the_first_look_and_only_then() {
    let room = Room::published();
    let first = first_root(&room);
    room.run(&["renew", "watch"]).ok();
    for args in [&["review"][..], &["review", "watch"]] {
        let review = room.run(args).ok();
        assert!(review.err.contains(&first), "{review:?}");
    }
    let signed = room.sign("release-2", &[]).ok();
    assert!(signed.err.contains(&first), "{signed:?}");
    let signed = room.sign("release-2", &[]).ok();
    assert!(!signed.err.contains(&first), "{signed:?}");
}

#[test]
fn a_proposed_first_root_is_read_out_too() {
    let room = Room::begun();
    let digest = Digest::of(&room.payload("root")).to_string();
    let signed = room.sign("release-1", &["watch"]).ok();
    assert!(signed.err.contains(&digest), "{signed:?}");
}

#[test]
fn a_trusted_root_that_is_not_the_one_shown_stops_the_first_signature_too() {
    let room = Room::begun();
    let digest = Digest::of(&room.payload("root")).to_string();
    let other = "0".repeat(64);
    room.sign("release-1", &["watch", "--trust-root", &other])
        .refused("untrusted_root");
    room.sign("release-1", &["watch", "--trust-root", &digest])
        .ok();
}

#[test]
fn ledger_lines_that_name_no_root_still_count() {
    let room = Room::begun();
    let public: serde_json::Value =
        serde_json::from_slice(&fs::read(room.path("release-1.pub")).unwrap()).unwrap();
    let first = "ab".repeat(32);
    for repository in ["demo", "elsewhere"] {
        let line = serde_json::json!({
            "kind": "signed", "repository": repository, "role": "watch", "version": 1,
            "payload_sha256": first, "keyid": public["keyid"], "checked": "hash",
            "at": "2026-11-20T12:00:00Z",
        });
        fs::write(
            room.path("home-release-1/ledger.jsonl"),
            format!("{line}\n"),
        )
        .unwrap();
        let digest = Digest::of(&room.payload("root")).to_string();
        let trust = ["watch", "--trust-root", &digest];
        let refused = room.sign("release-1", &trust).refused("ledger_conflict");
        assert!(refused.err.contains(&first), "{refused:?}");
    }
    room.sign("release-1", &["watch"]).refused("untrusted_root");
}
