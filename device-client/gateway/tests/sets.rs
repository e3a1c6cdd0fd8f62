//! A gateway of several components: whole releases, side by side in files.

mod common;

use std::fs;

use common::{Gateway, script};
use sealift_gateway::{Config, Outcome};
use sealift_tests::repository::{Build, Repository, START};

const OTHERS: &str = "others = [{ component = \"radio\", slot_bytes = 20000 }]\n";

fn set(version: &'static str, sequence: u64) -> [Build; 2] {
    let mut radio = Build::new(version, sequence, 9000).of("radio");
    radio.block_bytes = 4096;
    [script(version, sequence, 20_000), radio]
}

/// A device that runs the first release of two components.
fn installed() -> (Repository, Gateway) {
    let mut repository = Repository::new();
    repository.release_set(&set("1.0.0", 1), |_| {});
    repository.publish();
    let gateway = Gateway::new(&repository);
    gateway.configure(
        "[\"repository/metadata\"]",
        "[\"repository/targets\"]",
        OTHERS,
    );
    gateway.update(START);
    (repository, gateway)
}

#[test]
fn both_components_move_together_and_lie_beside_each_other() {
    let (mut repository, gateway) = installed();
    let next = set("1.1.0", 2);
    repository.release_set(&next, |spec| {
        if spec.component == "radio" {
            spec.floor = 2;
        }
    });
    gateway.serve(&repository.publish().files);
    let outcome = gateway.agent().once(START).unwrap();
    assert_eq!(outcome, Outcome::Installed { sequence: 2 });
    assert_eq!(gateway.boots(), "runs 1.1.0");
    let radio = fs::read(gateway.state("slot-a.radio")).unwrap();
    assert_eq!(radio, next[1].bytes);
    gateway.agent().confirm(START).unwrap();
    let status = gateway.agent().status().unwrap();
    assert_eq!(
        (status.active, status.floor, status.b.cause),
        ("a", 0, Some("below_floor"))
    );
    let other = &status.others[0];
    assert_eq!((other.component.as_str(), other.floor), ("radio", 2));
    assert_eq!(
        (other.a.state, other.a.version.as_str()),
        ("staged", "1.1.0")
    );
    assert!(
        gateway
            .run(&["status"])
            .out
            .contains("slot a    radio staged 1.1.0")
    );
}

#[test]
fn a_radio_that_rots_takes_its_program_along_to_the_set_before() {
    let (mut repository, gateway) = installed();
    repository.release_set(&set("1.1.0", 2), |_| {});
    gateway.serve(&repository.publish().files);
    gateway.update(START);
    let mut radio = fs::read(gateway.state("slot-a.radio")).unwrap();
    radio[5000] ^= 1;
    fs::write(gateway.state("slot-a.radio"), radio).unwrap();
    assert_eq!(gateway.boots(), "runs 1.0.0");
    let outcome = gateway.agent().once(START).unwrap();
    assert_eq!(
        outcome,
        Outcome::Installed { sequence: 2 },
        "it may come again"
    );
    assert_eq!(gateway.boots(), "runs 1.1.0");
}

#[test]
fn a_release_without_the_radio_or_with_too_long_a_one_is_passed_over() {
    let (mut repository, gateway) = installed();
    repository.release_set(&set("1.1.0", 2)[..1], |_| {});
    let mut long = set("1.2.0", 3);
    long[1].bytes.resize(20_001, 7);
    repository.release_set(&long, |_| {});
    gateway.serve(&repository.publish().files);
    let said = gateway.run(&["once"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for (path, reason) in [
        ("radio/1.2.0/radio.bin", "image_size (223)"),
        ("app/1.2.0/app.bin", "incomplete_set (260)"),
        ("app/1.1.0/app.bin", "incomplete_set (260)"),
    ] {
        let line = said.err.lines().find(|line| line.contains(path));
        let line = line.unwrap_or_default();
        assert!(line.contains(reason), "{path}: {}{}", said.out, said.err);
    }
}

#[test]
fn a_component_that_a_release_installed_cannot_be_taken_out_again() {
    let (_, gateway) = installed();
    let places = ["[\"repository/metadata\"]", "[\"repository/targets\"]"];
    gateway.configure(places[0], places[1], "");
    for verb in ["once", "boot", "status"] {
        let said = gateway.run(&[verb]);
        assert_eq!(said.code, 50, "{verb}: {}{}", said.out, said.err);
        assert!(said.err.contains("identity (251)"), "{}", said.err);
    }
    gateway.configure(places[0], places[1], OTHERS);
    assert_eq!(gateway.boots(), "runs 1.0.0");
}

#[test]
fn others_that_cannot_be_are_refused_with_the_configuration() {
    let (_, gateway) = installed();
    let text = fs::read_to_string(gateway.path("gateway.toml")).unwrap();
    for others in [
        "[{ component = \"app\" }]",
        "[{ component = \"release\" }]",
        "[{ component = \"Radio\" }]",
        "[{ component = \"radio\", slot_bytes = 0 }]",
        "[{ component = \"radio\" }, { component = \"radio\" }]",
        "[{ component = \"a\" }, { component = \"b\" }, { component = \"c\" }, { component = \"d\" }]",
        "[{ component = \"radio\", encoding = \"raw\" }]",
        "[\"radio\"]",
    ] {
        let text = text.replace(OTHERS, &format!("others = {others}\n"));
        assert!(
            Config::parse(&text, gateway.scratch.path()).is_err(),
            "{others}"
        );
    }
}
