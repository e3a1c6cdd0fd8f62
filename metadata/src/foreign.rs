//! Documents of other tools: any JSON layout, laid out canonical into the caller's buffer.
//!
//! Signatures are over the canonical form, so a document in another layout is laid out anew before
//! it is verified; digests and lengths stay those of the bytes that arrived. An object whose
//! members are in order is copied as it is read. One whose members are not is sorted by selection,
//! which costs the square of their number: beyond [`UNSORTED_MEMBERS`](crate::limits::UNSORTED_MEMBERS) it is refused.

mod text;

use core::cmp::Ordering;

use self::text::Text;
use crate::Result;
use crate::error::Error;
use crate::json::{Fault, LOWEST};
use crate::limits::{JSON_DEPTH, UNSORTED_MEMBERS};

/// Lays `input` out canonical in `out` and returns the bytes that were used.
///
/// # Errors
/// [`Error::Json`] for what is not JSON, for a name that stands twice, for numbers that are no
/// integers and for text that is not Unicode; [`Error::TooLarge`] when `out` is too small or an
/// object has too many members out of order.
pub fn lay_out<'o>(input: &[u8], out: &'o mut [u8]) -> Result<&'o [u8]> {
    let mut writer = Writer { out, len: 0 };
    let mut cursor = Cursor { input, at: 0 };
    cursor.value(&mut writer, 0)?;
    cursor.skip_space();
    if cursor.peek().is_some() {
        return Err(cursor.error(Fault::TrailingBytes));
    }
    let Writer { out, len } = writer;
    out.get(..len).ok_or(Error::too_large("document"))
}

struct Writer<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn push(&mut self, byte: u8) -> Result<()> {
        let place = self
            .out
            .get_mut(self.len)
            .ok_or(Error::too_large("document"))?;
        *place = byte;
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<()> {
        bytes.iter().try_for_each(|byte| self.push(*byte))
    }

    fn string(&mut self, text: Text<'_>) -> Result<()> {
        self.push(b'"')?;
        for unit in text.units() {
            let (bytes, len) = unit?;
            for byte in bytes.iter().take(len) {
                if matches!(byte, b'"' | b'\\') {
                    self.push(b'\\')?;
                }
                self.push(*byte)?;
            }
        }
        self.push(b'"')
    }
}

