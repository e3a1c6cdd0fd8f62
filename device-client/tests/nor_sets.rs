//! A board of several components: one record decides on all of them, and nothing but a whole set is
//! booted.

use sealift_device::nor::{Area, Board, Fault, Layout, OtherSlots};
use sealift_device::others::Tag;
use sealift_device::slot::{Cause, SlotId, SlotState};
use sealift_device::{Error, Event, FlashOp, Record, SetState};
use sealift_tests::flash::{Flash, Geometry};
use sealift_tests::powercut::scenarios::{INSTALLED, Step, walk};
use sealift_tests::powercut::session::Session;
use sealift_tests::powercut::world::{Stage, World};

/// Which of the components is the radio.
const RADIO: usize = 1;

fn world() -> World {
    World::new(Geometry::named("two-components").unwrap())
}

fn installed(world: &World) -> Session<'_, 8> {
    let mut session = Session::new(world, Flash::erased(world.geometry, 1));
    walk(&mut session, INSTALLED);
    session
}

fn board(flash: &mut Flash<8>) -> Board<'static, &mut Flash<8>, SetState> {
    let geometry = flash.geometry;
    Board::open_set(flash, geometry.layout, geometry.erased).unwrap()
}

/// The radio's slot.
fn radio(id: SlotId) -> Area {
    let layout = Geometry::named("two-components").unwrap().layout;
    layout.slot_of(RADIO, id).unwrap()
}

/// Components with such slots.
fn others(slots: &[[Area; 2]]) -> &'static [OtherSlots<'static>] {
    let names = ["radio", "assets", "voices", "maps"];
    let others = names.into_iter().zip(slots.iter().copied());
    let others = others.map(|(component, slots)| OtherSlots { component, slots });
    others.collect::<Vec<_>>().leak()
}

#[test]
fn a_layout_of_components_that_does_not_fit_is_refused() {
    let geometry = Geometry::named("two-components").unwrap();
    let layout = geometry.layout;
    let [a, b] = [SlotId::A, SlotId::B].map(radio);
    let beyond = Area {
        start: 0x1_2000,
        ..a
    };
    let cases: &[(&[[Area; 2]], &str)] = &[
        (&[], "number of components"),
        (&[[a, b]; 4], "number of components"),
        (&[[a, beyond]], "slot"),
        (&[[a, a]], "areas overlap"),
        (&[[a, b], [b, a]], "areas overlap"),
        (&[layout.slots], "areas overlap"),
    ];
    let opened = |layout| {
        let flash = Flash::<8>::erased(geometry, 0);
        Board::open_set(flash, layout, geometry.erased).err()
    };
    for (slots, what) in cases {
        let others = others(slots);
        assert_eq!(
            opened(Layout { others, ..layout }),
            Some(Error::Layout(what))
        );
    }
    let mut narrow = layout;
    narrow.boot[1].length = 4096;
    assert_eq!(opened(narrow), Some(Error::Layout("area of boot records")));
    let evidence = Some([a, b]);
    let what = "evidence, which is that of one component";
    assert_eq!(
        opened(Layout { evidence, ..layout }),
        Some(Error::Layout(what))
    );
    // Nor is it the layout of a board that would leave the others alone.
    let flash = Flash::<8>::erased(geometry, 0);
    let alone = Board::open(flash, layout, geometry.erased);
    assert_eq!(alone.err(), Some(Error::Layout("number of components")));
}

#[test]
fn a_part_that_rotted_takes_the_whole_set_back() {
    let world = world();
    let mut session = installed(&world);
    let first = session.state().unwrap().active;
    walk(
        &mut session,
        &[Step::Round(Stage::SameFloor), Step::Boot, Step::Confirm],
    );
    let second = first.other();
    assert_eq!(session.boot(), Ok(second));
    session.flash.flip(radio(second).start + 9, 3);
    for _ in 0..3 {
        assert_eq!(session.boot(), Ok(first));
    }
    let state = session.state().unwrap();
    assert_eq!(
        state.slot(second).state,
        SlotState::Failed(Cause::SlotDigest)
    );
    // It worked once, and comes again.
    walk(
        &mut session,
        &[Step::Round(Stage::SameFloor), Step::Boot, Step::Confirm],
    );
    assert_eq!(session.boot(), Ok(second));
}

#[test]
fn a_trial_with_a_part_of_other_bytes_is_never_jumped_to() {
    let world = world();
    let mut session = installed(&world);
    let running = session.state().unwrap().active;
    walk(&mut session, &[Step::Round(Stage::Second)]);
    session.flash.flip(radio(running.other()).start, 0);
    assert_eq!(session.boot(), Ok(running));
    assert!(session.state().unwrap().has_failed(2));
}

#[test]
fn one_confirmation_raises_the_floors_of_all_components() {
    let world = world();
    let mut session = installed(&world);
    walk(&mut session, &[Step::Round(Stage::Second), Step::Boot]);
    let floors = |session: &mut Session<'_, 8>| {
        let SetState { boot, parts } = session.held().unwrap();
        [boot.floor, parts[0].floor]
    };
    assert_eq!(floors(&mut session), [1, 1], "on trial");
    walk(&mut session, &[Step::Confirm]);
    assert_eq!(floors(&mut session), [2, 2]);
}

#[test]
fn a_writer_that_knows_one_component_keeps_what_is_known_of_the_others() {
    let world = world();
    let mut session = installed(&world);
    let SetState { mut boot, parts } = session.held().unwrap();
    assert_eq!(parts[0].tag, Tag::of("radio"));
    boot.floor = 7;
    let event = board(&mut session.flash).persist(&Record::Boot(&boot, &[]));
    assert!(matches!(event, Event::Done));
    assert_eq!(session.held(), Ok(SetState { boot, parts }));
}

#[test]
fn a_part_that_runs_is_not_changed_and_one_that_is_not_there_is_nowhere() {
    let world = world();
    let mut session = installed(&world);
    let running = session.state().unwrap().active;
    for (component, slot, fault) in [
        (RADIO, running, Fault::RunningSlot),
        (RADIO + 1, running.other(), Fault::Range),
    ] {
        let erase = FlashOp::Erase {
            component,
            slot,
            offset: 0,
            length: 2048,
        };
        let write = FlashOp::Write {
            component,
            slot,
            offset: 0,
            bytes: &[0; 8],
        };
        for op in [erase, write] {
            let event = board(&mut session.flash).perform(&op, &mut []);
            assert!(matches!(event, Event::Failed(code) if code == fault.code()));
        }
    }
}

#[test]
fn a_part_goes_on_where_the_rest_of_its_sector_is_blank_and_no_later() {
    let world = world();
    let mut session = installed(&world);
    let idle = session.state().unwrap().active.other();
    walk(&mut session, &[Step::BrokenRound(Stage::Second, 1)]);
    let progress = |session: &mut Session<'_, 8>| {
        session.stored().unwrap();
        session.held().unwrap().parts[0].slot(idle).state
    };
    let at = |block| SlotState::Receiving { block, size: 1024 };
    assert_eq!(progress(&mut session), at(1));
    session
        .flash
        .scribble(radio(idle).start + 1024 + 512, &[0; 8]);
    assert_eq!(progress(&mut session), at(0));
    walk(
        &mut session,
        &[Step::Round(Stage::Second), Step::Boot, Step::Confirm],
    );
    assert_eq!(session.boot(), Ok(idle));
}
