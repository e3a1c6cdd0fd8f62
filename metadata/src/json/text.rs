//! Strings as they stand in a document.

use core::cmp::Ordering;

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) has_escapes: bool,
}

impl<'a> Text<'a> {
    /// The string when it holds no escapes, and the empty string otherwise: for comparing names.
    pub fn name(self) -> &'a str {
        if self.has_escapes { "" } else { self.raw }
    }

    /// The string itself, escapes undone.
    #[cfg(feature = "write")]
    pub fn unescape(self) -> String {
        let mut raw = self.raw.chars();
        let next = || match raw.next() {
            Some('\\') => raw.next(),
            other => other,
        };
        core::iter::from_fn(next).collect()
    }

    /// Compares by code point, which is the order of the bytes of UTF-8.
    pub(super) fn compare(self, other: Self) -> Ordering {
        if self.has_escapes || other.has_escapes {
            return self.bytes().cmp(other.bytes());
        }
        self.raw.cmp(other.raw)
    }

    /// The bytes of the string itself, escapes undone.
    fn bytes(self) -> impl Iterator<Item = u8> + 'a {
        let mut raw = self.raw.bytes();
        core::iter::from_fn(move || match raw.next() {
            Some(b'\\') => raw.next(),
            other => other,
        })
    }
}
