//! Strings as they stand in a document.

use core::cmp::Ordering;

use super::Fault;
use crate::Result;
use crate::error::Error;

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) at: usize,
    pub(super) has_escapes: bool,
}

impl<'a> Text<'a> {
    /// The string, which must hold no escapes: names, digests, paths and dates never do.
    ///
    /// # Errors
    /// [`Fault::Text`] when it holds one.
    pub fn plain(self) -> Result<&'a str> {
        if self.has_escapes {
            return Err(Error::Json {
                fault: Fault::Text,
                at: self.at,
            });
        }
        Ok(self.raw)
    }

    /// The string when it holds no escapes, and the empty string otherwise: for comparing names.
    pub fn name(self) -> &'a str {
        self.plain().unwrap_or_default()
    }

    /// The string itself, escapes undone.
    ///
    /// # Errors
    /// Never in practice: escapes hide no part of a character.
    #[cfg(feature = "write")]
    pub fn unescape(self) -> Result<String> {
        let bytes = self.bytes().collect();
        String::from_utf8(bytes).map_err(|_| Error::Json {
            fault: Fault::Text,
            at: self.at,
        })
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
