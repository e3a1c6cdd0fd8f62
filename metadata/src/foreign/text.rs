//! Strings of any JSON layout: escapes undone, compared by code point.

use core::cmp::Ordering;

use crate::Result;
use crate::error::Error;
use crate::json::Fault;

/// A string between its quotes, escapes and all; checked to be UTF-8.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    raw: &'a str,
    at: usize,
}

impl<'a> Text<'a> {
    pub(super) const fn new(raw: &'a str, at: usize) -> Self {
        Self { raw, at }
    }

    /// The characters, escapes undone, each as up to four bytes of UTF-8.
    pub(super) fn units(self) -> impl Iterator<Item = Result<([u8; 4], usize)>> + 'a {
        let mut chars = self.raw.chars();
        let fault = Error::json(Fault::Text, self.at);
        core::iter::from_fn(move || {
            let unit = match chars.next()? {
                '\\' => unescape(&mut chars).ok_or(fault),
                other if other < ' ' => Err(fault),
                other => Ok(other),
            };
            Some(unit.map(|unit| {
                let mut bytes = [0; 4];
                let len = unit.encode_utf8(&mut bytes).len();
                (bytes, len)
            }))
        })
    }

    /// Compares by code point, which is the order of the bytes of UTF-8 (TUF 4.2.1).
    pub(super) fn compare(self, other: Self) -> Result<Ordering> {
        let (mut ones, mut others) = (self.units(), other.units());
        loop {
            let (one, other) = (ones.next().transpose()?, others.next().transpose()?);
            match one.cmp(&other) {
                Ordering::Equal if one.is_none() => return Ok(Ordering::Equal),
                Ordering::Equal => {}
                different => return Ok(different),
            }
        }
    }
}

/// What follows a backslash (RFC 8259 7).
fn unescape(chars: &mut core::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        '"' => '"',
        '\\' => '\\',
        '/' => '/',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let first = code_unit(chars)?;
            if !(0xd800..0xdc00).contains(&first) {
                // A low surrogate by itself is no character.
                return char::from_u32(first);
            }
            if (chars.next()?, chars.next()?) != ('\\', 'u') {
                return None;
            }
            let second = code_unit(chars)?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            let high = first.checked_sub(0xd800)?.checked_mul(0x400)?;
            return char::from_u32(high.checked_add(low)?.checked_add(0x1_0000)?);
        }
        _ => return None,
    })
}

fn code_unit(chars: &mut core::str::Chars<'_>) -> Option<u32> {
    let mut value = 0_u32;
    for _ in 0..4 {
        value = value
            .checked_mul(16)?
            .checked_add(chars.next()?.to_digit(16)?)?;
    }
    Some(value)
}
