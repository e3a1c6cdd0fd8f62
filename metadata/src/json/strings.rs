//! Lists of strings.

use super::Reader;
use crate::Result;

/// A list of plain strings, kept as the bytes it was read from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    /// Reads an array of strings without escapes.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json) for anything else.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let list = reader.span(|reader| reader.array(|reader| reader.plain().map(drop)));
        Ok(Self(list?))
    }

    /// Calls `each` with every string, in the order of the list, until one returns an error.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(self, mut each: impl FnMut(&'a str) -> Result<()>) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Reader::new(self.0).array(|reader| each(reader.plain()?))
    }

    /// Whether one of the strings satisfies `wanted`.
    pub fn any(self, mut wanted: impl FnMut(&str) -> bool) -> bool {
        let mut found = false;
        // The bytes were read once already: they cannot fail now.
        let _ = self.for_each(|text| {
            found |= wanted(text);
            Ok(())
        });
        found
    }

    /// Whether one of the strings is `wanted`.
    pub fn contains(self, wanted: &str) -> bool {
        self.any(|text| text == wanted)
    }

    /// Whether the list has no strings.
    pub fn is_empty(self) -> bool {
        !self.any(|_| true)
    }
}
