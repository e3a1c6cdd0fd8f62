//! Numbers and digests as text, without the formatting of `core`: on small targets that would be
//! two kilobytes of code for a few addresses.

use heapless::String;

use crate::blocks::divide;
use crate::digest::Digest;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A number in decimal digits.
pub fn decimal(mut value: u64) -> String<20> {
    let mut digits = [0; 20];
    let mut length = 0;
    for place in digits.iter_mut().rev() {
        (value, *place) = divide(value, 10);
        length = usize::saturating_add(length, 1);
        if value == 0 {
            break;
        }
    }
    let leading = digits.len().saturating_sub(length);
    digits
        .iter()
        .skip(leading)
        .map(|digit| digit_of(*digit))
        .collect()
}

/// The last `count` hexadecimal digits of a number, in lower case, zero padded.
pub fn hexadecimal<const N: usize>(value: u32, count: usize) -> String<N> {
    let places = (0..count).rev();
    let nibble = |place: usize| {
        let shift = u32::try_from(place.saturating_mul(4)).unwrap_or(u32::MAX);
        value.checked_shr(shift).unwrap_or_default() & 0xf
    };
    places
        .take(N)
        .map(|place| digit_of(nibble(place).into()))
        .collect()
}

/// A digest in hexadecimal digits, in lower case.
pub fn digest(digest: &Digest) -> String<64> {
    let nibbles = digest
        .as_bytes()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf]);
    nibbles.map(|nibble| digit_of(nibble.into())).collect()
}

fn digit_of(value: u64) -> char {
    let digit = usize::try_from(value).ok().and_then(|at| DIGITS.get(at));
    digit.map_or('0', |digit| char::from(*digit))
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
