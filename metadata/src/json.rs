//! The pull parser for canonical JSON (OLPC): no white space, members in the order of their
//! names, integers only, and no escapes but `\"` and `\\`.
//!
//! A document in any other layout is refused by name, because the bytes that arrive are the bytes
//! that were signed. The order of members also makes duplicate names impossible. Every value that
//! is skipped is checked as closely as one that is read.

mod cut;
mod fault;
mod position;
mod scan;
mod stop;
mod strings;
mod text;
mod values;

use core::cmp::Ordering;

use crate::Result;
use crate::error::Error;
use crate::limits::JSON_DEPTH;

pub(crate) use cut::{Cutter, What};
pub use fault::Fault;
use position::Position;
pub use stop::{Read, Stop};
pub use strings::Strings;
pub use text::Text;

/// The lowest number there is, -2^63, without its sign.
pub(crate) const LOWEST: u64 = i64::MIN.unsigned_abs();

/// Bytes that are looked at in one go where only their values matter.
const CHUNK_BYTES: usize = 64;

/// Reads one document from its first byte to its last.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// What is still to be read.
    rest: &'a [u8],
    depth: u8,
    /// Whether a string with escapes was read. Where none was, nobody looks for them.
    has_escapes: bool,
    /// Where the input ends: errors say where in the document they are.
    end: Position,
    /// Why reading came to a [stop](Stop).
    refused: Option<Error>,
}

impl<'a> Reader<'a> {
    /// A reader of `input`.
    #[inline(never)]
    pub const fn new(input: &'a [u8]) -> Self {
        Self::inside(input, Position::START, 0)
    }

    /// A reader of a piece that stands somewhere in a document, at a depth.
    const fn inside(input: &'a [u8], at: Position, depth: u8) -> Self {
        Self {
            rest: input,
            depth,
            has_escapes: false,
            end: at.after(input.len()),
            refused: None,
        }
    }

