//! What a device refuses, by name, and that a refusal changes nothing.

mod world;

use sealift_device::slot::SlotState;
use sealift_device::{Blame, Error, Object, Refusal, Report};
use sealift_metadata::error::{Error as Metadata, Role};
use sealift_metadata::image::{Content, Slot};
use sealift_metadata::write::{ImageSpec, NeedSpec, Value};
use sealift_metadata::{Digest, Time};
use world::device::{Driver, End, Memory};
use world::repository::{Build, CHANNEL, DAY, Repository, START};

fn first() -> Build {
    Build::new("1.0.0", 5, 5000)
}

fn second() -> Build {
    Build::new("1.1.0", 6, 6000)
}

/// A device that runs and confirmed sequence 5 with floor 2.
fn installed() -> (Repository, Memory) {
    let mut repository = Repository::new();
    let build = Build {
        floor: 2,
        ..first()
    };
    repository.release(&build, |_| {});
    repository.publish();
    let mut memory = Memory::factory(repository.first_root());
    assert_eq!(
        Driver::new(&repository.files).round(&mut memory),
        End::Reboot
    );
    memory.boot().unwrap();
    memory.confirm().unwrap();
    (repository, memory)
}

fn refusals(repository: &Repository, memory: &mut Memory) -> (End, Vec<Refusal>) {
    let mut driver = Driver::new(&repository.files);
    let end = driver.round(memory);
    let skipped = driver.reports.iter().filter_map(|report| match report {
        Report::Skipped { refusal, .. } => Some(*refusal),
        _ => None,
    });
    (end, skipped.collect())
}

#[test]
fn an_image_that_is_not_for_this_device_is_passed_over_by_name() {
    type Change = fn(&mut ImageSpec);
    let cases: &[(Refusal, Change)] = &[
        (Refusal::NotAnImage, |spec| spec.hardware.clear()),
        (Refusal::Misplaced, |spec| spec.product = "band".into()),
        (Refusal::Misplaced, |spec| spec.component = "radio".into()),
        (Refusal::Misplaced, |spec| spec.release = "9.9.9".into()),
        (Refusal::Audience, |spec| {
            spec.channels = vec!["beta".into()];
        }),
        (Refusal::Hardware, |spec| {
            spec.hardware = vec!["rev-b".into()];
        }),
        (Refusal::Encoding, |spec| spec.encoding = "zstd".into()),
        (Refusal::Slot, |spec| spec.slot = Some(Slot::B)),
        (Refusal::Needs, |spec| {
            let (length, sha256) = (1, Digest::of(b"x"));
            spec.from = Some(Content { length, sha256 });
        }),
        (Refusal::Needs, |spec| {
            spec.needs_with = vec![need("radio", 1)];
        }),
        (Refusal::Needs, |spec| {
            spec.needs_installed = vec![need("radio", 1)];
        }),
        (Refusal::Needs, |spec| {
            spec.needs_installed = vec![need("app", 6)];
        }),
        (Refusal::NotNewer, |spec| spec.sequence = 5),
        (Refusal::NotNewer, |spec| spec.sequence = 4),
        (Refusal::BelowFloor, |spec| spec.floor = 1),
        (Refusal::Size, |spec| spec.image.length = 8 * 1024 + 1),
        (Refusal::Size, |spec| spec.image.length = 0),
        (Refusal::BlockSize, |spec| spec.blocks.size = 1000),
        (Refusal::VersionText, |spec| spec.version = "1".repeat(65)),
    ];
    for (expected, change) in cases {
        let (mut repository, mut memory) = installed();
        repository.channel.offers.clear();
        repository.release(&second(), |spec| {
            spec.floor = 2;
            change(spec);
        });
        repository.publish();
        let before = (memory.pages.clone(), memory.slots.clone());
        let (end, skipped) = refusals(&repository, &mut memory);
        assert_eq!(skipped, [*expected]);
        match end {
            End::Over(Error::Refused(refusal)) => {
                assert!(refusal == *expected && refusal.is_fault(), "{refusal:?}");
            }
            end => assert_eq!(
                (end, expected.is_fault()),
                (End::Idle, false),
                "{expected:?}"
            ),
        }
        assert_eq!((memory.pages, memory.slots), before, "{expected:?}");
    }
}

