//! Documents that pass through a window are read as if they were whole, in whatever pieces they
//! come; and what only looks alike is told apart.

use proptest::prelude::*;
use sealift_metadata::error::Role;
use sealift_metadata::write::{ChannelSpec, OfferSpec, Value};
use sealift_metadata::{Digest, Error};
use sealift_tests::passing::{compare, passing};
use sealift_tests::simulator::{PRODUCT, Simulator};

const WINDOW: usize = 5 * 1024;

/// A snapshot, two targets roles and a channel's document.
fn documents() -> Vec<Vec<u8>> {
    let mut world = Simulator::new();
    for number in 0..30 {
        let path = format!("images/{PRODUCT}/app/{number}/app.bin");
        let custom = Value::decode(br#"{"note":"a \"quoted\" one"}"#).unwrap();
        world.publish(PRODUCT, |draft| {
            draft.set_target(&path, number, &Digest::of(b"image"), Some(custom));
        });
    }
    let offers = (0..20).map(|number| OfferSpec {
        release: format!("1.{number}.0"),
        component: "app".into(),
        path: format!("images/{PRODUCT}/app/1.{number}.0/app.bin"),
        from: None,
    });
    let channel = ChannelSpec {
        product: PRODUCT.into(),
        channel: "stable".into(),
        offers: offers.collect(),
    };
    vec![
        world.fetch_snapshot(),
        world.fetch("targets"),
        world.fetch(PRODUCT),
        channel.value().encode(),
    ]
}

#[test]
fn a_document_reads_the_same_in_pieces_of_every_length() {
    for document in documents() {
        for length in (1..64).chain([100, 1000, document.len()]) {
            compare(&document, WINDOW, &[length]);
        }
        for window in [600, 700, 900, 1200, 2000] {
            compare(&document, window, &[7, 80, 1]);
        }
    }
}

#[test]
fn roles_far_longer_than_the_window_pass_through_it() {
    let [snapshot, targets, product, _] = <[Vec<u8>; 4]>::try_from(documents()).unwrap();
    for (role, document, entries) in [
        (Role::Snapshot, snapshot, 3),
        (Role::Targets, targets, 2),
        (Role::Targets, product, 30),
    ] {
        let passed = passing(role, &document, 1600, &[244]).unwrap();
        assert_eq!(passed.len(), entries);
        let full = passing(role, &document, 100, &[244]);
        assert_eq!(full, Err(Error::WindowFull));
    }
}

#[test]
fn a_document_that_breaks_off_or_goes_on_is_refused() {
    for document in documents() {
        for end in 0..document.len() {
            compare(&document[..end], WINDOW, &[50]);
        }
        for more in ["}", " ", "{}", ","] {
            let longer = [document.as_slice(), more.as_bytes()].concat();
            compare(&longer, WINDOW, &[50]);
        }
    }
}

const TARGETS: &str = r#"{"signatures":[],"signed":{"_type":"targets","delegations":{"keys":{"a":{}},"roles":[]},"expires":"2030-01-01T00:00:00Z","spec_version":"1.0.34","targets":{},"version":1}}"#;

#[test]
fn parts_that_are_missing_doubled_or_of_another_type_are_refused_both_ways() {
    let well_formed = passing(Role::Targets, TARGETS.as_bytes(), WINDOW, &[9]);
    assert_eq!(well_formed, Ok(Vec::new()));
    let fine = [
        (r#""delegations":{"keys":{"a":{}},"roles":[]},"#, ""),
        (r#""keys":{"a":{}}"#, r#""keys":{}"#),
        (r#""version":1"#, r#""version":1,"x":{"y":[]}"#),
        (r#","version""#, r#","u\"v":[],"version""#),
        (r#"{"signatures""#, r#"{"a":[1,{}],"signatures""#),
        ("1}}", r#"1},"z":{}}"#),
    ];
    for (part, instead) in fine {
        let changed = TARGETS.replacen(part, instead, 1);
        assert_ne!(changed, TARGETS);
        let entries = passing(Role::Targets, changed.as_bytes(), WINDOW, &[9]);
        assert_eq!(entries, Ok(Vec::new()), "{part} {instead}");
        compare(changed.as_bytes(), WINDOW, &[9]);
    }
    let refused = [
        (r#""signatures":[],"#, ""),
        (r#""signatures":[],"#, r#""signatures":[],"signatures":[],"#),
        (r#""signed":{"#, r#""signed":[{"#),
        (r#""keys":{"a":{}},"#, ""),
        (r#""keys":{"a":{}}"#, r#""keys":{"a":{},"a":{}}"#),
        (r#""keys":{"a":{}}"#, r#""keys":{"b":{},"a":{}}"#),
        (r#""keys":{"a":{}}"#, r#""keys":{"a":{},}"#),
        (r#""keys":{"a":{}}"#, r#""keys":{,}"#),
        (r#""keys":{"a":{}}"#, r#""keys":["a"]"#),
        (r#""keys":{"a":{}}"#, r#""keys":7"#),
        (r#","roles":[]"#, ""),
        (r#""roles":[]"#, r#""roles":[,]"#),
        (r#""roles":[]"#, r#""roles":[]]"#),
        (r#""roles":[]"#, r#""roles":{}"#),
        (r#""roles":[]"#, r#""roles":[],"roles":[]"#),
        (r#""targets":{},"#, ""),
        (r#""targets":{}"#, r#""targets":{},"targets":{}"#),
        (r#""targets":{}"#, r#""targets":{"a":{}}"#),
        (r#""targets":{}"#, r#""targets":{"a"}"#),
        (r#""targets":{}"#, r#""targets":{:}"#),
        (r#""version":1"#, r#""version":1,"#),
        (r#""version":1"#, r#""version":1 2"#),
        (r#""version":1"#, r#""version":"#),
        (r#""version":1"#, r#""version""#),
        (r#","version":1"#, ""),
        (r#""_type":"targets""#, r#""_type":"snapshot""#),
        (
            r#""_type":"targets""#,
            r#""_type":"targets","_type":"targets""#,
        ),
        ("1}}", "1}]"),
        ("1}}", r#"1},"signed":{}}"#),
    ];
    for (part, instead) in refused {
        let changed = TARGETS.replacen(part, instead, 1);
        assert_ne!(changed, TARGETS);
        for piece in [1, 9, 1000] {
            let entries = passing(Role::Targets, changed.as_bytes(), WINDOW, &[piece]);
            assert!(entries.is_err(), "{part} {instead}");
            compare(changed.as_bytes(), WINDOW, &[piece]);
        }
    }
}

#[test]
fn another_document_than_the_known_one_is_refused_on_a_second_pass() {
    let document = &documents()[0];
    let mut stream = sealift_metadata::stream::Stream::again(Role::Snapshot, Digest::of(b""));
    stream.push(&mut [0; WINDOW], document, &mut |_| Ok(()));
    assert_eq!(
        stream.finish_again(),
        Err(Error::WrongDigest(Role::Snapshot))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// One byte replaced, removed or doubled, anywhere.
    #[test]
    fn a_document_with_a_changed_byte_reads_the_same_both_ways(
        which in 0..4_usize,
        place: prop::sample::Index,
        byte in prop::sample::select(b"{}[]\",:\\0a5 \x01\xff".to_vec()),
        change in 0..3_u8,
        piece in 1..300_usize,
    ) {
        let mut document = documents().swap_remove(which);
        let at = place.index(document.len());
        match change {
            0 => document[at] = byte,
            1 => { document.remove(at); }
            _ => document.insert(at, byte),
        }
        compare(&document, WINDOW, &[piece]);
    }
}
