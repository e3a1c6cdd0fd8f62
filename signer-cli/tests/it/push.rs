//! Publishing: all or nothing, and safe to repeat.

use std::fs;

use crate::room::Room;
use crate::server::{FakeServer, published};

fn push(room: &Room, url: &str, more: &[&str]) -> crate::room::Outcome {
    room.write_private("token", "s3cret-token\n");
    let mut args = vec!["push", "--server", url, "--token-file", "token"];
    args.extend(more);
    room.run(&args)
}

#[test]
fn a_complete_change_is_uploaded_published_and_put_in_force() {
    let room = Room::signed();
    let server = FakeServer::willing();
    let pushed = push(&room, &server.url, &[]).ok();
    assert!(
        pushed.out.contains("published root version 1"),
        "{pushed:?}"
    );
    assert!(pushed.out.contains("uploaded 4 file(s)"), "{pushed:?}");
    let requests = server.requests.lock().unwrap();
    let post = requests.last().unwrap();
    assert!(
        post.line
            .starts_with("POST /api/v1/repositories/demo/changes ")
    );
    for request in requests.iter() {
        let bearer = "authorization: bearer s3cret-token".to_owned();
        assert!(request.headers.contains(&bearer), "{request:?}");
    }
    for put in requests
        .iter()
        .filter(|request| request.line.starts_with("PUT"))
    {
        let digest = sealift_metadata::Digest::of(&put.body);
        assert!(
            put.line.contains(&format!("/blobs/{digest} ")),
            "{}",
            put.line
        );
    }
    drop(requests);
    room.run(&["status"]).ok();
    assert!(!room.demo().join("changes/root").exists());
    for name in [
        "1.root.json",
        "root.json",
        "targets.json",
        "channels.json",
        "watch.json",
    ] {
        assert!(room.demo().join("known-good").join(name).exists(), "{name}");
    }
    push(&room, &server.url, &[]).refused("nothing_pending");
}

#[test]
fn an_incomplete_change_is_not_sent_and_names_who_is_missing() {
    let room = Room::signed();
    room.add_release("1.1.0", &room.image(20_000), &[]).ok();
    let server = FakeServer::willing();
    let outcome = push(&room, &server.url, &[]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(
        outcome.err.contains("watch has 0 of 2 signatures"),
        "{outcome:?}"
    );
    assert!(
        outcome.err.contains("release-1 and release-2"),
        "{outcome:?}"
    );
    assert!(server.lines().is_empty());
}

#[test]
fn chosen_roles_go_alone_and_the_others_wait() {
    let room = Room::published();
    room.add_release("1.1.0", &room.image(20_000), &[]).ok();
    room.run(&["renew", "targets"]).ok();
    room.sign("release-1", &[]).ok();
    room.sign("release-2", &[]).ok();
    let server = FakeServer::willing();
    assert_eq!(push(&room, &server.url, &[]).code, 3);
    let pushed = push(&room, &server.url, &["--only", "watch"]).ok();
    assert_eq!(pushed.out.matches("published").count(), 1, "{pushed:?}");
    assert!(room.demo().join("changes/targets/payload.json").exists());
}

#[test]
fn what_the_server_has_is_not_uploaded_again() {
    let room = Room::signed();
    let server = FakeServer::start(|request| {
        let body = if request.line.starts_with("POST") {
            published(&request.body)
        } else {
            String::new()
        };
        (200, body)
    });
    push(&room, &server.url, &[]).ok();
    let puts = server
        .lines()
        .iter()
        .filter(|line| line.starts_with("PUT"))
        .count();
    assert_eq!(puts, 0);
}

#[test]
fn a_refusal_is_shown_with_code_detail_and_hint_and_nothing_moves() {
    let room = Room::signed();
    let before = Room::contents(&room.demo());
    let server = FakeServer::start(|request| {
        let problem = r#"{"type":"urn:sealift:error:stale_change","title":"Stale","status":409,
            "detail":"watch is at \u001b[31m3","code":"stale_change","role":"watch"}"#;
        if request.line.starts_with("POST") {
            return (409, problem.to_owned());
        }
        (200, String::new())
    });
    let outcome = push(&room, &server.url, &[]).refused("stale_change");
    assert!(outcome.err.contains("409 stale_change"), "{outcome:?}");
    assert!(outcome.err.contains("watch is at [31m3"), "{outcome:?}");
    assert!(
        outcome.err.contains("hint: somebody pushed before you"),
        "{outcome:?}"
    );
    assert!(!outcome.err.contains("s3cret"), "{outcome:?}");
    assert_eq!(Room::contents(&room.demo()), before);
}

#[test]
fn a_token_that_is_refused_is_noticed_before_anything_is_uploaded() {
    let room = Room::signed();
    let problem = r#"{"title":"Unauthorized","status":401,"code":"unauthorized"}"#;
    let server = FakeServer::start(move |_| (401, problem.to_owned()));
    let outcome = push(&room, &server.url, &[]).refused("unauthorized");
    assert!(
        outcome.err.contains("hint: the token is wrong"),
        "{outcome:?}"
    );
    assert_eq!(server.lines(), ["GET /api/v1/repositories/demo HTTP/1.1"]);
}

#[test]
fn an_answer_that_does_not_confirm_every_role_is_no_success() {
    for answer in ["", "{}", r#"{"roles":{"root":1}}"#, "<html>"] {
        let room = Room::signed();
        let server = FakeServer::start(move |_| (200, answer.to_owned()));
        push(&room, &server.url, &[]).refused("unreadable_answer");
        assert!(room.demo().join("changes/root/payload.json").exists());
    }
}

#[test]
fn a_redirect_does_not_carry_the_token_elsewhere() {
    let room = Room::signed();
    let thief = FakeServer::willing();
    let elsewhere = thief.url.clone();
    let server = FakeServer::start(move |_| (307, elsewhere.clone()));
    push(&room, &server.url, &[]).refused("unreadable_answer");
    assert!(thief.lines().is_empty());
}

#[test]
fn a_push_that_was_interrupted_is_finished_by_the_next_one() {
    let room = Room::signed();
    let changes = room.demo().join("changes/watch");
    let payload = fs::read(changes.join("payload.json")).unwrap();
    room.publish();
    // The document was moved, and then the power went.
    fs::create_dir_all(&changes).unwrap();
    fs::write(changes.join("payload.json"), payload).unwrap();
    let status = room.run(&["status"]).ok();
    assert!(
        status.out.contains("published; the next push clears it"),
        "{status:?}"
    );
    push(&room, "http://127.0.0.1:1", &[]).refused("nothing_pending");
    assert!(!changes.exists());
}

#[test]
fn a_token_comes_from_a_private_file_and_holds_nothing_strange() {
    let room = Room::signed();
    fs::write(room.path("open"), "token").unwrap();
    let args = |file| {
        [
            "push",
            "--server",
            "http://127.0.0.1:1",
            "--token-file",
            file,
        ]
    };
    room.run(&args("open")).refused("file_mode");
    room.write_private("strange", "to ken\r\nX: y");
    room.run(&args("strange")).refused("invalid_token");
    room.write_private("none", "\n");
    room.run(&args("none")).refused("no_token");
    room.write_private("token", "t");
    room.run(&args("token")).refused("unreachable_server");
    let args = [
        "push",
        "--server",
        "http://updates.example.com",
        "--token-file",
        "token",
    ];
    room.run(&args).refused("insecure_url");
}
