use sealift_metadata::Time;

use crate::maker::{
    NOW, OFFICERS, RELEASE, Release, root_draft, sign, targets_draft, watch, watch_draft,
};
use crate::world::{World, expect};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

fn versions(world: &World) -> (u64, u64) {
    let now = world.current();
    (
        now["snapshot"].as_u64().unwrap(),
        now["timestamp"].as_u64().unwrap(),
    )
}

fn expires(world: &World, file: &str) -> Time {
    let document = world.metadata(file).json();
    Time::parse(document["signed"]["expires"].as_str().unwrap()).unwrap()
}

#[test]
fn what_has_less_than_half_of_its_life_left_is_signed_again_once() {
    let world = World::new();
    let (snapshot, timestamp) = versions(&world);
    assert_eq!(expires(&world, "timestamp.json"), NOW.plus(DAY));
    world.clock.set(NOW.plus(12 * HOUR));
    assert_eq!(world.server.resign().unwrap().signed, 0);

    let later = NOW.plus(12 * HOUR + 1);
    world.clock.set(later);
    assert_eq!(world.server.resign().unwrap().signed, 1);
    assert_eq!(versions(&world), (snapshot, later.seconds()));
    assert!(later.seconds() > timestamp);
    assert_eq!(expires(&world, "timestamp.json"), later.plus(DAY));
    assert_eq!(world.server.resign().unwrap().signed, 0);

    let days_later = NOW.plus(3 * DAY + 12 * HOUR + 1);
    world.clock.set(days_later);
    assert_eq!(world.server.resign().unwrap().signed, 1);
    assert_eq!(
        versions(&world),
        (days_later.seconds(), days_later.seconds())
    );
    let file = format!("{}.snapshot.json", days_later.seconds());
    assert_eq!(expires(&world, &file), days_later.plus(7 * DAY));
    assert_eq!(world.server.resign().unwrap().signed, 0);
}

#[test]
fn what_was_signed_again_survives_a_restart() {
    let world = World::new();
    let later = NOW.plus(DAY);
    world.clock.set(later);
    let world = world.restart();
    // The first look at what expires comes with the start.
    world.wait_for_timestamp(later.seconds());
    let timestamp = world.metadata("timestamp.json").body;
    assert_eq!(world.restart().metadata("timestamp.json").body, timestamp);
}

#[test]
fn a_clock_that_cannot_be_right_signs_nothing() {
    let world = World::new();
    let timestamp = world.metadata("timestamp.json").body;
    for wrong in [
        Time::from_seconds(NOW.seconds() - 1),
        Time::EPOCH,
        NOW.plus(14 * DAY + 1),
        NOW.plus(9 * 366 * DAY),
    ] {
        world.clock.set(wrong);
        let resigned = world.server.resign().unwrap();
        assert_eq!((resigned.signed, resigned.failed), (0, 1), "{wrong}");
        assert_eq!(world.metadata("timestamp.json").body, timestamp);
    }
    world.clock.set(Time::from_seconds(NOW.seconds() - 1));
    let release = Release::new("1.0.0", 1, b"image");
    world.upload_release(&release);
    let reply = world.push(&[("watch", &watch(1, &[&release]))]);
    assert_eq!(reply.problem(), (503, "clock_untrusted".to_owned()));
    assert_eq!(world.metadata("timestamp.json").body, timestamp);
    world.clock.set(NOW);
    assert_eq!(world.push(&[("watch", &watch(1, &[&release]))]).status, 200);
}

#[test]
fn who_was_off_for_longer_says_that_the_clock_is_right() {
    let mut world = World::new();
    world.clock.set(NOW.plus(14 * DAY));
    assert_eq!(world.server.resign().unwrap().signed, 1);
    let later = NOW.plus(40 * DAY);
    world.clock.set(later);
    assert_eq!(world.server.resign().unwrap().failed, 1);

    world.config.accept_clock = true;
    let world = world.restart();
    world.wait_for_timestamp(later.seconds());
    // What was accepted is where the clock stood then, not wherever it jumps next.
    let jumped = later.plus(15 * DAY);
    world.clock.set(jumped);
    assert_eq!(world.server.resign().unwrap().failed, 1);
}

#[test]
fn nothing_is_signed_on_top_of_what_expired() {
    // The top-level targets role expires after 90 days, the root after 365.
    let (world, release) = World::with_release();
    let mut world = world.at(NOW.plus(89 * DAY));
    let timestamp = world.metadata("timestamp.json").body;
    for later in [NOW.plus(90 * DAY), NOW.plus(100 * DAY)] {
        world.clock.set(later);
        let resigned = world.server.resign().unwrap();
        assert_eq!((resigned.signed, resigned.failed), (0, 1), "{later}");
    }
    assert_eq!(world.metadata("timestamp.json").body, timestamp);
    world.token = crate::running::make_token(&world, "later");
    let mut watch = watch_draft(2, &[&release]);
    watch.set_expires(NOW.plus(400 * DAY));
    let watch = sign(watch, &RELEASE);
    let reply = world.push(&[("watch", &watch)]);
    expect(&reply, 422, "expired");
    assert_eq!(reply.json()["role"], "targets");
    let mut targets = targets_draft(2);
    targets.set_expires(NOW.plus(500 * DAY));
    let reply = world.push(&[("targets", &sign(targets, &OFFICERS)), ("watch", &watch)]);
    assert_eq!(reply.status, 200, "{}", reply.json());

    let world = world.at(NOW.plus(364 * DAY));
    let timestamp = world.metadata("timestamp.json").body;
    world.clock.set(NOW.plus(365 * DAY));
    assert_eq!(world.server.resign().unwrap().failed, 1);
    assert_eq!(world.metadata("timestamp.json").body, timestamp);
}

#[test]
fn a_root_that_brings_other_online_keys_comes_with_what_they_sign() {
    let world = World::new();
    let before = world.metadata("timestamp.json").body;
    let (config, clock, token) = (
        world.config.clone(),
        world.clock.clone(),
        world.token.clone(),
    );
    let keys = world.data().join("online-keys.json");
    // Keys can only be replaced while the server is stopped.
    let mut world = world;
    drop(std::mem::replace(&mut world.server, {
        let elsewhere = tempfile::tempdir().unwrap();
        let mut other = config.clone();
        other.data = elsewhere.path().join("data");
        sealift_server::LocalServer::start(&other, clock.clone()).unwrap()
    }));
    std::fs::remove_file(keys).unwrap();
    world.server = sealift_server::LocalServer::start(&config, clock).unwrap();
    world.token = token;

    assert_eq!(world.server.resign().unwrap().signed, 0);
    let release = Release::new("1.0.0", 1, b"image");
    world.upload_release(&release);
    let reply = world.push(&[("watch", &watch(1, &[&release]))]);
    assert_eq!(reply.problem(), (422, "foreign_online_keys".to_owned()));
    assert_eq!(world.metadata("timestamp.json").body, before);

    let rotated = sign(root_draft(2, &world.server.online_keys()), &OFFICERS);
    let reply = world.push(&[("root", &rotated)]);
    assert_eq!(reply.status, 200, "{}", reply.json());
    let root = world.metadata("2.root.json").json();
    let named = &root["signed"]["roles"]["timestamp"]["keyids"][0];
    let timestamp = world.metadata("timestamp.json").json();
    assert_eq!(&timestamp["signatures"][0]["keyid"], named);
    assert_eq!(world.push(&[("watch", &watch(1, &[&release]))]).status, 200);
}
