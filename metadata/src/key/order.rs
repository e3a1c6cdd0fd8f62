//! The order of the group of ed25519, L = 2^252 + 27742317777372353535851937790883648493
//! (RFC 8032 5.1), and what numbers are modulo it.
//!
//! The library of the curve tells that too, made to be quick and to say nothing of secrets: five
//! kilobytes on a small target. What is verified here is public, and beside the check itself a
//! remainder costs nothing.

use curve25519_dalek::Scalar;

/// L in words, the lowest first.
const ORDER: [u32; 8] = [
    0x5cf5_d3ed,
    0x5812_631a,
    0xa2f7_9cd6,
    0x14de_f9de,
    0,
    0,
    0,
    0x1000_0000,
];

/// A number below L; `None` for another, which would be a second spelling of the same.
pub(super) fn canonical(bytes: &[u8; 32]) -> Option<Scalar> {
    let scalar = remainder(bytes);
    (scalar.as_bytes() == bytes).then_some(scalar)
}

/// The remainder of a number of an even number of bytes, the lowest first.
#[inline(never)]
pub(super) fn remainder(number: &[u8]) -> Scalar {
    let mut rest = [0; 8];
    let (digits, _) = number.as_chunks();
    for digit in digits.iter().rev() {
        // How often 2^252 fits: as often as L does, or once more.
        let [.., top] = rest;
        let quotient = i64::from(top >> 12);
        if step(&mut rest, 0x1_0000, u16::from_le_bytes(*digit), quotient) {
            step(&mut rest, 1, 0, -1);
        }
    }
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(&rest) {
        *bytes = word.to_le_bytes();
    }
    // Reduced already, and only ever multiplied with points.
    Scalar::from_bits(bytes)
}

/// Multiplies `rest`, adds a digit and takes L away `quotient` times; whether that was too often.
fn step(rest: &mut [u32; 8], factor: u32, digit: u16, quotient: i64) -> bool {
    let mut carry = i64::from(digit);
    for (word, order) in rest.iter_mut().zip(&ORDER) {
        let shifted = i64::from(*word).wrapping_mul(factor.into());
        let taken = quotient.wrapping_mul(i64::from(*order));
        carry = carry.wrapping_add(shifted).wrapping_sub(taken);
        let [a, b, c, d, ..] = carry.to_le_bytes();
        *word = u32::from_le_bytes([a, b, c, d]);
        carry >>= 32;
    }
    carry < 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words of numbers as their bytes.
    fn bytes<const N: usize>(words: &[u32]) -> [u8; N] {
        let mut bytes = [0; N];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        bytes
    }

    fn by_library(number: &[u8; 64]) -> Scalar {
        Scalar::from_bytes_mod_order_wide(number)
    }

    #[test]
    fn a_number_is_canonical_below_the_order_alone() {
        let mut last = ORDER;
        last[0] -= 1;
        let mut behind = ORDER;
        behind[0] += 1;
        for (words, is_canonical) in [
            ([0; 8], true),
            (last, true),
            (ORDER, false),
            (behind, false),
            ([u32::MAX; 8], false),
        ] {
            let number = bytes(&words);
            let found = canonical(&number);
            assert_eq!(found.is_some(), is_canonical, "{words:x?}");
            assert_eq!(found, Scalar::from_canonical_bytes(number).into());
        }
    }

    #[test]
    fn remainders_around_multiples_of_the_order_are_those_of_the_library() {
        let last = -Scalar::ONE;
        // Multiples of L at every height, and their neighbours on both sides.
        for shift in 0..32 {
            let mut number = [0; 64];
            number[shift..][..32].copy_from_slice(&bytes::<32>(&ORDER));
            assert_eq!(remainder(&number), Scalar::ZERO);
            number[0] = number[0].wrapping_add(1);
            assert_eq!(remainder(&number), by_library(&number));
            let mut number = [0xff; 64];
            number[shift..][..32].copy_from_slice(last.as_bytes());
            assert_eq!(remainder(&number), by_library(&number));
        }
        for number in [[0; 64], [0xff; 64]] {
            assert_eq!(remainder(&number), by_library(&number));
        }
    }

    #[test]
    fn neighbours_of_multiples_of_the_order_are_neighbours_of_zero() {
        let last = -Scalar::ONE;
        for times in 0..15 {
            let mut below = [0; 8];
            for (word, bytes) in below.iter_mut().zip(last.as_bytes().as_chunks().0) {
                *word = u32::from_le_bytes(*bytes);
            }
            step(&mut below, 1, 0, -times);
            assert_eq!(remainder(&bytes::<32>(&below)), last, "{times}");
            let mut above = [0; 8];
            step(&mut above, 1, 1, -times);
            assert_eq!(remainder(&bytes::<32>(&above)), Scalar::ONE, "{times}");
        }
    }

    proptest! {
        #[test]
        fn any_remainder_is_the_one_of_the_library(words in any::<[u32; 16]>()) {
            let number = bytes(&words);
            prop_assert_eq!(remainder(&number), by_library(&number));
        }
    }
}
