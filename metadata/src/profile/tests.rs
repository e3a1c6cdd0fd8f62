//! Which signatures the weakest device counts.

use std::string::{String, ToString as _};
use std::vec::Vec;

use super::*;
use crate::Time;
use crate::key::{KeyId, PublicKey};
use crate::limits::{PASSING_SIGNATURES, SMALL_PASSING_SIGNATURES, SMALL_WINDOW_BYTES};
use crate::write::{Draft, SPEC_VERSION, SecretKey, seal};

const POINT: &str = "\
0492fc78b49b922a003a5396df794e761443787d5dd17ffad475e34721947ab6fef0752159577972e6d749d242\
c1ba941d5dee95a7e6ff7d3bb527b060b2546f36";

/// A signature by nobody, in DER.
fn forged() -> [u8; 64] {
    let mut signature = [1; 64];
    signature[..4].copy_from_slice(&[0x30, 62, 2, 29]);
    signature[33..35].copy_from_slice(&[2, 29]);
    signature
}

/// What a role says of itself that `others` forged signatures of P-256 stand before the one
/// that counts.
fn check(profile: &Profile, others: usize) -> Result<()> {
    let draft = Draft::new("targets", SPEC_VERSION, Time::from_seconds(2_000_000_000));
    let secret = SecretKey::from_seed(&[7; 32]);
    let mut keys = RoleKeys {
        threshold: 1,
        keys: heapless::Vec::new(),
    };
    let mut signatures = Vec::<(String, [u8; 64])>::new();
    let other = std::format!(
        r#"{{"keytype":"ecdsa","keyval":{{"public":"{POINT}"}},"scheme":"ecdsa-sha2-nistp256"}}"#
    );
    let other = PublicKey::parse(other.as_bytes()).unwrap().unwrap();
    for id in (0..others).map(|id| id.to_string()) {
        let _ = keys.keys.push((KeyId::new(&id).unwrap(), other.clone()));
        signatures.push((id, forged()));
    }
    let ours = secret.public().unwrap().value().encode();
    let ours = PublicKey::parse(&ours).unwrap().unwrap();
    let _ = keys.keys.push((KeyId::new("ours").unwrap(), ours));
    signatures.push(("ours".into(), secret.sign(&draft.value().encode())));
    let document = seal(draft.value(), &signatures);
    profile.check_passing(Role::Targets, &document, &keys)
}

#[test]
fn signatures_that_only_some_devices_check_leave_room_for_one_that_counts() {
    for (profile, most) in [
        (Profile::default(), PASSING_SIGNATURES),
        (Profile::small(), SMALL_PASSING_SIGNATURES),
    ] {
        let profile = Profile {
            keys_per_role: Profile::default().keys_per_role,
            ..profile
        };
        assert_eq!(check(&profile, most - 1), Ok(()));
        let what = "a threshold without enough signatures that devices know";
        assert_eq!(check(&profile, most), Err(Error::device_profile(what)));
    }
}

#[test]
fn a_small_device_is_promised_short_members() {
    let draft = |length: usize| {
        let mut draft = Draft::new("targets", SPEC_VERSION, Time::from_seconds(2_000_000_000));
        draft.set("x", "x".repeat(length));
        let secret = SecretKey::from_seed(&[7; 32]);
        let key = secret.public().unwrap().value().encode();
        let mut keys = RoleKeys {
            threshold: 1,
            keys: heapless::Vec::new(),
        };
        let key = PublicKey::parse(&key).unwrap().unwrap();
        let _ = keys.keys.push((KeyId::new("ours").unwrap(), key));
        let signature = secret.sign(&draft.value().encode());
        (
            seal(draft.value(), &[("ours".to_string(), signature)]),
            keys,
        )
    };
    // A member with its name, in quotes, and what is behind it.
    for (length, fits) in [
        (SMALL_WINDOW_BYTES - 7, true),
        (SMALL_WINDOW_BYTES - 6, false),
    ] {
        let (document, keys) = draft(length);
        let checked = Profile::small().check_passing(Role::Targets, &document, &keys);
        assert_eq!(checked.is_ok(), fits, "{length}: {checked:?}");
        let checked = Profile::default().check_passing(Role::Targets, &document, &keys);
        assert_eq!(checked, Ok(()));
    }
}
