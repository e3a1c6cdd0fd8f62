//! Path patterns of delegations (TUF 4.5): `*` and `?` never match `/`, the number of segments is
//! equal, and case counts. There is no `**`, there are no classes and no escapes.

use crate::name::segments;

/// Whether `pattern` matches the whole of `path`.
///
/// Costs at most `pattern.len() * path.len()` steps: a `*` that fails is retried only from the
/// last `*` of its segment.
pub fn matches(pattern: &str, path: &str) -> bool {
    let mut patterns = segments(pattern);
    let mut segments = segments(path);
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if segment_matches(pattern, segment) => {}
            _ => return false,
        }
    }
}

/// Whether some path could match both patterns. Sealift refuses delegations that overlap.
pub fn overlap(one: &str, other: &str) -> bool {
    let mut ones = segments(one);
    let mut others = segments(other);
    loop {
        match (ones.next(), others.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if segments_overlap(one, other) => {}
            _ => return false,
        }
    }
}

fn segment_matches(pattern: &str, segment: &str) -> bool {
    let (mut pattern, mut rest) = (pattern.as_bytes(), segment.as_bytes());
    // Where to go on when what follows the last `*` did not match.
    let mut retry = None;
    loop {
        (pattern, rest) = match (pattern, rest) {
            ([], []) => return true,
            ([b'*', after @ ..], _) => {
                retry = Some((after, rest));
                (after, rest)
            }
            ([b'?', after @ ..], [_, behind @ ..]) => (after, skip_inside(behind)),
            ([one, after @ ..], [other, behind @ ..]) if one == other => (after, behind),
            _ => {
                let Some((after, [_, behind @ ..])) = retry else {
                    return false;
                };
                retry = Some((after, behind));
                (after, behind)
            }
        };
    }
}

/// Steps over what is left of a character of more than one byte.
fn skip_inside(mut text: &[u8]) -> &[u8] {
    while let [0x80..=0xbf, rest @ ..] = text {
        text = rest;
    }
    text
}

/// Two patterns of one segment overlap when neither a fixed beginning nor a fixed end keeps them
/// apart. Patterns with text between wildcards count as overlapping: the answer errs on the
/// side of refusing.
fn segments_overlap(one: &str, other: &str) -> bool {
    match (one.contains(['*', '?']), other.contains(['*', '?'])) {
        (false, false) => one == other,
        _ => {
            starts_agree(one.chars(), other.chars())
                && starts_agree(one.chars().rev(), other.chars().rev())
        }
    }
}

fn starts_agree(
    mut one: impl Iterator<Item = char>,
    mut other: impl Iterator<Item = char>,
) -> bool {
    loop {
        match (one.next(), other.next()) {
            (Some('*'), _) | (_, Some('*')) | (None, None) => return true,
            (Some(one), Some(other)) if one == other || one == '?' || other == '?' => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards_stay_inside_their_segment() {
        for (pattern, path, expected) in [
            ("images/watch/*/*/*", "images/watch/app/1.0.0/app.bin", true),
            ("images/watch/*/*/*", "images/watch/app/1.0.0", false),
            ("images/watch/*/*/*", "images/watch/app/1.0.0/x/y", false),
            ("images/watch/*/*/*", "images/watch2/app/1/x", false),
            ("*", "a/b", false),
            ("a*c", "abbbc", true),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("a?c", "ac", false),
            ("A", "a", false),
            ("[ab]", "a", false),
            ("**", "a/b", false),
            ("*", "", true),
            ("", "", true),
            // One character is not always one byte.
            ("?", "é", true),
            ("??", "é", false),
            ("*??", "é", false),
            ("*?é", "aéé", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_a_product() {
        let pattern = "*a".repeat(40);
        let path = "a".repeat(200) + "b";
        assert!(!matches(&pattern, &path));
    }

    #[test]
    fn overlapping_patterns_are_told_apart() {
        for (one, other, expected) in [
            ("images/watch/*/*/*", "images/watch/*/*/*", true),
            ("images/watch/*/*/*", "images/band/*/*/*", false),
            ("images/watch/*/*/*", "channels/*/*", false),
            ("images/*/*/*/*", "images/band/*/*/*", true),
            ("images/watch*/x", "images/wat*/x", true),
            ("images/watch*/x", "images/band*/x", false),
            ("*.bin", "*.txt", false),
            ("a?", "ab", true),
            ("a?", "abc", false),
            ("*", "?", true),
            // One character is not always one byte.
            ("?", "é", true),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
            assert_eq!(overlap(other, one), expected, "{other} {one}");
        }
    }

    proptest! {
        #[test]
        fn patterns_that_match_one_path_overlap(
            one in "[aé*?]{0,5}", other in "[aé*?]{0,5}", path in "[aé]{0,5}"
        ) {
            if matches(&one, &path) && matches(&other, &path) {
                prop_assert!(overlap(&one, &other));
            }
        }
    }
}
