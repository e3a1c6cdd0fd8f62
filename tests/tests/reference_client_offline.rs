//! `sealift-tuf-client` against a folder that an attacker wrote: what it keeps, and where.

use std::fs;

use anyhow::{Context as _, Result};
use sealift_metadata::Digest;
use sealift_metadata::name::Version;
use sealift_metadata::write::{Draft, Value};
use sealift_tests::scene::{CONTENT, FILE, Scene, says};
use sealift_tests::simulator::{DAY, START, Simulator, delegation, secrets, sign_with};

/// CVE-2020-15163
#[test]
fn a_root_that_was_not_verified_is_not_kept() -> Result<()> {
    let scene = Scene::new()?;
    scene.client.refresh()?.ok()?;
    let mut next = Simulator::new();
    next.root.set_version(Version::FIRST.next());
    next.set_keys("root", "others", 3, 2);
    for signers in [secrets("root", 3), secrets("others", 3), Vec::new()] {
        let root = sign_with(next.root.value(), &signers);
        scene.published.put("2.root.json", &root)?;
        scene.refuses("threshold_not_met")?;
    }
    scene.published.put("2.root.json", b"{}")?;
    scene.refuses("missing_field")
}

/// CVE-2025-2888
#[test]
fn a_timestamp_with_a_bad_snapshot_leaves_nobody_stuck() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.publish(|world| world.publish("targets", |_| {}))?;
    scene.client.refresh()?.ok()?;

    // The timestamp itself promises an older snapshot: it is not kept.
    let honest = scene.world.snapshot_version;
    scene.publish(|world| {
        world.timestamp_version = world.timestamp_version.next();
        world.snapshot_version = Version::FIRST;
    })?;
    scene.refuses("rollback")?;

    // The snapshot lists an older role. Whatever of it is kept, the next honest one is taken.
    scene.publish(|world| {
        world.snapshot_version = honest.next();
        world.draft("targets").set_version(Version::FIRST);
    })?;
    let snapshot = fs::read(scene.client.kept().join("snapshot.json"))?;
    says(scene.client.refresh()?, "rollback")?;
    assert_eq!(
        fs::read(scene.client.kept().join("snapshot.json"))?,
        snapshot
    );
    scene.publish(|world| {
        let targets = world.draft("targets");
        targets.set_version(Version::FIRST.next());
        world.publish("targets", |_| {});
    })?;
    scene.client.refresh()?.ok()?;
    Ok(())
}

/// A client that drops an expired document must not drop its version with it.
#[test]
fn an_expired_timestamp_still_holds_its_floor() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.publish(|world| {
        world.timestamp_version = Version::new(5).expect("not 0");
    })?;
    scene.client.refresh()?.ok()?;
    scene.client.set_now(START.plus(30 * DAY));
    scene.publish(|world| {
        world.timestamp_version = Version::new(4).expect("not 0");
        world.online_expires = START.plus(60 * DAY);
    })?;
    scene.refuses("rollback")?;
    scene.publish(|world| {
        world.timestamp_version = Version::new(6).expect("not 0");
    })?;
    scene.client.refresh()?.ok()?;
    Ok(())
}

/// The attack goal "fast-forward" (TUF 5.3.11).
#[test]
fn new_online_keys_end_a_fast_forward_attack_on_disk() -> Result<()> {
    for role in ["timestamp", "snapshot"] {
        let mut scene = Scene::new()?;
        scene.publish(|world| {
            world.snapshot_version = Version::new(u64::MAX).expect("not 0");
            world.timestamp_version = world.snapshot_version;
        })?;
        scene.client.refresh()?.ok()?;
        scene.publish(|world| {
            world.snapshot_version = Version::FIRST;
            world.timestamp_version = Version::FIRST;
        })?;
        scene.refuses("rollback")?;
        scene.publish(|world| {
            world.rotate_root(|world| world.set_keys(role, "online two", 1, 1));
            // Only what the kept timestamp says of itself holds where its key stays the same.
            world.timestamp_version = Version::FIRST;
        })?;
        scene.client.refresh()?.ok().context(role)?;
    }
    Ok(())
}

