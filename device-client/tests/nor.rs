//! A board: what it writes where, what it refuses, and what it never does twice.

use sealift_device::nor::{Area, Board, Erased, Fault, Layout};
use sealift_device::others::{Part, Tag};
use sealift_device::slot::{Cause, SlotId, SlotRecord, SlotState};
use sealift_device::{BootState, Error, Event, FlashOp, Record};
use sealift_metadata::Digest;
use sealift_tests::flash::{Flash, Geometry, Op, Outcome};
use sealift_tests::powercut::scenarios::{INSTALLED, Step, walk};
use sealift_tests::powercut::session::{End, Session};
use sealift_tests::powercut::world::{Stage, World};

fn world(name: &str) -> World {
    World::new(Geometry::named(name).unwrap())
}

fn device<const UNIT: usize>(world: &World) -> Session<'_, UNIT> {
    Session::new(world, Flash::erased(world.geometry, 1))
}

fn board<const UNIT: usize>(flash: &mut Flash<UNIT>) -> Board<'static, &mut Flash<UNIT>> {
    let geometry = flash.geometry;
    Board::open(flash, geometry.layout, geometry.erased).unwrap()
}

fn confirmed(sequence: u64, floor: u64, image: &[u8]) -> SlotRecord {
    SlotRecord {
        state: SlotState::Confirmed,
        sequence,
        floor,
        length: image.len() as u64,
        sha256: Digest::of(image),
        ..SlotRecord::EMPTY
    }
}

