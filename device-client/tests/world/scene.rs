//! The usual scene: a device that runs sequence 5 with floor 2, and what it says to an offer.

use sealift_device::slot::SlotState;
use sealift_device::{Refusal, Report};

use super::device::{Driver, End, Memory};
use sealift_tests::repository::{Build, Repository};

pub fn first() -> Build {
    Build::new("1.0.0", 5, 5000)
}

pub fn second() -> Build {
    Build::new("1.1.0", 6, 6000)
}

/// A device that runs and confirmed sequence 5 with floor 2.
pub fn installed() -> (Repository, Memory) {
    let mut repository = Repository::new();
    let build = Build {
        floor: 2,
        ..first()
    };
    repository.release(&build, |_| {});
    repository.publish();
    let mut memory = Memory::factory(repository.first_root());
    assert_eq!(
        Driver::new(&repository.files).round(&mut memory),
        End::Reboot
    );
    memory.boot().unwrap();
    memory.confirm().unwrap();
    (repository, memory)
}

/// The same device, with [`second`] on offer and whole in its slot: the power was cut before it
/// was activated.
pub fn staged() -> (Repository, Memory) {
    let (mut repository, memory) = installed();
    repository.release(&second(), |spec| spec.floor = 2);
    repository.publish();
    for power in 0.. {
        let mut cut = memory.clone();
        let mut driver = Driver::new(&repository.files);
        driver.power = power;
        assert_eq!(driver.round(&mut cut), End::Cut, "it was never staged");
        if cut.boot_state().a.state == SlotState::Staged {
            return (repository, cut);
        }
    }
    unreachable!("a round ends");
}

pub fn refusals(repository: &Repository, memory: &mut Memory) -> (End, Vec<Refusal>) {
    let mut driver = Driver::new(&repository.files);
    let end = driver.round(memory);
    assert!(end == End::Reboot || driver.erased.is_empty(), "{end:?}");
    let skipped = driver.reports.iter().filter_map(|report| match report {
        Report::Skipped { refusal, .. } => Some(*refusal),
        _ => None,
    });
    (end, skipped.collect())
}
