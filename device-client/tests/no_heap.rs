//! No allocation happens inside of the machine: neither in a refresh nor in an install.

mod world;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use sealift_device::floor_log::Log;
use sealift_device::{Action, BootState, Event, FlashOp, RawOnly, Record, Stored, Updater};
use sealift_tests::repository::{Build, Repository, START};
use world::device::device;

thread_local! {
    static COUNTED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// The system's allocator, which counts while it is told to.
mod counting {
    #![expect(unsafe_code, reason = "only an allocator can count allocations")]

    use super::{COUNTED, GlobalAlloc, Layout, System};

    pub(crate) struct Counting;

    // SAFETY: every call is handed to the system's allocator as it came.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNTED.set(COUNTED.get().map(|count| count + 1));
            // SAFETY: the caller keeps the contract.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            // SAFETY: the caller keeps the contract.
            unsafe { System.dealloc(pointer, layout) }
        }
    }
}

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

/// Runs `work` and adds its allocations to `total`.
fn count<T>(total: &mut u32, work: impl FnOnce() -> T) -> T {
    COUNTED.set(Some(0));
    let result = work();
    *total += COUNTED.take().unwrap();
    result
}

#[test]
fn a_refresh_and_an_install_allocate_nothing() {
    let mut repository = Repository::new();
    repository.rotate(|_| {});
    repository.release(&Build::new("1.0.0", 1, 6000), |_| {});
    repository.publish();
    let (mut buffer, mut slot) = (vec![0; 32 * 1024], vec![0; 8 * 1024]);
    let root = repository.first_root();
    let stored = Stored {
        log: Log::default(),
        boot: BootState::factory(),
    };
    let mut total = 0;
    let mut machine = count(&mut total, || {
        let mut machine = Updater::new(device(), stored, RawOnly, &mut buffer, START).unwrap();
        machine.begin(&root).unwrap();
        machine
    });
    let mut actions = 0;
    loop {
        actions += 1;
        // What the driver does with an action may allocate; polling and handling may not.
        let bytes = match count(&mut total, || machine.poll(START)) {
            Action::Reboot => break,
            Action::Idle => panic!("nothing was installed"),
            Action::Fetch {
                object,
                offset,
                max,
            } => {
                let file = repository.files.get(&object.to_string());
                let start = usize::try_from(offset).unwrap();
                Some(file.map(|file| file[start..file.len().min(start + max)].to_vec()))
            }
            Action::Flash(FlashOp::Read { offset, length, .. }) => {
                let start = usize::try_from(offset).unwrap();
                let bytes = slot[start..start + usize::try_from(length).unwrap()].to_vec();
                count(&mut total, || {
                    machine.handle(Event::FlashBytes(&bytes)).unwrap();
                });
                continue;
            }
            Action::Flash(FlashOp::Write { offset, bytes, .. }) => {
                let start = usize::try_from(offset).unwrap();
                slot[start..start + bytes.len()].copy_from_slice(bytes);
                None
            }
            Action::Persist(
                Record::Root { .. } | Record::Document { .. } | Record::Log(_) | Record::Boot(..),
            )
            | Action::Flash(_)
            | Action::Evidence(_)
            | Action::Wait { .. }
            | Action::Report(_) => None,
        };
        let event = match &bytes {
            Some(Some(bytes)) => Event::Bytes { bytes, end: true },
            Some(None) => Event::Absent,
            None => Event::Done,
        };
        count(&mut total, || machine.handle(event).unwrap());
    }
    assert_eq!(total, 0, "allocations in {actions} actions");
    let probe = count(&mut total, || vec![0_u8; 100]);
    assert_eq!((total, probe.len()), (1, 100), "the counter does count");
}
