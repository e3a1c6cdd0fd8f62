//! Numbers and digests as text, without the formatting of `core`: on small targets that would be
//! two kilobytes of code for a few addresses.

use heapless::String;
use heapless::string::StringView;

use crate::blocks::divide;
use crate::digest::Digest;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A number in decimal digits.
pub fn decimal(value: u64) -> String<20> {
    let mut places = [0; 20];
    let mut left = value;
    for place in places.iter_mut().rev() {
        let (quotient, rest) = divide(left, 10);
        left = quotient;
        *place = u8::try_from(rest).unwrap_or_default();
    }
    let mut text = String::new();
    for digit in places {
        if digit != 0 || !text.is_empty() {
            push(&mut text, digit);
        }
    }
    if text.is_empty() {
        push(&mut text, 0);
    }
    text
}

/// The last `count` hexadecimal digits of a number, in lower case, zero padded.
pub fn hexadecimal<const N: usize>(value: u32, count: usize) -> String<N> {
    let mut text = String::new();
    for place in (0..count).rev() {
        let shift = u32::try_from(place.saturating_mul(4)).unwrap_or(u32::MAX);
        let nibble = value.checked_shr(shift).unwrap_or_default() & 0xf;
        push(&mut text, u8::try_from(nibble).unwrap_or_default());
    }
    text
}

/// A digest in hexadecimal digits, in lower case.
pub fn digest(digest: &Digest) -> String<64> {
    let mut text = String::new();
    for byte in digest.as_bytes() {
        push(&mut text, byte >> 4);
        push(&mut text, byte & 0xf);
    }
    text
}

/// Adds a digit. There is room for all of them.
fn push(text: &mut StringView, digit: u8) {
    if let Some(digit) = DIGITS.get(usize::from(digit)) {
        let _ = text.push(char::from(*digit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::format;

    proptest! {
        #[test]
        fn numbers_are_spelled_as_everybody_does(value: u64, small in 0..1000_u64) {
            prop_assert_eq!(&*decimal(value), format!("{value}"));
            prop_assert_eq!(&*decimal(small), format!("{small}"));
        }

        #[test]
        fn hexadecimal_digits_are_padded_and_cut(value: u32, count in 0..=8_usize) {
            let all = format!("{value:08x}");
            prop_assert_eq!(&*hexadecimal::<8>(value, count), &all[8 - count..]);
        }

        #[test]
        fn a_digest_is_spelled_as_it_is_displayed(bytes: [u8; 32]) {
            let value = Digest::from_bytes(bytes);
            prop_assert_eq!(&*digest(&value), format!("{value}"));
        }
    }

    #[test]
    fn the_ends_of_the_range_are_spelled() {
        for value in [0, 9, 10, 65_535, 65_536, u64::MAX] {
            assert_eq!(&*decimal(value), format!("{value}"));
        }
    }
}
