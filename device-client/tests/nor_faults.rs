//! Flash that fails: what a board makes of it.

use std::cell::Cell;

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use sealift_device::nor::Board;
use sealift_device::slot::SlotId;
use sealift_device::{BootState, Error, Event, Record};
use sealift_tests::flash::{Flash, Geometry};
use sealift_tests::powercut::scenarios::{INSTALLED, Step, walk};
use sealift_tests::powercut::session::Session;
use sealift_tests::powercut::world::{Stage, World};

/// What is asked of a flash, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Read(u32),
    Erase(u32),
    Write(u32),
}

/// What comes of a call.
enum Fate {
    Done,
    Refused,
    /// It was done, but said to have failed.
    Denied,
}

/// Flash that does not do all that it is asked.
struct Moody<'m> {
    flash: Flash<4>,
    mood: &'m mut dyn FnMut(Call) -> Fate,
}

impl Moody<'_> {
    fn obey(
        &mut self,
        call: Call,
        work: impl FnOnce(&mut Flash<4>) -> Result<(), NorFlashErrorKind>,
    ) -> Result<(), NorFlashErrorKind> {
        match (self.mood)(call) {
            Fate::Done => work(&mut self.flash),
            Fate::Refused => Err(NorFlashErrorKind::Other),
            Fate::Denied => work(&mut self.flash).and(Err(NorFlashErrorKind::Other)),
        }
    }
}

impl ErrorType for Moody<'_> {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Moody<'_> {
    const READ_SIZE: usize = Flash::<4>::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        self.obey(Call::Read(offset), |flash| flash.read(offset, bytes))
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Moody<'_> {
    const WRITE_SIZE: usize = Flash::<4>::WRITE_SIZE;
    const ERASE_SIZE: usize = Flash::<4>::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        self.obey(Call::Erase(from), |flash| flash.erase(from, to))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.obey(Call::Write(offset), |flash| flash.write(offset, bytes))
    }
}

fn world() -> World {
    World::new(Geometry::named("nrf52").unwrap())
}

fn installed(world: &World) -> Session<'_, 4> {
    let mut session = Session::new(world, Flash::erased(world.geometry, 1));
    walk(&mut session, INSTALLED);
    session
}

fn open<'m>(
    flash: &Flash<4>,
    mood: &'m mut dyn FnMut(Call) -> Fate,
) -> Result<Board<'static, Moody<'m>>, Error> {
    let geometry = flash.geometry;
    let flash = flash.clone();
    Board::open(Moody { flash, mood }, geometry.layout, geometry.erased)
}

fn keep_boot(session: &mut Session<'_, 4>, state: &BootState) {
    let geometry = session.world.geometry;
    let board = Board::open(&mut session.flash, geometry.layout, geometry.erased);
    let event = board.unwrap().persist(&Record::Boot(state, &[]));
    assert!(matches!(event, Event::Done));
}

#[test]
fn worn_out_flash_boots_what_is_confirmed_and_no_trial() {
    let world = world();
    let mut session = installed(&world);
    let running = session.state().unwrap().active;
    walk(&mut session, &[Step::Round(Stage::Second)]);
    let mut mood = |call| match call {
        Call::Read(_) => Fate::Done,
        _ => Fate::Refused,
    };
    let mut board = open(&session.flash, &mut mood).unwrap();
    assert!(board.state().trial().is_some());
    assert_eq!(board.boot(), Ok(running));
    assert_eq!(board.confirm(running), Err(Error::NothingToConfirm));
}

#[test]
fn a_trial_is_not_confirmed_by_the_image_that_runs_in_its_stead() {
    let world = world();
    let mut session = installed(&world);
    let running = session.state().unwrap().active;
    walk(
        &mut session,
        &[Step::Round(Stage::Second), Step::Boot, Step::Boot],
    );
    let trial = session.state().unwrap();
    // For a moment, the boot loader cannot count the trial down.
    let is_ill = Cell::new(true);
    let mut mood = |call| match call {
        Call::Write(_) | Call::Erase(_) if is_ill.get() => Fate::Refused,
        _ => Fate::Done,
    };
    let mut board = open(&session.flash, &mut mood).unwrap();
    assert_eq!(board.boot(), Ok(running));
    is_ill.set(false);
    assert_eq!(board.confirm(running), Err(Error::NothingToConfirm));
    assert_eq!(*board.state(), trial);
    assert_eq!(board.confirm(running.other()), Ok(running.other()));
}

