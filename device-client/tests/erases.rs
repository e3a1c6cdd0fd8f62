//! Flash wears out: what a link, a cut or a lying flash can make a device erase.

mod world;

use std::collections::BTreeMap;

use sealift_device::slot::SlotState;
use sealift_device::{Error, Object};
use sealift_tests::repository::{Build, Repository};
use world::device::{Driver, ERASE_BYTES, End, Memory};
use world::scene::{first, installed, second};

const PAGES: usize = 6000_usize.div_ceil(ERASE_BYTES);
const BLOCK_PAGES: usize = 1024 / ERASE_BYTES;

const LONG_SLOT_BYTES: usize = 200 * 1024;

/// A device with long slots, to which an image of that length is offered.
fn with_long(length: usize) -> (Repository, Memory, Build) {
    let (mut repository, mut memory) = installed();
    memory.slots = [vec![0xff; LONG_SLOT_BYTES], vec![0xff; LONG_SLOT_BYTES]];
    memory.slots[1][..5000].copy_from_slice(&first().bytes);
    let long = Build {
        floor: 2,
        ..Build::new("1.1.0", 6, length)
    };
    repository.release(&long, |_| {});
    repository.publish();
    (repository, memory, long)
}

fn is_image(object: &Object) -> bool {
    object.to_string().ends_with(".app.bin")
}

#[test]
fn a_link_that_brings_wrong_blocks_never_causes_an_erase() {
    type Meddle = fn(&Object, u64, &mut Vec<u8>);
    let cases: &[(&str, Meddle)] = &[
        ("a flipped byte", |object, _, bytes| {
            if is_image(object) {
                for byte in bytes {
                    *byte ^= 1;
                }
            }
        }),
        ("an end too soon", |object, _, bytes| {
            if is_image(object) {
                bytes.truncate(bytes.len().min(1000));
            }
        }),
        ("nothing", |object, _, bytes| {
            if is_image(object) {
                bytes.clear();
            }
        }),
        ("another part", |object, _, bytes| {
            if is_image(object) {
                bytes.rotate_left(1024);
            }
        }),
        ("the image that runs", |object, _, bytes| {
            if is_image(object) {
                *bytes = first().bytes;
            }
        }),
        ("another table", |object, _, bytes| {
            if object.to_string().ends_with(".blocks") {
                bytes.rotate_left(36);
            }
        }),
    ];
    for (what, meddle) in cases {
        let (mut repository, mut memory) = installed();
        repository.release(&second(), |spec| spec.floor = 2);
        repository.publish();
        let mut recorded = 0;
        for _ in 0..50 {
            let mut driver = Driver::new(&repository.files);
            driver.meddle = *meddle;
            assert!(matches!(driver.round(&mut memory), End::Over(_)), "{what}");
            assert!(driver.erased.is_empty(), "{what}");
            recorded += driver.recorded;
        }
        assert!(
            recorded <= 1,
            "{what}: a record's page was erased {recorded} times"
        );
        let mut driver = Driver::new(&repository.files);
        assert_eq!(driver.round(&mut memory), End::Reboot, "{what}");
        assert_eq!(driver.erased.len(), PAGES, "{what}");
    }
}

#[test]
fn a_link_that_brings_every_block_wrong_first_costs_no_erase_more() {
    use std::sync::Mutex;
    static ASKED: Mutex<BTreeMap<u64, u32>> = Mutex::new(BTreeMap::new());
    // More blocks than progress is recorded without a reason.
    let (repository, mut memory, long) = with_long(40 * 1024);
    let mut erased = Vec::new();
    let mut rounds = 0;
    loop {
        rounds += 1;
        let mut driver = Driver::new(&repository.files);
        driver.device.slot_bytes = LONG_SLOT_BYTES as u64;
        driver.piece = usize::MAX;
        // Four times wrong: more than a round puts up with.
        driver.meddle = |object, offset, bytes| {
            if is_image(object) {
                let mut asked = ASKED.lock().unwrap();
                let asked = asked.entry(offset).or_default();
                *asked += 1;
                let at = usize::try_from(offset).unwrap();
                bytes[at] ^= u8::from(*asked <= 4);
            }
        };
        let end = driver.round(&mut memory);
        erased.extend(driver.erased);
        assert!(driver.recorded <= 3, "{} in a round", driver.recorded);
        match end {
            End::Over(Error::BlockDigest { .. }) => {}
            end => {
                assert_eq!(end, End::Reboot);
                break;
            }
        }
        assert!(rounds < 50, "it does not get on");
    }
    assert!(rounds > 40, "{rounds}");
    erased.sort_unstable();
    let pages: Vec<u64> = (0..40 * 1024).step_by(ERASE_BYTES).collect();
    assert_eq!(erased, pages, "each page once");
    assert_eq!(memory.boot().unwrap(), long.bytes);
}

