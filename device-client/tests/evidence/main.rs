//! A boot loader that checks signatures: what proves an image to it, and what does not, whatever
//! somebody wrote into the flash from outside.
#![expect(unreachable_pub, reason = "modules of a test")]

/// What somebody may do.
mod attacks;
/// What they leave.
mod flashed;

use sealift_device::nor::{Area, Board, Fault};
use sealift_device::slot::{Cause, SlotId, SlotState};
use sealift_device::{Error, Event, EvidenceOp};
use sealift_metadata::Time;
use sealift_tests::evidence::Evidence;
use sealift_tests::flash::{Flash, Geometry};
use sealift_tests::powercut::scenarios::{Step, walk};
use sealift_tests::powercut::session::{End, LOADER_BYTES, Session};
use sealift_tests::powercut::world::{Stage, World};

use attacks::attacks;
use flashed::{PATH, honest};

#[test]
fn nothing_but_a_chain_of_signatures_proves_an_image() {
    assert_eq!(honest().check(), Ok(()));
    for (what, attack, refused) in attacks() {
        let mut flashed = honest();
        attack(&mut flashed);
        assert_eq!(flashed.check(), Err(refused), "{what}");
    }
}

#[test]
fn an_image_without_evidence_is_not_booted_and_no_cause_but_that_is_recorded() {
    for (what, attack, _) in attacks() {
        let mut flashed = honest();
        attack(&mut flashed);
        let image = flashed.record.length;
        let mut board = flashed.board();
        let mut buffer = vec![0; LOADER_BYTES];
        let booted = board.boot_verified(&flashed.anchor, &mut buffer);
        assert_eq!(booted, Err(Error::NothingToBoot), "{what}");
        let record = board.state().slot(flashed.slot);
        let failed = SlotState::Failed(Cause::NoEvidence);
        assert_eq!((record.state, record.length), (failed, image), "{what}");
        // What checks no signatures boots each of them.
        assert_eq!(flashed.board().boot(), Ok(flashed.slot), "{what}");
    }
}

#[test]
fn a_rotated_root_proves_and_expiry_stops_nothing_that_runs() {
    let mut flashed = honest();
    flashed.repository.expires = Time::from_seconds(1);
    for draft in [
        &mut flashed.repository.targets,
        &mut flashed.repository.product,
        &mut flashed.repository.root,
    ] {
        draft.set("expires", "1970-01-01T00:00:01Z");
    }
    flashed.publish("watch");
    for version in 2..=4 {
        flashed.repository.rotate(|_| {});
        let root = flashed.root(version);
        flashed.evidence.roots.push(root);
    }
    assert_eq!(flashed.check(), Ok(()));
}

#[test]
fn a_flipped_bit_of_a_document_proves_nothing_any_more() {
    let flashed = honest();
    let bytes = flashed.evidence.bytes(0xff);
    let mut places = 0;
    let mut at = 288;
    let Evidence {
        roots,
        targets,
        product,
        ..
    } = &flashed.evidence;
    for document in [&roots[0], targets, product] {
        for place in (at + 32..at + 32 + document.len()).step_by(37) {
            let mut board = flashed.board();
            let area = area_of(SlotId::A);
            let mut flash = board.release();
            flash.flip(
                area.start + u32::try_from(place).unwrap(),
                u8::try_from(place % 7).unwrap(),
            );
            let geometry = flash.geometry;
            board = Board::open(flash, geometry.layout, geometry.erased).unwrap();
            let mut buffer = vec![0; LOADER_BYTES];
            let checked =
                board.check_evidence(SlotId::A, &flashed.record, &flashed.anchor, &mut buffer);
            assert!(checked.is_err(), "byte {place}");
            places += 1;
        }
        at = (at + 32 + document.len()).next_multiple_of(32);
    }
    assert_eq!(at, bytes.len(), "all of them");
    assert!(places > 100, "{places} places");
}

fn area_of(slot: SlotId) -> Area {
    let [a, b] = Geometry::named("verifying")
        .unwrap()
        .layout
        .evidence
        .unwrap();
    if slot == SlotId::A { a } else { b }
}

const INSTALLED: &[Step] = &[
    Step::Round(Stage::First),
    Step::Boot,
    Step::Confirm,
    Step::Boot,
];

const UPDATED: &[Step] = &[Step::Round(Stage::Second), Step::Boot, Step::Confirm];

fn world() -> World {
    World::new(Geometry::named("verifying").unwrap())
}

/// A device that runs the first release, and was confirmed.
fn installed(world: &World) -> Session<'_, 32> {
    let mut session = Session::new(world, Flash::erased(world.geometry, 1));
    walk(&mut session, INSTALLED);
    session
}

#[test]
fn an_update_leaves_evidence_that_the_boot_loader_goes_by() {
    let world = world();
    let mut session = installed(&world);
    walk(&mut session, &[Step::Round(Stage::Rotated)]);
    let running = session.state().unwrap().active;
    let before = evidence(&session, running);
    walk(&mut session, UPDATED);
    assert_eq!(session.boot(), Ok(running.other()));
    assert_eq!(
        evidence(&session, running),
        before,
        "the other's is left alone"
    );
}

fn evidence(session: &Session<'_, 32>, slot: SlotId) -> Vec<u8> {
    let area = area_of(slot);
    session.flash.peek(area.start..area.end()).to_vec()
}

