//! The `Range` header (RFC 9110 14.1.2, 14.2).

use axum::http::HeaderValue;

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// Nothing that is understood here: everything is sent, as RFC 9110 14.2 allows. Several
    /// ranges at once are among that: they are a burden, and no device asks for them.
    Ignored,
    /// `length` bytes from `start` on.
    Part {
        /// The first byte.
        start: u64,
        /// Bytes to send; at least 1.
        length: u64,
    },
    /// Nothing of the content lies in the range.
    Unsatisfiable,
}

impl Range {
    /// Reads the header against content of `length` bytes.
    pub(super) fn read(header: &HeaderValue, length: u64) -> Self {
        header
            .to_str()
            .ok()
            .and_then(|text| read(text, length))
            .unwrap_or(Self::Ignored)
    }
}

fn read(text: &str, length: u64) -> Option<Range> {
    let (unit, set) = text.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim_matches([' ', '\t']).split_once('-')?;
    if first.is_empty() {
        return Some(suffix(number(last)?, length));
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        u64::MAX
    } else {
        number(last)?
    };
    if last < first {
        return None;
    }
    if first >= length {
        return Some(Range::Unsatisfiable);
    }
    let end = last.saturating_add(1).min(length);
    Some(Range::Part {
        start: first,
        length: end.saturating_sub(first),
    })
}

/// The last `wanted` bytes.
fn suffix(wanted: u64, length: u64) -> Range {
    match (wanted, length) {
        (0, _) => Range::Unsatisfiable,
        (_, 0) => Range::Ignored,
        _ => {
            let start = length.saturating_sub(wanted);
            Range::Part {
                start,
                length: length.saturating_sub(start),
            }
        }
    }
}

/// Digits alone; a number beyond `u64` is as good as the largest.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}
