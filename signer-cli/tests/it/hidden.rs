//! What a proposer tries to get past the eyes of a signer.

use crate::room::Room;
use sealift_metadata::write::{Object, SecretKey, Value};

const IMAGE: &str = "images/watch/app/1.0.0/app-9000.bin";
const TABLE: &str = "images/watch/app/1.0.0/app-9000.bin.blocks";
const DOCUMENT: &str = "images/watch/release/1.0.0/set.json";

fn proposed() -> Room {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(9_000), &[]).ok();
    room.set_channel(&["1.0.0"]).ok();
    room
}

fn entry<'a>(value: &'a mut Value, path: &str) -> &'a mut Object {
    let targets = value.members().get_mut("targets").unwrap().members();
    targets.get_mut(path).unwrap().members()
}

fn sealift<'a>(value: &'a mut Value, path: &str) -> &'a mut Object {
    let custom = entry(value, path).get_mut("custom").unwrap().members();
    custom.get_mut("sealift").unwrap().members()
}

#[test]
fn an_image_behind_the_name_of_a_block_table_or_document_is_shown_and_not_signed() {
    for path in [TABLE, DOCUMENT] {
        let room = proposed();
        room.edit_payload("watch", |value| {
            let custom = entry(value, IMAGE).get("custom").unwrap().clone();
            entry(value, path).insert("custom".to_owned(), custom);
        });
        let review = room.run(&["review", "watch"]);
        for field in [
            "sequence: 1",
            "version: \"1.0.0\"",
            "channels: [\"stable\"]",
        ] {
            let line = format!("+ targets > {path} > custom > sealift > {field}");
            assert!(review.out.contains(&line), "{line}\n{}", review.out);
        }
        assert_eq!(review.code, 1, "{review:?}");
        room.sign("release-1", &["watch"])
            .refused("custom_not_on_image");
    }
}

#[test]
fn a_description_on_a_channel_document_is_shown_and_not_signed() {
    let room = proposed();
    room.edit_payload("channels", |value| {
        let custom = Value::decode(br#"{"sealift":{"schema":1}}"#).unwrap();
        entry(value, "channels/watch/stable.json").insert("custom".to_owned(), custom);
    });
    let review = room.run(&["review", "channels"]).out;
    assert!(review.contains("custom > sealift > schema: 1"), "{review}");
    room.sign("release-1", &["channels"])
        .refused("custom_not_on_image");
}

#[test]
fn an_empty_description_where_none_belongs_is_shown() {
    let room = proposed();
    room.edit_payload("watch", |value| {
        entry(value, TABLE).insert("custom".to_owned(), Object::new().into());
    });
    let review = room.run(&["review", "watch"]).out;
    assert!(
        review.contains(&format!("{TABLE} > custom: {{}}")),
        "{review}"
    );
    room.sign("release-1", &["watch"])
        .refused("custom_not_on_image");
}

#[test]
fn a_block_table_that_its_image_does_not_speak_of_is_shown() {
    let room = proposed();
    let digest = "ab".repeat(32);
    room.edit_payload("watch", |value| {
        let hashes = entry(value, TABLE).get_mut("hashes").unwrap().members();
        hashes.insert("sha256".to_owned(), digest.as_str().into());
    });
    let review = room.run(&["review", "watch"]).out;
    let line = format!("+ targets > {TABLE} > hashes > sha256: \"{digest}\"");
    assert!(review.contains(&line), "{review}");
}

#[test]
fn a_field_hidden_inside_of_a_described_part_is_shown() {
    let room = proposed();
    room.edit_payload("watch", |value| {
        for part in ["image", "blocks"] {
            let part = sealift(value, IMAGE).get_mut(part).unwrap().members();
            part.insert("backdoor".to_owned(), "open".into());
        }
    });
    let review = room.run(&["review", "watch"]).out;
    for part in ["image", "blocks"] {
        let line = format!("sealift > {part} > backdoor: \"open\"");
        assert!(review.contains(&line), "{line}\n{review}");
    }
}

#[test]
fn a_published_image_that_changes_shows_every_field_before_and_after() {
    let room = Room::published();
    room.run(&["renew", "watch"]).ok();
    let path = "images/watch/app/1.0.0/app-100000.bin";
    room.edit_payload("watch", |value| {
        sealift(value, path).insert("floor".to_owned(), 9.into());
        sealift(value, path).insert("product".to_owned(), "watch".into());
    });
    let review = room.run(&["review", "watch"]).out;
    let line = format!("~ targets > {path} > custom > sealift > floor: 0 -> 9");
    assert!(review.contains(&line), "{review}");
}

#[test]
fn a_build_from_the_future_is_a_warning() {
    let room = proposed();
    let warning = "! watch: app 1.0.0 says that it was built in the future";
    assert!(!room.run(&["review", "watch"]).ok().out.contains(warning));
    room.edit_payload("watch", |value| {
        sealift(value, IMAGE).insert("built".to_owned(), "2034-01-01T00:00:00Z".into());
    });
    let review = room.run(&["review", "watch"]).out;
    assert!(review.contains(warning), "{review}");
    assert!(
        review.contains("built      2034-01-01T00:00:00Z"),
        "{review}"
    );
    assert!(
        review.contains("your clock 2026-11-21T12:00:00Z"),
        "{review}"
    );
}

#[test]
fn a_version_text_that_no_device_can_hold_is_not_signed() {
    for (length, code) in [(64, "release_document_mismatch"), (65, "version_too_long")] {
        let room = proposed();
        room.edit_payload("watch", |value| {
            let version = "1".repeat(length);
            sealift(value, IMAGE).insert("version".to_owned(), version.into());
        });
        room.sign("release-1", &["watch"]).refused(code);
    }
}

#[test]
fn a_key_that_goes_while_its_id_stays_listed_is_a_warning() {
    for role in ["root", "targets"] {
        let room = Room::published();
        room.run(&["renew", role]).ok();
        let mut gone = String::new();
        room.edit_payload(role, |value| {
            let holder = match role {
                "root" => value.members(),
                _ => value.members().get_mut("delegations").unwrap().members(),
            };
            let keys = holder.get_mut("keys").unwrap().members();
            gone = keys.pop_first().unwrap().0;
        });
        let review = room.run(&["review", role]).out;
        assert!(
            review.contains("- the key of an id goes, and the id stays"),
            "{review}"
        );
        let warning = "lists an id without a key, which cannot sign";
        assert!(review.contains(warning), "{review}");
        assert!(review.contains(&gone), "{review}");
    }
}

#[test]
fn a_key_that_no_role_names_is_shown_when_it_goes() {
    let room = Room::begun();
    let thief = SecretKey::from_seed(&[9; 32]).public().unwrap();
    room.edit_payload("targets", |value| {
        let delegations = value.members().get_mut("delegations").unwrap();
        let keys = delegations.members().get_mut("keys").unwrap().members();
        keys.insert(thief.keyid().to_owned(), thief.value().clone());
    });
    room.add_release("1.0.0", &room.image(9_000), &[]).ok();
    room.set_channel(&["1.0.0"]).ok();
    room.everybody_signs();
    room.publish();
    room.run(&["renew", "targets"]).ok();
    room.edit_payload("targets", |value| {
        let delegations = value.members().get_mut("delegations").unwrap();
        let keys = delegations.members().get_mut("keys").unwrap().members();
        keys.remove(thief.keyid()).unwrap();
    });
    let review = room.run(&["review", "targets"]).out;
    assert!(review.contains("- a key that no role names"), "{review}");
    assert!(review.contains(thief.keyid()), "{review}");
}
