//! Lists of strings.

use super::{Read, Reader};
use crate::Result;

/// A list of plain strings, kept as the bytes it was read from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    /// No strings.
    pub(crate) const EMPTY: Self = Self(&[]);

    /// Reads an array of strings without escapes.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json) for anything else.
    pub fn read(reader: &mut Reader<'a>) -> Read<Self> {
        let list = reader.span(|reader| reader.array(&mut |reader| reader.plain().map(drop)));
        Ok(Self(list?))
    }

    /// As [`Self::read`]; `each` checks every string.
    pub(crate) fn read_each(
        reader: &mut Reader<'a>,
        each: &mut dyn FnMut(&mut Reader<'a>, &'a str) -> Read<()>,
    ) -> Read<Self> {
        let list = reader.span(|reader| {
            reader.array(&mut |reader| {
                let text = reader.plain()?;
                each(reader, text)
            })
        });
        Ok(Self(list?))
    }

    /// Calls `each` with every string, in the order of the list, until one returns an error.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(self, mut each: impl FnMut(&'a str) -> Result<()>) -> Result<()> {
        self.tell(&mut each)
    }

    fn tell(self, each: &mut dyn FnMut(&'a str) -> Result<()>) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Reader::scan_array(self.0, &mut |reader| {
            let text = reader.plain()?;
            reader.take(each(text))
        })
    }

    /// Whether one of the strings satisfies `wanted`.
    pub fn any(self, mut wanted: impl FnMut(&str) -> bool) -> bool {
        self.has(&mut wanted)
    }

    fn has(self, wanted: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut found = false;
        if !self.is_empty() {
            // The bytes were read once already: they cannot fail now.
            let _ = Reader::scan_array(self.0, &mut |reader| {
                found |= wanted(reader.plain()?);
                Ok(())
            });
        }
        found
    }

    /// Whether one of the strings is `wanted`.
    pub fn contains(self, wanted: &str) -> bool {
        self.any(|text| text == wanted)
    }

    /// Whether the list has no strings.
    pub const fn is_empty(self) -> bool {
        // A string has two quotes, and stands between the brackets.
        self.0.len() < 4
    }
}
