//! Offers that a device passes over, by name.

mod world;

use sealift_device::{Error, Refusal};
use sealift_metadata::Digest;
use sealift_metadata::image::{Content, Slot};
use sealift_metadata::write::{ImageSpec, NeedSpec};
use world::device::End;
use world::repository::Build;
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
