//! Downloads over links that break and through power cuts: where they go on, and what they erase.

use sealift_tests::flash::{Flash, Geometry, Op};
use sealift_tests::powercut::scenarios::{INSTALLED, Step, walk};
use sealift_tests::powercut::session::{End, Session};
use sealift_tests::powercut::world::{Stage, World};

fn world(name: &str) -> World {
    World::new(Geometry::named(name).unwrap())
}

/// A device that runs the first release.
fn installed<const UNIT: usize>(world: &World) -> Session<'_, UNIT> {
    let mut session = Session::new(world, Flash::erased(world.geometry, 1));
    walk(&mut session, INSTALLED);
    session
}

#[test]
fn a_cut_behind_the_erasure_that_a_cut_made_necessary_leaves_no_hole() {
    let world = world("stm32h7");
    let mut session = installed::<32>(&world);
    // Three blocks of 2048 in a sector of 8192 are durable; the fourth is cut.
    walk(&mut session, &[Step::BrokenRound(Stage::Second, 3)]);
    let first = session.clone().ops(|session| {
        walk(session, &[Step::BrokenRound(Stage::Second, 1)]);
    });
    for op in &first[..5] {
        session.flash.redo(op);
    }
    let second = session.clone().ops(|session| {
        session.round(Stage::Second);
    });
    let erased = second.iter().position(|op| matches!(op, Op::Erase { .. }));
    for op in &second[..=erased.unwrap()] {
        session.flash.redo(op);
        let mut woken = session.clone();
        woken.boot().unwrap();
        assert_eq!(woken.round(Stage::Second), End::Reboot, "after {op:?}");
    }
}

#[test]
fn a_link_that_breaks_anywhere_never_bans_a_good_image() {
    let world = world("long-image");
    let mut session = installed::<32>(&world);
    for link in [3, 1, 7, 2, 1] {
        walk(&mut session, &[Step::BrokenRound(Stage::Second, link)]);
    }
    assert_eq!(session.round(Stage::Second), End::Reboot);
}

#[test]
fn a_link_that_breaks_at_every_block_erases_each_sector_once() {
    break_at_every_block::<4>("stm32f4", 9);
    break_at_every_block::<4>("stm32l0", 8);
    break_at_every_block::<32>("long-image", 40);
}

fn break_at_every_block<const UNIT: usize>(name: &str, blocks: usize) {
    let world = world(name);
    let mut session = installed::<UNIT>(&world);
    let mut rounds = 0;
    let ops = session.ops(|session| {
        for _ in 0..=blocks {
            session.link = 1;
            rounds += 1;
            if session.round(Stage::Second) == End::Reboot {
                return;
            }
        }
        panic!("{name}: no end after {rounds} rounds");
    });
    assert!(rounds >= blocks, "{name}: {rounds}");
    let layout = &world.geometry.layout;
    let mut erased = Vec::new();
    for op in &ops {
        if let Op::Erase { sector } = op
            && sector.start >= layout.slots[0].start
        {
            assert!(!erased.contains(sector), "{name}: {sector:?} twice");
            erased.push(sector.clone());
        }
    }
    assert!(erased.len() > 1, "{name}");
    // Begun, each block, staged, on trial; each of them twice.
    let programmed = ops
        .iter()
        .filter(|op| matches!(op, Op::Program { at, .. } if *at < layout.boot[1].end()));
    let records = programmed.count() * UNIT / 384;
    assert!(records <= 2 * (blocks + 3), "{name}: {records} records");
}

#[test]
fn polls_that_bring_nothing_write_nothing() {
    let world = world("nrf51");
    let mut session = installed::<4>(&world);
    walk(&mut session, &[Step::BrokenRound(Stage::Second, 2)]);
    let ops = session.ops(|session| {
        walk(session, &[Step::BrokenRound(Stage::Second, 0); 5]);
    });
    assert_eq!(ops.len(), 0);
}
