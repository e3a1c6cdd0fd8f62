use sealift_metadata::name::Quoted;
use sealift_metadata::write::Draft;

use crate::maker::{
    self, CHANNEL, NOW, OFFICERS, RELEASE, delegation, role, sign, targets_draft, watch,
    watch_draft,
};
use crate::world::{World, expect};

const DAY: u64 = 86_400;

#[test]
fn a_release_goes_from_signers_to_readers() {
    let (world, release) = World::with_release();
    let now = world.current();
    assert_eq!(now["repository"], "default");
    let roles = serde_json::json!({"root": 1, "targets": 1, "watch": 1});
    assert_eq!(now["roles"], roles);
    assert_eq!(now["snapshot"], NOW.seconds() + 1);
    assert_eq!(now["timestamp"], NOW.seconds() + 1);
    for (path, bytes, _) in release.files() {
        assert_eq!(world.target(&path, bytes).body, bytes, "{path}");
    }
    let timestamp = world.metadata("timestamp.json").json();
    assert_eq!(timestamp["signed"]["x-sealift-issued"], NOW.to_string());
}

#[test]
fn a_push_can_be_repeated() {
    let (world, release) = World::with_release();
    let before = world.current();
    let all = [
        ("root", &world.root(1)),
        ("targets", &maker::targets(1)),
        ("watch", &watch(1, &[&release])),
    ];
    let reply = world.push(&all);
    assert_eq!((reply.status, reply.json()), (200, before));
}

#[test]
fn a_change_that_does_not_follow_is_stale() {
    let (world, release) = World::with_release();
    let before = world.current();
    for (name, document, current, offered) in [
        ("watch", watch(3, &[&release]), 1, 3),
        ("watch", watch(1, &[]), 1, 1),
        ("targets", maker::targets(3), 1, 3),
        ("root", world.root(3), 1, 3),
        ("other", watch(2, &[]), 0, 2),
    ] {
        let reply = world.push(&[(name, &document)]);
        expect(&reply, 409, "stale_change");
        assert_eq!(reply.json()["role"], name);
        assert_eq!(reply.json()["current"], current);
        assert_eq!(reply.json()["offered"], offered);
    }
    assert_eq!(world.current(), before);
}

#[test]
fn a_threshold_that_is_one_short_is_refused() {
    let world = World::new();
    let online = world.server.online_keys();
    for (name, document) in [
        ("watch", sign(watch_draft(1, &[]), &RELEASE[..1])),
        (
            "watch",
            sign(watch_draft(1, &[]), &[RELEASE[0], OFFICERS[0]]),
        ),
        ("targets", sign(targets_draft(2), &OFFICERS[..1])),
        ("root", sign(maker::root_draft(2, &online), &OFFICERS[..1])),
    ] {
        let reply = world.push(&[(name, &document)]);
        expect(&reply, 422, "threshold_not_met");
        assert_eq!(reply.json()["role"], name);
        assert_eq!(reply.json()["number"], 110);
        assert_eq!(
            (&reply.json()["valid"], &reply.json()["needed"]),
            (&1.into(), &2.into())
        );
    }
}

#[test]
fn a_change_is_published_whole_or_not_at_all() {
    let world = World::new();
    let before = world.current();
    let bad = sign(watch_draft(1, &[]), &RELEASE[..1]);
    let reply = world.push(&[("targets", &maker::targets(2)), ("watch", &bad)]);
    expect(&reply, 422, "threshold_not_met");
    assert_eq!(world.current(), before);
    assert_eq!(world.metadata("2.targets.json").status, 404);
}

#[test]
fn hostile_looking_text_is_kept_as_it_is_and_does_nothing() {
    let world = World::new();
    let hostile = "Robert'); DROP TABLE documents; -- $1 <svg onload=1> ../%00";
    let mut targets = targets_draft(2);
    targets.set_delegation(&delegation(hostile, "images/band/*/*/*", role(&RELEASE, 2)));
    let mut band = maker::empty_targets(1);
    band.set("x-note", format!("{hostile} \\ \""));
    let (targets, band) = (sign(targets, &OFFICERS), sign(band, &RELEASE));
    let reply = world.push(&[("targets", &targets), (hostile, &band)]);
    assert_eq!(reply.status, 200, "{}", reply.json());
    let before = world.current();
    assert_eq!(before["roles"][hostile], 1);
    let world = world.restart();
    assert_eq!(world.current(), before);
    assert_eq!(world.metadata("2.targets.json").body, targets);
    let file = format!("1.{}.json", Quoted(hostile));
    assert_eq!(world.metadata(&file).body, band);
}

#[test]
fn an_expired_role_is_refused_but_one_of_others_stops_nobody() {
    let (world, release) = World::with_release();
    let mut expired = Draft::of_document(&watch(2, &[&release])).unwrap();
    expired.set_expires(NOW);
    let reply = world.push(&[("watch", &sign(expired, &RELEASE))]);
    expect(&reply, 422, "expired");

    // The product's role and the top-level role expire after 90 days.
    let mut world = world.at(NOW.plus(89 * DAY));
    world.token = crate::running::make_token(&world, "later");
    let mut lasting = Draft::of_document(&maker::targets(2)).unwrap();
    lasting.set_expires(NOW.plus(200 * DAY));
    assert_eq!(
        world.push(&[("targets", &sign(lasting, &OFFICERS))]).status,
        200
    );
    world.clock.set(NOW.plus(91 * DAY));
    let document = maker::channel("watch", &release);
    world.upload(&document);
    let mut channels =
        Draft::of_document(&maker::channels(1, "channels/watch/stable.json", &document)).unwrap();
    channels.set_expires(NOW.plus(200 * DAY));
    let reply = world.push(&[("channels", &sign(channels, &CHANNEL))]);
    assert_eq!(reply.status, 200, "{}", reply.json());
}
