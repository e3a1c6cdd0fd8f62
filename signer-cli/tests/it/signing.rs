//! What must not be signed, and what must not count.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::room::{Room, Typist};
use sealift_metadata::write::Value;

fn summary(room: &Room, role: &str) -> String {
    let status = room.run(&["status"]).out;
    let line = status.lines().find(|line| line.trim().starts_with(role));
    line.unwrap_or_else(|| panic!("{role}: {status}"))
        .to_owned()
}

#[test]
fn a_wrong_passphrase_has_a_name_and_changes_nothing() {
    let room = Room::begun();
    let before = Room::contents(room.folder.path());
    room.sign("officer-1", &["--passphrase-file", "wrong"])
        .refused("wrong_passphrase");
    assert_eq!(Room::contents(room.folder.path()), before);
    room.sign("officer-1", &[]).ok();
}

#[test]
fn a_key_file_that_others_can_read_signs_nothing() {
    let room = Room::begun();
    let key = room.path("home-officer-1/keys/officer-1.age");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    room.sign("officer-1", &[]).refused("file_mode");
    assert!(summary(&room, "root").contains("0 of 2"));
}

#[test]
fn a_passphrase_file_that_others_can_read_is_not_used() {
    let room = Room::begun();
    let file = room.path("passphrase");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    room.sign("officer-1", &[]).refused("file_mode");
}

#[test]
fn a_second_payload_under_one_version_is_refused_and_the_first_is_named() {
    let room = Room::begun();
    room.add_release("1.0.0", &room.image(20_000), &[]).ok();
    room.sign("release-1", &["watch"]).ok();
    let first = sealift_metadata::Digest::of(&room.payload("watch")).to_string();
    let added = room.add_release("1.0.1", &room.image(30_000), &[]).ok();
    assert!(added.out.contains("1 signature(s)"), "{added:?}");
    let refused = room
        .sign("release-1", &["watch"])
        .refused("ledger_conflict");
    assert!(refused.err.contains(&first), "{refused:?}");
    assert!(summary(&room, "watch").contains("0 of 2"));
    // Somebody who never signed the first is free to sign the second.
    room.sign("release-2", &["watch"]).ok();
    let other = "0".repeat(64);
    room.sign("release-1", &["watch", "--supersede", &other])
        .refused("ledger_conflict");
    room.sign("release-1", &["watch", "--supersede", &first])
        .ok();
    room.sign("release-1", &["watch"]).ok();
    assert!(summary(&room, "watch").contains("2 of 2"));
}

#[test]
fn one_signer_who_signs_twice_counts_once() {
    let room = Room::begun();
    room.sign("officer-1", &["root"]).ok();
    room.sign("officer-1", &["root"]).ok();
    assert!(
        summary(&room, "root").contains("1 of 2 signatures, waiting for officer-2 or officer-3")
    );
}

#[test]
fn one_signature_short_is_a_state_and_not_an_error() {
    let room = Room::begun();
    room.sign("officer-1", &[]).ok();
    let status = room.run(&["status", "--json"]);
    assert_eq!(status.code, 3, "{status:?}");
    let json = status.json();
    assert_eq!(json["changes"][0]["complete"], false);
    assert_eq!(
        json["changes"][0]["tallies"][0]["signed"][0]["name"],
        "officer-1"
    );
    room.everybody_signs();
    room.run(&["status"]).ok();
}

#[test]
fn a_signature_counts_only_for_the_bytes_it_was_made_for() {
    let room = Room::begun();
    room.everybody_signs();
    room.edit_payload("root", |value| {
        value.members().insert("x".to_owned(), Value::from(1));
    });
    let line = summary(&room, "root");
    assert!(line.contains("0 of 2"), "{line}");
    // Claiming the new digest does not help either.
    let digest = sealift_metadata::Digest::of(&room.payload("root")).to_string();
    let folder = room.demo().join("changes/root/signatures");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut file: serde_json::Value =
            serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        file["payload_sha256"] = digest.clone().into();
        fs::write(&path, file.to_string()).unwrap();
    }
    assert!(summary(&room, "root").contains("0 of 2"));
}

#[test]
fn a_signature_of_somebody_else_does_not_count_and_is_shown() {
    let room = Room::begun();
    room.sign("release-1", &["watch"]).ok();
    let folder = room.demo().join("changes");
    fs::create_dir_all(folder.join("root/signatures")).unwrap();
    let entry = fs::read_dir(folder.join("watch/signatures"))
        .unwrap()
        .next();
    let from = entry.unwrap().unwrap().path();
    let to = folder
        .join("root/signatures")
        .join(from.file_name().unwrap());
    fs::copy(from, to).unwrap();
    let status = room.run(&["status"]).out;
    assert!(
        status.contains("the signature of release-1 does not count"),
        "{status}"
    );
    assert!(summary(&room, "root").contains("0 of 2"));
}

#[test]
fn who_is_no_signer_of_a_role_cannot_sign_it() {
    let room = Room::begun();
    room.sign("release-1", &["root"]).refused("not_a_signer");
    room.sign("officer-3", &["targets"]).refused("not_a_signer");
}

