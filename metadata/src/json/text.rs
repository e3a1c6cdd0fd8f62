//! Strings as they stand in a document.

use super::scan;

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub(super) &'a str);

impl<'a> Text<'a> {
    /// The string for comparing it with names that hold no escapes: where it holds one, it is equal
    /// to none of them, because the backslash stays.
    pub const fn name(self) -> &'a str {
        self.0
    }

    /// The string itself, escapes undone.
    #[cfg(feature = "write")]
    pub fn unescape(self) -> String {
        let mut raw = self.0.chars();
        let next = || match raw.next() {
            Some('\\') => raw.next(),
            other => other,
        };
        core::iter::from_fn(next).collect()
    }

    /// Whether it holds escapes: they all begin with a backslash, and no quote stands without one.
    pub(super) fn has_escapes(self) -> bool {
        scan::quote_or_backslash(self.0.as_bytes()).is_some()
    }

    /// Whether it stands before `other` by code point, which is the order of the bytes of UTF-8.
    pub(super) fn is_before(self, other: Self) -> bool {
        self.bytes().lt(other.bytes())
    }

    /// The bytes of the string itself, escapes undone.
    fn bytes(self) -> impl Iterator<Item = u8> + 'a {
        let mut raw = self.0.bytes();
        core::iter::from_fn(move || match raw.next() {
            Some(b'\\') => raw.next(),
            other => other,
        })
    }
}
