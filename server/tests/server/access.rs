use sealift_metadata::write::Value;

use crate::maker::{self, NOW};
use crate::world::{World, blob_path};

const DAY: u64 = 86_400;

#[test]
fn whoever_has_no_good_token_learns_and_changes_nothing() {
    let world = World::new();
    let wrong = format!("Bearer sealift_{}", "a".repeat(64));
    let good = world.token.clone();
    let headers = [
        None,
        Some(wrong.as_str()),
        Some(""),
        Some("Bearer"),
        Some("Bearer x"),
        Some(good.as_str()),
        Some("Basic Zmlyc3Q6eA=="),
    ];
    let before = world.current();
    for header in headers {
        let headers: Vec<_> = header.map(|it| ("authorization", it)).into_iter().collect();
        for (method, path) in [
            ("GET", "/api/v1/repositories/default".to_owned()),
            ("GET", "/api/v1/repositories/unknown".to_owned()),
            ("PUT", blob_path(b"x")),
            ("HEAD", blob_path(b"x")),
            ("POST", "/api/v1/repositories/default/changes".to_owned()),
        ] {
            let reply = world.request(method, &path, &headers, b"x");
            assert_eq!(reply.status, 401, "{method} {path} with {header:?}");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
            if method != "HEAD" {
                assert_eq!(reply.json()["code"], "unauthorized");
                assert_eq!(reply.json()["type"], "urn:sealift:error:unauthorized");
            }
        }
    }
    assert_eq!(world.current(), before);
    assert!(!world.blob_file(b"x").exists());
}

#[test]
fn a_token_expires() {
    let world = World::new();
    world.clock.set(NOW.plus(90 * DAY - 1));
    assert_eq!(
        world
            .authorised("GET", "/api/v1/repositories/default", b"")
            .status,
        200
    );
    world.clock.set(NOW.plus(90 * DAY));
    assert_eq!(
        world
            .authorised("GET", "/api/v1/repositories/default", b"")
            .status,
        401
    );
}

