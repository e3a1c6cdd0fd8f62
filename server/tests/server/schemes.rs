use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use sealift_metadata::Digest;
use sealift_metadata::write::{Draft, Value};

use crate::maker::{
    self, NOW, OFFICERS, RELEASE, delegation, empty_targets, key, public, role, sign,
};
use crate::world::{World, expect};

const P256: &str = "ecdsa-sha2-nistp256";

/// Keys of a scheme that gateways know and wearables do not.
const GATEWAY_ONLY: [u8; 2] = [31, 32];

fn p256_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn p256_object(seed: u8) -> Value {
    let point = p256_key(seed).verifying_key().to_sec1_point(false);
    let public = Value::from(hex::encode(point.as_bytes()));
    Value::from([
        ("keytype", Value::from("ecdsa")),
        ("keyval", Value::from([("public", public)])),
        ("scheme", Value::from(P256)),
    ])
}

fn p256_keyid(seed: u8) -> String {
    Digest::of(&p256_object(seed).encode()).to_string()
}

/// A signature as DER, in hexadecimal digits (RFC 3279 2.2.3).
fn p256_sign(seed: u8, bytes: &[u8]) -> String {
    let signature: Signature = p256_key(seed).sign(bytes);
    let raw = signature.to_bytes();
    let mut integers = Vec::new();
    for half in raw.chunks(32) {
        let zeros = half.iter().take_while(|byte| **byte == 0).count();
        let mut integer = half[zeros..].to_vec();
        if integer[0] >= 0x80 {
            integer.insert(0, 0);
        }
        integers.extend([2, u8::try_from(integer.len()).unwrap()]);
        integers.extend(integer);
    }
    let mut der = vec![0x30, u8::try_from(integers.len()).unwrap()];
    der.extend(integers);
    hex::encode(der)
}

/// Adds the keys to `holder`, which has `keys`, and their ids to the role that `find` finds in it.
fn add_keys(holder: &mut Value, find: impl FnOnce(&mut Value) -> &mut Value) {
    let keys = holder.members().get_mut("keys").unwrap().members();
    for seed in GATEWAY_ONLY {
        keys.insert(p256_keyid(seed), p256_object(seed));
    }
    let role = find(holder).members();
    let mut keyids = role["keyids"].as_array().unwrap().to_vec();
    keyids.extend(GATEWAY_ONLY.map(|seed| Value::from(p256_keyid(seed))));
    role.insert("keyids".to_owned(), Value::from(keyids));
}

/// A root in which the keys may sign for `role` too.
fn root_with(version: u64, online: &str, name: &str) -> Draft {
    let draft = maker::root_draft(version, online);
    let mut value = draft.value().clone();
    add_keys(&mut value, |root| {
        let roles = root.members().get_mut("roles").unwrap().members();
        roles.get_mut(name).unwrap()
    });
    of_value(&value)
}

/// A top-level targets role in which the keys may sign for `watch` too.
fn targets_with(version: u64) -> Draft {
    let mut draft = empty_targets(version);
    draft.set_delegation(&delegation(
        "watch",
        "images/watch/*/*/*",
        role(&RELEASE, 2),
    ));
    let mut value = draft.value().clone();
    add_keys(value.members().get_mut("delegations").unwrap(), |it| {
        let Value::Array(roles) = it.members().get_mut("roles").unwrap() else {
            panic!("no roles");
        };
        roles.first_mut().unwrap()
    });
    of_value(&value)
}

fn of_value(value: &Value) -> Draft {
    let document = Value::from([("signed", value.clone())]);
    Draft::of_document(&document.encode()).unwrap()
}

/// Signs with ed25519 keys and with the others.
fn sign_with(draft: Draft, seeds: &[u8], others: &[u8]) -> Vec<u8> {
    let payload = draft.finish().unwrap();
    let bytes = payload.encode();
    let ours = seeds.iter().map(|seed| {
        let keyid = public(*seed).keyid().to_owned();
        (keyid, hex::encode(key(*seed).sign(&bytes)))
    });
    let others = others
        .iter()
        .map(|seed| (p256_keyid(*seed), p256_sign(*seed, &bytes)));
    let signatures: Vec<Value> = ours
        .chain(others)
        .map(|(keyid, sig)| Value::from([("keyid", Value::from(keyid)), ("sig", Value::from(sig))]))
        .collect();
    let envelope = [("signatures", Value::from(signatures)), ("signed", payload)];
    Value::from(envelope).encode()
}

fn expect_refused(reply: &crate::world::Reply, role: &str) {
    expect(reply, 422, "device_profile");
    assert_eq!(reply.json()["role"], role);
}

#[test]
fn a_root_that_weak_devices_cannot_verify_strands_them() {
    let world = World::empty();
    let online = world.server.online_keys();
    let first = || root_with(1, &online, "root");
    let reply = world.push(&[("root", &sign_with(first(), &[], &GATEWAY_ONLY))]);
    expect_refused(&reply, "root");
    let reply = world.push(&[("root", &sign_with(first(), &[1], &GATEWAY_ONLY))]);
    expect_refused(&reply, "root");
    let reply = world.push(&[("root", &sign_with(first(), &OFFICERS, &GATEWAY_ONLY))]);
    assert_eq!(reply.status, 200, "{}", reply.json());

    // The next root is vouched for by the first one's keys that weak devices pass over.
    let next = || {
        let mut draft = maker::root_draft(2, &online);
        draft.set_role("root", &role(&[3, 4], 2));
        draft
    };
    let reply = world.push(&[("root", &sign_with(next(), &[3, 4], &GATEWAY_ONLY))]);
    expect_refused(&reply, "root");
    let reply = world.push(&[("root", &sign(next(), &[1, 2, 3, 4]))]);
    assert_eq!(reply.status, 200, "{}", reply.json());
}

#[test]
fn a_targets_role_that_weak_devices_cannot_verify_is_refused() {
    let world = World::empty();
    let online = world.server.online_keys();
    let root = sign(root_with(1, &online, "targets"), &OFFICERS);
    assert_eq!(world.push(&[("root", &root)]).status, 200);
    let reply = world.push(&[("targets", &sign_with(targets_with(1), &[], &GATEWAY_ONLY))]);
    expect_refused(&reply, "targets");
    let reply = world.push(&[("targets", &sign(targets_with(1), &OFFICERS))]);
    assert_eq!(reply.status, 200, "{}", reply.json());

    let mut watch = empty_targets(1);
    watch.set_expires(NOW.plus(60 * 86_400));
    let watch = sign_with(watch, &RELEASE[..1], &GATEWAY_ONLY);
    let reply = world.push(&[("watch", &watch)]);
    expect_refused(&reply, "watch");

    // Until every device knows the scheme, and not after officers say that one does not.
    let mut targets = targets_with(2);
    let schemes = vec![Value::from("ed25519"), Value::from(P256)];
    let profile = Value::from([("schemes", Value::from(schemes))]);
    targets.set("x-sealift-device-profile", profile);
    let targets = sign(targets, &OFFICERS);
    let reply = world.push(&[("targets", &targets), ("watch", &watch)]);
    assert_eq!(reply.status, 200, "{}", reply.json());
    let narrowed = sign(targets_with(3), &OFFICERS);
    expect_refused(&world.push(&[("targets", &narrowed)]), "watch");
}