#[test]
fn a_cut_costs_the_pages_of_one_block_at_most() {
    let (mut repository, before) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    for power in 0.. {
        let mut memory = before.clone();
        let mut cut = Driver::new(&repository.files);
        (cut.power, cut.late_cut) = (power, true);
        if cut.round(&mut memory) == End::Reboot {
            break;
        }
        let mut driver = Driver::new(&repository.files);
        assert_eq!(driver.round(&mut memory), End::Reboot);
        let erased = cut.erased.len() + driver.erased.len();
        assert!(
            (PAGES..=PAGES + BLOCK_PAGES).contains(&erased),
            "cut {power}: {erased}"
        );
    }
}

#[test]
fn the_progress_of_a_long_image_is_recorded_so_many_times_and_a_cut_costs_as_much() {
    let (repository, before, long) = with_long(150 * 1024);
    let round = |power, memory: &mut Memory| {
        let mut driver = Driver::new(&repository.files);
        driver.device.slot_bytes = LONG_SLOT_BYTES as u64;
        (driver.power, driver.late_cut) = (power, true);
        let end = driver.round(memory);
        (end, driver.recorded, driver.erased.len())
    };
    let (end, recorded, erased) = round(usize::MAX, &mut before.clone());
    assert_eq!(end, End::Reboot);
    // The slot is no longer what it was; 30 times five blocks; staged; on trial.
    assert_eq!(recorded, 1 + 30 + 1 + 1);
    for power in (0..1500).step_by(7) {
        let mut memory = before.clone();
        let (end, _, erased_before) = round(power, &mut memory);
        if end == End::Reboot {
            break;
        }
        let (end, _, erased_after) = round(usize::MAX, &mut memory);
        assert_eq!(end, End::Reboot, "cut {power}");
        assert_eq!(memory.boot().unwrap(), long.bytes, "cut {power}");
        let more = erased_before + erased_after - erased;
        assert!(more <= 5 * BLOCK_PAGES, "cut {power}: {more}");
    }
}

#[test]
fn a_resume_trusts_nothing_behind_the_blocks_that_were_recorded() {
    let (mut repository, before) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    let mut resumed = 0;
    for power in 0.. {
        let mut memory = before.clone();
        let mut driver = Driver::new(&repository.files);
        driver.power = power;
        if driver.round(&mut memory) == End::Reboot {
            break;
        }
        let SlotState::Receiving { block, .. } = memory.boot_state().a.state else {
            continue;
        };
        let durable = 1024 * block as usize;
        memory.slots[0][durable..].fill(0x5a);
        let mut driver = Driver::new(&repository.files);
        assert_eq!(driver.round(&mut memory), End::Reboot, "cut {power}");
        assert_eq!(memory.boot().unwrap(), second().bytes, "cut {power}");
        resumed += u32::from(block > 0);
    }
    assert!(resumed > 10, "{resumed}");
}

#[test]
fn recorded_blocks_that_the_flash_lost_are_found_missing_and_fetched_again() {
    let (mut repository, mut memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    let recorded = |memory: &Memory| match memory.boot_state().a.state {
        SlotState::Receiving { block, .. } => block,
        _ => 0,
    };
    for power in 0.. {
        let mut cut = memory.clone();
        let mut driver = Driver::new(&repository.files);
        driver.power = power;
        driver.round(&mut cut);
        if recorded(&cut) == 3 {
            memory = cut;
            break;
        }
    }
    memory.slots[0][..1024].fill(0xff);
    let mut driver = Driver::new(&repository.files);
    assert_eq!(driver.round(&mut memory), End::Over(Error::ImageDigest));
    assert_eq!(memory.boot().unwrap(), first().bytes);
    let mut driver = Driver::new(&repository.files);
    assert_eq!(driver.round(&mut memory), End::Reboot);
    assert_eq!(memory.boot().unwrap(), second().bytes);
}
