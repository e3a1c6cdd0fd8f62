use sealift_metadata::write::{KeySpec, Value};

use crate::maker::{self, OFFICERS, role, sign};
use crate::world::{World, expect};

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
    let ours = KeySpec::from_value(keys.get("snapshot").unwrap()).unwrap();
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
fn a_root_leaves_no_room_for_another_online_signer() {
    let world = World::empty();
    let online = world.server.online_keys();
    let scheme = Value::from("ml-dsa-65");
    let unknown = Value::from([
        ("keytype", Value::from("ml-dsa")),
        ("keyval", Value::from([("public", Value::from("x"))])),
        ("scheme", scheme),
    ]);
    // A key of a scheme that we do not know: others may know it.
    let mut root = maker::root_draft(1, &online).value().clone();
    root.members()
        .get_mut("keys")
        .unwrap()
        .members()
        .insert("aa".to_owned(), unknown);
    let timestamp = root
        .members()
        .get_mut("roles")
        .unwrap()
        .members()
        .get_mut("timestamp");
    let keyids = timestamp.unwrap().members().get_mut("keyids").unwrap();
    let ours = keyids.as_array().unwrap()[0].clone();
    *keyids = Value::from(vec![ours, Value::from("aa")]);
    let (keys, roles) = (
        root.get("keys").unwrap().clone(),
        root.get("roles").unwrap().clone(),
    );
    let mut two_schemes = maker::root_draft(1, &online);
    two_schemes.set("keys", keys);
    two_schemes.set("roles", roles);
    let reply = world.push(&[("root", &sign(two_schemes, &OFFICERS))]);
    expect(&reply, 422, "foreign_online_keys");

    let shown = Value::decode(online.as_bytes()).unwrap();
    let mut unreachable = maker::root_draft(1, &online);
    let mut ours = role(&[], 2);
    ours.keys
        .push(KeySpec::from_value(shown.get("timestamp").unwrap()).unwrap());
    unreachable.set_role("timestamp", &ours);
    let reply = world.push(&[("root", &sign(unreachable, &OFFICERS))]);
    expect(&reply, 422, "foreign_online_keys");
}
