//! Looks for the end of a string, a machine word at a time: most bytes of a document lie in
//! strings.

const WORD_BYTES: usize = size_of::<usize>();

/// A word of bytes 1.
const ONES: usize = usize::MAX / 0xff;

/// Where the first quote or backslash is.
#[inline]
pub(super) fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
    for (index, word) in words.iter().enumerate() {
        let word = usize::from_le_bytes(*word);
        let found = zero_bytes(word ^ ONES.wrapping_mul(b'"'.into()))
            | zero_bytes(word ^ ONES.wrapping_mul(b'\\'.into()));
        if found != 0 {
            let inside = usize::try_from(found.trailing_zeros() >> 3).ok()?;
            return index.checked_mul(WORD_BYTES)?.checked_add(inside);
        }
    }
    let is_one = |byte: &u8| matches!(byte, b'"' | b'\\');
    let inside = rest.iter().position(is_one)?;
    bytes.len().checked_sub(rest.len())?.checked_add(inside)
}

/// A word whose lowest bit that is set lies in the first byte that is 0; none where no byte is.
const fn zero_bytes(word: usize) -> usize {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_one_is_found_wherever_it_is(
            text in prop::collection::vec(prop::sample::select(&b"\x00\x01!\"#[\\]\x7f\x80\xa2\xdc\xff"[..]), 0..40),
        ) {
            let slow = text.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            prop_assert_eq!(quote_or_backslash(&text), slow);
        }

        #[test]
        fn a_long_run_without_one_is_stepped_over(before in 0..70_usize, byte in 0x23..0x5c_u8) {
            let mut text = std::vec![byte; before];
            prop_assert_eq!(quote_or_backslash(&text), None);
            text.push(b'"');
            text.push(b'\\');
            prop_assert_eq!(quote_or_backslash(&text), Some(before));
        }
    }
}