#[test]
fn a_layout_that_does_not_fit_the_flash_is_refused() {
    type Change = fn(&mut Layout<'static>);
    let geometry = Geometry::named("stm32l4").unwrap();
    let cases: &[(Change, &str)] = &[
        (
            |layout| layout.boot[0].length = 1024,
            "area of boot records",
        ),
        (|layout| layout.log[1].start += 64, "area of the floor log"),
        (|layout| layout.roots[0].length = 0, "area of a root"),
        (|layout| layout.slots[1].length += 2048, "slot"),
        (|layout| layout.slots[1].length = 0, "slot"),
        (|layout| layout.slots[0].start = u32::MAX - 2047, "slot"),
        (|layout| layout.boot[1] = layout.boot[0], "areas overlap"),
        (|layout| layout.slots[0] = layout.log[0], "areas overlap"),
    ];
    for (change, what) in cases {
        let mut layout = geometry.layout;
        change(&mut layout);
        let flash = Flash::<8>::erased(geometry, 0);
        let opened = Board::open(flash, layout, Erased::Ones);
        assert_eq!(opened.err(), Some(Error::Layout(what)));
    }
}

#[test]
fn a_cut_before_the_checksum_leaves_the_statement_before() {
    let world = world("stm32h7");
    let mut session = device::<32>(&world);
    walk(&mut session, INSTALLED);
    let old = session.state().unwrap();
    let ops = session.clone().ops(|session| {
        let mut state = old.clone();
        state.floor = 9;
        let event = board(&mut session.flash).persist(&Record::Boot(&state, &[]));
        assert!(matches!(event, Event::Done));
    });
    let [first @ .., _] = &ops[..12] else {
        panic!("a record takes twelve units");
    };
    for op in first {
        let mut torn = session.clone();
        torn.flash.cut(op, Outcome::Subset, 7);
        assert_eq!(torn.state(), Ok(old.clone()));
        session.flash.redo(op);
        assert_eq!(session.state(), Ok(old.clone()), "without its checksum");
    }
    session.flash.redo(&ops[11]);
    assert_eq!(session.state().unwrap().floor, 9);
}

#[test]
fn what_may_fade_is_stated_anew_before_anybody_acts_on_it() {
    let world = world("stm32l4");
    let mut session = device::<8>(&world);
    walk(&mut session, INSTALLED);
    walk(&mut session, &[Step::Round(Stage::Second), Step::Boot]);
    let ops = session.clone().ops(|session| {
        walk(session, &[Step::Confirm]);
    });
    // The last unit of the first copy reads well or ill.
    for op in &ops[..47] {
        session.flash.redo(op);
    }
    let mut confirmed = [0, 0];
    for seed in 0..64 {
        let mut torn = session.clone();
        torn.flash.cut(&ops[47], Outcome::Weak, seed);
        let first = torn.wake().unwrap();
        for _ in 0..20 {
            assert_eq!(torn.held(), Ok(first.left.clone()), "it stands");
        }
        let is_confirmed = first.left.boot.trial().is_none();
        confirmed[usize::from(is_confirmed)] += 1;
    }
    assert!(confirmed[0] > 0, "it read ill, and well: {confirmed:?}");
}

#[test]
fn an_area_that_turns_out_to_be_half_erased_is_left() {
    let world = world("nrf52");
    let mut session = device::<4>(&world);
    let ops = session.clone().ops(|session| {
        walk(session, &[Step::Round(Stage::First), Step::Boot]);
    });
    // A row goes on in its second area: the first copy is whole, the second one is torn.
    let [_, other] = world.geometry.layout.boot;
    let erasure = ops
        .iter()
        .position(|op| matches!(op, Op::Erase { sector } if sector.start == other.start));
    let second_copy = erasure.unwrap() + 1 + 384 / 4;
    for op in &ops[..second_copy] {
        session.flash.redo(op);
    }
    let mut erased = 0;
    for seed in 0..64 {
        let mut session = session.clone();
        session.flash.cut(&ops[second_copy], Outcome::Weak, seed);
        let next = session.clone().ops(|session| walk(session, &[Step::Boot]));
        if let Some(op @ Op::Erase { .. }) = next.first() {
            session.flash.cut(op, Outcome::Tail, seed);
            erased += 1;
        }
        for _ in 0..2 {
            assert_eq!(session.boot(), Ok(SlotId::B), "seed {seed}");
        }
    }
    assert!(erased > 0);
}

#[test]
fn the_slot_that_runs_is_neither_erased_nor_written() {
    let world = world("nrf52");
    let mut session = device::<4>(&world);
    walk(&mut session, INSTALLED);
    walk(&mut session, &[Step::Round(Stage::Second), Step::Boot]);
    let before = session.flash.clone();
    let mut board = board(&mut session.flash);
    for slot in [SlotId::A, SlotId::B] {
        let (offset, length) = (0, 4096);
        let erase = FlashOp::Erase {
            component: 0,
            slot,
            offset,
            length,
        };
        let write = FlashOp::Write {
            component: 0,
            slot,
            offset,
            bytes: &[0; 4],
        };
        for op in [erase, write] {
            // One of them runs on trial, the other is what it falls back to.
            let mut piece = [0; 32];
            let event = board.perform(&op, &mut piece);
            let code = Fault::RunningSlot.code();
            assert!(
                matches!(event, Event::Failed(said) if said == code),
                "{op:?}"
            );
        }
    }
    let everything = 0..world.geometry.capacity();
    assert_eq!(
        session.flash.peek(everything.clone()),
        before.peek(everything)
    );
}

#[test]
fn an_ordinary_boot_writes_nothing_and_spends_no_try() {
    let world = world("spi-nor");
    let mut session = device::<1>(&world);
    walk(&mut session, INSTALLED);
    let state = session.state().unwrap();
    let ops = session.ops(|session| walk(session, &[Step::Boot; 100]));
    assert_eq!((ops.len(), session.state()), (0, Ok(state)));
}

#[test]
fn an_image_is_padded_with_what_erased_flash_reads_as() {
    for (name, blank) in [("stm32l0", 0), ("nrf51", 0xff)] {
        let geometry = Geometry {
            images: [512, 1000, 1801],
            ..*Geometry::named(name).unwrap()
        };
        let world = World::new(Box::leak(Box::new(geometry)));
        let mut session = device::<4>(&world);
        walk(&mut session, INSTALLED);
        walk(&mut session, &[Step::Round(Stage::Second)]);
        let image = world.image(2);
        assert!(!image.len().is_multiple_of(4), "it ends within a unit");
        let start = session.area(SlotId::A).start;
        let end = start + u32::try_from(image.len()).unwrap();
        assert_eq!(session.flash.peek(start..end), image);
        assert!(
            session
                .flash
                .peek(end..end + 8)
                .iter()
                .all(|byte| *byte == blank)
        );
    }
}

#[test]
fn a_torn_root_falls_back_to_the_one_before_and_no_floor_falls() {
    let world = world("stm32l4");
    let mut session = device::<8>(&world);
    walk(&mut session, INSTALLED);
    walk(&mut session, &[Step::Round(Stage::Rotated)]);
    for (torn, version) in [(0, Some(3)), (1, Some(2)), (2, None)] {
        let mut session = session.clone();
        let log = session.stored().unwrap().log;
        for _ in 0..torn {
            let mut board = board(&mut session.flash);
            board.stored().unwrap();
            let at = board.root().unwrap().bytes.start + 99;
            session.flash.flip(at, 0);
        }
        let mut board = board(&mut session.flash);
        assert_eq!(board.stored().unwrap().log, log);
        assert_eq!(board.root().map(|root| root.version), version);
        assert_eq!(session.round(Stage::Rotated), End::Idle);
        let mut board = self::board(&mut session.flash);
        assert_eq!(board.stored().unwrap().log.floors.root, 3);
        assert_eq!(board.root().unwrap().version, 3, "it was fetched again");
    }
}

#[test]
fn a_root_that_the_log_does_not_know_is_not_begun_with() {
    let world = world("nrf51");
    let mut session = device::<4>(&world);
    walk(&mut session, INSTALLED);
    walk(&mut session, &[Step::Round(Stage::Rotated)]);
    for (known, version) in [(2, Some(2)), (1, None)] {
        let kept = session.keep_log(|log| (log.floors.root, log.root) = (known, None));
        kept.unwrap();
        let mut board = board(&mut session.flash);
        board.stored().unwrap();
        assert_eq!(board.root().map(|root| root.version), version);
    }
}

#[test]
fn a_record_of_several_components_is_refused_before_anything_is_written() {
    let world = world("nrf52");
    let mut session = device::<4>(&world);
    walk(&mut session, INSTALLED);
    let state = session.state().unwrap();
    let part = Part::blank(Tag([1; 4]));
    let ops = session.ops(|session| {
        let event =
            board(&mut session.flash).persist(&Record::Boot(&state, std::slice::from_ref(&part)));
        assert!(matches!(event, Event::Failed(code) if code == Fault::Range.code()));
    });
    assert!(ops.is_empty());
}

#[test]
fn a_device_that_boots_nothing_records_why_and_can_be_repaired() {
    let world = world("nrf52");
    let mut session = device::<4>(&world);
    let image = world.image(1);
    let mut state = BootState::factory();
    state.floor = 2;
    state.b = SlotRecord {
        state: SlotState::Trial {
            left: 3,
            booted: false,
        },
        ..confirmed(1, 1, image)
    };
    board(&mut session.flash).persist(&Record::Boot(&state, &[]));
    assert_eq!(session.boot(), Err(Error::NothingToBoot));
    let cause = SlotState::Failed(Cause::BelowFloor);
    assert_eq!(session.state().unwrap().b.state, cause);
    assert_eq!(session.round(Stage::Second), End::Reboot);
    assert_eq!(session.boot(), Ok(SlotId::B));
}

#[test]
fn what_lies_outside_of_a_slot_is_out_of_reach() {
    let world = world("stm32f4");
    let mut session = device::<4>(&world);
    let Area { length, .. } = world.geometry.layout.slots[1];
    let mut board = board(&mut session.flash);
    let slot = SlotId::B;
    for (offset, length) in [
        (u64::from(length), 1),
        (u64::from(length) - 4, 8),
        (u64::MAX, 1),
        (0, u64::MAX),
    ] {
        let mut piece = [0; 32];
        for op in [
            FlashOp::Read {
                component: 0,
                slot,
                offset,
                length,
            },
            FlashOp::Erase {
                component: 0,
                slot,
                offset,
                length,
            },
        ] {
            let event = board.perform(&op, &mut piece);
            let code = Fault::Range.code();
            assert!(
                matches!(event, Event::Failed(said) if said == code),
                "{op:?}"
            );
        }
    }
}
