use sealift_metadata::Digest;
use sealift_metadata::write::{Draft, KeySpec, Value};

use crate::maker::{
    self, CHANNEL, OFFICERS, RELEASE, delegation, empty_targets, role, sign, targets_draft, watch,
    watch_draft,
};
use crate::world::{World, expect};

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
    for (path, code) in [
        ("images/watch/app/1/../x", "invalid_field"),
        ("images/watch/app/1/", "invalid_field"),
        ("images/watch//1/x", "invalid_field"),
        ("images/watch/app/1/x y", "invalid_field"),
        ("images/watch/app/1/..%2fx", "invalid_field"),
        ("images/watch/app/1/a\\..\\x", "malformed_json"),
    ] {
        let mut draft = empty_targets(1);
        draft.set_target(path, 1, &Digest::of(b"x"), None);
        expect(&world.push(&[("watch", &sign(draft, &RELEASE))]), 422, code);
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
fn bins_by_hash_are_refused() {
    let world = World::new();
    let mut draft = targets_draft(2);
    draft.set_delegation(&delegation("band", "images/band/*/*/*", role(&RELEASE, 2)));
    let text = String::from_utf8(draft.value().encode()).unwrap();
    let text = text.replace(
        r#""paths":["images/band/*/*/*"]"#,
        r#""path_hash_prefixes":["0","f"]"#,
    );
    let by_hash = Draft::of_document(format!(r#"{{"signed":{text}}}"#).as_bytes()).unwrap();
    let reply = world.push(&[("targets", &sign(by_hash, &OFFICERS))]);
    expect(&reply, 422, "invalid_field");
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
            "invalid_field",
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
    let ours = KeySpec::from_value(keys.get("timestamp").unwrap()).unwrap();
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