fn need(component: &str, min_sequence: u64) -> NeedSpec {
    NeedSpec {
        component: component.into(),
        min_sequence,
    }
}

#[test]
fn a_met_need_and_the_right_slot_are_no_obstacle() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| {
        spec.floor = 2;
        spec.slot = Some(Slot::A);
        spec.needs_installed = vec![need("app", 5)];
    });
    repository.publish();
    assert_eq!(refusals(&repository, &mut memory), (End::Reboot, vec![]));
}

#[test]
fn a_channel_cannot_point_at_what_nobody_signed_for_this_product() {
    let build = second();
    for (path, expected) in [
        ("images/watch/app/1.1.0/app.bin", Refusal::NotListed),
        ("images/band/app/1.1.0/app.bin", Refusal::OutsideProduct),
        ("channels/watch/app.bin", Refusal::OutsideProduct),
    ] {
        let (mut repository, mut memory) = installed();
        repository.delegate("band", "images/band/*/*/*");
        repository.channel.offers.clear();
        repository.offer(build.version, path);
        repository.publish();
        let (end, skipped) = refusals(&repository, &mut memory);
        assert_eq!(skipped, [expected], "{path}");
        assert_eq!(end, End::Over(Error::Refused(expected)));
    }
}

#[test]
fn the_newest_acceptable_image_wins() {
    let (mut repository, mut memory) = installed();
    let good = Build {
        floor: 2,
        ..second()
    };
    repository.release(&good, |_| {});
    repository.release(&Build::new("1.2.0", 7, 4000), |spec| {
        spec.hardware = vec!["rev-z".into()];
    });
    repository.publish();
    let (end, skipped) = refusals(&repository, &mut memory);
    assert_eq!((end, skipped), (End::Reboot, vec![Refusal::Hardware]));
    assert_eq!(memory.boot().unwrap(), good.bytes);
}

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
fn a_flipped_byte_on_the_way_reaches_no_slot() {
    type Meddle = fn(&Object, u64, &mut Vec<u8>);
    let role = Role::Targets;
    let cases: &[(Error, Meddle)] = &[
        (Error::BlockDigest { block: 0 }, |object, _, bytes| {
            flip(object, ".app.bin", bytes);
        }),
        (Error::TargetDigest, |object, _, bytes| {
            flip(object, ".app.bin.blocks", bytes);
        }),
        (Error::TargetDigest, |object, _, bytes| {
            flip(object, ".stable.json", bytes);
        }),
        (Error::TargetLength, |object, _, bytes| {
            grow(object, ".stable.json", bytes);
        }),
        (
            Error::Metadata(Metadata::WrongDigest(role)),
            |object, _, bytes| {
                flip(object, ".watch.json", bytes);
            },
        ),
        (
            Error::Metadata(Metadata::WrongLength(role)),
            |object, _, bytes| {
                grow(object, ".watch.json", bytes);
            },
        ),
        (
            Error::Metadata(Metadata::TooLarge("timestamp")),
            |object, _, bytes| {
                if *object == Object::Timestamp {
                    bytes.resize(4 * 1024 + 1, b' ');
                }
            },
        ),
    ];
    for (expected, meddle) in cases {
        let (mut repository, mut memory) = installed();
        repository.release(&second(), |spec| spec.floor = 2);
        repository.publish();
        let before = memory.slots.clone();
        let mut driver = Driver::new(&repository.files);
        driver.meddle = *meddle;
        assert_eq!(driver.round(&mut memory), End::Over(*expected));
        assert_eq!(memory.slots, before, "nothing bad was written");
        assert_eq!(memory.boot().unwrap(), first().bytes);
        assert_eq!(
            Driver::new(&repository.files).round(&mut memory),
            End::Reboot
        );
    }
}

