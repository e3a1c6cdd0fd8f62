//! Origins over HTTP: what is asked of them, and what they may not do to a device.

mod common;

use common::origin::{Fault, Origin};
use common::{Gateway, installed, script};
use sealift_gateway::Outcome;
use sealift_tests::repository::{DAY, Repository, START};

/// A device that runs 1.0.0 and polls origins that offer 1.1.0.
fn offered(origins: usize) -> (Repository, Gateway, Vec<Origin>) {
    let (mut repository, gateway) = installed();
    repository.release(&script("1.1.0", 2, 30_000), |_| {});
    repository.publish();
    let origins: Vec<Origin> = (0..origins)
        .map(|_| Origin::start(&repository.files))
        .collect();
    let list = |part: &str| {
        let urls = origins
            .iter()
            .map(|origin| format!("\"{}/{part}\"", origin.url));
        format!("[{}]", urls.collect::<Vec<_>>().join(", "))
    };
    gateway.configure(&list("metadata"), &list("targets"), "");
    (repository, gateway, origins)
}

fn installs(gateway: &Gateway) {
    let installed = Outcome::Installed { sequence: 2 };
    assert_eq!(gateway.agent().once(START).unwrap(), installed);
    assert_eq!(gateway.boots(), "runs 1.1.0");
}

fn fails(gateway: &Gateway, name: &str) {
    let error = gateway.agent().once(START).unwrap_err();
    assert_eq!(error.name(), name, "{error}");
    assert_eq!(gateway.boots(), "runs 1.0.0");
}

#[test]
fn a_whole_round_comes_over_one_connection() {
    let (_, gateway, origins) = offered(1);
    installs(&gateway);
    assert!(origins[0].requests().len() > 12);
    assert_eq!(origins[0].connections(), 1, "a handshake for each block");
}

#[test]
fn blocks_come_as_ranges_and_nothing_is_compressed() {
    let (_, gateway, origins) = offered(1);
    installs(&gateway);
    let requests = origins[0].requests();
    let blocks: Vec<_> = requests
        .iter()
        .filter(|request| request.path.ends_with(".app.bin"))
        .collect();
    assert_eq!(blocks.len(), 8);
    assert_eq!(blocks[2].range, Some((8192, 12_287)));
    assert!(blocks.iter().all(|request| request.status == 206));
    for request in &requests {
        assert!(
            request.headers.contains("accept-encoding: identity"),
            "{request:?}"
        );
    }
}

#[test]
fn an_origin_that_knows_no_ranges_still_serves() {
    let (_, gateway, origins) = offered(1);
    origins[0].fault(".app.bin", Fault::IgnoreRange);
    installs(&gateway);
}

#[test]
fn a_poll_without_news_is_two_small_requests() {
    let (_, gateway, origins) = offered(1);
    installs(&gateway);
    gateway.agent().confirm(START).unwrap();
    gateway.agent().once(START).unwrap();
    origins[0].requests();
    gateway.agent().once(START).unwrap();
    let statuses: Vec<_> = origins[0]
        .requests()
        .into_iter()
        .map(|request| (request.path, request.status))
        .collect();
    let expected = [
        ("/metadata/2.root.json", 404),
        ("/metadata/timestamp.json", 304),
    ];
    assert_eq!(
        statuses,
        expected.map(|(path, status)| (path.into(), status))
    );

    let later = START.plus(31 * DAY);
    let error = gateway.agent().once(later).unwrap_err();
    assert_eq!(
        error.name(),
        "expired",
        "what has not changed expires all the same"
    );
}

#[test]
fn a_round_tells_an_origin_nothing_of_the_device() {
    let (_, gateway, origins) = offered(1);
    installs(&gateway);
    gateway.agent().confirm(START).unwrap();
    gateway.agent().once(START).unwrap();
    let requests = origins[0].requests();
    assert!(requests.len() > 10, "{requests:?}");
    for request in requests {
        assert!(!request.path.contains(['?', '=']), "{request:?}");
        for header in request.headers.lines().filter(|line| !line.is_empty()) {
            let (name, value) = header.split_once(": ").unwrap();
            let is_known = match name {
                "accept" => value == "*/*",
                "accept-encoding" => value == "identity",
                "user-agent" => value.starts_with("sealift-gateway/"),
                "host" | "if-none-match" | "range" => true,
                _ => false,
            };
            assert!(is_known, "{header}");
        }
    }
}

#[test]
fn an_origin_that_misbehaves_is_a_named_failure_and_the_next_one_is_asked() {
    for (part, fault, name) in [
        ("timestamp", Fault::Truncate, "transport"),
        ("timestamp", Fault::Redirect, "transport"),
        ("timestamp", Fault::Status(503), "transport"),
        ("timestamp", Fault::Endless, "too_large"),
        ("timestamp", Fault::Flip, "malformed_json_or_threshold"),
        ("2.root", Fault::Status(500), "transport"),
        ("snapshot", Fault::Endless, "wrong_length"),
        ("snapshot", Fault::Status(404), "absent"),
        ("watch.json", Fault::Flip, "wrong_digest"),
        (".app.bin", Fault::WrongRange, "transport"),
        (".app.bin", Fault::Truncate, "transport"),
        (".app.bin", Fault::Flip, "block_digest"),
        (".app.bin.blocks", Fault::Flip, "target_digest"),
    ] {
        let (_, gateway, origins) = offered(2);
        origins[0].fault(part, fault);
        installs(&gateway);

        let (_, gateway, origins) = offered(1);
        origins[0].fault(part, fault);
        if name.contains("_or_") {
            let error = gateway.agent().once(START).unwrap_err();
            assert!(
                (100..200).contains(&error.code()),
                "{part} {fault:?}: {error}"
            );
        } else {
            fails(&gateway, name);
        }
        origins[0].fault(part, Fault::None);
        installs(&gateway);
    }
}

#[test]
fn after_a_bad_block_the_next_origin_is_asked_for_all_that_follow() {
    let (_, gateway, origins) = offered(2);
    origins[0].fault(".app.bin", Fault::Flip);
    installs(&gateway);
    let [bad, good] = [0, 1].map(|origin: usize| {
        let requests = origins[origin].requests().into_iter();
        let blocks = requests.filter(|request| request.path.ends_with(".app.bin"));
        blocks
            .filter_map(|request| request.range)
            .collect::<Vec<_>>()
    });
    assert_eq!(bad.last(), good.first(), "the block of the flipped byte");
    assert_eq!(bad.len() + good.len(), 9, "eight blocks, one of them twice");
}

#[test]
fn a_root_is_absent_by_403_404_and_410_alone() {
    for (status, is_absent) in [
        (403, true),
        (404, true),
        (410, true),
        (400, false),
        (429, false),
    ] {
        let (_, gateway, origins) = offered(1);
        origins[0].fault("2.root", Fault::Status(status));
        if is_absent {
            installs(&gateway);
        } else {
            fails(&gateway, "transport");
        }
    }
}

#[test]
fn an_origin_that_is_down_is_a_transport_failure() {
    let (_, gateway, _) = offered(1);
    gateway.configure(
        "[\"http://127.0.0.1:1/m\"]",
        "[\"http://127.0.0.1:1/t\"]",
        "",
    );
    fails(&gateway, "transport");
}
