//! Parts of sets that are fetched, read back, fetched again or given up.

use super::*;

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
