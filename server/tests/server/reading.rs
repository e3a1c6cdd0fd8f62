use crate::maker::{Release, watch};
use crate::world::{World, blob_path, target_path};

#[test]
fn a_reading_changes_nothing() {
    let (world, release) = World::with_release();
    let before = std::fs::read(world.data().join("sealift.db-wal")).unwrap();
    for path in [
        "/tuf/default/metadata/timestamp.json".to_owned(),
        "/tuf/default/metadata/9.root.json".to_owned(),
        "/tuf/unknown/metadata/timestamp.json".to_owned(),
        target_path(&release.path(), &release.image),
        "/api/v1/repositories/default".to_owned(),
        "/api/v1/repositories/default/changes".to_owned(),
        blob_path(&release.image),
        "/healthz".to_owned(),
    ] {
        world.authorised("GET", &path, b"");
        world.authorised("HEAD", &path, b"");
    }
    let after = std::fs::read(world.data().join("sealift.db-wal")).unwrap();
    assert!(before == after);
}

#[test]
fn what_has_a_version_or_a_digest_in_its_name_is_cached_for_ever() {
    let (world, release) = World::with_release();
    let snapshot = world.current()["snapshot"].to_string();
    let immutable = "public, max-age=31536000, immutable";
    for file in [
        "1.root.json",
        "1.targets.json",
        "1.watch.json",
        &format!("{snapshot}.snapshot.json"),
    ] {
        let reply = world.metadata(file);
        assert_eq!(reply.status, 200, "{file}");
        assert_eq!(reply.header("cache-control"), immutable, "{file}");
        assert_eq!(reply.header("content-type"), "application/json");
    }
    let timestamp = world.metadata("timestamp.json");
    assert_eq!(timestamp.header("cache-control"), "public, no-cache");
    let target = world.target(&release.path(), &release.image);
    assert_eq!(target.header("cache-control"), immutable);
    assert_eq!(target.header("content-type"), "application/octet-stream");
    assert_eq!(target.header("accept-ranges"), "bytes");
    for absent in ["2.root.json", "1.nothing.json", "root.json", "targets.json"] {
        let reply = world.metadata(absent);
        assert_eq!(
            (reply.status, reply.header("cache-control")),
            (404, "no-store"),
            "{absent}"
        );
    }
}

#[test]
fn a_poll_of_what_is_known_costs_little() {
    let (world, release) = World::with_release();
    for path in [
        "/tuf/default/metadata/timestamp.json".to_owned(),
        target_path(&release.path(), &release.image),
    ] {
        let tag = world.get(&path).header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() == 66, "{tag}");
        let reply = world.request("GET", &path, &[("if-none-match", &tag)], b"");
        assert_eq!(
            (reply.status, reply.body.len(), reply.header("etag")),
            (304, 0, tag.as_str())
        );
        let reply = world.request("GET", &path, &[("if-none-match", "\"other\"")], b"");
        assert_eq!(reply.status, 200);
    }
    let tag = world.metadata("timestamp.json").header("etag").to_owned();
    let request = format!(
        "GET /tuf/default/metadata/timestamp.json HTTP/1.1\r\nhost: x\r\n\
         if-none-match: {tag}\r\nconnection: close\r\n\r\n"
    );
    let answer = world.raw(&request);
    assert!(answer.starts_with("HTTP/1.1 304 "), "{answer}");
    assert!(answer.len() <= 400, "{} bytes: {answer}", answer.len());
}

#[test]
fn parts_are_sent_and_a_resumed_download_is_of_the_same_bytes() {
    let (world, release) = World::with_release();
    let path = target_path(&release.path(), &release.image);
    let whole = release.image.as_slice();
    let total = whole.len();
    let tag = world.get(&path).header("etag").to_owned();
    for (range, status, expected, content_range) in [
        ("bytes=0-3", 206, &whole[..4], format!("bytes 0-3/{total}")),
        (
            "bytes=4-",
            206,
            &whole[4..],
            format!("bytes 4-{}/{total}", total - 1),
        ),
        (
            "bytes=-2",
            206,
            &whole[total - 2..],
            format!("bytes {}-{}/{total}", total - 2, total - 1),
        ),
        (
            "bytes=3-9999",
            206,
            &whole[3..],
            format!("bytes 3-{}/{total}", total - 1),
        ),
        ("bytes=9999-", 416, &b""[..], format!("bytes */{total}")),
        ("bytes=0-1,3-4", 200, whole, String::new()),
    ] {
        let reply = world.request("GET", &path, &[("range", range)], b"");
        assert_eq!(
            (reply.status, reply.body.as_slice()),
            (status, expected),
            "{range}"
        );
        assert_eq!(reply.header("content-range"), content_range, "{range}");
        assert_eq!(reply.header("etag"), tag);
    }
    let resumed = world.request(
        "GET",
        &path,
        &[("range", "bytes=4-"), ("if-range", &tag)],
        b"",
    );
    assert_eq!(
        (resumed.status, resumed.body.as_slice()),
        (206, &whole[4..])
    );
    let other = world.request(
        "GET",
        &path,
        &[("range", "bytes=4-"), ("if-range", "\"other\"")],
        b"",
    );
    assert_eq!((other.status, other.body.as_slice()), (200, whole));
    let root = world.request(
        "GET",
        "/tuf/default/metadata/1.root.json",
        &[("range", "bytes=0-14")],
        b"",
    );
    assert_eq!(
        (root.status, root.body.as_slice()),
        (206, &b"{\"signatures\":["[..])
    );
}

