use sealift_metadata::Digest;
use sealift_metadata::write::{Draft, Value};

use crate::maker::{
    self, CHANNEL, NOW, OFFICERS, RELEASE, Release, delegation, empty_targets, role, sign,
    targets_draft, watch, watch_draft,
};
use crate::world::{Reply, World};

const DAY: u64 = 86_400;

fn expect(reply: &Reply, status: u16, code: &str) {
    assert_eq!(
        reply.problem(),
        (status, code.to_owned()),
        "{}",
        reply.json()
    );
}

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
fn the_first_root_must_name_this_server_and_nobody_else() {
    let world = World::empty();
    let online = world.server.online_keys();
    let mut foreign = maker::root_draft(1, &online);
    foreign.set_role("timestamp", &role(&[99], 1));
    let reply = world.push(&[("root", &sign(foreign, &OFFICERS))]);
    expect(&reply, 422, "foreign_online_keys");
    assert_eq!(reply.json()["role"], "timestamp");

    let keys = Value::decode(online.as_bytes()).unwrap();
    let ours = sealift_metadata::write::KeySpec::from_value(keys.get("snapshot").unwrap()).unwrap();
    let mut shared = maker::root_draft(1, &online);
    let mut both = role(&[99], 1);
    both.keys.push(ours.clone());
    shared.set_role("snapshot", &both);
    let reply = world.push(&[("root", &sign(shared, &OFFICERS))]);
    expect(&reply, 422, "foreign_online_keys");

    let mut misused = maker::root_draft(1, &online);
    let mut officers = role(&OFFICERS, 2);
    officers.keys.push(ours);
    misused.set_role("targets", &officers);
    let reply = world.push(&[("root", &sign(misused, &OFFICERS))]);
    expect(&reply, 422, "online_key_offline");

    let mut inconsistent = maker::root_draft(1, &online);
    inconsistent.set("consistent_snapshot", false);
    let reply = world.push(&[("root", &sign(inconsistent, &OFFICERS))]);
    expect(&reply, 422, "invalid_field");
    expect(
        &world.push(&[("root", &world.root(2))]),
        409,
        "stale_change",
    );
    expect(
        &world.push(&[("targets", &maker::targets(1))]),
        409,
        "root_missing",
    );
    assert_eq!(world.current()["roles"], serde_json::json!({}));
}

#[test]
fn a_repository_that_has_only_a_root_is_closed() {
    let world = World::empty();
    let reply = world.push(&[("root", &world.root(1))]);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["timestamp"], 0);
    assert_eq!(world.metadata("1.root.json").status, 200);
    assert_eq!(world.metadata("timestamp.json").status, 404);
    assert_eq!(world.push(&[("root", &world.root(2))]).status, 200);
    assert_eq!(world.push(&[("targets", &maker::targets(1))]).status, 200);
    assert_eq!(world.metadata("timestamp.json").status, 200);
}

#[test]
fn a_root_is_rotated_under_both_keys_and_every_root_stays() {
    let (world, _) = World::with_release();
    let online = world.server.online_keys();
    let rotated = || {
        let mut draft = maker::root_draft(2, &online);
        draft.set_role("root", &role(&[3, 4], 2));
        draft
    };
    expect(
        &world.push(&[("root", &sign(rotated(), &OFFICERS))]),
        422,
        "threshold_not_met",
    );
    expect(
        &world.push(&[("root", &sign(rotated(), &[3, 4]))]),
        422,
        "threshold_not_met",
    );
    let reply = world.push(&[("root", &sign(rotated(), &[1, 2, 3, 4]))]);
    assert_eq!(reply.json()["roles"]["root"], 2, "{}", reply.json());
    for version in [1, 2] {
        assert_eq!(world.metadata(&format!("{version}.root.json")).status, 200);
    }
}

#[test]
fn the_top_level_role_only_delegates() {
    let world = World::new();
    let mut draft = targets_draft(2);
    draft.set_target("images/watch/app/1/x", 1, &Digest::of(b"x"), None);
    world.upload(b"x");
    let reply = world.push(&[("targets", &sign(draft, &OFFICERS))]);
    expect(&reply, 422, "path_outside_role");
}

