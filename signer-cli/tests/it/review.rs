//! What a signer is shown.

use crate::room::Room;
use sealift_metadata::write::Value;

#[test]
fn an_image_is_described_by_what_it_does_to_devices() {
    let room = Room::published();
    room.add_release(
        "1.1.0",
        &room.image(30_000),
        &["--floor", "2", "--slot", "a"],
    )
    .ok();
    let review = room.run(&["review", "watch"]).ok().out;
    let digest = sealift_metadata::Digest::of(&std::fs::read(room.path("app-30000.bin")).unwrap());
    for text in [
        "+ watch: app 1.1.0 on rev-b, slot a",
        "audience   stable",
        "sequence   1 -> 2",
        "floor      0 -> 2",
        &format!("image      30000 bytes, sha256 {digest}"),
        "signs     2 of 2 (release-1, release-2)",
        "version   1 -> 2",
        "release 1.1.0 as a whole",
        &format!(
            "payload   {}",
            sealift_metadata::Digest::of(&room.payload("watch"))
        ),
    ] {
        assert!(review.contains(text), "{text}\n{review}");
    }
    assert!(!review.contains("1.0.0/"), "{review}");
}

/// Adds a radio to a release.
fn add_radio(room: &Room, release: &str, more: &[&str]) {
    let file = room.image(40_000);
    let mut args = vec!["release", "add", "--product", "watch", "--release", release];
    args.extend([
        "--component",
        "radio",
        "--version",
        "7",
        "--hardware",
        "rev-b",
    ]);
    args.extend(["--channel", "stable", "--file", file.to_str().unwrap()]);
    args.extend(more);
    room.run(&args).ok();
}

#[test]
fn a_release_of_two_components_is_shown_whole_and_signed_as_one() {
    let room = Room::begun();
    let app = room.image(20_000);
    room.add_release("1.0.0", &app, &["--needs-with", "radio:3"])
        .ok();
    let lacks = "app 1.0.0 needs radio of sequence 3 or later in release 1.0.0, which has none";
    assert!(room.run(&["review", "watch"]).ok().out.contains(lacks));
    add_radio(
        &room,
        "1.0.0",
        &["--sequence", "3", "--needs-installed", "app:1"],
    );
    let review = room.run(&["review", "watch"]).ok().out;
    for text in [
        "+ watch: app 1.0.0 on rev-b",
        "+ watch: radio 7 on rev-b",
        "release 1.0.0 as a whole",
        "consists of app 1.0.0, radio 7",
        "only with  radio of sequence 3 or later",
        "only after app of sequence 1 or later",
    ] {
        assert!(review.contains(text), "{text}\n{review}");
    }
    assert!(!review.contains(lacks), "{review}");
    room.set_channel(&["1.0.0"]).ok();
    room.everybody_signs();
    room.publish();
}

#[test]
fn old_bytes_in_a_later_release_are_pointed_out() {
    let room = Room::published();
    room.add_release("1.0.1", &room.image(100_000), &[]).ok();
    let review = room.run(&["review", "watch"]).ok().out;
    assert!(
        review.contains("unchanged  the very bytes of release 1.0.0"),
        "{review}"
    );
}

#[test]
fn a_channel_shows_its_releases_before_and_after() {
    let room = Room::published();
    room.add_release("1.1.0", &room.image(30_000), &[]).ok();
    room.set_channel(&["1.1.0", "1.0.0"]).ok();
    let review = room.run(&["review", "channels"]).ok().out;
    assert!(
        review.contains("~ channel watch/stable: 1.0.0 -> 1.1.0, 1.0.0"),
        "{review}"
    );
}

#[test]
fn thresholds_and_keys_that_change_are_shown_by_name_and_id() {
    let room = Room::published();
    room.run(&["renew", "targets"]).ok();
    let mut gone = String::new();
    room.edit_payload("targets", |value| {
        let delegations = value.members().get_mut("delegations").unwrap();
        let Some(Value::Array(roles)) = delegations.members().get_mut("roles") else {
            panic!("roles");
        };
        let watch = roles[1].members();
        let Some(Value::Array(keyids)) = watch.get_mut("keyids") else {
            panic!("keyids");
        };
        gone = keyids.pop().unwrap().as_str().unwrap().to_owned();
        watch.insert("threshold".to_owned(), 1.into());
        roles.swap(0, 1);
    });
    let review = room.run(&["review", "targets"]).out;
    for text in [
        "~ delegation to watch: threshold 2 -> 1",
        "- delegation to watch: release-",
        &gone,
        "~ priority: channels, watch -> watch, channels",
    ] {
        assert!(review.contains(text), "{text}\n{review}");
    }
}

#[test]
fn a_key_that_changes_under_its_id_is_a_warning() {
    let room = Room::published();
    room.run(&["renew", "targets"]).ok();
    room.edit_payload("targets", |value| {
        let delegations = value.members().get_mut("delegations").unwrap();
        let keys = delegations.members().get_mut("keys").unwrap().members();
        let key = keys.values_mut().next().unwrap();
        let thief = sealift_metadata::write::SecretKey::from_seed(&[9; 32]);
        *key = thief.public().unwrap().value().clone();
    });
    let review = room.run(&["review", "targets"]).out;
    assert!(
        review.contains("! a key changes under the same id"),
        "{review}"
    );
}

#[test]
fn a_key_under_the_id_of_another_is_a_warning() {
    let room = Room::begun();
    room.edit_payload("root", |value| {
        let keys = value.members().get_mut("keys").unwrap().members();
        let thief = sealift_metadata::write::SecretKey::from_seed(&[9; 32]);
        *keys.values_mut().next().unwrap() = thief.public().unwrap().value().clone();
    });
    let review = room.run(&["review", "root"]).out;
    let warning = "! this key is not the one that its id stands for";
    assert!(review.contains(warning), "{review}");
}

#[test]
fn fields_that_have_no_words_are_shown_as_they_stand() {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(9_000), &[]).ok();
    room.edit_payload("watch", |value| {
        let targets = value.members().get_mut("targets").unwrap().members();
        for (path, entry) in targets.iter_mut() {
            if path.contains("/app/") && entry.get("custom").is_some() {
                let custom = entry.members().get_mut("custom").unwrap().members();
                let sealift = custom.get_mut("sealift").unwrap().members();
                sealift.insert("backdoor".to_owned(), "open".into());
            }
            entry
                .members()
                .insert("x-side".to_owned(), path.as_str().into());
        }
        value.members().insert("x-top".to_owned(), 7.into());
    });
    let review = room.run(&["review", "watch"]).out;
    assert!(review.contains(r#"backdoor: "open""#), "{review}");
    assert!(review.contains("x-top: 7"), "{review}");
    // Image, block table and release document.
    assert_eq!(review.matches("x-side: ").count(), 3, "{review}");
}

#[test]
fn programs_get_the_same_as_json() {
    let room = Room::begun();
    let json = room.run(&["review", "--json"]).ok().json();
    let reviews = json["reviews"].as_array().unwrap();
    let roles: Vec<_> = reviews.iter().map(|review| &review["role"]).collect();
    assert_eq!(roles, ["root", "targets", "channels", "watch"]);
    assert_eq!(
        reviews[0]["changes"][0]["text"],
        "role root: 2 of 3 must sign"
    );
}
