use super::*;

fn content(length: u64) -> Content {
    Content {
        length,
        sha256: Digest::of(b"x"),
        kind: "text/plain",
        cache: IMMUTABLE,
    }
}

fn plan(length: u64, headers: &[(&str, &str)]) -> Plan {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        map.append(name, value.parse().unwrap());
    }
    content(length).plan(&Method::GET, &map)
}

#[test]
fn ranges_are_read_as_rfc_9110_says() {
    let part = |start, length| Plan::Part { start, length };
    for (range, length, expected) in [
        ("bytes=0-0", 10, part(0, 1)),
        ("bytes=0-", 10, part(0, 10)),
        ("bytes=3-5", 10, part(3, 3)),
        ("bytes=9-9", 10, part(9, 1)),
        ("bytes=5-99", 10, part(5, 5)),
        ("bytes=5-99999999999999999999999", 10, part(5, 5)),
        ("bytes=-3", 10, part(7, 3)),
        ("bytes=-99", 10, part(0, 10)),
        ("BYTES=1-1", 10, part(1, 1)),
        ("bytes= 1-1 ", 10, part(1, 1)),
        ("bytes=10-", 10, Plan::Unsatisfiable),
        ("bytes=99999999999999999999999-", 10, Plan::Unsatisfiable),
        ("bytes=-0", 10, Plan::Unsatisfiable),
        ("bytes=0-", 0, Plan::Unsatisfiable),
        ("bytes=-1", 0, Plan::Whole),
        ("bytes=5-3", 10, Plan::Whole),
        ("bytes=0-1,3-4", 10, Plan::Whole),
        ("bytes=", 10, Plan::Whole),
        ("bytes=-", 10, Plan::Whole),
        ("bytes=a-b", 10, Plan::Whole),
        ("bytes=+1-2", 10, Plan::Whole),
        ("bytes=1-2-3", 10, Plan::Whole),
        ("bytes 0-1", 10, Plan::Whole),
        ("items=0-1", 10, Plan::Whole),
    ] {
        assert_eq!(
            plan(length, &[("range", range)]),
            expected,
            "{range} of {length}"
        );
    }
}

#[test]
fn a_range_of_something_else_gets_everything() {
    let tag = content(10).tag();
    let weak = format!("W/{tag}");
    let part = Plan::Part {
        start: 1,
        length: 1,
    };
    for (if_range, expected) in [
        (tag.as_str(), part),
        (weak.as_str(), Plan::Whole),
        ("\"other\"", Plan::Whole),
        ("Sat, 21 Nov 2026 12:00:00 GMT", Plan::Whole),
    ] {
        let headers = [("range", "bytes=1-1"), ("if-range", if_range)];
        assert_eq!(plan(10, &headers), expected, "{if_range}");
    }
    assert_eq!(
        plan(10, &[("range", "bytes=1-1"), ("range", "bytes=2-2")]),
        Plan::Whole
    );
}

#[test]
fn a_caller_that_has_it_gets_no_body() {
    let tag = content(10).tag();
    for (header, value, expected) in [
        ("if-none-match", tag.clone(), Plan::NotModified),
        ("if-none-match", format!("W/{tag}"), Plan::NotModified),
        ("if-none-match", format!("\"a\", {tag}"), Plan::NotModified),
        ("if-none-match", "*".to_owned(), Plan::NotModified),
        ("if-none-match", "\"a\"".to_owned(), Plan::Whole),
        ("if-match", tag.clone(), Plan::Whole),
        ("if-match", "*".to_owned(), Plan::Whole),
        ("if-match", format!("W/{tag}"), Plan::PreconditionFailed),
        ("if-match", "\"a\"".to_owned(), Plan::PreconditionFailed),
    ] {
        assert_eq!(plan(10, &[(header, &value)]), expected, "{header}: {value}");
    }
    let headers = [("if-none-match", tag.as_str()), ("range", "bytes=99-")];
    assert_eq!(plan(10, &headers), Plan::NotModified);
}

#[test]
fn only_get_has_ranges() {
    let mut headers = HeaderMap::new();
    headers.insert(RANGE, HeaderValue::from_static("bytes=99-"));
    assert_eq!(content(10).plan(&Method::HEAD, &headers), Plan::Whole);
    assert_eq!(
        content(10).plan(&Method::GET, &headers),
        Plan::Unsatisfiable
    );
}