#[test]
fn a_role_lists_nothing_outside_of_its_product() {
    let world = World::new();
    world.upload(b"x");
    for path in [
        "images/band/app/1/x",
        "images/watch/app/x",
        "images/watch/app/1/2/x",
        "channels/watch/x",
        "x",
    ] {
        let mut draft = empty_targets(1);
        draft.set_target(path, 1, &Digest::of(b"x"), None);
        let reply = world.push(&[("watch", &sign(draft, &RELEASE))]);
        expect(&reply, 422, "path_outside_role");
        assert_eq!(
            (&reply.json()["role"], &reply.json()["path"]),
            (&"watch".into(), &path.into())
        );
    }
    for path in [
        "images/watch/app/1/../x",
        "images/watch/app/1/",
        "images/watch//1/x",
        "images/watch/app/1/x y",
    ] {
        let mut draft = empty_targets(1);
        draft.set_target(path, 1, &Digest::of(b"x"), None);
        expect(
            &world.push(&[("watch", &sign(draft, &RELEASE))]),
            422,
            "invalid_field",
        );
    }
}

#[test]
fn a_fence_that_moves_is_checked_against_what_stands_there() {
    let (world, _) = World::with_release();
    let mut draft = empty_targets(2);
    draft.set_delegation(&delegation("channels", "channels/*/*", role(&CHANNEL, 1)));
    draft.set_delegation(&delegation("watch", "images/band/*/*/*", role(&RELEASE, 2)));
    let reply = world.push(&[("targets", &sign(draft, &OFFICERS))]);
    expect(&reply, 422, "path_outside_role");
}

#[test]
fn a_delegator_who_changes_keys_must_bring_the_role_that_they_sign() {
    let (world, release) = World::with_release();
    let mut draft = targets_draft(2);
    draft.set_delegation(&delegation(
        "watch",
        "images/watch/*/*/*",
        role(&[13, 14], 2),
    ));
    let targets = sign(draft, &OFFICERS);
    let reply = world.push(&[("targets", &targets)]);
    expect(&reply, 422, "threshold_not_met");
    assert_eq!(reply.json()["role"], "watch");
    let watch = sign(watch_draft(2, &[&release]), &[13, 14]);
    assert_eq!(
        world
            .push(&[("targets", &targets), ("watch", &watch)])
            .status,
        200
    );
}

#[test]
fn delegations_that_overlap_are_refused() {
    let world = World::new();
    for (path, code) in [
        ("images/*/*/*/*", "delegation_overlap"),
        ("images/watch/app/*/*", "delegation_overlap"),
        ("images/w?tch/*/*/*", "delegation_overlap"),
        ("channels/*/x", "delegation_overlap"),
        ("images/[w]atch/*/*/*", "invalid_field"),
        ("images/**", "invalid_field"),
    ] {
        let mut draft = targets_draft(2);
        draft.set_delegation(&delegation("band", path, role(&RELEASE, 2)));
        let reply = world.push(&[("targets", &sign(draft, &OFFICERS))]);
        expect(&reply, 422, code);
    }
}

#[test]
fn names_of_top_level_roles_and_names_given_twice_are_refused() {
    let world = World::new();
    for name in ["root", "targets", "snapshot", "timestamp"] {
        let mut draft = targets_draft(2);
        draft.set_delegation(&delegation(name, "images/band/*/*/*", role(&RELEASE, 2)));
        expect(
            &world.push(&[("targets", &sign(draft, &OFFICERS))]),
            422,
            "reserved_role",
        );
    }
    // The role delegates to itself.
    let mut circle = empty_targets(1);
    circle.set_delegation(&delegation(
        "watch",
        "images/watch/*/*/*",
        role(&RELEASE, 2),
    ));
    expect(
        &world.push(&[("watch", &sign(circle, &RELEASE))]),
        422,
        "duplicate_role",
    );
}

#[test]
fn a_role_that_nobody_delegates_to_is_refused() {
    let world = World::new();
    let reply = world.push(&[("band", &watch(1, &[]))]);
    expect(&reply, 422, "unknown_role");
    assert_eq!(reply.json()["role"], "band");
}

