use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use sealift_metadata::Digest;

use crate::world::{World, blob_path};

#[test]
fn a_blob_is_stored_once_and_known_afterwards() {
    let world = World::empty();
    let path = blob_path(b"hello");
    let head = world.authorised("HEAD", &path, b"");
    assert_eq!(head.status, 404);
    assert_eq!(world.upload(b"hello").status, 201);
    assert_eq!(world.upload(b"hello").status, 200);
    let head = world.authorised("HEAD", &path, b"");
    assert_eq!((head.status, head.header("content-length")), (200, "5"));
    assert_eq!(std::fs::read(world.blob_file(b"hello")).unwrap(), b"hello");
    assert_eq!(world.upload(b"").status, 201);
    world.wait_for_no_incoming();
}

#[test]
fn a_name_that_is_no_digest_is_refused() {
    let world = World::empty();
    for name in [
        "x",
        &"g".repeat(64),
        &"0".repeat(63),
        &"0".repeat(65),
        "..%2f..%2fetc%2fpasswd",
    ] {
        let path = format!("/api/v1/repositories/default/blobs/{name}");
        let reply = world.authorised("PUT", &path, b"x");
        assert_eq!(
            reply.problem(),
            (400, "invalid_digest".to_owned()),
            "{name}"
        );
    }
}

#[test]
fn bytes_under_the_digest_of_others_leave_nothing_behind() {
    let world = World::empty();
    let reply = world.authorised("PUT", &blob_path(b"announced"), b"sent");
    assert_eq!(reply.problem(), (422, "digest_mismatch".to_owned()));
    assert_eq!(reply.json()["found"], Digest::of(b"sent").to_string());
    assert!(!world.blob_file(b"announced").exists());
    assert!(!world.blob_file(b"sent").exists());
    world.wait_for_no_incoming();
}

#[test]
fn a_blob_over_the_limit_is_refused_however_it_is_announced() {
    let world = World::with(|config| config.blob_bytes_most = 10);
    assert_eq!(world.upload(b"0123456789").status, 201);
    let reply = world.upload(b"0123456789a");
    assert_eq!(reply.problem(), (413, "too_large".to_owned()));
    assert_eq!(reply.json()["most"], 10);
    let chunked = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
         6\r\nabcdef\r\n6\r\nghijkl\r\n0\r\n\r\n",
        blob_path(b"abcdefghijkl"),
        world.token
    );
    let answer = world.raw(&chunked);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(!world.blob_file(b"abcdefghijkl").exists());
    world.wait_for_no_incoming();
}

#[test]
fn a_truncated_upload_leaves_nothing_behind() {
    let world = World::empty();
    for framing in [
        "content-length: 100\r\n\r\nhel",
        "transfer-encoding: chunked\r\n\r\n5\r\nhel",
    ] {
        let request = format!(
            "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n{framing}",
            blob_path(b"hello"),
            world.token
        );
        let answer = world.raw_cut(&request);
        let told = answer.is_empty() || answer.contains("truncated_body");
        assert!(told, "{answer}");
        world.wait_for_no_incoming();
        assert!(!world.blob_file(b"hello").exists());
    }
}

#[test]
fn a_caller_who_hangs_up_in_the_middle_leaves_nothing_behind() {
    let world = World::empty();
    let mut stream = TcpStream::connect(world.server.address()).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1000000\r\n\r\n",
        blob_path(b"hello"),
        world.token
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![0; 100_000]).unwrap();
    world.wait_for_incoming();
    drop(stream);
    world.wait_for_no_incoming();
}

#[test]
fn who_waits_for_a_go_ahead_need_not_send_what_is_there() {
    let world = World::empty();
    assert_eq!(world.upload(b"hello").status, 201);
    let mut stream = TcpStream::connect(world.server.address()).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         expect: 100-continue\r\ncontent-length: 5\r\n\r\n",
        blob_path(b"hello"),
        world.token
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}

#[test]
fn a_server_whose_places_for_uploads_are_taken_asks_to_come_back() {
    let world = World::with(|config| config.uploads_most = 1);
    let mut stream = TcpStream::connect(world.server.address()).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 5\r\n\r\nhe",
        blob_path(b"hello"),
        world.token
    );
    stream.write_all(head.as_bytes()).unwrap();
    world.wait_for_incoming();
    let reply = world.upload(b"other");
    assert_eq!(reply.problem(), (503, "busy".to_owned()));
    assert_eq!(reply.header("retry-after"), "5");
    stream.write_all(b"llo").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 201");
    assert_eq!(world.upload(b"other").status, 201);
}
