//! Strings as they stand in a document.

use core::cmp::Ordering;

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) has_escapes: bool,
}

impl<'a> Text<'a> {
    /// A string that was read before.
    pub(super) fn new(raw: &'a str) -> Self {
        let has_escapes = raw.as_bytes().contains(&b'\\');
        Self { raw, has_escapes }
    }

    /// The string for comparing it with names that hold no escapes: it is equal to none of them
    /// where it holds one, because the backslash stays.
    pub const fn name(self) -> &'a str {
        self.raw
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