#[test]
fn an_online_key_signs_for_no_product() {
    let world = World::new();
    let keys = Value::decode(world.server.online_keys().as_bytes()).unwrap();
    let ours =
        sealift_metadata::write::KeySpec::from_value(keys.get("timestamp").unwrap()).unwrap();
    let mut spec = role(&RELEASE, 1);
    spec.keys.push(ours);
    let mut draft = targets_draft(2);
    draft.set_delegation(&delegation("band", "images/band/*/*/*", spec));
    let targets = sign(draft, &OFFICERS);
    let band = sign(empty_targets(1), &RELEASE);
    expect(
        &world.push(&[("targets", &targets), ("band", &band)]),
        422,
        "online_key_offline",
    );
    expect(
        &world.push(&[("targets", &targets)]),
        422,
        "online_key_offline",
    );
}

#[test]
fn what_the_weakest_device_cannot_verify_is_refused() {
    let world = World::new();
    let mut draft = targets_draft(2);
    draft.set(
        "x-sealift-device-profile",
        Value::from([("signatures", Value::from(1))]),
    );
    expect(
        &world.push(&[("targets", &sign(draft, &OFFICERS))]),
        422,
        "device_profile",
    );

    let mut draft = targets_draft(2);
    draft.set_delegation(&delegation("band", "images/band/*/*/*", role(&RELEASE, 3)));
    expect(
        &world.push(&[("targets", &sign(draft, &OFFICERS))]),
        422,
        "device_profile",
    );
}

fn changed(edit: impl FnOnce(&mut Release)) -> Release {
    let mut release = Release::new("2.0.0", 2, b"the second image of the watch");
    edit(&mut release);
    release
}

#[test]
fn an_image_that_contradicts_its_path_or_its_blocks_is_refused() {
    for (release, code) in [
        (
            changed(|it| it.spec.product = "band".to_owned()),
            "misplaced_target",
        ),
        (
            changed(|it| it.spec.component = "radio".to_owned()),
            "misplaced_target",
        ),
        (
            changed(|it| it.spec.release = "2.0.1".to_owned()),
            "misplaced_target",
        ),
        (
            changed(|it| it.table = b"x".repeat(72)),
            "block_table_mismatch",
        ),
        (
            changed(|it| it.spec.blocks.size = 8),
            "block_table_mismatch",
        ),
        (changed(|it| it.spec.image.length += 1), "encoding_mismatch"),
        (
            changed(|it| it.spec.image.sha256 = Digest::of(b"")),
            "encoding_mismatch",
        ),
        (changed(|it| it.spec.channels.clear()), "missing_field"),
        (
            changed(|it| it.set = Release::new("3", 3, b"x").set),
            "misplaced_target",
        ),
    ] {
        let world = World::new();
        world.upload_release(&release);
        expect(&world.push(&[("watch", &watch(1, &[&release]))]), 422, code);
    }
}

#[test]
fn a_channel_document_stands_under_its_own_name() {
    let (world, release) = World::with_release();
    let document = maker::channel("watch", &release);
    world.upload(&document);
    let misplaced = maker::channels(1, "channels/band/stable.json", &document);
    expect(
        &world.push(&[("channels", &misplaced)]),
        422,
        "misplaced_target",
    );
    let misnamed = maker::channels(1, "channels/watch/beta.json", &document);
    expect(
        &world.push(&[("channels", &misnamed)]),
        422,
        "misplaced_target",
    );
    let good = maker::channels(1, "channels/watch/stable.json", &document);
    assert_eq!(world.push(&[("channels", &good)]).status, 200);
}

#[test]
fn a_target_whose_bytes_are_missing_is_refused() {
    let world = World::new();
    let release = Release::new("1.0.0", 1, b"image");
    let reply = world.push(&[("watch", &watch(1, &[&release]))]);
    expect(&reply, 422, "missing_blob");
    assert_eq!(reply.json()["path"], release.path());
    assert_eq!(reply.json()["sha256"], Digest::of(b"image").to_string());

    // Bytes of another length than the signers promised are missing as well.
    world.upload_release(&release);
    let mut draft = watch_draft(1, &[]);
    draft.set_target("images/watch/app/1/x", 6, &Digest::of(b"image"), None);
    expect(
        &world.push(&[("watch", &sign(draft, &RELEASE))]),
        422,
        "missing_blob",
    );
    assert_eq!(world.push(&[("watch", &watch(1, &[&release]))]).status, 200);
}

