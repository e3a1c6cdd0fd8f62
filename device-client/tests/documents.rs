//! Documents and memories that were tampered with, or have expired.

mod world;

use std::collections::BTreeSet;

use sealift_device::{Blame, Error};
use sealift_metadata::error::{Error as Metadata, Role};
use sealift_metadata::write::{Draft, Value};
use sealift_metadata::{Digest, Time};
use sealift_tests::repository::{CHANNEL, DAY, Repository, START};
use world::device::{Driver, End, Memory};
use world::scene::{first, installed, refusals, second};

#[test]
fn forged_or_stale_documents_are_refused_by_name() {
    type Change = fn(&mut Repository);
    let threshold = |role, valid, needed| {
        Error::Metadata(Metadata::Threshold {
            role,
            valid,
            needed,
        })
    };
    let cases: &[(Error, Change)] = &[
        (threshold(Role::Targets, 1, 2), |repository| {
            repository.signing.insert("watch", 1);
            repository.publish();
        }),
        (threshold(Role::Timestamp, 0, 1), |repository| {
            repository.signing.insert("timestamp", 0);
            repository.publish();
        }),
        (threshold(Role::Snapshot, 0, 1), |repository| {
            repository.signing.insert("snapshot", 0);
            repository.publish();
        }),
        (threshold(Role::Root, 1, 2), |repository| {
            repository.signing.insert("root", 1);
            repository.rotate(|_| {});
        }),
        (
            Error::Metadata(Metadata::Rollback {
                role: Role::Timestamp,
                floor: 3,
                offered: 1,
            }),
            |repository| {
                repository.version = 0;
                repository.publish();
            },
        ),
        (
            Error::Metadata(Metadata::Expired {
                role: Role::Timestamp,
                at: START,
            }),
            |repository| {
                repository.expires = START;
                repository.publish();
            },
        ),
        (Error::ForeignChannel, |repository| {
            repository.channel.product = "band".into();
            repository.publish();
        }),
        (Error::ChannelNotListed, |repository| {
            repository.channels.set("x-without-channel", Value::Null);
            repository.channels.remove_target(CHANNEL);
            repository.publish();
        }),
        (Error::Absent, |repository| {
            let is_channel = |address: &str| address.ends_with("stable.json");
            repository.files.retain(|address, _| !is_channel(address));
        }),
    ];
    for (expected, change) in cases {
        let (mut repository, mut memory) = installed();
        repository.release(&second(), |spec| spec.floor = 2);
        repository.publish().publish();
        memory.write_log_version(3);
        change(&mut repository);
        let before = (
            memory.pages.clone(),
            memory.slots.clone(),
            memory.root.clone(),
        );
        let (end, _) = refusals(&repository, &mut memory);
        assert_eq!(end, End::Over(*expected));
        assert_eq!(expected.blame(), Blame::Repository);
        assert_eq!((memory.pages, memory.slots, memory.root), before);
    }
}

#[test]
fn whoever_has_the_online_keys_cannot_keep_a_device_reading_for_ever() {
    type Change = fn(&mut Repository);
    let cases: &[(&str, Change)] = &[
        ("snapshot", |repository| {
            replace(repository, "timestamp", |timestamp| {
                let meta = br#"{"snapshot.json":{"length":1099511627776,"version":9}}"#;
                timestamp.set("meta", Value::decode(meta).unwrap());
            });
        }),
        ("targets", |repository| {
            let snapshot = replace(repository, "snapshot", |snapshot| {
                let meta = snapshot.value().get("meta").unwrap().encode();
                let meta = String::from_utf8(meta).unwrap();
                let (before, after) = meta.split_once("\"targets.json\":{").unwrap();
                let (_, after) = after.split_once(",\"version\"").unwrap();
                let endless = r#""length":1099511627776,"version""#;
                let meta = format!("{before}\"targets.json\":{{{endless}{after}");
                snapshot.set("meta", Value::decode(meta.as_bytes()).unwrap());
            });
            replace(repository, "timestamp", |timestamp| {
                let version = timestamp.version().unwrap();
                timestamp.set_meta("snapshot.json", version, &snapshot);
            });
        }),
        ("a channel's document", |repository| {
            repository.channels.set("x-without-channel", Value::Null);
            let sha256 = Digest::of(b"");
            repository
                .channels
                .set_target(CHANNEL, 1 << 40, &sha256, None);
            repository.publish();
        }),
    ];
    for (what, change) in cases {
        let (mut repository, mut memory) = installed();
        repository.publish();
        change(&mut repository);
        let (end, _) = refusals(&repository, &mut memory);
        assert_eq!(end, End::Over(Metadata::TooLarge(what).into()));
    }
}

/// Changes the newest document of an online role, signs it anew, and returns it.
fn replace(repository: &mut Repository, role: &str, change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let is_of_role = |address: &&String| address.ends_with(&format!("{role}.json"));
    let address = repository.files.keys().rfind(is_of_role).unwrap().clone();
    let mut draft = Draft::of_document(&repository.files[&address]).unwrap();
    change(&mut draft);
    let signed = repository.signed(role, &draft);
    repository.files.insert(address, signed.clone());
    signed
}

#[test]
fn expired_metadata_stops_installs_and_never_what_runs() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    driver.now = START.plus(31 * DAY);
    let end = driver.round(&mut memory);
    assert!(
        matches!(end, End::Over(Error::Metadata(Metadata::Expired { .. }))),
        "{end:?}"
    );
    assert_eq!(memory.boot().unwrap(), first().bytes);
}

