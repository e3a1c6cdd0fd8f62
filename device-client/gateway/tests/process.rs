//! The agent as a process: exit codes, locks, kills, limits and hooks.

mod common;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::origin::{Fault, Origin};
use common::{Gateway, Said, installed, script, write_files};
use sealift_gateway::clock;
use sealift_tests::repository::{Files, Repository};

const FOLDERS: [&str; 2] = ["[\"repository/metadata\"]", "[\"repository/targets\"]"];

/// A repository whose documents are valid today, and a device that runs 1.0.0.
fn world() -> (Repository, Gateway) {
    let (mut repository, gateway) = installed();
    repository.expires = clock::now().plus(1_000_000_000);
    for draft in [
        &mut repository.root,
        &mut repository.targets,
        &mut repository.channels,
        &mut repository.product,
    ] {
        draft.set_expires(repository.expires);
    }
    repository.rotate(|_| {});
    gateway.serve(&repository.publish().files);
    (repository, gateway)
}

fn offer(
    repository: &mut Repository,
    version: &'static str,
    sequence: u64,
    length: usize,
) -> Files {
    repository.release(&script(version, sequence, length), |_| {});
    repository.publish().files.clone()
}

#[test]
fn every_verb_ends_with_its_documented_code() {
    let (mut repository, gateway) = world();
    let check = |args: &[&str], code: i32, text: &str| {
        let said = gateway.run(args);
        assert_eq!(said.code, code, "{args:?}: {said:?}");
        let all = said.out + &said.err;
        assert!(all.contains(text), "{args:?}: {all}");
    };
    check(&["once"], 0, "up to date");
    check(&["confirm"], 60, "error: nothing_to_confirm (253): ");
    check(&["unheard-of"], 50, "unrecognized");
    check(&["--version"], 0, "sealift-gateway ");
    check(&["install", "ftp://x"], 50, "config_value (302)");

    repository.signing.insert("watch", 1);
    gateway.serve(&offer(&mut repository, "1.1.0", 2, 30_000));
    let sentence = "refused: threshold_not_met (110): targets: 1 valid signatures, 2 needed";
    check(&["once"], 20, sentence);
    check(&["install", "/nowhere"], 30, "error: transport (230): ");

    repository.signing.clear();
    gateway.serve(&repository.publish().files);
    check(&["once"], 10, "installed: sequence 2");
    check(
        &["status"],
        0,
        "slot a    trial 1.1.0 (sequence 2), 2 boots left",
    );
    check(&["boot"], 0, "runs 1.1.0");
    check(&["once"], 0, "on trial: sequence 2");
    check(&["confirm"], 0, "confirmed: sequence 2");
    check(&["status", "--json"], 0, "\"installed\": \"1.1.0\"");

    fs::write(gateway.state("boot.0"), b"rubbish").unwrap();
    fs::write(gateway.state("boot.1"), b"rubbish").unwrap();
    check(&["once"], 40, "boot_records (241)");
    check(&["status"], 40, "boot_records (241)");
    check(&["boot"], 40, "boot_records (241)");
    gateway.configure(FOLDERS[0], FOLDERS[1], "reboots = []\n");
    check(&["once"], 50, "unknown field `reboots`");
    fs::remove_file(gateway.path("gateway.toml")).unwrap();
    check(&["once"], 50, "config_file (300)");
}

#[test]
fn nothing_boots_from_a_fresh_state_directory() {
    let (_, gateway) = world();
    fs::remove_dir_all(gateway.path("state")).unwrap();
    let said = gateway.run(&["boot"]);
    assert_eq!(said.code, 61, "{said:?}");
}

#[test]
fn the_reboot_hook_boots_the_trial_and_its_failure_is_told() {
    let (mut repository, gateway) = world();
    let program = env!("CARGO_BIN_EXE_sealift-gateway");
    let own = gateway.path("gateway.toml");
    let hook = format!("reboot = [{program:?}, \"--config\", {own:?}, \"boot\", \"--\", \"-v\"]\n");
    gateway.configure(FOLDERS[0], FOLDERS[1], &hook);
    gateway.serve(&offer(&mut repository, "1.1.0", 2, 30_000));
    let said = gateway.run(&["once"]);
    assert_eq!(said.code, 10, "{said:?}");
    assert!(said.out.contains("runs 1.1.0"), "{said:?}");
    assert_eq!(gateway.run(&["confirm"]).code, 0);

    gateway.configure(FOLDERS[0], FOLDERS[1], "reboot = [\"false\"]\n");
    gateway.serve(&offer(&mut repository, "1.2.0", 3, 30_000));
    let said = gateway.run(&["once"]);
    assert_eq!(said.code, 63, "{said:?}");
    assert!(said.err.contains("hook_failed (304)"), "{said:?}");
}

#[test]
fn the_exit_code_of_the_image_is_the_one_of_boot() {
    let (mut repository, gateway) = world();
    let mut build = script("1.1.0", 2, 9000);
    let text = b"#!/bin/sh\nexit $1\n";
    build.bytes[..text.len()].copy_from_slice(text);
    repository.release(&build, |_| {});
    gateway.serve(&repository.publish().files);
    assert_eq!(gateway.run(&["once"]).code, 10);
    assert_eq!(gateway.run(&["boot", "--", "42"]).code, 42);
}

