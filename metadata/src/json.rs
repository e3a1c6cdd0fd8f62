//! The pull parser for canonical JSON (OLPC): no white space, members in the order of their
//! names, integers only, and no escapes but `\"` and `\\`.
//!
//! A document in any other layout is refused by name, because the bytes that arrive are the bytes
//! that were signed. The order of members also makes duplicate names impossible. Every value that
//! is skipped is checked as closely as one that is read.

mod cut;
mod fault;
mod strings;
mod text;

use core::cmp::Ordering;

use crate::Result;
use crate::error::Error;
use crate::limits::JSON_DEPTH;

pub(crate) use cut::{Cut, Cutter};
pub use fault::Fault;
pub use strings::Strings;
pub use text::Text;

/// The lowest number there is, -2^63, without its sign.
pub(crate) const LOWEST: u64 = i64::MIN.unsigned_abs();

/// Bytes that are looked at in one go where only their values matter.
const CHUNK_BYTES: usize = 64;

/// Reads one document from its first byte to its last.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    depth: u8,
    /// Bytes of the document before the input: errors say where in the document they are.
    before: usize,
}

impl<'a> Reader<'a> {
    /// A reader of `input`.
    pub const fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            at: 0,
            depth: 0,
            before: 0,
        }
    }

    /// A reader of a piece that stands `before` bytes from the document's first, at a depth.
    pub(crate) const fn inside(input: &'a [u8], before: usize, depth: u8) -> Self {
        Self {
            input,
            at: 0,
            depth,
            before,
        }
    }

    /// Says that everything was read.
    ///
    /// # Errors
    /// [`Fault::Unexpected`] when something follows.
    pub(crate) fn finish(&self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error(Fault::Unexpected)),
        }
    }

    /// Reads the name of a member up to its value.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub(crate) fn name(&mut self) -> Result<Text<'a>> {
        let name = self.string()?;
        self.expect(b':')?;
        Ok(name)
    }

    /// Reads a whole document with `value`; nothing may follow it.
    ///
    /// # Errors
    /// Those of `value`, and [`Fault::TrailingBytes`].
    pub fn document<T>(input: &'a [u8], value: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        refuse_control_characters(input)?;
        Self::payload(input, value)
    }

    /// Reads a whole payload whose document was checked before. It may hold raw control
    /// characters where it was laid out anew from the escapes of another tool.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub fn payload<T>(input: &'a [u8], value: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut reader = Self::new(input);
        let value = value(&mut reader)?;
        if reader.peek().is_some() {
            return Err(reader.error(Fault::TrailingBytes));
        }
        Ok(value)
    }

    /// Reads an object; `member` is called with each name and must read its value.
    ///
    /// # Errors
    /// [`Error::Json`], or what `member` returns.
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, Text<'a>) -> Result<()>,
    ) -> Result<()> {
        self.open(b'{')?;
        let mut previous = None;
        while let Some(name) = self.next_name(previous)? {
            member(self, name)?;
            previous = Some(name);
        }
        Ok(())
    }

    /// Steps to the value of the next member, or out of the object. It is a function of its own
    /// so that small targets have it once.
    #[inline]
    fn next_name(&mut self, previous: Option<Text<'a>>) -> Result<Option<Text<'a>>> {
        if self.at_end(b'}', previous.is_none())? {
            self.depth = self.depth.saturating_sub(1);
            return Ok(None);
        }
        let name = self.string()?;
        if previous.is_some_and(|previous| previous.compare(name) != Ordering::Less) {
            return Err(self.error(Fault::MemberOrder));
        }
        self.expect(b':')?;
        Ok(Some(name))
    }

    /// Reads the members of an object whose opening bracket was cut away. They were read before.
    ///
    /// # Errors
    /// What `member` returns.
    pub(crate) fn members(
        input: &'a [u8],
        mut member: impl FnMut(&mut Self, Text<'a>) -> Result<()>,
    ) -> Result<()> {
        let mut reader = Self::inside(input, 0, 1);
        while reader.peek() == Some(b'"') {
            let name = reader.name()?;
            member(&mut reader, name)?;
            // The comma or the bracket behind it.
            reader.at = reader.at.saturating_add(1);
        }
        Ok(())
    }

    /// Looks for a member of an object that was read before; members after it are not looked at.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn find(object: &'a [u8], wanted: &str) -> Result<Option<Self>> {
        let mut reader = Self::new(object);
        reader.open(b'{')?;
        let mut first = true;
        while !reader.at_end(b'}', first)? {
            first = false;
            let name = reader.name()?;
            match name.name().cmp(wanted) {
                Ordering::Equal => return Ok(Some(reader)),
                Ordering::Greater if !name.has_escapes => return Ok(None),
                _ => reader.pass_over()?,
            }
        }
        Ok(None)
    }

    /// Reads an array; `element` is called at each element and must read it.
    ///
    /// # Errors
    /// [`Error::Json`], or what `element` returns.
    pub fn array(&mut self, mut element: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.open(b'[')?;
        let mut first = true;
        while !self.at_end(b']', first)? {
            first = false;
            element(self)?;
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// Reads a string.
    ///
    /// # Errors
    /// [`Error::Json`] for anything but a canonical string.
    pub fn string(&mut self) -> Result<Text<'a>> {
        self.expect_value(b'"')?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            let rest = self.input.get(self.at..).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
                self.at = self.input.len();
                return Err(self.error(Fault::Truncated));
            };
            let end = self.at.saturating_add(length);
            self.at = end.saturating_add(1);
            if rest.get(length) == Some(&b'"') {
                let raw = self.input.get(start..end).unwrap_or_default();
                let raw = core::str::from_utf8(raw).map_err(|_| self.error(Fault::Text))?;
                return Ok(Text {
                    raw,
                    at: self.before.saturating_add(start),
                    has_escapes,
                });
            }
            has_escapes = true;
            match self.peek() {
                Some(b'"' | b'\\') => self.at = self.at.saturating_add(1),
                Some(_) => return Err(self.error(Fault::Text)),
                None => return Err(self.error(Fault::Truncated)),
            }
        }
    }

    /// Reads a string without escapes.
    ///
    /// # Errors
    /// As [`Self::string`] and [`Text::plain`].
    pub fn plain(&mut self) -> Result<&'a str> {
        self.string()?.plain()
    }

    /// Reads an integer that is not negative.
    ///
    /// # Errors
    /// [`Error::Json`] for signs, fractions, exponents, leading zeros and numbers above `u64`.
    pub fn unsigned(&mut self) -> Result<u64> {
        let first = match self.peek() {
            Some(byte) if byte.is_ascii_digit() => byte,
            Some(b'-') => return Err(self.error(Fault::Number)),
            Some(_) => return Err(self.error(Fault::WrongType)),
            None => return Err(self.error(Fault::Truncated)),
        };
        let mut value = 0_u64;
        let mut digits = 0_u8;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(u64::from(digit.wrapping_sub(b'0'))))
                .ok_or(self.error(Fault::Number))?;
            digits = digits.saturating_add(1);
            self.at = self.at.saturating_add(1);
        }
        let is_short = first != b'0' || digits == 1;
        if !is_short || matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(self.error(Fault::Number));
        }
        Ok(value)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// [`Error::Json`] for anything else.
    pub fn boolean(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b't') => self.literal(b"true").map(|()| true),
            Some(b'f') => self.literal(b"false").map(|()| false),
            Some(_) => Err(self.error(Fault::WrongType)),
            None => Err(self.error(Fault::Truncated)),
        }
    }

    /// Reads any value and returns its bytes.
    ///
    /// # Errors
    /// [`Error::Json`] where the value is not canonical.
    pub fn raw(&mut self) -> Result<&'a [u8]> {
        self.span(Self::skip)
    }

    /// Reads a value with `value` and returns the bytes that it stands in.
    ///
    /// # Errors
    /// Those of `value`.
    pub fn span(&mut self, value: impl FnOnce(&mut Self) -> Result<()>) -> Result<&'a [u8]> {
        let start = self.at;
        value(self)?;
        Ok(self.input.get(start..self.at).unwrap_or_default())
    }

    /// Steps over a value by its brackets and quotes alone: for what was read before, or is read
    /// as a whole before anybody believes it.
    ///
    /// # Errors
    /// [`Fault::Truncated`], and those of [`Self::skip`] where no object or array begins.
    pub(crate) fn pass_over(&mut self) -> Result<()> {
        if !matches!(self.peek(), Some(b'{' | b'[')) {
            return self.skip();
        }
        let rest = self.input.get(self.at..).unwrap_or_default();
        let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
        for (index, byte) in rest.iter().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if in_string => is_escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        self.at = self.at.saturating_add(index).saturating_add(1);
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Err(self.error(Fault::Truncated))
    }

    /// Reads any value and forgets it.
    ///
    /// # Errors
    /// [`Error::Json`] where the value is not canonical.
    pub fn skip(&mut self) -> Result<()> {
        match self.peek().ok_or(self.error(Fault::Truncated))? {
            b'{' => self.object(|reader, _| reader.skip()),
            b'[' => self.array(Self::skip),
            b'"' => self.string().map(drop),
            b't' | b'f' => self.boolean().map(drop),
            b'n' => self.literal(b"null"),
            b'0'..=b'9' => self.unsigned().map(drop),
            b'-' => self.negative(),
            _ => Err(self.error(Fault::Unexpected)),
        }
    }

    fn negative(&mut self) -> Result<()> {
        self.expect(b'-')?;
        match self.unsigned()? {
            1..=LOWEST => Ok(()),
            _ => Err(self.error(Fault::Number)),
        }
    }

    fn literal(&mut self, literal: &[u8]) -> Result<()> {
        literal.iter().try_for_each(|byte| self.expect(*byte))
    }

    fn open(&mut self, bracket: u8) -> Result<()> {
        self.expect_value(bracket)?;
        self.depth = self.depth.saturating_add(1);
        if self.depth > JSON_DEPTH {
            return Err(self.error(Fault::TooDeep));
        }
        Ok(())
    }

    /// Steps over the closing bracket, or over the comma before the next item.
    fn at_end(&mut self, bracket: u8, first: bool) -> Result<bool> {
        match self.peek() {
            Some(byte) if byte == bracket => self.expect(bracket).map(|()| true),
            Some(b',') if !first => self.expect(b',').map(|()| false),
            Some(_) if first => Ok(false),
            Some(_) => Err(self.error(Fault::Unexpected)),
            None => Err(self.error(Fault::Truncated)),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
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

    /// Like `expect`, but a proper value of another kind is told apart from rubbish.
    fn expect_value(&mut self, wanted: u8) -> Result<()> {
        match self.peek() {
            Some(b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'0'..=b'9' | b'-')
                if self.peek() != Some(wanted) =>
            {
                Err(self.error(Fault::WrongType))
            }
            _ => self.expect(wanted),
        }
    }

    const fn error(&self, fault: Fault) -> Error {
        let at = self.before.saturating_add(self.at);
        Error::Json { fault, at }
    }
}

/// Canonical JSON leaves control characters raw inside of strings, JSON forbids them, and outside
/// of strings neither has any.
pub(crate) fn refuse_control_characters(document: &[u8]) -> Result<()> {
    // Whole chunks first: a loop without a way out is one that compilers make wide.
    let least = |chunk: &[u8]| chunk.iter().fold(u8::MAX, |least, byte| least.min(*byte));
    if document
        .chunks(CHUNK_BYTES)
        .all(|chunk| least(chunk) >= b' ')
    {
        return Ok(());
    }
    let at = document
        .iter()
        .position(|byte| *byte < b' ')
        .unwrap_or_default();
    Err(Error::Json {
        fault: Fault::Text,
        at,
    })
}

#[cfg(test)]
mod tests;