#[test]
fn nothing_is_signed_without_a_yes() {
    let room = Room::begun();
    for answer in ["no", "y", "", "YES please"] {
        let args = [
            "sign",
            "--key",
            "officer-1",
            "--passphrase-file",
            "passphrase",
        ];
        let outcome = room
            .run_as("officer-1", &args, &mut Typist(answer))
            .refused("declined");
        // What would have been signed was on the screen.
        assert!(
            outcome.err.contains("role root: 2 of 3 must sign"),
            "{outcome:?}"
        );
    }
    assert!(summary(&room, "root").contains("0 of 2"));
    let args = [
        "sign",
        "--key",
        "officer-1",
        "--passphrase-file",
        "passphrase",
    ];
    room.run_as("officer-1", &args, &mut Typist("yes")).ok();
}

#[test]
fn only_who_compared_every_image_says_so() {
    let room = Room::begun();
    let (app, other) = (room.image(20_000), room.image(30_000));
    room.add_release("1.0.0", &app, &[]).ok();
    let (app, other) = (app.to_str().unwrap(), other.to_str().unwrap());
    room.sign("release-1", &["watch", "--image", other])
        .refused("image_mismatch");
    let signed = room.sign("release-1", &["watch", "--image", app]).ok();
    assert!(signed.out.contains("checked: file"), "{signed:?}");
    let signed = room.sign("release-2", &["watch"]).ok();
    assert!(signed.out.contains("checked: hash"), "{signed:?}");
    let other = room.path("app-30000.bin");
    room.add_release("1.1.0", &other, &[]).ok();
    let first = room.sign("release-1", &["watch", "--image", app]);
    let digest = first.err.split("contents: ").nth(1).unwrap()[..64].to_owned();
    let signed = room
        .sign(
            "release-1",
            &["watch", "--image", app, "--supersede", &digest],
        )
        .ok();
    assert!(signed.out.contains("checked: hash"), "{signed:?}");
}

#[test]
fn example_keys_sign_nothing_outside_of_a_demo() {
    let room = Room::with_keys(&["officer-1", "officer-2", "officer-3"]);
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../keys-example");
    for name in ["release-1", "release-2"] {
        let seed = format!("{seeds}/{name}.seed");
        let args = ["key", "new", name, "--example", &seed];
        room.signer(name, &args).refused("example_key");
        let args = ["--demo", "key", "new", name, "--example", &seed];
        let public = room.signer(name, &args).ok().out;
        fs::write(room.path(&format!("{name}.pub")), public).unwrap();
    }
    room.init(&[]).refused("example_key");
    room.init(&["--demo"]).ok();
    let add = [
        "product",
        "add",
        "watch",
        "--key",
        "release-1.pub",
        "release-2.pub",
    ];
    room.run(&add).refused("example_key");
    room.run(&[&["--demo"][..], &add].concat()).ok();
    room.sign("release-1", &["watch"]).refused("example_key");
    room.sign("release-1", &["watch", "--demo"]).ok();
}

#[test]
fn a_seed_of_ones_own_is_no_example() {
    let room = Room::with_keys(&[]);
    fs::write(room.path("my.seed"), "11".repeat(32)).unwrap();
    let args = ["--demo", "key", "new", "mine", "--example", "my.seed"];
    room.signer("mine", &args).refused("not_an_example");
}

#[test]
fn a_root_that_follows_another_needs_both_sets_of_signers() {
    use sealift::ceremony::Ceremony;
    use sealift::names::RoleId;
    use sealift::propose::propose_all;
    use sealift::public_key::PublicKeyFile;
    use sealift_metadata::Time;
    use sealift_metadata::write::RoleSpec;

    let room = Room::published();
    for name in ["officer-4", "officer-5"] {
        let public = room.signer(name, &["key", "new", name]).ok().out;
        fs::write(room.path(&format!("{name}.pub")), public).unwrap();
    }
    let ceremony = Ceremony::open_to_change(&room.demo()).unwrap();
    let mut draft = ceremony.next(&RoleId::Root).unwrap().unwrap();
    let key = |name: &str| {
        let path = room.path(&format!("{name}.pub"));
        PublicKeyFile::read(&path).unwrap().key
    };
    let keys = ["officer-1", "officer-4", "officer-5"].map(key).to_vec();
    draft.set_role("root", &RoleSpec { keys, threshold: 3 });
    let now = Time::from_seconds(room.now);
    propose_all(&ceremony, vec![(RoleId::Root, draft)], now).unwrap();
    drop(ceremony);
    room.sign("officer-1", &[]).ok();
    assert!(summary(&room, "root").contains("old root 1/2, new root 1/3"));
    room.sign("officer-2", &[]).ok();
    assert!(summary(&room, "root").contains("old root 2/2, new root 1/3"));
    let status = room.run(&["status"]);
    assert_eq!(status.code, 3, "{status:?}");
    assert!(
        status.out.contains("new root 1/3, waiting for key "),
        "{status:?}"
    );
    room.sign("officer-4", &[]).ok();
    room.sign("officer-5", &[]).ok();
    let line = summary(&room, "root");
    assert!(
        line.contains("old root 2/2, new root 3/3, complete"),
        "{line}"
    );
    room.publish();
    assert!(room.demo().join("known-good/1.root.json").exists());
    assert!(room.demo().join("known-good/2.root.json").exists());
    // The signers who were there from the start walk from the root that they know.
    room.run(&["renew", "targets"]).ok();
    room.sign("officer-1", &["targets"]).ok();
}