    /// What is still to be read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Says that everything was read.
    ///
    /// # Errors
    /// [`Fault::Unexpected`] when something follows.
    pub(crate) fn finish(&mut self) -> Read<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.fault(Fault::Unexpected),
        }
    }

    /// Reads the name of a member up to its value.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub(crate) fn name(&mut self) -> Read<Text<'a>> {
        let name = self.string()?;
        self.expect(b':')?;
        Ok(name)
    }

    /// Reads a whole document with `value`; nothing may follow it.
    ///
    /// # Errors
    /// Those of `value`, and [`Fault::TrailingBytes`].
    pub fn document<T>(input: &'a [u8], value: impl FnOnce(&mut Self) -> Read<T>) -> Result<T> {
        refuse_control_characters(input)?;
        Self::payload(input, value)
    }

    /// Reads a whole payload whose document was checked before. It may hold raw control
    /// characters where it was laid out anew from the escapes of another tool.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub fn payload<T>(input: &'a [u8], value: impl FnOnce(&mut Self) -> Read<T>) -> Result<T> {
        Self::scan(input, |reader| {
            let value = value(reader)?;
            if reader.peek().is_some() {
                return reader.fault(Fault::TrailingBytes);
            }
            Ok(value)
        })
    }

    /// Reads a piece of a document that was checked before.
    ///
    /// # Errors
    /// Those of `value`.
    pub fn scan<T>(input: &'a [u8], value: impl FnOnce(&mut Self) -> Read<T>) -> Result<T> {
        let mut reader = Self::new(input);
        let read = value(&mut reader);
        reader.result(read)
    }

    /// Reads an object that was checked before, with all of its members.
    ///
    /// # Errors
    /// Those of `member`.
    #[inline(never)]
    pub(crate) fn scan_object(
        input: &'a [u8],
        member: &mut dyn FnMut(&mut Self, Text<'a>) -> Read<()>,
    ) -> Result<()> {
        Self::scan(input, |reader| reader.object(member))
    }

    /// Reads an array that was checked before, with all of its elements.
    ///
    /// # Errors
    /// Those of `element`.
    #[inline(never)]
    pub(crate) fn scan_array(
        input: &'a [u8],
        element: &mut dyn FnMut(&mut Self) -> Read<()>,
    ) -> Result<()> {
        Self::scan(input, |reader| reader.array(element))
    }

    /// Reads an object; `member` is called with each name and must read its value.
    ///
    /// # Errors
    /// [`Error::Json`], or what `member` returns.
    #[inline]
    pub fn object(&mut self, member: &mut dyn FnMut(&mut Self, Text<'a>) -> Read<()>) -> Read<()> {
        self.open(b'{')?;
        let mut previous = None;
        while !self.at_end(b'}', previous.is_none())? {
            let name = self.string()?;
            if previous.is_some_and(|previous| !self.is_before(previous, name)) {
                return self.fault(Fault::MemberOrder);
            }
            self.expect(b':')?;
            member(self, name)?;
            previous = Some(name);
        }
        Ok(())
    }

    /// Whether one string that was read stands before another one in canonical order.
    fn is_before(&self, one: Text<'a>, other: Text<'a>) -> bool {
        if self.has_escapes {
            one.is_before(other)
        } else {
            one.name() < other.name()
        }
    }

    /// Reads the members of an object whose opening bracket was cut away. They were read before.
    ///
    /// # Errors
    /// What `member` returns.
    pub(crate) fn members(
        input: &'a [u8],
        member: &mut dyn FnMut(&mut Self, Text<'a>) -> Read<()>,
    ) -> Result<()> {
        let mut reader = Self::inside(input, Position::START, 1);
        let read = reader.rest_of_members(member);
        reader.result(read)
    }

    fn rest_of_members(
        &mut self,
        member: &mut dyn FnMut(&mut Self, Text<'a>) -> Read<()>,
    ) -> Read<()> {
        while self.peek() == Some(b'"') {
            let name = self.name()?;
            member(self, name)?;
            // The comma or the bracket behind it.
            self.step();
        }
        Ok(())
    }

    /// Looks for a member of an object that was read before; members after it are not looked at.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn find(object: &'a [u8], wanted: &str) -> Result<Option<Self>> {
        let mut reader = Self::new(object);
        let found = reader.seek(wanted);
        Ok(reader.result(found)?.then_some(reader))
    }

    fn seek(&mut self, wanted: &str) -> Read<bool> {
        self.open(b'{')?;
        let mut first = true;
        while !self.at_end(b'}', first)? {
            first = false;
            let name = self.name()?;
            match name.name().cmp(wanted) {
                _ if name.has_escapes() => self.pass_over()?,
                Ordering::Equal => return Ok(true),
                Ordering::Greater => return Ok(false),
                Ordering::Less => self.pass_over()?,
            }
        }
        Ok(false)
    }

    /// Reads an array; `element` is called at each element and must read it.
    ///
    /// # Errors
    /// [`Error::Json`], or what `element` returns.
    #[inline]
    pub fn array(&mut self, element: &mut dyn FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.open(b'[')?;
        let mut first = true;
        while !self.at_end(b']', first)? {
            first = false;
            element(self)?;
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> Read<()> {
        self.expect_value(bracket)?;
        self.depth = self.depth.saturating_add(1);
        if self.depth > JSON_DEPTH {
            return self.fault(Fault::TooDeep);
        }
        Ok(())
    }

    /// Steps over the closing bracket, or over the comma before the next item.
    fn at_end(&mut self, bracket: u8, first: bool) -> Read<bool> {
        match self.peek() {
            Some(byte) if byte == bracket => {
                self.depth = self.depth.saturating_sub(1);
                self.step();
                Ok(true)
            }
            Some(_) if first => Ok(false),
            _ => self.expect(b',').map(|()| false),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Steps over one byte.
    fn step(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    fn expect(&mut self, wanted: u8) -> Read<()> {
        self.step_over(wanted, false)
    }

    /// Like `expect`, but a proper value of another kind is told apart from rubbish.
    fn expect_value(&mut self, wanted: u8) -> Read<()> {
        self.step_over(wanted, true)
    }

    fn step_over(&mut self, wanted: u8, is_value: bool) -> Read<()> {
        let fault = match self.peek() {
            Some(byte) if byte == wanted => {
                self.step();
                return Ok(());
            }
            Some(b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'0'..=b'9' | b'-') if is_value => {
                Fault::WrongType
            }
            Some(_) => Fault::Unexpected,
            None => Fault::Truncated,
        };
        self.fault(fault)
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
    Err(Error::json(Fault::Text, at))
}

#[cfg(test)]
mod tests;
