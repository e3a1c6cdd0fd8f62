//! What the story of the wearable rests on, without an emulator.

use std::fs;
use std::os::unix::fs::FileExt as _;

use sealift_device::slot::{SlotId, SlotState};
use sealift_tests::wearable::factory;

const APP: [u8; 10_001] = [7; 10_001];

#[test]
fn a_device_from_its_factory_boots_what_was_written_there() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    factory::write(&flash, "1.0.0", &APP, b"{}").unwrap();

    let mut state = factory::state(&flash).unwrap();
    assert_eq!(state.select(), Ok(SlotId::A));
    assert_eq!(
        (state.a.state, state.a.version.as_str()),
        (SlotState::Confirmed, "1.0.0")
    );
    assert_eq!(factory::slot(&flash, 0, APP.len()).unwrap(), APP);
    let untouched = factory::slot(&flash, 1, 100).unwrap();
    assert!(untouched.iter().all(|byte| *byte == 0xff));
}

#[test]
fn records_that_are_gone_are_no_fresh_device() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    factory::write(&flash, "1.0.0", &APP, b"{}").unwrap();
    let file = fs::File::options().write(true).open(&flash).unwrap();
    for area in factory::layout::LAYOUT.boot {
        let rubbish = vec![0x5a; usize::try_from(area.length).unwrap()];
        file.write_all_at(&rubbish, area.start.into()).unwrap();
    }
    let found = factory::state(&flash).and_then(|mut state| Ok(state.select()?));
    assert!(found.is_err(), "{found:?}");
}

#[test]
fn an_application_that_is_too_long_leaves_no_factory() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    let length = usize::try_from(factory::layout::SLOT_BYTES).unwrap();
    assert!(factory::write(&flash, "1.0.0", &vec![7; length], b"{}").is_ok());
    assert!(factory::write(&flash, "1.0.0", &vec![7; length + 1], b"{}").is_err());
}
