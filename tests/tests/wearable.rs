//! What the story of the wearable rests on, without an emulator.

use std::fs;
use std::os::unix::fs::FileExt as _;

use sealift_device::slot::{SlotId, SlotState};
use sealift_tests::wearable::{Machine, factory};

const APP: [u8; 10_001] = [7; 10_001];

const MACHINES: [Machine; 2] = [Machine::Mps2An386, Machine::Microbit];

#[test]
fn a_device_from_its_factory_boots_what_was_written_there() {
    MACHINES.into_iter().for_each(boots_what_was_written);
}

fn boots_what_was_written(machine: Machine) {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    factory::write(machine, &flash, "1.0.0", &APP, b"{}").unwrap();

    let mut state = factory::state(machine, &flash).unwrap();
    assert_eq!(state.select(), Ok(SlotId::A));
    assert_eq!(
        (state.a.state, state.a.version.as_str()),
        (SlotState::Confirmed, "1.0.0")
    );
    assert_eq!(factory::slot(machine, &flash, 0, APP.len()).unwrap(), APP);
    let untouched = factory::slot(machine, &flash, 1, 100).unwrap();
    assert!(untouched.iter().all(|byte| *byte == 0xff));
}

#[test]
fn records_that_are_gone_are_no_fresh_device() {
    MACHINES.into_iter().for_each(lose_records);
}

fn lose_records(machine: Machine) {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    factory::write(machine, &flash, "1.0.0", &APP, b"{}").unwrap();
    let file = fs::File::options().write(true).open(&flash).unwrap();
    for area in machine.geometry().layout.boot {
        let rubbish = vec![0x5a; usize::try_from(area.length).unwrap()];
        file.write_all_at(&rubbish, area.start.into()).unwrap();
    }
    let found = factory::state(machine, &flash).and_then(|mut state| Ok(state.select()?));
    assert!(found.is_err(), "{found:?}");
}

#[test]
fn an_application_that_is_too_long_leaves_no_factory() {
    MACHINES.into_iter().for_each(write_too_much);
}

fn write_too_much(machine: Machine) {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    let length = usize::try_from(machine.geometry().layout.slots[0].length).unwrap();
    assert!(factory::write(machine, &flash, "1.0.0", &vec![7; length], b"{}").is_ok());
    assert!(factory::write(machine, &flash, "1.0.0", &vec![7; length + 1], b"{}").is_err());
}