/// python-tuf #2977
#[test]
fn a_cached_role_answers_to_whoever_delegates_to_it_now() -> Result<()> {
    let (one, two) = ("one/file.txt", "two/file.txt");
    let scene = Scene::of(|world| {
        world.delegate_from("targets", "x", &["one/*"]);
        world.delegate_from("targets", "y", &["two/*"]);
        world.delegate_from("x", "shared", &["one/*"]);
        world.delegate_from("y", "shared", &["two/*"]);
        let others = delegation("shared", &["two/*"], &secrets("others", 1));
        world.draft("y").set_delegation(&others);
        let shared = world.draft("shared");
        for path in [one, two] {
            shared.set_target(path, CONTENT.len() as u64, &Digest::of(CONTENT), None);
        }
    })?;
    for path in [one, two] {
        scene.published.put_target(path, CONTENT)?;
    }
    scene.client.download(&[one])?.ok()?;
    assert!(scene.client.kept().join("shared.json").is_file());
    says(scene.client.download(&[two])?, "threshold_not_met")?;
    says(scene.client.download(&[one, two])?, "threshold_not_met")
}

/// CVE-2021-41131
#[test]
fn a_role_named_like_a_path_stays_in_its_folder() -> Result<()> {
    for (name, kept) in [
        ("../../evil", "..%2F..%2Fevil.json"),
        ("/evil", "%2Fevil.json"),
        ("..", "...json"),
    ] {
        let scene = Scene::of(|world| {
            world.delegate_from("targets", name, &["dir/*"]);
            let role = world.draft(name);
            role.set_target(FILE, CONTENT.len() as u64, &Digest::of(CONTENT), None);
        })?;
        scene.client.download(&[FILE])?.ok()?;
        assert!(scene.client.kept().join(kept).is_file(), "{name}");
        scene.all_lie_in(&[scene.client.kept(), scene.client.downloads()])?;
    }
    Ok(())
}

/// CVE-2021-41131, one step further: no path, but the name of another document.
#[test]
fn a_role_named_root_does_not_replace_the_root() -> Result<()> {
    for name in ["root", "timestamp", "snapshot"] {
        let scene = Scene::of(|world| {
            let keys = secrets(name, 1);
            let spec = delegation(name, &["dir/*"], &keys);
            world.draft("targets").set_delegation(&spec);
        })?;
        let root = fs::read(scene.client.kept().join("root.json"))?;
        says(scene.client.download(&[FILE])?, "delegations.roles.name")?;
        assert_eq!(fs::read(scene.client.kept().join("root.json"))?, root);
    }
    Ok(())
}

/// The attack goal "endless data", with an online key.
#[test]
fn a_promise_of_endless_data_is_refused() -> Result<()> {
    let scene = Scene::new()?;
    let mut timestamp = Draft::of_document(&scene.world.fetch_timestamp())?;
    let meta = Value::from([(
        "snapshot.json",
        Value::from([
            ("length", Value::from(1 << 40)),
            ("version", Value::from(1)),
        ]),
    )]);
    timestamp.set("meta", meta);
    let timestamp = scene.world.sign("timestamp", &timestamp);
    scene.published.put("timestamp.json", &timestamp)?;
    let endless = fs::File::create(scene.published.metadata().join("1.snapshot.json"))?;
    endless.set_len(1 << 40)?;
    says(scene.client.refresh()?, "longer than 67108864 bytes")
}

/// The attack goal "malicious mirror".
#[test]
fn a_mirror_can_refuse_but_not_deceive() -> Result<()> {
    let mut scene = Scene::new()?;
    let old = scene.world.fetch_timestamp();
    scene.client.download(&[FILE])?.ok()?;
    scene.publish(|world| world.publish("targets", |_| {}))?;
    scene.client.refresh()?.ok()?;
    scene.publish(|world| world.publish("targets", |_| {}))?;
    let fresh = scene.world.fetch_timestamp();
    // It hands out what was current once, nothing, or an empty file.
    scene.published.put("timestamp.json", &old)?;
    scene.refuses("rollback")?;
    scene.published.put("timestamp.json", &fresh)?;
    let snapshot = scene.published.metadata().join("3.snapshot.json");
    let bytes = fs::read(&snapshot)?;
    fs::remove_file(&snapshot)?;
    says(scene.client.refresh()?, "not there")?;
    for (sent, word) in [("", "malformed_json"), ("{}", "wrong_length")] {
        scene.published.put("3.snapshot.json", sent.as_bytes())?;
        says(scene.client.refresh()?, word)?;
    }
    // A healed mirror is believed again.
    scene.published.put("3.snapshot.json", &bytes)?;
    scene.client.refresh()?.ok()?;
    Ok(())
}
