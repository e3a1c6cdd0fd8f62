//! The agent in process, over a folder: the main job, and what it refuses.

mod common;

use std::fs;

use common::{Gateway, deflate, installed, script, write_files, zstd};
use sealift_gateway::{Error, Outcome};
use sealift_tests::repository::{Build, DAY, Encode, Files, Repository, START};

#[test]
fn an_update_in_any_encoding_is_installed_booted_and_confirmed() {
    for encoding in [("zstd", zstd as Encode), ("deflate", deflate)] {
        an_update_is_installed_booted_and_confirmed(encoding);
    }
}

fn an_update_is_installed_booted_and_confirmed(encoding: (&'static str, Encode)) {
    let (mut repository, gateway) = installed();
    assert_eq!(gateway.boots(), "runs 1.0.0");
    let second = Build {
        floor: 2,
        encoding,
        ..script("1.1.0", 2, 30_000)
    };
    repository.release(&second, |_| {});
    gateway.serve(&repository.publish().files);
    let agent = gateway.agent();
    assert_eq!(
        agent.once(START).unwrap(),
        Outcome::Installed { sequence: 2 }
    );
    assert_eq!(fs::read(gateway.state("slot-a")).unwrap(), second.bytes);
    assert_eq!(agent.status().unwrap().installed.as_deref(), Some("1.0.0"));
    assert_eq!(gateway.boots(), "runs 1.1.0");
    assert_eq!(agent.status().unwrap().floor, 0, "a boot raises no floor");
    assert_eq!(agent.confirm(START).unwrap(), 2);
    let status = agent.status().unwrap();
    assert_eq!((status.floor, status.sequence), (2, Some(2)));
    assert_eq!((status.active, status.b.cause), ("a", Some("below_floor")));
    assert_eq!(agent.once(START).unwrap(), up_to_date());
}

#[test]
fn signed_streams_that_are_not_the_image_are_given_up_and_replace_nothing() {
    let cases: &[(&str, Encode)] = &[
        ("a bomb", |_| deflate(&vec![0; 1_000_000])),
        ("one byte too many", |block| {
            deflate(&[block, &[0]].concat())
        }),
        ("one byte too few", |block| deflate(&block[1..])),
        ("bytes behind the end", |block| {
            [&*deflate(block), &[0]].concat()
        }),
        ("no end", |block| {
            let stream = deflate(block);
            stream[..stream.len() - 1].to_vec()
        }),
        ("no stream", |_| vec![7]),
        ("another encoding", zstd),
    ];
    for (what, encode) in cases {
        let (mut repository, gateway) = installed();
        let second = Build {
            encoding: ("deflate", *encode),
            ..script("1.1.0", 2, 30_000)
        };
        repository.release(&second, |_| {});
        gateway.serve(&repository.publish().files);
        let error = gateway.agent().once(START).unwrap_err();
        assert_eq!(error.name(), "block_encoding", "{what}");
        assert!(!gateway.state("slot-a").exists(), "{what}");
        let status = gateway.agent().status().unwrap();
        assert_eq!(status.failures[0].cause, "encoding", "{what}");
        assert_eq!(gateway.boots(), "runs 1.0.0", "{what}");
    }
}

fn up_to_date() -> Outcome {
    Outcome::UpToDate {
        skipped: Vec::new(),
    }
}

#[test]
fn an_image_that_is_not_confirmed_falls_back_and_is_not_tried_again() {
    let (mut repository, gateway) = installed();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    gateway.serve(&repository.publish().files);
    let agent = gateway.agent();
    agent.once(START).unwrap();
    for _ in 0..2 {
        assert_eq!(gateway.boots(), "runs 1.1.0");
        let sequence = 2;
        let waits = Outcome::AwaitingConfirmation { sequence };
        assert_eq!(agent.once(START).unwrap(), waits);
    }
    assert_eq!(gateway.boots(), "runs 1.0.0");
    let Outcome::UpToDate { skipped } = agent.once(START).unwrap() else {
        panic!("installed again");
    };
    assert_eq!(skipped[0].refusal.name(), "failed_before");
    assert_eq!(
        agent.confirm(START).unwrap_err().name(),
        "nothing_to_confirm"
    );
    assert_eq!(gateway.boots(), "runs 1.0.0");
}

/// Polls, and expects a refusal that leaves everything that counts as it was.
fn refused(gateway: &Gateway, files: &Files, name: &str) {
    gateway.serve(files);
    let before = gateway.snapshot();
    let error = gateway.agent().once(START).unwrap_err();
    assert_eq!(error.name(), name, "{error}");
    assert_eq!(gateway.snapshot(), before);
    assert_eq!(gateway.boots(), "runs 1.0.0");
    let last = gateway.agent().status().unwrap().last.unwrap();
    assert_eq!((last.result.as_str(), last.code), (name, error.code()));
}

#[test]
fn forgeries_are_refused_by_name_and_the_old_slot_stays() {
    let (mut repository, gateway) = installed();
    let old = repository.files.clone();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    repository.signing.insert("watch", 1);
    let short = repository.publish().files.clone();
    refused(&gateway, &short, "threshold_not_met");

    repository.signing.clear();
    let good = repository.publish().files.clone();
    refused(&gateway, &old, "rollback");

    let mut flipped = good.clone();
    let image = flipped
        .iter_mut()
        .find(|(address, _)| address.contains("1.1.0") && address.ends_with("app.bin"));
    image.unwrap().1[20_000] ^= 1;
    gateway.serve(&flipped);
    let error = gateway.agent().once(START).unwrap_err();
    assert_eq!((error.name(), error.code()), ("block_digest", 206));
    assert_eq!(gateway.boots(), "runs 1.0.0");

    gateway.serve(&good);
    gateway.update(START);
    assert_eq!(gateway.boots(), "runs 1.1.0");
}

#[test]
fn expired_metadata_stops_installs_and_never_what_runs() {
    let (mut repository, gateway) = installed();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    gateway.serve(&repository.publish().files);
    let agent = gateway.agent();
    let later = START.plus(31 * DAY);
    assert_eq!(agent.once(later).unwrap_err().name(), "expired");
    assert_eq!(agent.status().unwrap().installed.as_deref(), Some("1.0.0"));
    assert_eq!(gateway.boots(), "runs 1.0.0");
}

#[test]
fn damaged_state_files_are_named_and_never_read_as_a_default() {
    for (file, name) in [
        ("boot.0", "boot_records"),
        ("floors.0", "floor_log"),
        ("root.json", "malformed_json"),
    ] {
        let (_, gateway) = installed();
        if file == "boot.0" {
            fs::write(gateway.state("boot.1"), b"rubbish").unwrap();
        }
        fs::write(gateway.state(file), b"rubbish").unwrap();
        let error = gateway.agent().once(START).unwrap_err();
        assert_eq!(error.name(), name, "{file}");
        assert_eq!(fs::read(gateway.state(file)).unwrap(), b"rubbish", "{file}");
    }
    let (_, gateway) = installed();
    fs::write(gateway.state("slot-b"), b"rubbish").unwrap();
    let said = gateway.run(&["boot"]);
    assert!(said.err.contains("nothing_to_boot"), "{}", said.err);
}

#[test]
fn a_damaged_cache_costs_a_download_and_nothing_else() {
    let (mut repository, gateway) = installed();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    gateway.serve(&repository.publish().files);
    for file in [
        "2.snapshot.json",
        "2.watch.json",
        "timestamp.json",
        "timestamp.etag",
    ] {
        fs::write(gateway.state("metadata").join(file), b"rubbish").unwrap();
    }
    gateway.update(START);
    assert_eq!(gateway.boots(), "runs 1.1.0");
    let cached: Vec<_> = fs::read_dir(gateway.state("metadata"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("1."))
        .collect();
    assert!(cached.is_empty(), "left behind: {cached:?}");
}

#[test]
fn a_bundle_on_a_stick_is_checked_like_everything_else() {
    let (mut repository, gateway) = installed();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    repository.publish();
    let stick = gateway.path("stick");
    write_files(&stick, &repository.files);
    let place = stick.to_str().unwrap();
    let later = START.plus(31 * DAY);
    let error = gateway.agent().install(place, later).unwrap_err();
    assert_eq!(error.name(), "expired");
    let installed = Outcome::Installed { sequence: 2 };
    assert_eq!(gateway.agent().install(place, START).unwrap(), installed);
    assert_eq!(gateway.boots(), "runs 1.1.0");

    gateway.agent().confirm(START).unwrap();
    let error = gateway.agent().install("/nowhere", START).unwrap_err();
    assert_eq!(error.name(), "transport", "{error}");
}

#[test]
fn a_slot_that_is_too_small_is_left_alone() {
    let (mut repository, gateway) = installed();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    gateway.serve(&repository.publish().files);
    let origins = ("[\"repository/metadata\"]", "[\"repository/targets\"]");
    gateway.configure(origins.0, origins.1, "slot_bytes = 25000\n");
    let Outcome::UpToDate { skipped } = gateway.agent().once(START).unwrap() else {
        panic!("installed");
    };
    assert_eq!(skipped[0].refusal.name(), "image_size");
    assert_eq!(gateway.boots(), "runs 1.0.0");
}

#[test]
fn a_stale_mirror_is_passed_over_for_the_next_origin() {
    let (mut repository, gateway) = installed();
    repository.publish();
    gateway.serve(&repository.files);
    assert_eq!(gateway.agent().once(START).unwrap(), up_to_date());
    let stale = gateway.path("stale");
    let mut older: Repository = Repository::new();
    older.release(&script("1.0.0", 1, 20_000), |_| {});
    write_files(&stale, &older.publish().files);
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    gateway.serve(&repository.publish().files);
    gateway.configure(
        "[\"stale/metadata\", \"repository/metadata\"]",
        "[\"stale/targets\", \"repository/targets\"]",
        "",
    );
    let installed = Outcome::Installed { sequence: 2 };
    assert_eq!(gateway.agent().once(START).unwrap(), installed);

    gateway.configure("[\"stale/metadata\"]", "[\"stale/targets\"]", "");
    gateway.boots();
    gateway.agent().confirm(START).unwrap();
    let error = gateway.agent().once(START).unwrap_err();
    assert_eq!(error.name(), "rollback", "an alarm when all agree");
    assert!(matches!(error, Error::Device(_)));
}

#[test]
fn a_trial_whose_slot_cannot_be_read_makes_way_for_the_old_image() {
    let (mut repository, gateway) = installed();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    gateway.serve(&repository.publish().files);
    gateway.agent().once(START).unwrap();
    let slot = gateway.state("slot-a");
    fs::remove_file(&slot).unwrap();
    std::os::unix::fs::symlink(&slot, &slot).unwrap();
    assert!(fs::read(&slot).is_err(), "a loop cannot be read");
    assert_eq!(gateway.boots(), "runs 1.0.0");
    let status = gateway.agent().status().unwrap();
    assert_eq!(status.a.cause, Some("slot_digest"));
}

#[test]
fn state_files_that_cannot_be_read_are_no_new_device() {
    for (files, is_bootable) in [
        (["boot.0", "boot.1"], false),
        (["floors.0", "floors.1"], true),
    ] {
        let (mut repository, gateway) = installed();
        gateway.serve(&repository.publish().files);
        for file in files {
            let path = gateway.state(file);
            let _ = fs::remove_file(&path);
            std::os::unix::fs::symlink(&path, &path).unwrap();
        }
        let error = gateway.agent().once(START).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
        let said = gateway.run(&["boot"]);
        assert_eq!(said.code, if is_bootable { 0 } else { 40 }, "{said:?}");
    }
}

#[test]
fn one_boot_record_that_cannot_be_read_leaves_the_other() {
    let (_, gateway) = installed();
    let path = gateway.state("boot.0");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    assert_eq!(gateway.boots(), "runs 1.0.0");
}
