use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::json::Reader;

fn lay(input: &[u8]) -> Result<Vec<u8>> {
    let mut out = std::vec![0; input.len()];
    lay_out(input, &mut out).map(<[u8]>::to_vec)
}

fn lay_text(input: &str) -> String {
    let out = lay(input.as_bytes()).unwrap_or_else(|error| panic!("{input}: {error}"));
    String::from_utf8(out).unwrap()
}

#[test]
fn any_layout_becomes_the_canonical_one() {
    for (input, canonical) in [
        (" { } ", "{}"),
        ("\r\n[\t1 , 2 ]\n", "[1,2]"),
        (r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#),
        (
            r#"{"b":{"z":1,"y":[{"d":1,"c":2}]},"a":2}"#,
            r#"{"a":2,"b":{"y":[{"c":2,"d":1}],"z":1}}"#,
        ),
        (r#""\u0041\n\/\"\\""#, "\"A\n/\\\"\\\\\""),
        (r#""\ud83d\ude00""#, "\"😀\""),
        (
            r#"{"\ud83d\ude00":1,"\uffff":2}"#,
            "{\"\u{ffff}\":2,\"😀\":1}",
        ),
        (r#"{"é":1,"z":2}"#, r#"{"z":2,"é":1}"#),
        ("-12", "-12"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("0", "0"),
        (" true", "true"),
        ("null ", "null"),
    ] {
        assert_eq!(lay_text(input), canonical);
    }
}

#[test]
fn what_is_not_json_is_refused_by_name() {
    let table: &[(&[u8], Fault)] = &[
        (b"", Fault::Truncated),
        (b"{\"a\":1", Fault::Truncated),
        (b"\"a\\", Fault::Truncated),
        (b"{} x", Fault::TrailingBytes),
        (b"[1 2]", Fault::Unexpected),
        (b"[1,]", Fault::Unexpected),
        (b"{,}", Fault::Unexpected),
        (b"{'a':1}", Fault::Unexpected),
        (b"\xef\xbb\xbf{}", Fault::Unexpected),
        (b"NaN", Fault::Unexpected),
        (b"nulx", Fault::Unexpected),
        (b"1.5", Fault::Number),
        (b"1e5", Fault::Number),
        (b"01", Fault::Number),
        (b"-0", Fault::Number),
        (b"-9223372036854775809", Fault::Number),
        (b"18446744073709551616", Fault::Number),
        (b"-", Fault::Unexpected),
        (b"\"\\x\"", Fault::Text),
        (b"\"\\u12\"", Fault::Text),
        (b"\"\\ud800\"", Fault::Text),
        (b"\"\\ud800\\u0041\"", Fault::Text),
        (b"\"\\udc00\"", Fault::Text),
        (b"\"\n\"", Fault::Text),
        (b"\"\xff\"", Fault::Text),
        (b"{\"a\":1,\"a\":2}", Fault::MemberOrder),
        (b"{\"b\":1,\"a\":1,\"\\u0061\":2}", Fault::MemberOrder),
    ];
    for (input, fault) in table {
        let found = match lay(input) {
            Err(Error::Json { fault, .. }) => Some(fault),
            _ => None,
        };
        assert_eq!(found, Some(*fault), "{}", String::from_utf8_lossy(input));
    }
}

#[test]
fn depth_members_and_room_are_capped() {
    let deep = "[".repeat(17) + &"]".repeat(17);
    assert!(matches!(
        lay(deep.as_bytes()),
        Err(Error::Json {
            fault: Fault::TooDeep,
            ..
        })
    ));
    let deep = r#"{"b":"#.repeat(17) + "1" + &"}".repeat(17);
    assert!(matches!(
        lay(deep.as_bytes()),
        Err(Error::Json {
            fault: Fault::TooDeep,
            ..
        })
    ));

    let members = |count: usize| -> String {
        let members: Vec<String> = (0..count)
            .rev()
            .map(|at| format!("\"{at:05}\":0"))
            .collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(lay(members(UNSORTED_MEMBERS).as_bytes()).is_ok());
    let refused = lay(members(UNSORTED_MEMBERS + 1).as_bytes());
    assert_eq!(refused, Err(Error::TooLarge("members out of order")));

    let refused = lay_out(b"[1,2,3]", &mut [0; 6]).map(<[u8]>::len);
    assert_eq!(refused, Err(Error::TooLarge("document")));
    assert_eq!(lay_out(b"[1,2,3]", &mut [0; 7]).map(<[u8]>::len), Ok(7));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (i64::MIN..0).prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((".{0,3}", inner), 0..5)
                .prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

/// The canonical form by another way: a tree, sorted maps, escapes put back by hand.
fn canonical(value: &Value) -> String {
    let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    match value {
        Value::String(text) => quote(text),
        Value::Array(array) => {
            let items: Vec<String> = array.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|member| member.0);
            let members: Vec<String> = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", quote(name), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn two_ways_to_the_canonical_form_agree(value in any_json(), pretty: bool) {
        let sent = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let laid = lay_text(&sent);
        prop_assert_eq!(&laid, &canonical(&value));
        // And what was laid out is read, and laid out again without a change.
        prop_assert_eq!(Reader::payload(laid.as_bytes(), Reader::skip), Ok(()));
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = lay(&bytes);
    }

    #[test]
    fn nearly_json_never_panics(text in "[\\[\\]{}\",:0-9a-c\\\\u -]{0,60}") {
        if lay(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        }
    }
}