fn flip(object: &Object, end: &str, bytes: &mut [u8]) {
    if object.to_string().ends_with(end) {
        bytes[20] ^= 1;
    }
}

fn grow(object: &Object, end: &str, bytes: &mut Vec<u8>) {
    if object.to_string().ends_with(end) {
        bytes.push(b' ');
    }
}

#[test]
fn a_block_that_comes_right_the_second_time_is_taken() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    // A mirror that lies until its clock moves on.
    driver.meddle = |object, offset, bytes| {
        static ASKED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        if object.to_string().ends_with(".app.bin") && offset == 0 {
            let asked = ASKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            bytes[0] ^= u8::from(asked < 2);
        }
    };
    assert_eq!(driver.round(&mut memory), End::Reboot);
    assert_eq!(
        driver.now,
        START.plus(2),
        "a pause before each further attempt"
    );
}

#[test]
fn a_full_or_broken_flash_leaves_the_old_image() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    driver.broken_flash = Some(28);
    let error = Error::Storage { code: 28 };
    assert_eq!(driver.round(&mut memory), End::Over(error));
    assert_eq!(error.blame(), Blame::Storage);
    assert_eq!(memory.boot().unwrap(), first().bytes);
    assert!(memory.boot_state().failures.is_empty());
}

#[test]
fn a_slot_that_never_reads_back_is_given_up_after_a_second_download() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| {
        spec.floor = 2;
        spec.image.sha256 = Digest::of(b"another image");
    });
    repository.publish();
    for _ in 0..2 {
        let end = Driver::new(&repository.files).round(&mut memory);
        assert_eq!(end, End::Over(Error::ImageDigest));
    }
    assert_eq!(
        refusals(&repository, &mut memory).1,
        [Refusal::FailedBefore, Refusal::NotNewer]
    );
}

#[test]
fn blocks_that_do_not_decode_are_never_fetched_again() {
    let (mut repository, mut memory) = installed();
    let mut odd = Build {
        floor: 2,
        ..second()
    };
    odd.encoding = ("raw", |block| block[1..].to_vec());
    repository.release(&odd, |_| {});
    repository.publish();
    let end = Driver::new(&repository.files).round(&mut memory);
    assert_eq!(end, End::Over(Error::BlockEncoding { block: 0 }));
    assert_eq!(
        refusals(&repository, &mut memory).1,
        [Refusal::FailedBefore, Refusal::NotNewer]
    );
}

#[test]
fn a_table_that_does_not_add_up_erases_nothing() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    let path = second().path();
    let target = repository
        .product
        .value()
        .get("targets")
        .unwrap()
        .get(&path);
    let custom = target.unwrap().get("custom").cloned();
    repository
        .product
        .set_target(&path, 5999, &Digest::of(&second().bytes), custom);
    repository.publish();
    let before = (memory.pages.clone(), memory.slots.clone());
    let end = Driver::new(&repository.files).round(&mut memory);
    assert_eq!(end, End::Over(Error::BlockTable));
    assert_eq!((memory.pages, memory.slots), before);
}

#[test]
fn documents_that_expire_during_the_download_activate_nothing() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.expires = START.plus(DAY);
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    driver.slow = DAY / 10;
    let expired = Error::Metadata(Metadata::Expired {
        role: Role::Timestamp,
        at: START.plus(DAY),
    });
    assert_eq!(driver.round(&mut memory), End::Over(expired));
    assert_eq!(memory.boot_state().a.state, SlotState::Staged);
    assert_eq!(memory.boot().unwrap(), first().bytes);

    repository.expires = START.plus(30 * DAY);
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    assert_eq!(driver.round(&mut memory), End::Reboot);
    let is_image = |address: &str| address.ends_with(".app.bin");
    assert!(
        !driver.fetched.iter().any(|(address, _)| is_image(address)),
        "it is still there"
    );
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
fn unsettled_log(memory: &Memory) -> Vec<u8> {
    let mut log = memory.floors().log().clone();
    log.settled = sealift_device::floor_log::Mark::default();
    let mut fresh = memory.clone();
    fresh.log.clear();
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
