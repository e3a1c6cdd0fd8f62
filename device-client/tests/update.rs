//! The main job: new images come in, verified, and only confirmed ones stay.

mod world;

use sealift_device::Report;
use sealift_device::slot::{Cause, SlotId, SlotState};
use sealift_tests::repository::{Build, Repository};
use world::device::{Driver, End, Memory};

/// A device that runs version 1, confirmed, and a repository that offers it.
fn installed(first: &Build) -> (Repository, Memory) {
    let mut repository = Repository::new();
    repository.release(first, |_| {});
    repository.publish();
    let mut memory = Memory::factory(repository.first_root());
    assert_eq!(
        Driver::new(&repository.files).round(&mut memory),
        End::Reboot
    );
    assert_eq!(memory.boot().unwrap(), first.bytes);
    assert_eq!(memory.confirm(), Ok(SlotId::B));
    (repository, memory)
}

#[test]
fn an_update_is_installed_booted_and_confirmed() {
    let first = Build::new("1.0.0", 1, 5000);
    let (mut repository, mut memory) = installed(&first);
    let second = Build {
        floor: 3,
        ..Build::new("1.1.0", 2, 4096)
    };
    repository.release(&second, |_| {});
    repository.publish();
    let mut driver = Driver::new(&repository.files);
    assert_eq!(driver.round(&mut memory), End::Reboot);
    assert_eq!(driver.reports.len(), 2, "{:?}", driver.reports);
    assert!(memory.floors().log().floors.timestamp == 2);

    assert_eq!(memory.boot().unwrap(), second.bytes);
    assert_eq!(memory.boot_state().floor, 0, "no floor rises by a boot");
    assert_eq!(memory.confirm(), Ok(SlotId::A));
    assert_eq!(memory.boot_state().floor, 3);
    assert_eq!(
        memory.boot_state().b.state,
        SlotState::Failed(Cause::BelowFloor)
    );
    assert_eq!(memory.boot().unwrap(), second.bytes);
}

#[test]
fn a_second_poll_of_the_same_timestamp_asks_for_nothing_more() {
    let (repository, mut memory) = installed(&Build::new("1.0.0", 1, 5000));
    let mut driver = Driver::new(&repository.files);
    assert_eq!(driver.round(&mut memory), End::Idle);
    let log = memory.log.clone();
    driver.fetched.clear();
    driver.reports.clear();
    assert_eq!(driver.round(&mut memory), End::Idle);
    assert_eq!(driver.reports, [Report::UpToDate]);
    let asked: Vec<&str> = driver
        .fetched
        .iter()
        .map(|(address, _)| &**address)
        .collect();
    let mut asked_once = asked.clone();
    asked_once.dedup();
    assert_eq!(
        asked_once,
        ["metadata/2.root.json", "metadata/timestamp.json"]
    );
    assert_eq!(memory.log, log, "nothing moved, nothing was written");
}

#[test]
fn an_image_that_never_confirms_is_not_tried_again() {
    let first = Build::new("1.0.0", 1, 5000);
    let (mut repository, mut memory) = installed(&first);
    let bad = Build::new("1.1.0", 2, 4096);
    repository.release(&bad, |_| {});
    repository.publish();
    assert_eq!(
        Driver::new(&repository.files).round(&mut memory),
        End::Reboot
    );
    for _ in 0..2 {
        assert_eq!(memory.boot().unwrap(), bad.bytes);
        let mut driver = Driver::new(&repository.files);
        assert_eq!(driver.round(&mut memory), End::Idle);
        let sequence = 2;
        assert_eq!(driver.reports, [Report::AwaitingConfirmation { sequence }]);
    }
    assert_eq!(memory.boot().unwrap(), first.bytes);
    for _ in 0..2 {
        let mut driver = Driver::new(&repository.files);
        assert_eq!(driver.round(&mut memory), End::Idle);
    }
    assert_eq!(memory.boot().unwrap(), first.bytes);
    repository.release(&Build::new("1.1.1", 3, 4096), |_| {});
    repository.publish();
    assert_eq!(
        Driver::new(&repository.files).round(&mut memory),
        End::Reboot
    );
}

#[test]
fn a_reboot_that_never_came_is_asked_for_again() {
    let first = Build::new("1.0.0", 1, 5000);
    let (mut repository, mut memory) = installed(&first);
    repository.release(&Build::new("1.1.0", 2, 4096), |_| {});
    repository.publish();
    for _ in 0..2 {
        let mut driver = Driver::new(&repository.files);
        assert_eq!(driver.round(&mut memory), End::Reboot);
        assert_eq!(
            driver.reports.last(),
            Some(&Report::Installed { sequence: 2 })
        );
    }
}