#[test]
fn an_image_that_cannot_be_started_is_not_confirmed_and_gives_way() {
    let (mut repository, gateway) = world();
    let mut build = script("1.1.0", 2, 9000);
    build.bytes[..4].fill(0);
    repository.release(&build, |_| {});
    gateway.serve(&repository.publish().files);
    assert_eq!(gateway.run(&["once"]).code, 10);
    let mut tries = 0;
    let last = loop {
        let said = gateway.run(&["boot"]);
        if !said.err.contains("not_executable (306)") {
            break said;
        }
        assert_eq!(gateway.run(&["confirm"]).code, 60, "it never ran");
        tries += 1;
        assert!(tries < 10, "a trial without an end");
    };
    assert!(tries > 0, "{last:?}");
    assert_eq!(last.code, 0, "the image before runs: {last:?}");
}

/// A device whose agent hangs in the download of block 3, and its origin.
fn hanging() -> (Gateway, Origin, std::process::Child) {
    let (mut repository, gateway) = world();
    let files = offer(&mut repository, "1.1.0", 2, 30_000);
    let origin = Origin::start(&files);
    let list = |part| format!("[\"{}/{part}\"]", origin.url);
    gateway.configure(&list("metadata"), &list("targets"), "");
    origin.silent_from(".app.bin", 3 * 4096);
    let mut command = gateway.command(&["once"]);
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !gateway
        .run(&["status", "--json"])
        .out
        .contains("\"next_block\": 3")
    {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "never came to block 3"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    (gateway, origin, child)
}

#[test]
fn a_download_that_was_killed_goes_on_at_its_block() {
    let (gateway, origin, mut child) = hanging();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(gateway.boots(), "runs 1.0.0");
    origin.fault("", Fault::None);
    origin.requests();
    assert_eq!(gateway.run(&["once"]).code, 10);
    let asked = origin.requests();
    let mut blocks = asked
        .iter()
        .filter(|request| request.path.ends_with(".app.bin"));
    let first = blocks.find_map(|request| request.range);
    assert_eq!(first, Some((3 * 4096, 4 * 4096 - 1)));
    assert_eq!(gateway.boots(), "runs 1.1.0");
}

#[test]
fn a_second_agent_refuses_while_what_runs_can_still_be_booted() {
    let (gateway, _origin, mut child) = hanging();
    let began = Instant::now();
    let said = gateway.run(&["once"]);
    assert!(began.elapsed() < Duration::from_secs(5), "at once");
    assert_eq!(said.code, 62, "{said:?}");
    assert!(said.err.contains("locked (303)"), "{said:?}");
    assert_eq!(gateway.boots(), "runs 1.0.0");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_only_host_of_images_is_left_alone_when_it_asks_for_that() {
    let (mut repository, gateway) = world();
    let files = offer(&mut repository, "1.1.0", 2, 30_000);
    let [metadata, targets] = [(); 2].map(|()| Origin::start(&files));
    let list = |origin: &Origin, part| format!("[\"{}/{part}\"]", origin.url);
    gateway.configure(
        &list(&metadata, "metadata"),
        &list(&targets, "targets"),
        "poll_seconds = 1\n",
    );
    targets.fault("", Fault::Status(503));
    let mut command = gateway.command(&["run"]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(5));
    child.kill().unwrap();
    child.wait().unwrap();
    // It says seven seconds.
    assert_eq!(targets.requests().len(), 1);
}

/// Runs the agent with a limit on the size of files, in units of 512 bytes, as on a full disk.
fn limited(gateway: &Gateway, args: &[&str], units: u32) -> Said {
    let script = format!("trap '' XFSZ; ulimit -f {units}; exec \"$@\"");
    let own = gateway.command(args);
    let output = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(own.get_program())
        .args(own.get_args())
        .output();
    Said::of(&output.unwrap())
}

#[test]
fn a_full_disk_is_a_storage_error_and_the_old_slot_stays() {
    let (mut repository, gateway) = world();
    gateway.serve(&offer(&mut repository, "1.1.0", 2, 300_000));
    let said = limited(&gateway, &["once"], 64);
    assert_eq!(said.code, 40, "{said:?}");
    assert!(
        said.err.contains("error: storage (240): cannot write"),
        "{said:?}"
    );
    assert_eq!(gateway.boots(), "runs 1.0.0");

    let boot = |name: &str| fs::read(gateway.state(name)).unwrap();
    let before = (boot("boot.0"), boot("boot.1"));
    let said = limited(&gateway, &["once"], 0);
    assert_eq!(said.code, 40, "{said:?}");
    assert_eq!((boot("boot.0"), boot("boot.1")), before);
    assert_eq!(gateway.run(&["once"]).code, 10);
    let said = limited(&gateway, &["boot"], 0);
    assert!(
        said.out.contains("runs 1.0.0"),
        "an uncounted trial is not booted: {said:?}"
    );
    assert_eq!(gateway.boots(), "runs 1.1.0");
}

#[test]
fn an_offline_bundle_needs_no_origin() {
    let (mut repository, gateway) = world();
    let stick = gateway.path("stick");
    write_files(&stick, &offer(&mut repository, "1.1.0", 2, 30_000));
    gateway.configure("[\"http://127.0.0.1:1/\"]", "[\"http://127.0.0.1:1/\"]", "");
    assert_eq!(gateway.run(&["install", stick.to_str().unwrap()]).code, 10);
    assert_eq!(gateway.boots(), "runs 1.1.0");
}