#[test]
fn a_head_tells_the_length_and_sends_nothing() {
    let (world, release) = World::with_release();
    for (path, length) in [
        (
            "/tuf/default/metadata/1.root.json".to_owned(),
            world.metadata("1.root.json").body.len(),
        ),
        (
            target_path(&release.path(), &release.image),
            release.image.len(),
        ),
    ] {
        let reply = world.request("HEAD", &path, &[("range", "bytes=0-1")], b"");
        assert_eq!((reply.status, reply.body.len()), (200, 0));
        assert_eq!(reply.header("content-length"), length.to_string());
    }
}

#[test]
fn nothing_but_what_is_signed_is_served() {
    let (world, release) = World::with_release();
    let unlisted = b"uploaded, but signed by nobody";
    world.upload(unlisted);
    let (listed, other) = (release.path(), Release::new("9", 9, b"other").image);
    for path in [
        target_path("images/watch/app/1.0.0/other.bin", unlisted),
        target_path(&listed, unlisted),
        target_path(&listed, &other),
        target_path("images/watch/app/1.0.0/other.bin", &release.image),
        format!("/tuf/default/targets/{listed}"),
    ] {
        assert_eq!(world.get(&path).status, 404, "{path}");
    }
}

#[test]
fn no_path_leaves_the_tables() {
    let (world, release) = World::with_release();
    let good = target_path(&release.path(), &release.image);
    let name = good.rsplit('/').next().unwrap();
    for path in [
        "/tuf/default/targets/../../../../etc/passwd".to_owned(),
        "/tuf/default/targets/%2e%2e/%2e%2e/etc/passwd".to_owned(),
        "/tuf/default/targets/%252e%252e/%252e%252e/etc/passwd".to_owned(),
        "/tuf/default/targets/..%2f..%2f..%2fonline-keys.json".to_owned(),
        "/tuf/default/targets/..\\..\\online-keys.json".to_owned(),
        "/tuf/default/targets//etc/passwd".to_owned(),
        "/tuf/default/targets/%00".to_owned(),
        "/tuf/default/targets/%ff".to_owned(),
        "/tuf/default/targets/%".to_owned(),
        format!("/tuf/default/targets/images/watch/app/1.0.0/./{name}"),
        format!("/tuf/default/targets/images/watch/app/1.0.0/x/../{name}"),
        format!("/tuf/default/targets/images/watch/app/1.0.0//{name}"),
        "/tuf/default/metadata/..%2f..%2fonline-keys.json".to_owned(),
        "/tuf/default/metadata/..%2fmetadata%2ftimestamp.json".to_owned(),
        "/tuf/default/metadata/%2e%2e%2ftimestamp.json".to_owned(),
        "/tuf/default/metadata/timestamp.json%00".to_owned(),
        "/tuf/default/../default/metadata/timestamp.json".to_owned(),
        "/tuf/default%2fmetadata/timestamp.json".to_owned(),
        "//tuf/default/metadata/timestamp.json".to_owned(),
        "/tuf/default/metadata/timestamp.json/".to_owned(),
        "/tuf/default/metadata/timestamp%252Ejson".to_owned(),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = world.raw(&request);
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    // Quoting that means the same name is the same name.
    assert_eq!(world.metadata("timestamp%2Ejson").status, 200);
}

#[test]
fn a_page_sent_as_firmware_is_never_rendered() {
    let world = World::new();
    let page = b"<!DOCTYPE html><script>alert(document.domain)</script>";
    let release = Release::new("1.0.0", 1, page);
    world.upload_release(&release);
    assert_eq!(world.push(&[("watch", &watch(1, &[&release]))]).status, 200);
    for (range, status) in [("", 200), ("bytes=0-9", 206), ("bytes=999-", 416)] {
        let path = target_path(&release.path(), page);
        let reply = world.request("GET", &path, &[("range", range)], b"");
        assert_eq!(reply.status, status, "{range}");
        let kind = reply.header("content-type");
        let is_inert = kind == "application/octet-stream" || reply.body.is_empty();
        assert!(is_inert, "{range}: {kind}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
}

#[test]
fn a_blob_that_rots_on_the_disk_is_the_devices_to_catch() {
    let (world, release) = World::with_release();
    let file = world.blob_file(&release.image);
    let mut bytes = release.image.clone();
    bytes[0] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(world.target(&release.path(), &release.image).body, bytes);
    // One that lost bytes cannot be sent as what was promised.
    std::fs::write(&file, &bytes[1..]).unwrap();
    let reply = world.target(&release.path(), &release.image);
    assert_eq!(reply.problem(), (500, "internal".to_owned()));
    assert!(!String::from_utf8_lossy(&reply.body).contains("bytes on the disk"));
}