#[test]
fn a_power_cut_between_any_two_actions_ends_with_the_old_image_or_the_new() {
    let first = Build::new("1.0.0", 1, 5000);
    let (mut repository, before) = installed(&first);
    let second = Build::new("1.1.0", 2, 6000);
    repository.release(&second, |_| {});
    repository.rotate(|root| root.set("x-note", "rotated"));
    repository.publish();
    for late_cut in [false, true] {
        let mut cuts = 0;
        for power in 0.. {
            let mut memory = before.clone();
            let mut driver = Driver::new(&repository.files);
            (driver.power, driver.late_cut) = (power, late_cut);
            let end = driver.round(&mut memory);
            if end == End::Reboot {
                break;
            }
            assert_eq!(end, End::Cut, "cut {power}");
            cuts += 1;
            let mut probe = memory.clone();
            let runs = probe.boot().unwrap();
            let on_trial = memory.boot_state().trial().is_some();
            let expected = if on_trial { &second } else { &first };
            assert!(runs == expected.bytes, "cut {power}: neither old nor new");

            let mut driver = Driver::new(&repository.files);
            assert_eq!(driver.round(&mut memory), End::Reboot, "cut {power}");
            assert_eq!(memory.boot().unwrap(), second.bytes, "cut {power}");
            memory.confirm().unwrap();
            assert!(memory.boot_state().failures.is_empty(), "a cut is no cause");
        }
        assert!(cuts > 30, "{cuts} cuts");
    }
}

#[test]
fn a_download_goes_on_at_the_block_where_the_power_was_cut() {
    let first = Build::new("1.0.0", 1, 5000);
    let (mut repository, before) = installed(&first);
    repository.release(&Build::new("1.1.0", 2, 6000), |_| {});
    repository.publish();
    let target = repository.address("1.1.0");
    let is_target = |address: &str| address == target && !address.ends_with(".blocks");
    let mut resumed = 0;
    for power in 0.. {
        let mut memory = before.clone();
        let mut driver = Driver::new(&repository.files);
        driver.power = power;
        if driver.round(&mut memory) == End::Reboot {
            break;
        }
        let durable = match memory.boot_state().a.state {
            SlotState::Receiving { block, .. } => u64::from(block) * 1024,
            _ => continue,
        };
        let mut driver = Driver::new(&repository.files);
        assert_eq!(driver.round(&mut memory), End::Reboot);
        let asked = driver.fetched.iter().filter(|(at, _)| is_target(at));
        let first = asked.map(|(_, offset)| *offset).min();
        assert_eq!(first.unwrap_or(durable), durable, "cut {power}");
        resumed += u32::from(durable > 0);
    }
    assert!(resumed > 10, "{resumed}");
}

#[test]
fn a_root_rotation_is_walked_and_kept() {
    let first = Build::new("1.0.0", 1, 5000);
    let (mut repository, mut memory) = installed(&first);
    for _ in 0..5 {
        repository.rotate(|_| {});
    }
    repository.publish();
    assert_eq!(Driver::new(&repository.files).round(&mut memory), End::Idle);
    assert_eq!(memory.root, repository.files["metadata/6.root.json"]);
    assert_eq!(memory.floors().log().floors.root, 6);

    memory.root = repository.files["metadata/5.root.json"].clone();
    assert_eq!(Driver::new(&repository.files).round(&mut memory), End::Idle);
    assert_eq!(memory.root, repository.files["metadata/6.root.json"]);
}

#[test]
fn a_confirmed_slot_that_rotted_is_repaired_by_a_download() {
    let first = Build::new("1.0.0", 1, 5000);
    let (mut repository, mut memory) = installed(&first);
    let second = Build::new("1.1.0", 2, 4096);
    repository.release(&second, |_| {});
    repository.publish();
    let round = |memory: &mut Memory| Driver::new(&repository.files).round(memory);
    assert_eq!(round(&mut memory), End::Reboot);
    memory.boot().unwrap();
    assert_eq!(memory.confirm(), Ok(SlotId::A));
    memory.slot(SlotId::A)[77] ^= 4;
    assert_eq!(memory.boot().unwrap(), first.bytes);
    assert_eq!(round(&mut memory), End::Reboot);
    assert_eq!(memory.boot().unwrap(), second.bytes);
}
