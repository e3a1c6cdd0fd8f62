//! A few power cuts on one kind of flash; `cargo xtask powercut` tries all of them on all kinds.

use std::process::Command;

use sealift_device::slot::SlotId;
use sealift_tests::flash::geometry::GEOMETRIES;
use sealift_tests::flash::{Flash, Geometry};
use sealift_tests::powercut::oracle::{Allowed, judge};
use sealift_tests::powercut::scenarios::{SCENARIOS, Scenario, Step, walk};
use sealift_tests::powercut::session::Session;
use sealift_tests::powercut::world::{Stage, World};
use sealift_tests::powercut::{Campaign, Case, Effort};

#[test]
fn a_cut_at_any_instant_leaves_the_old_image_or_the_new() {
    let geometry = Geometry::named("stm32h7").unwrap();
    let effort = Effort {
        boots_every: 199,
        strange: 20,
        ..Effort::usual()
    };
    let scenarios = ["confirm", "root-rotation", "strange"];
    let campaign = Campaign::new(&[geometry], &scenarios, effort).unwrap();
    let tally = campaign.run(1, |_, _| {});
    let failures: Vec<_> = tally.failures.iter().take(3).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(tally.cases > 1000, "{} cases", tally.cases);
    assert!(tally.thorough > 45, "{} of them to the end", tally.thorough);
}

#[test]
fn every_scenario_comes_to_its_end_where_nothing_is_cut() {
    let world = World::new(&GEOMETRIES[0]);
    for scenario in SCENARIOS {
        let mut session = Session::new(&world, Flash::<4>::erased(world.geometry, 0));
        walk(&mut session, scenario.before);
        walk(&mut session, scenario.steps);
        let found = found(&session);
        let verdict = judge(session, &found, scenario, true);
        assert_eq!(verdict, Ok(()), "{}", scenario.name);
    }
}

fn found<const UNIT: usize>(session: &Session<'_, UNIT>) -> Allowed {
    Allowed {
        boot: vec![session.clone().held().unwrap()],
        log: vec![session.clone().stored().unwrap().log],
    }
}

/// What somebody does to a device behind the back of its driver.
type Sabotage = fn(&mut Session<'_, 8>);

#[test]
fn the_judge_notices_what_must_not_be() {
    let world = World::new(Geometry::named("stm32l4").unwrap());
    let scenario = Scenario::named("confirm").unwrap();
    let mut session = Session::new(&world, Flash::<8>::erased(world.geometry, 0));
    walk(&mut session, scenario.before);
    walk(&mut session, scenario.steps);
    let allowed = found(&session);
    assert_eq!(judge(session.clone(), &allowed, scenario, true), Ok(()));
    let sabotage: &[(Sabotage, &str)] = &[
        (|session| garble(session, 0), "boot_records"),
        (|session| garble(session, 2), "floor log"),
        (
            |session| walk(session, &[Step::Rot(SlotId::A)]),
            "sequence 0",
        ),
        (
            |session| session.keep_log(|log| log.floors.timestamp -= 1).unwrap(),
            "the log is neither old nor new",
        ),
        (
            |session| walk(session, &[Step::Round(Stage::Third)]),
            "sequence 3",
        ),
    ];
    for (sabotage, expected) in sabotage {
        let mut session = session.clone();
        session.flash.running.clear();
        sabotage(&mut session);
        let said = judge(session, &allowed, scenario, false).unwrap_err();
        let expected = expected.replace('_', " ");
        assert!(said.contains(&expected), "{said} instead of {expected}");
    }
}

/// Fills two areas with rubbish, from that of a number on.
fn garble(session: &mut Session<'_, 8>, first: usize) {
    let layout = &session.world.geometry.layout;
    let areas = [layout.boot, layout.log].concat();
    for area in &areas[first..first + 2] {
        session
            .flash
            .scribble(area.start, &vec![0x5a; area.length as usize]);
    }
}

#[test]
fn a_case_can_be_repeated_by_its_id() {
    for (id, cases) in [
        ("stm32h7/confirm/3/weak/0", 1),
        ("stm32h7/confirm/0.0/before.prefix/0", 1),
        ("stm32h7/strange/0/none/4", 1),
        ("long-image/resume/0.0/before.before/0", 1),
        ("spi-nor/first-install/3455.383/weak.weak/0", 1),
    ] {
        let case: Case = id.parse().unwrap();
        let tally = Campaign::replay(case).unwrap().run(1, |_, _| {});
        assert_eq!((tally.cases, tally.failures.len()), (cases, 0), "{id}");
    }
}

#[test]
fn a_name_or_an_id_of_nothing_is_an_error_and_no_success() {
    for id in ["no-flash/confirm/3/weak/0", "stm32h7/no-scenario/3/weak/0"] {
        assert!(Campaign::replay(id.parse().unwrap()).is_err(), "{id}");
    }
    let cases: &[(&[&str], &str)] = &[
        (&["--scenario", "updaet"], "there is no scenario \"updaet\""),
        (&["--geometry", "nrf"], "no geometry \"nrf\""),
        (
            &["--replay", "stm32h7/confirm/9999/weak/0"],
            "nothing was tried",
        ),
        (
            &["--replay", "stm32h7/update/0.0/weak.weak/0"],
            "nothing was tried",
        ),
    ];
    for (args, expected) in cases {
        let ran = Command::new(env!("CARGO_BIN_EXE_sealift-powercut"))
            .args(*args)
            .output()
            .unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(expected), "{said}");
    }
}
