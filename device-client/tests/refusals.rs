//! Offers that a device passes over, by name.

mod world;

use sealift_device::{Error, Refusal, Report};
use sealift_metadata::Digest;
use sealift_metadata::image::{Content, Slot};
use sealift_metadata::write::{ImageSpec, NeedSpec};
use sealift_tests::repository::{Build, DAY, START};
use world::device::{Driver, End, PAD};
use world::scene::{installed, refusals, second};

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
        (Refusal::Delta, |spec| {
            let (length, sha256) = (1, Digest::of(b"x"));
            spec.from = Some(Content { length, sha256 });
        }),
        (Refusal::NeedsWith, |spec| {
            spec.needs_with = vec![need("radio", 1)];
        }),
        (Refusal::NeedsInstalled, |spec| {
            spec.needs_installed = vec![need("radio", 1)];
        }),
        (Refusal::NeedsInstalled, |spec| {
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
fn a_release_that_must_be_passed_through_leads_the_device_up_the_steps() {
    let (mut repository, mut memory) = installed();
    let steps = [
        second(),
        Build::new("1.2.0", 7, 4000),
        Build::new("2.0.0", 9, 3000),
    ];
    for (step, min_sequence) in steps.iter().zip([5, 6, 7]) {
        repository.release(step, |spec| {
            spec.floor = 2;
            spec.needs_installed = vec![need("app", min_sequence)];
        });
    }
    repository.publish();
    for (step, waiting) in steps.iter().zip([2, 1, 0]) {
        let (end, skipped) = refusals(&repository, &mut memory);
        assert_eq!(end, End::Reboot);
        assert_eq!(skipped, vec![Refusal::NeedsInstalled; waiting]);
        assert_eq!(memory.boot().unwrap(), step.bytes);
        let (end, _) = refusals(&repository, &mut memory);
        assert_eq!(end, End::Idle, "a trial is no step that was taken");
        memory.confirm().unwrap();
    }
    assert_eq!(refusals(&repository, &mut memory).0, End::Idle);
}

#[test]
fn a_step_that_fails_is_not_passed_over() {
    let (mut repository, mut memory) = installed();
    let last = Build::new("2.0.0", 9, 3000);
    repository.release(&second(), |spec| spec.floor = 2);
    repository.release(&last, |spec| {
        spec.floor = 2;
        spec.needs_installed = vec![need("app", 6)];
    });
    repository.publish();
    assert_eq!(refusals(&repository, &mut memory).0, End::Reboot);
    while memory.boot_state().trial().is_some() {
        memory.boot().unwrap();
    }
    let (end, skipped) = refusals(&repository, &mut memory);
    let passed = [
        Refusal::NeedsInstalled,
        Refusal::FailedBefore,
        Refusal::NotNewer,
    ];
    assert_eq!((end, &*skipped), (End::Idle, &passed[..]));
}

#[test]
fn every_refusal_keeps_its_number_and_its_name() {
    let known = [
        (Refusal::OutsideProduct, 210, "outside_product"),
        (Refusal::OtherRole, 211, "other_role"),
        (Refusal::NotListed, 212, "target_not_listed"),
        (Refusal::NotAnImage, 213, "not_an_image"),
        (Refusal::Misplaced, 214, "misplaced_image"),
        (Refusal::Audience, 215, "wrong_audience"),
        (Refusal::Hardware, 216, "wrong_hardware"),
        (Refusal::Encoding, 217, "unknown_encoding"),
        (Refusal::Slot, 218, "wrong_slot"),
        (Refusal::NeedsWith, 219, "needs_other"),
        (Refusal::NotNewer, 220, "not_newer"),
        (Refusal::BelowFloor, 221, "below_floor"),
        (Refusal::FailedBefore, 222, "failed_before"),
        (Refusal::Size, 223, "image_size"),
        (Refusal::BlockSize, 224, "block_size"),
        (Refusal::VersionText, 225, "version_text"),
        (Refusal::BuiltLate, 226, "built_late"),
        (Refusal::BufferSize, 227, "buffer_size"),
        (Refusal::NeedsInstalled, 228, "needs_installed"),
        (Refusal::Delta, 229, "delta"),
        (Refusal::IncompleteSet, 260, "incomplete_set"),
    ];
    for (refusal, code, name) in known {
        assert_eq!((refusal.code(), refusal.name()), (code, name));
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
fn an_image_is_believed_only_at_its_own_path_and_in_its_own_release() {
    for (offered, described) in [("9.9.9", "9.9.9"), ("9.9.9", "1.1.0"), ("1.1.0", "9.9.9")] {
        let (mut repository, mut memory) = installed();
        repository.channel.offers.clear();
        repository.release(&second(), |spec| {
            spec.floor = 2;
            spec.release = described.into();
        });
        repository.channel.offers[0].release = offered.into();
        repository.publish();
        let refusals = refusals(&repository, &mut memory);
        let end = End::Over(Error::Refused(Refusal::Misplaced));
        assert_eq!(
            refusals,
            (end, vec![Refusal::Misplaced]),
            "{offered} {described}"
        );
    }
}

#[test]
fn a_path_that_another_role_is_trusted_for_is_none_of_the_products() {
    let (mut repository, mut memory) = installed();
    repository.delegate("vendor", "images/watch/*/*/*/*");
    repository.channel.offers.clear();
    repository.offer("1.1.0", "images/watch/app/1.1.0/vendor/app.bin");
    repository.offer("1.1.0", "images/watch/app/1.1.0/app.bin");
    repository.publish();
    let (_, skipped) = refusals(&repository, &mut memory);
    assert_eq!(skipped, [Refusal::NotListed, Refusal::OtherRole]);
}

#[test]
fn a_build_of_the_far_future_makes_way_and_moves_no_time() {
    for (days, expected) in [
        (29, vec![]),
        (30, vec![Refusal::BuiltLate]),
        (36_500, vec![Refusal::BuiltLate]),
    ] {
        let (mut repository, mut memory) = installed();
        let good = Build {
            floor: 2,
            ..second()
        };
        repository.release(&good, |_| {});
        repository.release(&Build::new("1.2.0", 7, 4000), |spec| {
            spec.floor = 2;
            spec.built = START.plus(days * DAY);
        });
        repository.publish();
        let is_late = !expected.is_empty();
        let refusals = refusals(&repository, &mut memory);
        assert_eq!(refusals, (End::Reboot, expected), "{days} days");
        let passed = if is_late { 0 } else { days };
        assert_eq!(memory.floors().log().floors.time, START.plus(passed * DAY));
    }
}

#[test]
fn an_image_that_the_buffer_cannot_take_makes_way_for_an_older_one() {
    for (length, block, expected) in [
        (60_000, 60_416, vec![]),
        (70_000, 70_144, vec![Refusal::BufferSize]),
        (1 << 20, 512, vec![Refusal::BufferSize]),
        (1 << 42, 512, vec![Refusal::BufferSize]),
    ] {
        let (mut repository, mut memory) = installed();
        memory.slots = [vec![0xff; 128 * 1024], vec![0xff; 128 * 1024]];
        let good = Build {
            floor: 2,
            ..second()
        };
        repository.release(&good, |_| {});
        let fits = expected.is_empty();
        let mut odd = Build::new("1.2.0", 7, if fits { 60_000 } else { 4000 });
        odd.block_bytes = if fits { block } else { 1024 };
        repository.release(&odd, |spec| {
            spec.floor = 2;
            spec.image.length = length;
            spec.blocks.size = block;
        });
        repository.publish();
        let mut driver = Driver::new(&repository.files);
        driver.device.slot_bytes = 1 << 43;
        assert_eq!(driver.round(&mut memory), End::Reboot, "{length}");
        let skipped = driver.reports.iter().filter_map(|report| match report {
            Report::Skipped { refusal, .. } => Some(*refusal),
            _ => None,
        });
        assert_eq!(skipped.collect::<Vec<_>>(), expected, "{length}");
        let installed = if fits { odd.bytes } else { good.bytes };
        assert_eq!(memory.boot().unwrap(), installed);
    }
}

#[test]
fn a_block_that_grew_by_its_encoding_has_room_or_makes_way() {
    // Table, block, and the block as it travels: 5 bytes longer.
    let tight = 2 * 36 + 4608 + 4608;
    for (bytes, fits) in [(tight, false), (tight + 4, false), (tight + 1024, true)] {
        let (mut repository, mut memory) = installed();
        let good = Build {
            floor: 2,
            ..second()
        };
        repository.release(&good, |_| {});
        let mut grown = Build {
            floor: 2,
            block_bytes: 4608,
            ..Build::new("1.2.0", 7, 6000)
        };
        grown.encoding = ("padded", |block| [PAD, block].concat());
        repository.release(&grown, |_| {});
        repository.publish();
        let mut driver = Driver::new(&repository.files);
        driver.buffer = vec![0; bytes];
        assert_eq!(driver.round(&mut memory), End::Reboot, "{bytes}");
        let expected = if fits { grown.bytes } else { good.bytes };
        assert_eq!(memory.boot().unwrap(), expected, "{bytes}");
    }
}

#[test]
fn an_image_whose_table_can_have_no_path_makes_way_for_an_older_one() {
    let (mut repository, mut memory) = installed();
    let good = Build {
        floor: 2,
        ..second()
    };
    repository.release(&good, |_| {});
    let odd = Build::new("1.2.0", 7, 4000);
    repository.release(&odd, |spec| spec.floor = 2);
    let targets = repository.product.value().get("targets").unwrap();
    let custom = targets.get(&odd.path()).unwrap().get("custom").cloned();
    let path = format!("images/watch/app/1.2.0/{}", "a".repeat(230));
    let digest = Digest::of(&odd.bytes);
    repository.product.set_target(&path, 4000, &digest, custom);
    repository.channel.offers[0].path = path;
    repository.publish();
    let refusals = refusals(&repository, &mut memory);
    assert_eq!(refusals, (End::Reboot, vec![Refusal::BufferSize]));
    assert_eq!(memory.boot().unwrap(), good.bytes);
}
