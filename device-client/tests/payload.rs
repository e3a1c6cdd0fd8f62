//! The payload on its way into the slot: flipped bytes, broken flash, wrong tables.

mod world;

use sealift_device::slot::{Cause, SlotState};
use sealift_device::{Blame, Error, Object, Refusal};
use sealift_metadata::Digest;
use sealift_metadata::error::{Error as Metadata, Role};
use sealift_tests::repository::{Build, DAY, START};
use world::device::{Driver, End};
use world::scene::{first, installed, refusals, second, staged};

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
fn a_slot_that_cannot_be_read_back_gets_another_download() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    let mut broken = Driver::new(&repository.files);
    broken.broken_reads = Some(5);
    let error = Error::Storage { code: 5 };
    assert_eq!(broken.round(&mut memory), End::Over(error));
    let mut driver = Driver::new(&repository.files);
    assert_eq!(driver.round(&mut memory.clone()), End::Reboot);
    let is_image = |(address, _): &(String, u64)| address.ends_with(".app.bin");
    assert!(
        driver.fetched.iter().any(is_image),
        "what lies there is not valid"
    );

    assert_eq!(broken.round(&mut memory), End::Over(error));
    assert_eq!(
        refusals(&repository, &mut memory).1,
        [Refusal::FailedBefore, Refusal::NotNewer]
    );
}

#[test]
fn a_staged_slot_that_was_lost_is_downloaded_again() {
    let (repository, mut memory) = staged();
    let mut driver = Driver::new(&repository.files);
    driver.broken_reads = Some(2);
    let error = Error::Storage { code: 2 };
    assert_eq!(driver.round(&mut memory), End::Over(error));
    let failed = SlotState::Failed(Cause::ImageDigest);
    assert_eq!(memory.boot_state().a.state, failed);
    let end = Driver::new(&repository.files).round(&mut memory);
    assert_eq!(end, End::Reboot);
    assert_eq!(memory.boot().unwrap(), second().bytes);
}

#[test]
fn blocks_that_no_buffer_holds_are_asked_for_once() {
    let (mut repository, mut memory) = installed();
    let mut odd = Build {
        floor: 2,
        ..second()
    };
    odd.encoding = ("raw", |block| [block, &vec![0; 70_000]].concat());
    repository.release(&odd, |_| {});
    repository.publish();
    let end = Driver::new(&repository.files).round(&mut memory);
    assert_eq!(end, End::Over(Error::BlockEncoding { block: 0 }));
    assert_eq!(
        refusals(&repository, &mut memory).1,
        [Refusal::FailedBefore, Refusal::NotNewer]
    );
}
