//! Key ids. All that is ever done with one is to compare it: hosts keep the text, to show it, and
//! small targets a digest.

use crate::Result;
use crate::error::Error;
use crate::json::{Read, Reader, Text};
use crate::limits::KEY_ID_BYTES;

#[cfg(not(any(feature = "write", feature = "foreign-json")))]
pub use short::KeyId;
#[cfg(any(feature = "write", feature = "foreign-json"))]
pub use whole::KeyId;

impl KeyId {
    /// The id that a member's name is.
    pub(crate) fn read<'a>(reader: &mut Reader<'a>, name: Text<'a>) -> Read<Self> {
        let id = reader.plain_of(name)?;
        reader.take(Self::new(id))
    }
}

/// Checks that an id that stays where it stands is one that [`KeyId`] could hold.
pub(crate) fn check(reader: &mut Reader<'_>, text: &str) -> Read<()> {
    reader.take(check_length(text))
}

const fn check_length(text: &str) -> Result<()> {
    match text.len() {
        0 => Err(Error::invalid("keyid")),
        1..=KEY_ID_BYTES => Ok(()),
        _ => Err(Error::too_large("keyid")),
    }
}

#[cfg(any(feature = "write", feature = "foreign-json"))]
mod whole {
    use heapless::String;

    use super::check_length;
    use crate::Result;
    use crate::error::Error;
    use crate::limits::KEY_ID_BYTES;

    /// The id under which a document names a key. Never recomputed, never trusted.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeyId(String<KEY_ID_BYTES>);

    impl KeyId {
        /// A key id.
        ///
        /// # Errors
        /// [`Error::TooLarge`] beyond [`KEY_ID_BYTES`], [`Error::Invalid`] when empty.
        pub fn new(text: &str) -> Result<Self> {
            check_length(text)?;
            let text = String::try_from(text);
            text.map(Self).map_err(|_| Error::too_large("keyid"))
        }

        /// The id as text.
        pub fn as_str(&self) -> &str {
            &self.0
        }
    }
}

#[cfg(any(test, not(any(feature = "write", feature = "foreign-json"))))]
#[cfg_attr(test, expect(unreachable_pub, reason = "hosts only test it"))]
mod short {
    use super::check_length;
    use crate::Result;
    use crate::digest::Digest;

    /// The id under which a document names a key. Never recomputed, never trusted.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeyId(Digest);

    impl KeyId {
        /// A key id: the digest that it is, or its own. Who finds two ids that fall together gains
        /// nothing: a signature has to fit the key.
        ///
        /// # Errors
        /// [`Error::TooLarge`](crate::Error::TooLarge) beyond
        /// [`KEY_ID_BYTES`](crate::limits::KEY_ID_BYTES),
        /// [`Error::Invalid`](crate::Error::Invalid) when empty.
        pub fn new(text: &str) -> Result<Self> {
            check_length(text)?;
            let digest = Digest::parse(text);
            Ok(Self(digest.unwrap_or_else(|_| Digest::of(text.as_bytes()))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_apart_on_hosts_and_on_small_targets() {
        let hex = "ab".repeat(32);
        let ids = ["a", "b", "key-1", &hex, &hex[1..], &hex[2..]];
        for one in ids {
            for other in ids {
                let is_one = one == other;
                assert_eq!(KeyId::new(one) == KeyId::new(other), is_one);
                assert_eq!(short::KeyId::new(one) == short::KeyId::new(other), is_one);
            }
        }
    }

    #[test]
    fn an_id_is_neither_empty_nor_longer_than_its_cap() {
        let long = "x".repeat(KEY_ID_BYTES + 1);
        for (text, error) in [
            ("", Error::invalid("keyid")),
            (&long, Error::too_large("keyid")),
        ] {
            assert_eq!(KeyId::new(text).err(), Some(error));
            assert_eq!(short::KeyId::new(text).err(), Some(error));
        }
        assert_eq!(KeyId::new(&long[1..]).unwrap().as_str(), &long[1..]);
        assert!(short::KeyId::new(&long[1..]).is_ok());
    }
}