#[test]
fn a_clock_set_back_does_not_bring_expired_metadata_to_life() {
    let (mut repository, mut memory) = installed();
    repository.issued = START.plus(20 * DAY);
    repository.publish();
    assert_eq!(Driver::new(&repository.files).round(&mut memory), End::Idle);
    repository.expires = START.plus(10 * DAY);
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    driver.now = Time::EPOCH;
    let end = driver.round(&mut memory);
    assert!(
        matches!(end, End::Over(Error::Metadata(Metadata::Expired { .. }))),
        "{end:?}"
    );
}

#[test]
fn a_buffer_that_is_too_small_is_a_numbered_error() {
    let (repository, mut memory) = installed();
    for bytes in [0, 100, 1500, 3000] {
        let mut driver = Driver::new(&repository.files);
        driver.buffer = vec![0; bytes];
        memory.log = unsettled_log(&memory);
        assert_eq!(
            driver.round(&mut memory),
            End::Over(Error::BufferFull),
            "{bytes}"
        );
    }
    assert_eq!(Error::BufferFull.code(), 252);
}

/// The log as if the last round had not come to its end.
fn unsettled_log(memory: &Memory) -> [Vec<u8>; 2] {
    let mut log = memory.floors().log().clone();
    log.settled = sealift_device::floor_log::Mark::default();
    let mut fresh = memory.clone();
    fresh.log = Default::default();
    fresh.write_log(&log);
    fresh.log
}

#[test]
fn a_root_swapped_in_the_memory_is_noticed() {
    let (repository, mut memory) = installed();
    let mut other = Repository::new();
    other.rotate(|root| root.set("x-note", "one"));
    let mut swapped = repository;
    swapped.rotate(|root| root.set("x-note", "two"));
    assert_eq!(Driver::new(&swapped.files).round(&mut memory), End::Idle);
    memory.root = other.files["metadata/2.root.json"].clone();
    let end = Driver::new(&swapped.files).round(&mut memory);
    assert_eq!(end, End::Over(Error::RootReplaced));
}

#[test]
fn the_root_of_the_factory_cannot_be_swapped_once_it_was_trusted() {
    let (repository, mut memory) = installed();
    let mut other = repository.root.clone();
    other.set("x-note", "another first root");
    memory.root = repository.signed("root", &other);
    let end = Driver::new(&repository.files).round(&mut memory);
    assert_eq!(end, End::Over(Error::RootReplaced));
}

#[test]
fn stolen_online_keys_bring_no_older_role_back() {
    for role in ["targets", "channels", "watch"] {
        let (mut repository, mut memory) = installed();
        repository.publish().publish();
        assert_eq!(Driver::new(&repository.files).round(&mut memory), End::Idle);
        repository.held_back.insert(role, 2);
        repository.publish();
        let end = Driver::new(&repository.files).round(&mut memory);
        let rollback = Metadata::Rollback {
            role: Role::Targets,
            floor: 3,
            offered: 2,
        };
        assert_eq!(end, End::Over(Error::Metadata(rollback)), "{role}");
    }
}

#[test]
fn the_day_of_a_build_is_a_day_that_has_passed() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| {
        spec.floor = 2;
        spec.built = START.plus(DAY);
    });
    repository.publish();
    assert_eq!(
        Driver::new(&repository.files).round(&mut memory),
        End::Reboot
    );
    assert_eq!(memory.floors().log().floors.time, START.plus(DAY));
}

#[test]
fn a_mirror_that_hides_the_newest_root_is_refused() {
    let (mut repository, mut memory) = installed();
    let old = memory.root.clone();
    repository.rotate(|_| {});
    assert_eq!(Driver::new(&repository.files).round(&mut memory), End::Idle);
    memory.root = old;
    repository.files.remove("metadata/2.root.json");
    let end = Driver::new(&repository.files).round(&mut memory);
    let (role, floor, offered) = (Role::Root, 2, 1);
    let rollback = Metadata::Rollback {
        role,
        floor,
        offered,
    };
    assert_eq!(end, End::Over(Error::Metadata(rollback)));
}

#[test]
fn roles_that_are_renamed_again_and_again_are_still_followed() {
    let (mut repository, mut memory) = installed();
    let renamed = [
        ("channels-2", "watch-2"),
        ("channels-3", "watch-3"),
        ("channels-4", "watch-4"),
    ];
    for (channels, product) in renamed {
        repository.rename(1, channels);
        repository.rename(2, product);
        repository.publish();
        assert_eq!(Driver::new(&repository.files).round(&mut memory), End::Idle);
        let log = memory.floors().log().clone();
        let names = log.floors.roles.iter().map(|(name, _)| name.as_str());
        let names: BTreeSet<&str> = names.collect();
        assert_eq!(names, BTreeSet::from(["targets", channels, product]));
    }
    for role in ["targets", "channels-4", "watch-4"] {
        let mut memory = memory.clone();
        repository.held_back.insert(role, 2);
        repository.publish();
        let end = Driver::new(&repository.files).round(&mut memory);
        let rollback = Metadata::Rollback {
            role: Role::Targets,
            floor: 4,
            offered: 2,
        };
        assert_eq!(end, End::Over(Error::Metadata(rollback)), "{role}");
        repository.held_back.clear();
    }
}

#[test]
fn an_empty_channel_lets_no_older_role_back() {
    let (mut repository, mut memory) = installed();
    repository.channel.offers.clear();
    repository.publish();
    assert_eq!(Driver::new(&repository.files).round(&mut memory), End::Idle);
    let log = memory.floors().log().clone();
    assert!(
        log.floors
            .roles
            .iter()
            .any(|(name, _)| name.as_str() == "watch")
    );
}
