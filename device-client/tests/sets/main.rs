//! Devices of several components: a release is taken as a whole set, or not at all.

/// What is fetched, how often.
mod downloads;
/// What is no set.
mod refused;
#[path = "../world/mod.rs"]
mod world;

use sealift_device::limits::DOWNLOAD_ATTEMPTS;
use sealift_device::others::Component;
use sealift_device::slot::{Cause, SlotId, SlotState};
use sealift_device::{Error, Refusal, Report};
use sealift_metadata::Digest;
use sealift_metadata::write::{ImageSpec, NeedSpec};
use sealift_tests::repository::{Build, Repository};
use world::device::{Driver, End, Memory};

const RADIO: usize = 1;

fn radio() -> Vec<Component> {
    vec![Component::new("radio", 4096).unwrap()]
}

/// A release of two components, both with this sequence and floor 1.
fn set(version: &'static str, sequence: u64) -> [Build; 2] {
    let app = Build::new(version, sequence, 5000 + usize::try_from(sequence).unwrap());
    let radio = Build::new(version, sequence, 3000).of("radio");
    [app, radio].map(|mut build| {
        build.floor = 1;
        build
    })
}

fn bytes(set: &[Build]) -> Vec<Vec<u8>> {
    set.iter().map(|build| build.bytes.clone()).collect()
}

fn driver(repository: &Repository) -> Driver<'_> {
    let mut driver = Driver::new(&repository.files);
    driver.others = radio();
    driver
}

/// A device that runs and confirmed the first set.
fn installed() -> (Repository, Memory) {
    let mut repository = Repository::new();
    repository.release_set(&set("1.0.0", 5), |_| {});
    repository.publish();
    let mut memory = Memory::factory(repository.first_root());
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.0.0", 5)));
    memory.confirm_set().unwrap();
    (repository, memory)
}

#[cfg(feature = "verify-at-boot")]
#[test]
fn evidence_which_is_that_of_one_image_is_not_asked_for_beside_a_set() {
    use sealift_device::{Others, RawOnly, Set, Stored, Updater};
    use sealift_tests::repository::START;

    let (_, memory) = installed();
    let device = world::device::device();
    let others = Others::new(device.component, &radio(), &memory.parts()).unwrap();
    let (log, boot) = (memory.floors().log().clone(), memory.boot_state());
    let decode = Set {
        decode: RawOnly,
        others,
    };
    let mut buffer = [];
    let machine = Updater::new(device, Stored { log, boot }, decode, &mut buffer, START);
    let pinned = sealift_metadata::name::Version::new(1).unwrap();
    let refused = machine.unwrap().keep_evidence(pinned, 4096);
    assert_eq!(refused.unwrap_err().name(), "identity");
}

fn offered(change: impl FnMut(&mut ImageSpec)) -> (Repository, Memory) {
    let (mut repository, memory) = installed();
    repository.channel.offers.clear();
    repository.release_set(&set("1.1.0", 6), change);
    repository.publish();
    (repository, memory)
}

/// How the round ends, and what was passed over, by component.
fn refusals(repository: &Repository, memory: &mut Memory) -> (End, Vec<(String, Refusal)>) {
    let mut driver = driver(repository);
    let before = (
        memory.pages.clone(),
        memory.slots.clone(),
        memory.others.clone(),
    );
    let end = driver.round(memory);
    let skipped = driver.reports.iter().filter_map(|report| match report {
        Report::Skipped { path, refusal } => {
            let component = path.as_str().split('/').nth(2).unwrap();
            Some((component.to_owned(), *refusal))
        }
        _ => None,
    });
    let skipped = skipped.collect();
    if end != End::Reboot {
        let after = (
            memory.pages.clone(),
            memory.slots.clone(),
            memory.others.clone(),
        );
        assert!(before == after, "something moved: {skipped:?}");
    }
    (end, skipped)
}

fn need(component: &str, min_sequence: u64) -> NeedSpec {
    NeedSpec {
        component: component.into(),
        min_sequence,
    }
}

#[test]
fn a_set_is_tried_as_a_whole_and_confirmed_as_a_whole() {
    let (repository, mut memory) = offered(|_| {});
    let mut driver = driver(&repository);
    assert_eq!(driver.round(&mut memory), End::Reboot);
    assert!(driver.reports.contains(&Report::Installed { sequence: 6 }));
    assert_eq!(memory.parts()[0].floor, 1);
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.1.0", 6)));
    assert_eq!(
        refusals(&repository, &mut memory).0,
        End::Idle,
        "a trial is waited for"
    );
    memory.confirm_set().unwrap();
    let (end, skipped) = refusals(&repository, &mut memory);
    assert_eq!(end, End::Idle);
    assert!(
        skipped
            .iter()
            .all(|(_, refusal)| *refusal == Refusal::NotNewer)
    );
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.1.0", 6)));
}

