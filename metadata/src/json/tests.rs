use std::format;
use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

fn check(text: &str) -> Result<()> {
    check_bytes(text.as_bytes())
}

fn check_bytes(bytes: &[u8]) -> Result<()> {
    Reader::document(bytes, Reader::skip)
}

fn fault(text: &[u8]) -> Option<Fault> {
    match check_bytes(text) {
        Err(Error::Json { fault, .. }) => Some(fault),
        _ => None,
    }
}

#[test]
fn canonical_documents_are_read() {
    for text in [
        r"{}",
        r"[]",
        r#""""#,
        "0",
        "-1",
        "18446744073709551615",
        "true",
        "false",
        "null",
        r#"{"a":1,"b":[{"c":"\"\\"}]}"#,
        r#"{"é":"ü","ô":1}"#,
        r#"{"":0,"a":0,"aa":0}"#,
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn every_other_layout_is_refused_by_name() {
    let deep = "[".repeat(17);
    let table: &[(&[u8], Fault)] = &[
        (b"", Fault::Truncated),
        (b"{", Fault::Truncated),
        (b"[1,", Fault::Truncated),
        (b"\"a", Fault::Truncated),
        (b"\"\\", Fault::Truncated),
        (b"tru", Fault::Truncated),
        (b" {}", Fault::Unexpected),
        (b"{} ", Fault::TrailingBytes),
        (b"{}{}", Fault::TrailingBytes),
        (b"{\"a\" :1}", Fault::Unexpected),
        (b"{\"a\": 1}", Fault::Unexpected),
        (b"[1,]", Fault::Unexpected),
        (b"[,1]", Fault::Unexpected),
        (b"{\"a\":1,}", Fault::Unexpected),
        (b"{a:1}", Fault::Unexpected),
        (b"[1\"a\"]", Fault::Unexpected),
        (b"{\"a\":1\"b\":2}", Fault::Unexpected),
        (b"{1:1}", Fault::WrongType),
        (b"{\"b\":1,\"a\":1}", Fault::MemberOrder),
        (b"{\"a\":1,\"a\":1}", Fault::MemberOrder),
        (b"{\"\\\"\":1,\"!\":1}", Fault::MemberOrder),
        (deep.as_bytes(), Fault::TooDeep),
        (b"01", Fault::Number),
        (b"-0", Fault::Number),
        (b"-9223372036854775809", Fault::Number),
        (b"1.0", Fault::Number),
        (b"1e3", Fault::Number),
        (b"18446744073709551616", Fault::Number),
        (b"\"\\n\"", Fault::Text),
        (b"\"\\u0041\"", Fault::Text),
        (b"\"\n\"", Fault::Text),
        (b"\"\xff\"", Fault::Text),
        (b"\"\xed\xa0\x80\"", Fault::Text),
        (b"\xef\xbb\xbf{}", Fault::Unexpected),
        (b"NaN", Fault::Unexpected),
        (b"trux", Fault::Unexpected),
    ];
    for (text, expected) in table {
        assert_eq!(
            fault(text),
            Some(*expected),
            "{}",
            String::from_utf8_lossy(text)
        );
    }
}

#[test]
fn a_value_of_another_type_is_told_apart_from_rubbish() {
    let wrong = |result: Result<()>| {
        matches!(
            result,
            Err(Error::Json {
                fault: Fault::WrongType,
                ..
            })
        )
    };
    assert!(wrong(Reader::scan(b"1", Reader::string).map(drop)));
    assert!(wrong(Reader::scan(b"\"1\"", Reader::unsigned).map(drop)));
    assert!(wrong(Reader::scan(b"1", Reader::boolean).map(drop)));
    let object = |reader: &mut Reader<'_>| reader.object(&mut |reader, _| reader.skip());
    assert!(wrong(Reader::scan(b"[]", object)));
    let array = |reader: &mut Reader<'_>| reader.array(&mut Reader::skip);
    assert!(wrong(Reader::scan(b"{}", array)));
}

#[test]
fn every_fault_says_what_it_is_in_words_of_its_own() {
    let faults = [
        Fault::Truncated,
        Fault::Unexpected,
        Fault::TrailingBytes,
        Fault::MemberOrder,
        Fault::TooDeep,
        Fault::Number,
        Fault::Text,
        Fault::WrongType,
    ];
    let sentences: Vec<String> = faults.map(|fault| format!("{fault}")).into();
    for (index, sentence) in sentences.iter().enumerate() {
        assert!(sentence.len() > 10, "{sentence}");
        assert!(!sentences[..index].contains(sentence), "{sentence}");
    }
}

#[test]
fn a_member_is_found_without_a_look_at_those_after_it() {
    let find = |object: &'static str, wanted: &str| {
        Reader::find(object.as_bytes(), wanted)
            .map(|found| found.map(|mut value| value.unsigned().unwrap()))
    };
    let object = r#"{"a":1,"b\\":2,"c":3}"#;
    for (wanted, expected) in [("a", Some(1)), ("c", Some(3)), ("b", None), ("d", None)] {
        assert_eq!(find(object, wanted), Ok(expected), "{wanted}");
    }
    assert_eq!(find("{}", "a"), Ok(None));
    // The rest is not even JSON: whoever asks has read the whole before.
    assert_eq!(find(r#"{"a":1,!"#, "a"), Ok(Some(1)));
    assert_eq!(find(r#"{"b":1,!"#, "a"), Ok(None));
    assert!(find(r#"{"a":1,!"#, "b").is_err());
}

#[test]
fn stepping_over_a_value_ends_where_reading_it_does() {
    for value in [
        "1",
        "-1",
        "true",
        "null",
        r#""a""#,
        r#""]}""#,
        r"{}",
        r"[]",
        r#"{"a":[1,{"b":[]}],"c":{}}"#,
        r#"["]","}","\"]","\\",2]"#,
        r#"{"\"{":1,"[":"{"}"#,
    ] {
        let text = format!("{value},3");
        for step in [Reader::skip, Reader::pass_over] {
            let mut reader = Reader::new(text.as_bytes());
            assert_eq!(reader.span(step), Ok(value.as_bytes()), "{text}");
            assert_eq!(reader.expect(b','), Ok(()), "{text}");
        }
    }
    for cut in ["", "[", "{\"a\":1", "[[]", "[\"]", "[\"]\\\"]", "x"] {
        assert!(Reader::new(cut.as_bytes()).pass_over().is_err(), "{cut}");
    }
}

#[test]
fn strings_are_found_in_their_list() {
    let mut reader = Reader::new(br#"["stable","beta"]"#);
    let list = Strings::read(&mut reader).unwrap();
    assert!(list.contains("beta"));
    assert!(!list.contains("bet"));
    assert!(!list.is_empty());
    assert!(Strings::default().is_empty());
    assert!(Strings::read(&mut Reader::new(b"[1]")).is_err());
    assert!(Strings::read(&mut Reader::new(br#"["\""]"#)).is_err());
}

#[test]
fn the_raw_bytes_of_a_value_are_its_own() {
    let mut seen = Vec::new();
    Reader::document(br#"{"a":{"b":[1]},"c":2}"#, |reader| {
        reader.object(&mut |reader, name| {
            seen.push((name.name(), reader.raw()?));
            Ok(())
        })
    })
    .unwrap();
    assert_eq!(seen, [("a", br#"{"b":[1]}"#.as_slice()), ("c", b"2")]);
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = check_bytes(&bytes);
    }

    #[test]
    fn nearly_json_never_panics(text in "[\\[\\]{}\",:0-9a-c\\\\ ]{0,60}") {
        let accepted = check(&text).is_ok();
        // What we accept, a lenient parser accepts too.
        prop_assert!(!accepted || serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn whatever_is_cut_off_is_refused(cut in 1_usize..30) {
        let text = r#"{"a":[1,true,"x"],"b":{"c":1}}"#;
        prop_assert!(check(&text[..text.len() - cut]).is_err(), "{}", format!("{cut}"));
    }
}