struct Cursor<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Copies a value; what lies at the cursor may be preceded by white space.
    fn value(&mut self, out: &mut Writer<'_>, depth: u8) -> Result<()> {
        self.skip_space();
        match self.peek().ok_or(self.error(Fault::Truncated))? {
            b'{' => self.object(out, self.deeper(depth)?),
            b'[' => self.array(out, self.deeper(depth)?),
            b'"' => out.string(self.string()?),
            b't' => self.literal(b"true").and_then(|()| out.extend(b"true")),
            b'f' => self.literal(b"false").and_then(|()| out.extend(b"false")),
            b'n' => self.literal(b"null").and_then(|()| out.extend(b"null")),
            _ => out.extend(self.number()?),
        }
    }

    fn object(&mut self, out: &mut Writer<'_>, depth: u8) -> Result<()> {
        let start = self.at;
        let (members, sorted) = self.survey(depth)?;
        let end = self.at;
        out.push(b'{')?;
        self.at = start;
        if sorted {
            let mut first = true;
            self.members(|cursor, name| {
                cursor.member(out, name, core::mem::take(&mut first), depth)
            })?;
        } else if members > UNSORTED_MEMBERS {
            return Err(Error::too_large("members out of order"));
        } else {
            self.select(out, start, members, depth)?;
        }
        self.at = end;
        out.push(b'}')
    }

    /// Counts the members of an object and tells whether they are in order, each name once.
    fn survey(&mut self, depth: u8) -> Result<(usize, bool)> {
        let (mut members, mut sorted) = (0_usize, true);
        let mut previous: Option<Text<'a>> = None;
        self.members(|cursor, name| {
            if let Some(previous) = previous {
                sorted &= previous.compare(name)? == Ordering::Less;
            }
            previous = Some(name);
            members = members.saturating_add(1);
            cursor.skip(depth)
        })?;
        Ok((members, sorted))
    }

    /// Copies the members of the object at `start` in the order of their names.
    fn select(
        &mut self,
        out: &mut Writer<'_>,
        start: usize,
        members: usize,
        depth: u8,
    ) -> Result<()> {
        let mut last: Option<Text<'a>> = None;
        for _ in 0..members {
            let mut lowest: Option<(Text<'a>, usize)> = None;
            self.at = start;
            self.members(|cursor, name| {
                let is_later = match last {
                    Some(last) => last.compare(name)? == Ordering::Less,
                    None => true,
                };
                let is_less = match lowest {
                    Some((lowest, _)) => name.compare(lowest)? == Ordering::Less,
                    None => true,
                };
                if is_later && is_less {
                    lowest = Some((name, cursor.at));
                }
                cursor.skip(depth)
            })?;
            // Fewer names than members: one stands twice.
            let (name, at) = lowest.ok_or(self.error(Fault::MemberOrder))?;
            self.at = at;
            self.member(out, name, last.is_none(), depth)?;
            last = Some(name);
        }
        Ok(())
    }

    fn member(
        &mut self,
        out: &mut Writer<'_>,
        name: Text<'a>,
        first: bool,
        depth: u8,
    ) -> Result<()> {
        if !first {
            out.push(b',')?;
        }
        out.string(name)?;
        out.push(b':')?;
        self.value(out, depth)
    }

    fn array(&mut self, out: &mut Writer<'_>, depth: u8) -> Result<()> {
        out.push(b'[')?;
        let mut first = true;
        self.elements(|cursor| {
            if !first {
                out.push(b',')?;
            }
            first = false;
            cursor.value(out, depth)
        })?;
        out.push(b']')
    }

    /// Steps over a value, checking as much of it as tells where it ends.
    fn skip(&mut self, depth: u8) -> Result<()> {
        self.skip_space();
        match self.peek().ok_or(self.error(Fault::Truncated))? {
            b'{' => {
                let depth = self.deeper(depth)?;
                self.members(|cursor, _| cursor.skip(depth))
            }
            b'[' => {
                let depth = self.deeper(depth)?;
                self.elements(|cursor| cursor.skip(depth))
            }
            b'"' => self.string().map(drop),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number().map(drop),
        }
    }

    /// Calls `member` with each name of the object at the cursor, the cursor before its value.
    fn members(&mut self, mut member: impl FnMut(&mut Self, Text<'a>) -> Result<()>) -> Result<()> {
        self.expect(b'{')?;
        self.items(b'}', |cursor| {
            cursor.skip_space();
            let name = cursor.string()?;
            cursor.skip_space();
            cursor.expect(b':')?;
            member(cursor, name)
        })
    }

    fn elements(&mut self, element: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.expect(b'[')?;
        self.items(b']', element)
    }

    fn items(&mut self, bracket: u8, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.skip_space();
        if self.peek() == Some(bracket) {
            return self.expect(bracket);
        }
        loop {
            item(self)?;
            self.skip_space();
            if self.peek() == Some(b',') {
                self.expect(b',')?;
                continue;
            }
            return self.expect(bracket);
        }
    }

    fn string(&mut self) -> Result<Text<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            let byte = self.peek().ok_or(self.error(Fault::Truncated))?;
            self.at = self.at.saturating_add(if byte == b'\\' { 2 } else { 1 });
            if byte == b'"' {
                break;
            }
        }
        let raw = self
            .input
            .get(start..self.at.saturating_sub(1))
            .unwrap_or_default();
        let raw = core::str::from_utf8(raw).map_err(|_| self.error(Fault::Text))?;
        Ok(Text::new(raw, start))
    }

    /// An integer of 64 bits in its shortest form.
    fn number(&mut self) -> Result<&'a [u8]> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at = self.at.saturating_add(1);
        }
        let digits = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at = self.at.saturating_add(1);
        }
        let written = self.input.get(digits..self.at).unwrap_or_default();
        let is_short = match written {
            [] => return Err(self.error(Fault::Unexpected)),
            [b'0'] => start == digits,
            [first, ..] => *first != b'0',
        };
        let fits = written.iter().try_fold(0_u64, |value, digit| {
            value
                .checked_mul(10)?
                .checked_add(u64::from(digit.wrapping_sub(b'0')))
        });
        let is_negative = start != digits;
        let fits = fits.is_some_and(|value| !is_negative || value <= LOWEST);
        if !is_short || !fits || matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(self.error(Fault::Number));
        }
        Ok(self.input.get(start..self.at).unwrap_or_default())
    }

    fn literal(&mut self, literal: &[u8]) -> Result<()> {
        literal.iter().try_for_each(|byte| self.expect(*byte))
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn expect(&mut self, wanted: u8) -> Result<()> {
        match self.peek() {
            Some(byte) if byte == wanted => {
                self.at = self.at.saturating_add(1);
                Ok(())
            }
            Some(_) => Err(self.error(Fault::Unexpected)),
            None => Err(self.error(Fault::Truncated)),
        }
    }

    fn deeper(&self, depth: u8) -> Result<u8> {
        let depth = depth.saturating_add(1);
        if depth > JSON_DEPTH {
            Err(self.error(Fault::TooDeep))
        } else {
            Ok(depth)
        }
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    const fn error(&self, fault: Fault) -> Error {
        Error::json(fault, self.at)
    }
}

#[cfg(test)]
mod tests;