#[test]
fn the_database_holds_no_token_and_the_keys_stay_in_their_file() {
    let world = World::new();
    let keys = std::fs::read(world.data().join("online-keys.json")).unwrap();
    let keys = Value::decode(keys.trim_ascii_end()).unwrap();
    let private = keys
        .get("snapshot")
        .and_then(|it| it.get("keyval")?.get("private"));
    let private = private.and_then(Value::as_str).unwrap().to_owned();
    for file in ["sealift.db", "sealift.db-wal"] {
        let bytes = std::fs::read(world.data().join(file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("sealift_"), "{file}");
        assert!(!text.contains(&world.token), "{file}");
        assert!(!text.contains(&private), "{file}");
    }
}

#[test]
fn an_unknown_repository_is_not_found_by_anybody() {
    let world = World::new();
    let digest = "0".repeat(64);
    for (method, path) in [
        ("GET", "/api/v1/repositories/other".to_owned()),
        ("POST", "/api/v1/repositories/other/changes".to_owned()),
        ("PUT", format!("/api/v1/repositories/other/blobs/{digest}")),
        ("GET", "/api/v1/repositories/Not%20A%2FSlug".to_owned()),
        ("GET", "/tuf/other/metadata/timestamp.json".to_owned()),
        (
            "GET",
            "/tuf/..%2fdefault/metadata/timestamp.json".to_owned(),
        ),
        ("GET", "/tuf/other/targets/x/y".to_owned()),
    ] {
        let reply = world.authorised(method, &path, b"{}");
        assert_eq!(
            reply.problem(),
            (404, "unknown_repository".to_owned()),
            "{path}"
        );
        assert_eq!(reply.header("cache-control"), "no-store");
    }
}

#[test]
fn every_answer_has_an_id_of_its_own_and_is_not_sniffed() {
    let world = World::new();
    let mut seen = Vec::new();
    for path in [
        "/healthz",
        "/nothing",
        "/tuf/default/metadata/timestamp.json",
        "/api/v1/repositories/default",
    ] {
        let reply = world.request("GET", path, &[("x-request-id", "chosen")], b"");
        let id = reply.header("x-request-id").to_owned();
        assert_eq!(id.len(), 24, "{path}: {id}");
        assert!(!seen.contains(&id));
        seen.push(id);
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
    }
    assert_eq!(world.get("/healthz").body, b"ok");
}

#[test]
fn a_method_that_is_not_offered_is_refused() {
    let world = World::new();
    for (method, path) in [
        ("DELETE", "/api/v1/repositories/default"),
        ("POST", "/tuf/default/metadata/timestamp.json"),
        ("PUT", "/tuf/default/metadata/timestamp.json"),
        ("GET", "/api/v1/repositories/default/changes"),
    ] {
        let reply = world.authorised(method, path, b"");
        assert_eq!(
            reply.problem(),
            (405, "method_not_allowed".to_owned()),
            "{method} {path}"
        );
    }
}

#[test]
fn a_change_that_is_no_change_is_told_what_is_wrong() {
    let world = World::with(|config| config.change_bytes_most = 2048);
    for (body, expected) in [
        ("", (400, "malformed_request")),
        ("{", (400, "malformed_request")),
        ("[]", (400, "malformed_request")),
        ("{}", (400, "malformed_request")),
        (r#"{"documents":[],"more":1}"#, (400, "malformed_request")),
        (
            r#"{"documents":[],"documents":[]}"#,
            (400, "malformed_request"),
        ),
        (
            r#"{"documents":[{"role":"root"}]}"#,
            (400, "malformed_request"),
        ),
        (
            r#"{"documents":[{"role":"root","document":7}]}"#,
            (400, "malformed_request"),
        ),
        (r#"{"documents":[]}"#, (409, "root_missing")),
        (
            r#"{"documents":[{"role":"root","document":"{}"}]}"#,
            (422, "missing_field"),
        ),
        (
            r#"{"documents":[{"role":"root","document":"{ }"}]}"#,
            (422, "malformed_json"),
        ),
        (
            r#"{"documents":[{"role":"","document":"{}"}]}"#,
            (422, "invalid_field"),
        ),
        (
            r#"{"documents":[{"role":"timestamp","document":"{}"}]}"#,
            (422, "reserved_role"),
        ),
        (
            r#"{"documents":[{"role":"snapshot","document":"{}"}]}"#,
            (422, "reserved_role"),
        ),
        (&"x".repeat(2049), (413, "too_large")),
    ] {
        let path = "/api/v1/repositories/default/changes";
        let reply = world.authorised("POST", path, body.as_bytes());
        assert_eq!(
            reply.problem(),
            (expected.0, expected.1.to_owned()),
            "{body}"
        );
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
}

#[test]
fn one_role_stands_in_a_change_once() {
    let world = World::new();
    let reply = world.push(&[
        ("targets", &maker::targets(2)),
        ("targets", &maker::targets(3)),
    ]);
    assert_eq!(reply.problem(), (422, "duplicate_role".to_owned()));
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let world = World::new();
    let long = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "a".repeat(20_000)
    );
    assert!(world.raw(&long).starts_with("HTTP/1.1 431 "));
    let many = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "x: y\r\n".repeat(101)
    );
    assert!(world.raw(&many).starts_with("HTTP/1.1 431 "));
}

#[test]
fn requests_whose_end_is_ambiguous_are_refused() {
    let world = World::new();
    for head in [
        "content-length: 1\r\ncontent-length: 2\r\n",
        "content-length: +1\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "content-length: 5\r\ntransfer-encoding: xchunked\r\n",
    ] {
        let request = format!("PUT {} HTTP/1.1\r\nhost: x\r\n{head}\r\nx", blob_path(b"x"));
        let answer = world.raw(&request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head}: {answer}");
    }
}
