//! Thresholds, attacked: who counts, and how often.

use sealift_metadata::error::{Error, Role};
use sealift_metadata::key::{KeyId, PublicKey};
use sealift_metadata::targets::Targets;
use sealift_metadata::time::Time;
use sealift_metadata::verify::{RoleKeys, Verified, verify_threshold};
use sealift_metadata::write::{Draft, SPEC_VERSION, SecretKey, Value, seal};
use sealift_tests::simulator::{keyid, public, secrets};

type Signatures = Vec<(String, [u8; 64])>;

fn payload() -> Value {
    Draft::new("targets", SPEC_VERSION, Time::from_seconds(2_000_000_000))
        .value()
        .clone()
}

/// A role of these keys under these ids.
fn role(threshold: u8, keys: &[(&str, &SecretKey)]) -> RoleKeys {
    let mut role = RoleKeys {
        threshold,
        ..RoleKeys::default()
    };
    for (id, key) in keys {
        let public = public(std::slice::from_ref(*key))[0].value().encode();
        let key = PublicKey::parse(&public);
        let key = key.expect("well formed").expect("a known scheme");
        role.keys
            .push((KeyId::new(id).expect("short"), key))
            .expect("few keys");
    }
    role
}

fn verify(signatures: &Signatures, role: &RoleKeys) -> Result<(), Error> {
    verify_threshold::<Targets<'_>>(&seal(&payload(), signatures), role).map(drop)
}

fn short(valid: u8, needed: u8) -> Result<(), Error> {
    Err(Error::Threshold {
        role: Role::Targets,
        valid,
        needed,
    })
}

#[test]
fn one_key_under_two_ids_counts_once() {
    let keys = secrets("release", 2);
    let signature = keys[0].sign(&payload().encode());
    let twice = vec![("one".into(), signature), ("two".into(), signature)];
    assert_eq!(
        verify(&twice, &role(2, &[("one", &keys[0]), ("two", &keys[0])])),
        short(1, 2)
    );
    let both = vec![
        ("one".into(), signature),
        ("two".into(), keys[1].sign(&payload().encode())),
    ];
    assert_eq!(
        verify(&both, &role(2, &[("one", &keys[0]), ("two", &keys[1])])),
        Ok(())
    );
}

#[test]
fn one_id_may_sign_only_once() {
    let key = &secrets("release", 1)[0];
    let signature = key.sign(&payload().encode());
    let twice = vec![("one".into(), signature), ("one".into(), signature)];
    let refused = verify(&twice, &role(1, &[("one", key)]));
    assert_eq!(refused, Err(Error::DuplicateSignature(Role::Targets)));
}

#[test]
fn strangers_and_forgeries_neither_count_nor_harm() {
    let keys = secrets("release", 3);
    let payload = payload().encode();
    let known = role(2, &[("one", &keys[0]), ("two", &keys[1])]);
    let good = ("one".to_owned(), keys[0].sign(&payload));
    for other in [
        ("stranger".to_owned(), keys[2].sign(&payload)),
        ("two".to_owned(), keys[2].sign(&payload)),
        ("two".to_owned(), keys[1].sign(b"something else")),
        ("two".to_owned(), [0; 64]),
    ] {
        assert_eq!(
            verify(&vec![other.clone(), good.clone()], &known),
            short(1, 2)
        );
        let enough = vec![other, good.clone()];
        assert_eq!(verify(&enough, &role(1, &[("one", &keys[0])])), Ok(()));
    }
}

#[test]
fn an_empty_signature_is_a_placeholder() {
    let key = &secrets("release", 1)[0];
    let document = String::from_utf8(seal(&payload(), &[])).expect("ASCII");
    let placeholder = r#"{"signatures":[{"keyid":"one","sig":""}]"#;
    let document = document.replace(r#"{"signatures":[]"#, placeholder);
    let refused = verify_threshold::<Targets<'_>>(document.as_bytes(), &role(1, &[("one", key)]));
    assert_eq!(refused.map(drop), short(0, 1));
}

#[test]
fn a_threshold_of_zero_protects_nothing_and_is_refused() {
    assert_eq!(
        verify(&Vec::new(), &role(0, &[])),
        Err(Error::ThresholdZero)
    );
}

#[test]
fn a_flood_of_signatures_is_refused_before_any_is_checked() {
    let flood: Signatures = (0..17)
        .map(|index| (format!("id {index}"), [0; 64]))
        .collect();
    let key = &secrets("release", 1)[0];
    let refused = verify(&flood, &role(1, &[(&keyid(key), key)]));
    assert_eq!(refused, Err(Error::TooLarge("signatures")));
}

#[test]
fn what_was_verified_once_is_read_again_only_from_the_very_same_bytes() {
    let key = &secrets("release", 1)[0];
    let signature = key.sign(&payload().encode());
    let document = seal(&payload(), &[("one".into(), signature)]);
    let keys = role(1, &[("one", key)]);
    let verified = verify_threshold::<Targets<'_>>(&document, &keys).expect("signed");
    let reopen = |bytes: &[u8]| {
        Verified::<Targets<'_>>::reopen(bytes, &verified.digest()).map(|again| again.digest())
    };
    assert_eq!(reopen(&document), Ok(verified.digest()));
    // The payload is the same, and even the signature would be good enough.
    let unsigned = seal(&payload(), &[]);
    let other_id = seal(&payload(), &[("two".into(), signature)]);
    for other in [unsigned, other_id] {
        assert_eq!(reopen(&other), Err(Error::WrongDigest(Role::Targets)));
    }
}