#[test]
fn records_that_cannot_be_read_are_no_fresh_device_and_are_not_erased() {
    let world = world();
    let layout = world.geometry.layout;
    let mut session = Session::<4>::new(&world, Flash::erased(world.geometry, 1));
    // Of a young device, all records lie in the first areas.
    for count in 1..=5 {
        let mut state = session.state().unwrap();
        state.floor = count;
        keep_boot(&mut session, &state);
        let kept = session.keep_log(|log| log.floors.timestamp = count);
        kept.unwrap();
        for area in [layout.boot[0], layout.log[0]] {
            let expected = if area == layout.boot[0] {
                Error::BootRecords
            } else {
                Error::FloorLog
            };
            let mut mood = |call| match call {
                Call::Read(at) if (area.start..area.end()).contains(&at) => Fate::Refused,
                Call::Read(_) => Fate::Done,
                call => panic!("{call:?} of {area:?}"),
            };
            let opened = open(&session.flash, &mut mood).and_then(|mut board| board.stored());
            assert_eq!(opened.err(), Some(expected), "{count}");
        }
    }
}

#[test]
fn a_first_statement_that_cannot_be_read_for_a_while_is_not_lost() {
    let world = world();
    let mut session = Session::<4>::new(&world, Flash::erased(world.geometry, 1));
    let state = BootState {
        floor: 1,
        ..BootState::factory()
    };
    keep_boot(&mut session, &state);
    let mut mood = |call| match call {
        Call::Read(0..768) => Fate::Refused,
        Call::Erase(_) => panic!("{call:?}"),
        _ => Fate::Done,
    };
    let mut board = open(&session.flash, &mut mood).unwrap();
    assert_eq!(board.boot(), Err(Error::NothingToBoot));
    session.flash = board.release().flash;
    assert_eq!(session.state(), Ok(state));
}

#[test]
fn a_read_that_fails_now_and_then_changes_nothing() {
    let world = world();
    let mut session = installed(&world);
    let (state, log) = (session.state().unwrap(), session.stored().unwrap().log);
    let mut reads = 0;
    let mut mood = |call| match call {
        Call::Read(_) => {
            reads += 1;
            if reads % 3 == 0 {
                Fate::Done
            } else {
                Fate::Refused
            }
        }
        call => panic!("{call:?}"),
    };
    let mut board = open(&session.flash, &mut mood).unwrap();
    assert_eq!(board.boot(), Ok(SlotId::B));
    let stored = board.stored().unwrap();
    assert_eq!((stored.boot, stored.log), (state, log));
}

#[test]
fn a_statement_that_was_said_to_fail_does_not_come_up_behind_another() {
    let world = world();
    let mut session = installed(&world);
    let old = session.state().unwrap();
    let new = BootState {
        floor: 9,
        ..old.clone()
    };
    // The units with the checksum: all four attempts are whole in flash, and none is believed.
    let is_last = |at| at % world.geometry.layout.boot[0].length % 384 == 352;
    let denies = Cell::new(true);
    let mut mood = |call| match call {
        Call::Write(at) if denies.get() && is_last(at) => Fate::Denied,
        _ => Fate::Done,
    };
    let mut board = open(&session.flash, &mut mood).unwrap();
    let kept = |event| matches!(event, Event::Done);
    assert!(!kept(board.persist(&Record::Boot(&new, &[]))));
    denies.set(false);
    assert!(kept(board.persist(&Record::Boot(&old, &[]))));
    session.flash = board.release().flash;
    assert_eq!(session.state(), Ok(old));
}
