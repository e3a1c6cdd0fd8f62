//! Devices of several components: a release is taken as a whole set, or not at all.

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
fn one_part_that_is_refused_refuses_the_whole_set_before_anything_is_erased() {
    type Change = fn(&mut ImageSpec);
    let cases: &[(Refusal, Change)] = &[
        (Refusal::Audience, |it| it.channels = vec!["beta".into()]),
        (Refusal::Hardware, |it| it.hardware = vec!["rev-b".into()]),
        (Refusal::Encoding, |it| it.encoding = "zstd".into()),
        (Refusal::NotNewer, |it| it.sequence = 5),
        (Refusal::BelowFloor, |it| it.floor = 0),
        (Refusal::Size, |it| it.image.length = 4097),
        (Refusal::Misplaced, |it| it.release = "9".into()),
        (Refusal::NeedsWith, |it| {
            it.needs_with = vec![need("assets", 1)];
        }),
        (Refusal::NeedsInstalled, |it| {
            it.needs_installed = vec![need("assets", 1)];
        }),
        (Refusal::NeedsInstalled, |it| {
            it.needs_installed = vec![need("app", 6)];
        }),
        (Refusal::NeedsInstalled, |it| {
            it.needs_installed = vec![need("radio", 6)];
        }),
    ];
    for (refusal, change) in cases {
        let (repository, mut memory) = offered(|spec| {
            if spec.component == "radio" {
                change(spec);
            }
        });
        let (end, skipped) = refusals(&repository, &mut memory);
        let expected = [
            ("radio".into(), *refusal),
            ("app".into(), Refusal::IncompleteSet),
        ];
        assert_eq!(skipped, expected, "{refusal:?}");
        match end {
            End::Over(Error::Refused(fault)) => assert_eq!(fault, *refusal),
            end => assert_eq!((end, refusal.is_fault()), (End::Idle, false)),
        }
    }
}

#[test]
fn what_a_part_needs_is_looked_up_in_the_set_and_in_what_runs() {
    for (min_sequence, end) in [(6, End::Reboot), (7, End::Idle)] {
        let (repository, mut memory) = offered(|spec| {
            if spec.component == "app" {
                spec.needs_with = vec![need("radio", min_sequence)];
                spec.needs_installed = vec![need("radio", 5), need("app", 5)];
            } else {
                spec.needs_with = vec![need("app", 6)];
                spec.needs_installed = vec![need("app", 5)];
            }
        });
        let (ended, skipped) = refusals(&repository, &mut memory);
        assert_eq!(ended, end, "{skipped:?}");
        let all = skipped
            .iter()
            .all(|(_, refusal)| *refusal == Refusal::NeedsWith);
        assert!(all && skipped.len() == usize::from(end == End::Idle) * 2);
    }
}

#[test]
fn a_set_document_that_names_anything_else_refuses_the_set() {
    type Change = fn(&mut Vec<ImageSpec>);
    let cases: &[(&str, Change)] = &[
        ("another digest", |it| it[1].image.sha256 = Digest::of(b"")),
        ("another length", |it| it[0].image.length += 1),
        ("another sequence", |it| it[1].sequence = 7),
        ("a part is missing", |it| it.truncate(1)),
        ("a part is for other boards", |it| {
            it[1].hardware = vec!["rev-b".into()];
        }),
        ("a part that this device has not", |it| {
            let mut third = it[1].clone();
            third.component = "assets".into();
            it.push(third);
        }),
    ];
    for (what, change) in cases {
        let (mut repository, mut memory) = installed();
        let mut specs = Vec::new();
        for build in &set("1.1.0", 6) {
            specs.push(repository.release(build, |_| {}));
        }
        change(&mut specs);
        repository.describe("1.1.0", &specs);
        repository.publish();
        let (end, skipped) = refusals(&repository, &mut memory);
        assert_eq!(end, End::Idle, "{what}");
        let newest = &skipped[..2];
        let is_refused = newest.iter().all(|(_, it)| *it == Refusal::IncompleteSet);
        assert!(is_refused, "{what}: {skipped:?}");
    }
}

#[test]
fn a_release_without_a_document_or_a_component_is_passed_over_for_an_older_whole_one() {
    let (mut repository, mut memory) = installed();
    repository.release_set(&set("1.1.0", 6), |_| {});
    repository.release_set(&set("1.2.0", 7)[..1], |_| {});
    for build in &set("1.3.0", 8) {
        repository.release(build, |_| {});
    }
    repository.publish();
    let (end, skipped) = refusals(&repository, &mut memory);
    assert_eq!(end, End::Reboot);
    assert_eq!(skipped.len(), 3, "{skipped:?}");
    assert!(skipped.iter().all(|(_, it)| *it == Refusal::IncompleteSet));
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.1.0", 6)));
}