#[test]
fn a_set_that_is_never_confirmed_falls_back_as_a_whole() {
    let (repository, mut memory) = offered(|spec| spec.floor = 2);
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    while memory.boot_state().trial().is_some() {
        memory.boot_set().unwrap();
    }
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.0.0", 5)));
    assert_eq!(memory.parts()[0].floor, 1, "no floor rose");
    let (end, skipped) = refusals(&repository, &mut memory);
    assert_eq!(end, End::Idle);
    assert_eq!(
        skipped,
        [
            ("radio".into(), Refusal::IncompleteSet),
            ("app".into(), Refusal::FailedBefore)
        ]
    );
}

#[test]
fn a_part_that_rots_takes_its_set_along() {
    let (repository, mut memory) = offered(|_| {});
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    memory.boot_set().unwrap();
    let trial = memory.confirm_set().unwrap();
    memory.slot_of(RADIO, trial)[100] ^= 1;
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.0.0", 5)));
    let state = memory.boot_state();
    assert_eq!(
        state.slot(trial).state,
        SlotState::Failed(Cause::SlotDigest)
    );
    assert_eq!(
        driver(&repository).round(&mut memory),
        End::Reboot,
        "it may come again"
    );
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.1.0", 6)));
}

#[test]
fn a_floor_of_any_part_keeps_its_older_sets_from_booting() {
    let (repository, mut memory) = offered(|spec| {
        if spec.component == "radio" {
            spec.floor = 2;
        }
    });
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    memory.boot_set().unwrap();
    let id = memory.confirm_set().unwrap();
    assert_eq!((memory.parts()[0].floor, memory.boot_state().floor), (2, 1));
    let old = memory.boot_state().slot(id.other()).state;
    assert_eq!(old, SlotState::Failed(Cause::BelowFloor));
    memory.slot_of(RADIO, id)[100] ^= 1;
    assert_eq!(memory.boot_set(), Err(Error::NothingToBoot), "recovery");
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.1.0", 6)));
}

#[test]
fn a_cut_at_any_action_boots_one_whole_set_and_the_next_round_ends_the_update() {
    let sets = ["1.0.0", "1.1.0"].into_iter().zip([5, 6]);
    let sets: Vec<_> = sets
        .map(|(version, sequence)| bytes(&set(version, sequence)))
        .collect();
    let (repository, memory) = offered(|_| {});
    for late_cut in [false, true] {
        for power in 0.. {
            let mut memory = memory.clone();
            let mut cut = driver(&repository);
            (cut.power, cut.late_cut) = (power, late_cut);
            let end = cut.round(&mut memory);
            let runs = memory.boot_set().unwrap();
            let is_trial = memory.boot_state().trial().is_some();
            assert_eq!(runs, sets[usize::from(is_trial)], "{power} {late_cut}");
            for _ in 0..2 {
                if memory.boot_state().trial().is_none() {
                    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
                }
            }
            assert_eq!(memory.boot_set().unwrap(), sets[1]);
            memory.confirm_set().unwrap();
            assert!(memory.boot_state().failures.is_empty(), "a cut is no cause");
            if end == End::Reboot {
                assert!(power > 40, "{power}");
                break;
            }
        }
    }
}

#[test]
fn a_device_of_one_component_becomes_one_of_two_and_its_records_stay_short_until_then() {
    let mut repository = Repository::new();
    repository.release(&set("1.0.0", 5)[0], |_| {});
    repository.publish();
    let mut memory = Memory::factory(repository.first_root());
    assert_eq!(
        Driver::new(&repository.files).round(&mut memory),
        End::Reboot
    );
    memory.boot().unwrap();
    memory.confirm().unwrap();
    assert!(
        memory
            .pages
            .iter()
            .all(|page| page.len() == 384 && !page.starts_with(b"SLB2"))
    );

    let (end, _) = refusals(&repository, &mut memory);
    assert_eq!(end, End::Idle);
    assert_eq!(memory.boot().unwrap(), set("1.0.0", 5)[0].bytes);
    repository.release_set(&set("1.1.0", 6), |_| {});
    repository.publish();
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    assert!(memory.pages.iter().any(|page| page.starts_with(b"SLB2")));
    while memory.boot_state().trial().is_some() {
        memory.boot_set().unwrap();
    }
    let state = memory.boot_state();
    assert_eq!(
        state.installed().unwrap().sequence,
        5,
        "back to one component"
    );
}

#[test]
fn components_that_the_records_do_not_know_as_they_are_named_stop_the_round() {
    let (repository, mut memory) = offered(|_| {});
    let component = |name| Component::new(name, 4096).unwrap();
    for others in [
        vec![component("assets")],
        vec![component("radio"), component("radio")],
        vec![component("radio"), component("app")],
        ["radio", "a", "b", "c"].map(component).to_vec(),
    ] {
        let mut driver = Driver::new(&repository.files);
        driver.others = others;
        let end = driver.round(&mut memory);
        assert_eq!(end, End::Over(Error::Identity("component")));
    }
    for (name, slot_bytes) in [("", 1), ("Radio", 1), ("release", 1), ("radio", 0)] {
        assert!(Component::new(name, slot_bytes).is_err(), "{name}");
    }
}