#[test]
fn what_was_published_keeps_its_bytes() {
    let (world, _) = World::with_release();
    let other = Release::new("1.0.0", 1, b"other bytes under the same name");
    world.upload_release(&other);
    let reply = world.push(&[("watch", &watch(2, &[&other]))]);
    expect(&reply, 422, "target_changed");
}

#[test]
fn a_withdrawn_release_is_served_no_more() {
    let (world, release) = World::with_release();
    assert_eq!(world.push(&[("watch", &watch(2, &[]))]).status, 200);
    assert_eq!(world.target(&release.path(), &release.image).status, 404);
    assert_eq!(
        world.metadata("1.watch.json").status,
        200,
        "readers may still be on their way"
    );
}

#[test]
fn an_expired_role_is_refused_but_one_of_others_stops_nobody() {
    let (mut world, release) = World::with_release();
    let mut expired = Draft::of_document(&watch(2, &[&release])).unwrap();
    expired.set_expires(NOW);
    let reply = world.push(&[("watch", &sign(expired, &RELEASE))]);
    expect(&reply, 422, "expired");

    // The product's role and the top-level role expire after 90 days.
    world.clock.set(NOW.plus(89 * DAY));
    let mut lasting = Draft::of_document(&maker::targets(2)).unwrap();
    lasting.set_expires(NOW.plus(200 * DAY));
    assert_eq!(
        world.push(&[("targets", &sign(lasting, &OFFICERS))]).status,
        200
    );
    let token = crate::running::make_token(&world, "later");
    world.clock.set(NOW.plus(91 * DAY));
    world.token = token;
    let document = maker::channel("watch", &release);
    world.upload(&document);
    let mut channels =
        Draft::of_document(&maker::channels(1, "channels/watch/stable.json", &document)).unwrap();
    channels.set_expires(NOW.plus(200 * DAY));
    let reply = world.push(&[("channels", &sign(channels, &CHANNEL))]);
    assert_eq!(reply.status, 200, "{}", reply.json());
}

#[test]
fn weak_keys_and_doubled_signatures_are_refused() {
    let world = World::new();
    let mut draft = targets_draft(2);
    let payload = draft.value().clone();
    draft.set("version", 2);
    let bytes = payload.encode();
    let signature = (
        maker::public(1).keyid().to_owned(),
        maker::key(1).sign(&bytes),
    );
    let doubled = sealift_metadata::write::seal(&payload, &[signature.clone(), signature]);
    expect(
        &world.push(&[("targets", &doubled)]),
        422,
        "duplicate_signature",
    );

    let text = String::from_utf8(maker::targets(2)).unwrap();
    let weak = text.replace(
        maker::public(11)
            .value()
            .get("keyval")
            .unwrap()
            .get("public")
            .unwrap()
            .as_str()
            .unwrap(),
        &format!("01{}", "00".repeat(31)),
    );
    expect(
        &world.push(&[("targets", &weak.into_bytes())]),
        422,
        "weak_key",
    );
}

#[test]
fn what_a_second_implementation_cannot_read_is_refused() {
    let world = World::new();
    world.upload(b"x");
    // Our verifier skips digests that it does not know, whatever they are; others want text.
    let hashes = Value::from([
        ("sha256", Value::from(Digest::of(b"x").to_string())),
        ("sha999", Value::from(7)),
    ]);
    let target = Value::from([("hashes", hashes), ("length", Value::from(1))]);
    let mut draft = empty_targets(1);
    draft.set("targets", Value::from([("images/watch/app/1/x", target)]));
    let reply = world.push(&[("watch", &sign(draft, &RELEASE))]);
    expect(&reply, 422, "foreign_judge");
    assert_eq!(world.current()["roles"]["watch"], serde_json::Value::Null);
}