#[test]
fn a_document_for_other_boards_too_is_read_for_this_one() {
    let (mut repository, mut memory) = installed();
    let mut specs = Vec::new();
    for build in &set("1.1.0", 6) {
        specs.push(repository.release(build, |_| {}));
    }
    let mut other = specs[1].clone();
    other.hardware = vec!["rev-z".into()];
    other.image.sha256 = Digest::of(b"another board's radio");
    specs.push(other);
    repository.describe("1.1.0", &specs);
    repository.publish();
    assert_eq!(refusals(&repository, &mut memory).0, End::Reboot);
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
fn a_part_that_was_whole_before_a_cut_is_not_fetched_again() {
    let (repository, mut memory) = offered(|_| {});
    for power in 0.. {
        let mut cut = memory.clone();
        let mut first = driver(&repository);
        first.power = power;
        assert_eq!(first.round(&mut cut), End::Cut);
        if cut.parts()[0].slot(SlotId::A).state == SlotState::Staged
            && cut.parts()[0].slot(SlotId::A).sequence == 6
        {
            memory = cut;
            break;
        }
    }
    let mut second = driver(&repository);
    assert_eq!(second.round(&mut memory), End::Reboot);
    let fetched = |name: &str| {
        second
            .fetched
            .iter()
            .filter(|(it, _)| it.ends_with(name))
            .count()
    };
    assert_eq!(fetched(".radio.bin"), 0);
    assert!(fetched(".app.bin") > 0);
}

#[test]
fn bytes_that_lie_there_since_an_earlier_release_are_not_fetched_again() {
    let (mut repository, mut memory) = installed();
    for (version, sequence, is_fetched) in [("1.1.0", 6, true), ("1.2.0", 7, false)] {
        let mut builds = set(version, sequence);
        builds[1].bytes = set("1.0.0", 5)[1].bytes.clone();
        repository.release_set(&builds, |_| {});
        repository.publish();
        let mut driver = driver(&repository);
        assert_eq!(driver.round(&mut memory), End::Reboot);
        let radio = |(it, _): &(String, u64)| it.ends_with(".radio.bin");
        assert_eq!(driver.fetched.iter().any(radio), is_fetched, "{version}");
        assert_eq!(memory.boot_set().unwrap(), bytes(&builds));
        memory.confirm_set().unwrap();
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

#[test]
fn every_release_gets_all_its_downloads_even_with_the_bytes_of_an_earlier_one() {
    let (mut repository, mut memory) = offered(|_| {});
    let broken = |repository: &Repository, memory: &mut Memory| {
        let mut driver = driver(repository);
        driver.broken_reads = Some(7);
        driver.round(memory)
    };
    let unreadable = End::Over(Error::Storage { code: 7 });
    assert_eq!(broken(&repository, &mut memory), unreadable);
    let mut builds = set("1.2.0", 7);
    builds[1].bytes = set("1.1.0", 6)[1].bytes.clone();
    repository.release_set(&builds, |_| {});
    repository.publish();
    assert_eq!(broken(&repository, &mut memory), unreadable);
    assert!(
        memory.boot_state().failures.is_empty(),
        "one attempt of two"
    );
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    memory.boot_set().unwrap();
    let id = memory.confirm_set().unwrap();
    assert_eq!(memory.parts()[0].slot(id).downloads, 0, "it worked");
}

#[test]
fn a_part_that_never_reads_back_is_given_up_however_slow_the_line() {
    let (repository, mut memory) = offered(|_| {});
    let mut fetched = 0;
    for _ in 0..6 {
        // Each round ends with a staged set, and in between its part rots.
        let mut slow = driver(&repository);
        slow.slow = 4000;
        slow.round(&mut memory);
        fetched += usize::from(
            slow.fetched
                .iter()
                .any(|(it, _)| it.ends_with(".radio.bin")),
        );
        let id = memory.boot_state().active.other();
        memory.slot_of(RADIO, id)[100] ^= 1;
    }
    assert_eq!(fetched, usize::from(DOWNLOAD_ATTEMPTS));
    assert!(memory.boot_state().has_failed(6));
}

#[test]
fn the_set_to_fall_back_to_stays_until_a_table_of_the_next_one_was_verified() {
    let (repository, mut memory) = offered(|_| {});
    assert_eq!(driver(&repository).round(&mut memory), End::Reboot);
    memory.boot_set().unwrap();
    memory.confirm_set().unwrap();
    let before = memory.boot_state();
    let mut repository = repository;
    repository.release_set(&set("1.2.0", 7), |_| {});
    repository.publish();
    let mut files = repository.files.clone();
    files.retain(|name, _| !(name.contains("1.2.0") && name.ends_with(".blocks")));
    let mut cut = Driver::new(&files);
    cut.others = radio();
    assert_eq!(cut.round(&mut memory), End::Over(Error::Absent));
    assert_eq!(memory.boot_state(), before);
    memory.slot_of(RADIO, before.active)[100] ^= 1;
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.0.0", 5)));
}

#[test]
fn a_document_that_another_role_is_trusted_for_is_none_of_the_products() {
    let (mut repository, mut memory) = offered(|_| {});
    repository.delegate("vendor", "images/watch/release/*/*");
    repository.rename(2, "watch-two");
    repository.publish();
    let (end, skipped) = refusals(&repository, &mut memory);
    assert_eq!(end, End::Idle);
    assert_eq!(skipped.len(), 2);
    assert!(skipped.iter().all(|(_, it)| *it == Refusal::IncompleteSet));
}