#[test]
fn a_link_that_lies_about_evidence_costs_a_round_and_nothing_else() {
    type Lie = (&'static str, fn(&mut Vec<u8>));
    let lies: [(Lie, Error); 4] = [
        (("1.root.json", |root| root[99] ^= 1), Error::NoEvidence),
        (("1.root.json", Vec::clear), Error::NoEvidence),
        (
            ("1.root.json", |root| root.resize(8000, b' ')),
            Error::Storage {
                code: Fault::EvidenceRoom.code(),
            },
        ),
        (
            ("1.root.json", |root| root.resize(3000, b' ')),
            Error::NoEvidence,
        ),
    ];
    let world = world();
    let mut installed = installed(&world);
    let running = installed.state().unwrap().active;
    for (lie, error) in lies {
        let mut session = installed.clone();
        session.lie = Some(lie);
        assert_eq!(session.round(Stage::Second), End::Over(error));
        let state = session.state().unwrap();
        let idle = state.slot(running.other());
        assert!(
            matches!(idle.state, SlotState::Receiving { .. }),
            "{idle:?}"
        );
        assert!(state.failures.is_empty());
        assert_eq!(session.boot(), Ok(running));
        session.lie = None;
        walk(&mut session, UPDATED);
        assert_eq!(session.boot(), Ok(running.other()));
    }
}

#[test]
fn an_image_that_lies_there_is_installed_with_the_floor_that_its_release_has_by_now() {
    let world = world();
    let mut session = installed(&world);
    let idle = session.state().unwrap().active.other();
    session.lie = Some(("1.root.json", |root| root[99] ^= 1));
    assert_eq!(
        session.round(Stage::SameFloor),
        End::Over(Error::NoEvidence)
    );
    session.lie = None;
    assert_eq!(session.state().unwrap().slot(idle).floor, 1);
    assert_eq!(session.round(Stage::Second), End::Reboot);
    assert_eq!(session.state().unwrap().slot(idle).floor, 2);
    assert_eq!(session.boot(), Ok(idle));
}

#[test]
fn evidence_that_cannot_fit_its_area_costs_neither_the_fall_back_nor_its_evidence() {
    let world = world();
    let mut session = installed(&world);
    walk(&mut session, UPDATED);
    let idle = session.state().unwrap().active.other();
    let (before, kept) = (session.state().unwrap(), evidence(&session, idle));
    let mut layout = world.geometry.layout;
    layout.evidence = layout.evidence.map(|areas| {
        areas.map(|area| Area {
            length: 0x1000,
            ..area
        })
    });
    let mut narrow = self::world();
    narrow.geometry = Box::leak(Box::new(Geometry {
        layout,
        ..*world.geometry
    }));
    let mut session = Session::<32>::new(&narrow, session.flash);
    let ended = session.round(Stage::Third);
    assert_eq!(ended, End::Over(Error::NoEvidence));
    assert_eq!(session.state().unwrap(), before);
    assert_eq!(evidence(&session, idle), kept);
}

#[test]
fn a_first_root_that_leaves_no_room_for_the_rest_erases_nothing() {
    let world = world();
    let mut session = installed(&world);
    walk(&mut session, UPDATED);
    let idle = session.state().unwrap().active.other();
    let kept = evidence(&session, idle);
    session.lie = Some(("1.root.json", |root| root.resize(8000, b' ')));
    for _ in 0..2 {
        let ended = session.round(Stage::Third);
        assert_eq!(ended, End::Over(Error::NoEvidence));
        assert_eq!(evidence(&session, idle), kept);
    }
}

#[test]
fn the_evidence_of_what_runs_is_neither_begun_nor_written() {
    let world = world();
    let mut session = installed(&world);
    let slot = session.state().unwrap().active;
    let before = evidence(&session, slot);
    let (layout, erased) = (world.geometry.layout, world.geometry.erased);
    let mut board = Board::open(&mut session.flash, layout, erased).unwrap();
    for op in [
        EvidenceOp::Begin {
            slot,
            roots: 1,
            path: PATH,
        },
        EvidenceOp::Open {
            slot,
            at: 288,
            length: 0,
        },
        EvidenceOp::Write {
            slot,
            at: 320,
            bytes: &[0; 32],
        },
    ] {
        let said = board.keep_evidence(op, &world.anchor());
        let code = Fault::RunningSlot.code();
        assert!(
            matches!(said, Event::Failed(why) if why == code),
            "{said:?}"
        );
    }
    assert_eq!(evidence(&session, slot), before);
}

#[test]
fn evidence_that_is_too_long_for_its_area_is_not_begun_beyond_it() {
    let world = world();
    let mut session = installed(&world);
    let slot = session.state().unwrap().active.other();
    let (layout, erased) = (world.geometry.layout, world.geometry.erased);
    let length = area_of(slot).length;
    let mut board = Board::open(&mut session.flash, layout, erased).unwrap();
    for op in [
        EvidenceOp::Open {
            slot,
            at: 288,
            length,
        },
        EvidenceOp::Open {
            slot,
            at: u32::MAX - 31,
            length: u32::MAX,
        },
        EvidenceOp::Write {
            slot,
            at: length - 32,
            bytes: &[0; 64],
        },
    ] {
        let said = board.keep_evidence(op, &world.anchor());
        let code = Fault::EvidenceRoom.code();
        assert!(
            matches!(said, Event::Failed(why) if why == code),
            "{said:?}"
        );
    }
}
