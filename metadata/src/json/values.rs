//! Values: strings, numbers, literals, and whatever is stepped over.

use super::{Fault, LOWEST, Read, Reader, Text, scan};

impl<'a> Reader<'a> {
    /// Reads a string.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json) for anything but a canonical string.
    pub fn string(&mut self) -> Read<Text<'a>> {
        self.expect_value(b'"')?;
        let text = self.rest;
        while let Some(at) = scan::quote_or_backslash(self.rest) {
            let found = self.rest.get(at..).unwrap_or_default();
            self.rest = found;
            self.step();
            if found.first() == Some(&b'"') {
                let length = text.len().saturating_sub(found.len());
                let raw = text.get(..length).unwrap_or_default();
                return match core::str::from_utf8(raw) {
                    Ok(raw) => Ok(Text(raw)),
                    Err(_) => self.fault(Fault::Text),
                };
            }
            self.has_escapes = true;
            if !matches!(self.peek(), Some(b'"' | b'\\') | None) {
                return self.fault(Fault::Text);
            }
            self.step();
        }
        self.rest = &[];
        self.fault(Fault::Truncated)
    }

    /// Reads a string that nothing follows.
    ///
    /// # Errors
    /// As [`Self::string`] and [`Self::finish`].
    pub(super) fn whole_string(&mut self) -> Read<Text<'a>> {
        let text = self.string()?;
        self.finish()?;
        Ok(text)
    }

    /// Reads a string without escapes: names, digests, paths and dates never hold one.
    ///
    /// # Errors
    /// As [`Self::string`]; [`Fault::Text`] where it holds an escape.
    pub fn plain(&mut self) -> Read<&'a str> {
        let text = self.string()?;
        self.plain_of(text)
    }

    /// A string that was read, which must hold no escapes.
    ///
    /// # Errors
    /// [`Fault::Text`] where it holds one.
    pub fn plain_of(&mut self, text: Text<'a>) -> Read<&'a str> {
        if self.has_escapes && text.has_escapes() {
            return self.fault(Fault::Text);
        }
        Ok(text.name())
    }

    /// Reads an integer that is not negative.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json) for signs, fractions, exponents, leading zeros and numbers
    /// above `u64`.
    pub fn unsigned(&mut self) -> Read<u64> {
        let number = self.rest;
        let mut value = 0_u64;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            let longer = value.checked_mul(10);
            let digit = u64::from(byte.wrapping_sub(b'0'));
            let Some(longer) = longer.and_then(|value| value.checked_add(digit)) else {
                return self.fault(Fault::Number);
            };
            value = longer;
            self.step();
        }
        let fault = match (number, self.peek()) {
            ([], _) => Fault::Truncated,
            ([b'-', ..] | [b'0', b'0'..=b'9', ..], _)
            | ([b'0'..=b'9', ..], Some(b'.' | b'e' | b'E')) => Fault::Number,
            ([b'0'..=b'9', ..], _) => return Ok(value),
            _ => Fault::WrongType,
        };
        self.fault(fault)
    }

    /// Reads an integer that is not negative into its place, which costs small targets half of
    /// what handing it on does.
    ///
    /// # Errors
    /// As [`Self::unsigned`].
    #[inline(never)]
    pub(crate) fn unsigned_into(&mut self, place: &mut Option<u64>) -> Read<()> {
        *place = Some(self.unsigned()?);
        Ok(())
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json) for anything else.
    pub fn boolean(&mut self) -> Read<bool> {
        match self.peek() {
            Some(b't') => self.literal(b"true").map(|()| true),
            Some(b'f') => self.literal(b"false").map(|()| false),
            Some(_) => self.fault(Fault::WrongType),
            None => self.fault(Fault::Truncated),
        }
    }

    /// Reads any value and returns its bytes.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json) where the value is not canonical.
    pub fn raw(&mut self) -> Read<&'a [u8]> {
        self.span(Self::skip)
    }

    /// Reads a value with `value` and returns the bytes that it stands in.
    ///
    /// # Errors
    /// Those of `value`.
    pub fn span(&mut self, value: impl FnOnce(&mut Self) -> Read<()>) -> Read<&'a [u8]> {
        let before = self.rest;
        value(self)?;
        let length = before.len().saturating_sub(self.rest.len());
        Ok(before.get(..length).unwrap_or_default())
    }

    /// Steps over a value by its brackets and quotes alone: for what was read before, or is read
    /// as a whole before anybody believes it.
    ///
    /// # Errors
    /// [`Fault::Truncated`], and those of [`Self::skip`] where no object or array begins.
    pub(crate) fn pass_over(&mut self) -> Read<()> {
        if !matches!(self.peek(), Some(b'{' | b'[')) {
            return self.skip();
        }
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            self.step();
            match byte {
                b'"' => self.pass_over_text(),
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        self.fault(Fault::Truncated)
    }

    /// Steps behind the closing quote, or to the end where there is none.
    fn pass_over_text(&mut self) {
        loop {
            let at = scan::quote_or_backslash(self.rest).unwrap_or(self.rest.len());
            let found = self.rest.get(at..).unwrap_or_default();
            let is_escape = found.first() == Some(&b'\\');
            let behind = if is_escape { 2 } else { 1 };
            self.rest = found.get(behind..).unwrap_or_default();
            if !is_escape {
                return;
            }
        }
    }

    /// Reads any value and forgets it.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json) where the value is not canonical.
    pub fn skip(&mut self) -> Read<()> {
        match self.peek() {
            Some(b'{') => self.object(&mut |reader, _| reader.skip()),
            Some(b'[') => self.array(&mut Self::skip),
            Some(b'"') => self.string().map(drop),
            Some(b't' | b'f') => self.boolean().map(drop),
            Some(b'n') => self.literal(b"null"),
            Some(b'0'..=b'9') => self.unsigned().map(drop),
            Some(b'-') => self.negative(),
            Some(_) => self.fault(Fault::Unexpected),
            None => self.fault(Fault::Truncated),
        }
    }

    fn negative(&mut self) -> Read<()> {
        self.expect(b'-')?;
        match self.unsigned()? {
            1..=LOWEST => Ok(()),
            _ => self.fault(Fault::Number),
        }
    }

    fn literal(&mut self, literal: &[u8]) -> Read<()> {
        literal.iter().try_for_each(|byte| self.expect(*byte))
    }
}
