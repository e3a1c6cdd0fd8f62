//! Staged is not yet activated: what changed since is looked at first.

mod world;

use sealift_device::limits::ACTIVATION_SECONDS;
use sealift_device::slot::SlotState;
use sealift_device::{Error, Refusal, Report};
use sealift_metadata::error::{Error as Metadata, Role};
use sealift_metadata::image::Slot;
use sealift_metadata::write::{ImageSpec, NeedSpec};
use sealift_tests::repository::{Build, DAY, Repository, START};
use world::device::{Driver, End, Memory};
use world::scene::{first, installed, second, staged};

/// The signers say something else of the very bytes that are staged.
fn say(repository: &mut Repository, change: fn(&mut ImageSpec)) {
    repository.channel.offers.clear();
    repository.release(&second(), |spec| {
        spec.floor = 2;
        change(spec);
    });
}

/// A round with what was staged: nothing is downloaded, and nothing erased.
fn later(repository: &Repository, memory: &mut Memory, seconds: u64) -> (End, Driver<'static>) {
    let files = Box::leak(Box::new(repository.files.clone()));
    let mut driver = Driver::new(files);
    driver.now = START.plus(seconds);
    let end = driver.round(memory);
    let is_image = |(address, _): &(String, u64)| address.contains("1.1.0.app.bin");
    assert!(!driver.fetched.iter().any(is_image));
    assert!(driver.erased.is_empty());
    (end, driver)
}

type Withdraw = fn(&mut Repository);

/// How the round ends, and what is said of the offer.
const WITHDRAWALS: &[(&str, End, Option<Refusal>, Withdraw)] = &[
    (
        "the channel offers nothing",
        End::Idle,
        None,
        |repository| {
            repository.channel.offers.clear();
        },
    ),
    (
        "the channel offers the one before",
        End::Idle,
        Some(Refusal::NotNewer),
        |repository| {
            repository.channel.offers.remove(0);
        },
    ),
    (
        "the product lists it no more",
        End::Over(Error::Refused(Refusal::NotListed)),
        Some(Refusal::NotListed),
        |repository| repository.product.remove_target(&second().path()),
    ),
    (
        "other channels only",
        End::Over(Error::Refused(Refusal::Audience)),
        Some(Refusal::Audience),
        |repository| say(repository, |spec| spec.channels = vec!["beta".into()]),
    ),
    (
        "other boards only",
        End::Idle,
        Some(Refusal::Hardware),
        |repository| say(repository, |spec| spec.hardware = vec!["rev-b".into()]),
    ),
    (
        "the other slot only",
        End::Idle,
        Some(Refusal::Slot),
        |repository| say(repository, |spec| spec.slot = Some(Slot::B)),
    ),
    (
        "a step before it",
        End::Idle,
        Some(Refusal::NeedsInstalled),
        |repository| {
            say(repository, |spec| {
                spec.needs_installed = vec![NeedSpec {
                    component: "app".into(),
                    min_sequence: 6,
                }];
            });
        },
    ),
    (
        "a lower floor",
        End::Idle,
        Some(Refusal::BelowFloor),
        |repository| say(repository, |spec| spec.floor = 1),
    ),
];

#[test]
fn what_was_withdrawn_since_it_was_staged_is_never_activated() {
    for (what, expected, refusal, withdraw) in WITHDRAWALS {
        for (with_reboot, seconds) in [(false, 1), (true, 1), (true, 3 * DAY)] {
            let (mut repository, mut memory) = staged();
            withdraw(&mut repository);
            repository.publish();
            if with_reboot {
                assert_eq!(memory.boot().unwrap(), first().bytes, "{what}");
            }
            let (end, driver) = later(&repository, &mut memory, seconds);
            assert_eq!(end, *expected, "{what}");
            let refused = driver.reports.iter().find_map(|report| match report {
                Report::Skipped { refusal, .. } => Some(*refusal),
                _ => None,
            });
            assert_eq!(refused, *refusal, "{what}");
            assert_eq!(memory.boot_state().a.state, SlotState::Staged, "{what}");
            assert_eq!(memory.boot().unwrap(), first().bytes, "{what}");
        }
    }
}

#[test]
fn what_expired_since_it_was_staged_is_activated_once_it_is_signed_anew() {
    for with_reboot in [false, true] {
        let (mut repository, mut memory) = staged();
        if with_reboot {
            memory.boot().unwrap();
        }
        let role = Role::Root;
        let at = START.plus(30 * DAY);
        let expired = Error::Metadata(Metadata::Expired { role, at });
        let (end, _) = later(&repository, &mut memory, 30 * DAY);
        assert_eq!(end, End::Over(expired));
        assert_eq!(memory.boot().unwrap(), first().bytes);

        let later_on = START.plus(60 * DAY);
        repository.expires = later_on;
        for draft in [
            &mut repository.targets,
            &mut repository.channels,
            &mut repository.product,
        ] {
            draft.set_expires(later_on);
        }
        repository.rotate(|root| root.set_expires(later_on));
        repository.publish();
        assert_eq!(later(&repository, &mut memory, 30 * DAY).0, End::Reboot);
        assert_eq!(memory.boot().unwrap(), second().bytes);
    }
}

#[test]
fn what_is_on_offer_still_is_activated_without_a_second_download() {
    for (with_reboot, seconds) in [(false, 0), (true, 0), (true, 20 * DAY)] {
        let (mut repository, mut memory) = staged();
        if with_reboot {
            memory.boot().unwrap();
        }
        if seconds > 0 {
            repository.publish();
        }
        assert_eq!(later(&repository, &mut memory, seconds).0, End::Reboot);
        assert_eq!(memory.boot().unwrap(), second().bytes);
    }
}

#[test]
fn a_newer_offer_takes_the_place_of_what_was_staged() {
    let (mut repository, mut memory) = staged();
    let third = Build {
        floor: 2,
        ..Build::new("1.2.0", 7, 3000)
    };
    repository.release(&third, |_| {});
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    assert_eq!(driver.round(&mut memory), End::Reboot);
    assert_eq!(memory.boot().unwrap(), third.bytes);
}

#[test]
fn after_a_long_download_it_is_asked_again_whether_the_image_is_on_offer() {
    let pieces = 12;
    for (slow, is_withdrawn) in [(ACTIVATION_SECONDS / 2, false), (DAY, false), (DAY, true)] {
        let (mut repository, mut memory) = installed();
        repository.release(&second(), |spec| spec.floor = 2);
        repository.publish();
        let mut driver = Driver::new(&repository.files);
        driver.slow = slow / pieces;
        let end = driver.round(&mut memory);
        if slow < ACTIVATION_SECONDS {
            assert_eq!(end, End::Reboot);
            continue;
        }
        assert_eq!(end, End::Idle);
        let sequence = second().sequence;
        assert_eq!(driver.reports.last(), Some(&Report::Staged { sequence }));
        assert_eq!(memory.boot().unwrap(), first().bytes);

        let now = driver.now.seconds() - START.seconds();
        if is_withdrawn {
            repository.channel.offers.clear();
            repository.publish();
        }
        let (end, driver) = later(&repository, &mut memory, now);
        if is_withdrawn {
            assert_eq!(end, End::Idle);
            assert_eq!(driver.reports, [Report::UpToDate]);
            assert_eq!(memory.boot().unwrap(), first().bytes);
        } else {
            assert_eq!(end, End::Reboot);
            assert_eq!(memory.boot().unwrap(), second().bytes);
        }
    }
}
