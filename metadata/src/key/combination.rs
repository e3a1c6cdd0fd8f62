//! The sum of multiples of two points, for devices of 16 KiB of RAM: half of the stack that the library
//! of the curve takes, and a quarter more instructions. What is verified is public: the time that it
//! takes may say everything.

use core::ops::{AddAssign as _, Neg as _};

use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{EdwardsPoint, Scalar, constants};

/// Bytes of a number below 2^253 in digits of three bits, with room for a carry.
const BYTES: usize = 33;

/// The digit 3, eight times: what is added to a number so that its digits are 3 too high, and none
/// of them is negative.
const THREES: [u8; 3] = [0xdb, 0xb6, 0x6d];

/// `a` times `point`, and `b` times the base point of ed25519.
#[inline(never)]
pub(super) fn combine(a: &Scalar, point: &EdwardsPoint, b: &Scalar) -> EdwardsPoint {
    let mut points = Multiples([*point; 4]);
    points.fill();
    let mut bases = Multiples([constants::ED25519_BASEPOINT_POINT; 4]);
    bases.fill();
    let (a, b) = (Digits::of(a), Digits::of(b));
    let mut sum = EdwardsPoint::identity();
    for (a, b) in a.highest_first().zip(b.highest_first()) {
        raise(&mut sum);
        points.add(&mut sum, a);
        bases.add(&mut sum, b);
    }
    sum
}

/// Multiplies by 8.
#[inline(never)]
fn raise(sum: &mut EdwardsPoint) {
    *sum = sum.mul_by_cofactor();
}

#[inline(never)]
fn add(sum: &mut EdwardsPoint, point: &EdwardsPoint) {
    sum.add_assign(point);
}

/// Digits from -3 to 4, each 3 too high.
struct Digits([u8; BYTES]);

impl Digits {
    fn of(number: &Scalar) -> Self {
        let mut bytes = [0; BYTES];
        let own = number.as_bytes().iter().chain(&[0]);
        let mut carry = 0_u16;
        for ((byte, own), three) in bytes.iter_mut().zip(own).zip(THREES.iter().cycle()) {
            let sum = carry.wrapping_add(u16::from(*own));
            [*byte, _] = sum.wrapping_add(u16::from(*three)).to_le_bytes();
            carry = sum.wrapping_add(u16::from(*three)) >> 8;
        }
        Self(bytes)
    }

    fn highest_first(&self) -> impl Iterator<Item = u8> {
        let (groups, _) = self.0.as_chunks();
        groups.iter().rev().flat_map(|[low, middle, high]| {
            let group = u32::from_le_bytes([*low, *middle, *high, 0]);
            let digit = move |shift: u32| group.checked_shr(shift).unwrap_or_default() & 0b111;
            (0..24)
                .step_by(3)
                .rev()
                .map(move |shift| digit(shift).to_le_bytes()[0])
        })
    }
}

/// A point, and two, three and four times that.
struct Multiples([EdwardsPoint; 4]);

impl Multiples {
    /// Where all of them are the point itself.
    fn fill(&mut self) {
        let [first, others @ ..] = &mut self.0;
        for (multiple, times) in others.iter_mut().zip(1..) {
            (0..times).for_each(|_| add(multiple, first));
        }
    }

    /// Adds the multiple of a digit that is 3 too high.
    #[inline(never)]
    fn add(&self, sum: &mut EdwardsPoint, digit: u8) {
        let place = |place: u8| self.0.get(usize::from(place));
        if let Some(multiple) = digit.checked_sub(4).and_then(place) {
            add(sum, multiple);
        } else if let Some(multiple) = 2_u8.checked_sub(digit).and_then(place) {
            add(sum, &multiple.neg());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::order::remainder;
    use super::*;

    fn by_library(a: &Scalar, point: &EdwardsPoint, b: &Scalar) -> EdwardsPoint {
        EdwardsPoint::vartime_double_scalar_mul_basepoint(a, point, b)
    }

    /// Any point of the group, and points of small order beside it.
    fn point(number: &Scalar) -> EdwardsPoint {
        let torsion = constants::EIGHT_TORSION[usize::from(number.as_bytes()[0]) % 8];
        EdwardsPoint::mul_base(number) + torsion
    }

    #[test]
    fn numbers_at_the_ends_of_their_range_are_multiplied_as_by_the_library() {
        let last = -Scalar::ONE;
        let numbers = [Scalar::ZERO, Scalar::ONE, Scalar::from(4_u8), last];
        let halves = last.as_bytes().map(|byte| byte & 0x55);
        for a in numbers.into_iter().chain([remainder(&halves)]) {
            for b in numbers {
                for at in numbers {
                    let point = point(&at);
                    assert_eq!(combine(&a, &point, &b), by_library(&a, &point, &b));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_combination_is_the_one_of_the_library(words in any::<[[u8; 32]; 3]>()) {
            let [a, b, at] = words.map(|bytes| remainder(&bytes));
            let point = point(&at);
            prop_assert_eq!(combine(&a, &point, &b), by_library(&a, &point, &b));
        }
    }
}
