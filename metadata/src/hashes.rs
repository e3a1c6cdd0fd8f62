//! `hashes` of a file: its digests of the algorithms that we know.

use crate::digest::{Digest, Hasher};
use crate::json::{Read, Reader};

/// The digests of one file. A list may name others beside them; those are skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    /// SHA-256, which is what we write.
    pub sha256: Option<Digest>,
    /// SHA-512, which other tools write too.
    #[cfg(feature = "foreign-json")]
    pub sha512: Option<Sha512>,
}

impl Hashes {
    /// Reads `{"sha256":…}`.
    ///
    /// # Errors
    /// [`Error::Json`](crate::Error::Json), or [`Error::Invalid`](crate::Error::Invalid) for a
    /// digest that is none.
    pub fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let mut hashes = Self::default();
        hashes.fill(reader)?;
        Ok(hashes)
    }

    /// Reads every digest into its place.
    #[inline(never)]
    pub(crate) fn fill(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.object(&mut |reader, name| {
            match name.name() {
                "sha256" => Digest::read(reader, &mut self.sha256)?,
                #[cfg(feature = "foreign-json")]
                "sha512" => self.sha512 = Some(Sha512::read(reader)?),
                _ => reader.skip()?,
            }
            Ok(())
        })
    }

    /// Whether no digest is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every digest that is known is the one of `bytes` (TUF 5.7).
    pub fn fit(&self, bytes: &[u8]) -> bool {
        self.fit_digested(bytes, Digest::of(bytes))
    }

    /// Whether every digest that is known is the one of bytes that passed by.
    pub(crate) fn fit_passed(&self, passed: &Passed) -> bool {
        #[cfg(feature = "foreign-json")]
        if self.sha512.is_some_and(|sha512| sha512 != passed.sha512) {
            return false;
        }
        self.sha256.is_none_or(|sha256| sha256 == passed.sha256)
    }

    /// As [`Self::fit`], for bytes whose SHA-256 is known already.
    pub(crate) fn fit_digested(&self, bytes: &[u8], digest: Digest) -> bool {
        #[cfg(feature = "foreign-json")]
        if self
            .sha512
            .is_some_and(|sha512| sha512 != Sha512::of(bytes))
        {
            return false;
        }
        #[cfg(not(feature = "foreign-json"))]
        let _ = bytes;
        self.sha256.is_none_or(|sha256| sha256 == digest)
    }
}

/// The digests of bytes that passed by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    pub(crate) sha256: Digest,
    #[cfg(feature = "foreign-json")]
    sha512: Sha512,
}

/// Takes the digests of bytes that pass by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passing {
    sha256: Hasher,
    #[cfg(feature = "foreign-json")]
    sha512: sha512::Hasher,
}

impl Passing {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        #[cfg(feature = "foreign-json")]
        self.sha512.update(bytes);
    }

    pub(crate) fn finish(self) -> Passed {
        Passed {
            sha256: self.sha256.finish(),
            #[cfg(feature = "foreign-json")]
            sha512: self.sha512.finish(),
        }
    }
}

#[cfg(feature = "foreign-json")]
pub use self::sha512::Sha512;

#[cfg(feature = "foreign-json")]
mod sha512 {
    use core::fmt;

    use sha2::Digest as _;

    use crate::digest::hex;
    use crate::json::{Read, Reader};

    /// A SHA-512 digest.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub struct Sha512([u8; 64]);

    impl Sha512 {
        /// The digest of `bytes`.
        pub fn of(bytes: &[u8]) -> Self {
            Self(sha2::Sha512::digest(bytes).into())
        }

        /// Reads a string of 128 hexadecimal digits, in either case.
        pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
            match hex(reader.plain()?) {
                Some(bytes) => Ok(Self(bytes)),
                None => reader.invalid("sha512"),
            }
        }
    }

    /// A SHA-512 digest of bytes that arrive piece by piece.
    #[derive(Clone, Default)]
    pub(crate) struct Hasher(sha2::Sha512);

    impl Hasher {
        pub(crate) fn update(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        pub(crate) fn finish(self) -> Sha512 {
            Sha512(self.0.finalize().into())
        }
    }

    impl fmt::Debug for Hasher {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Hasher")
        }
    }

    impl fmt::Display for Sha512 {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        }
    }

    impl fmt::Debug for Sha512 {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Display::fmt(self, f)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    use super::*;
    use crate::Result;
    use crate::error::Error;

    /// FIPS 180-4: the digest of `abc`.
    #[cfg(feature = "foreign-json")]
    const ABC: &str = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                       2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    fn read(json: &str) -> Result<Hashes> {
        Reader::document(json.as_bytes(), Hashes::read)
    }

    fn listed(members: &[(&str, &str)]) -> String {
        let members: Vec<String> = members
            .iter()
            .map(|(name, hex)| format!("\"{name}\":\"{hex}\""))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    #[test]
    fn algorithms_that_nobody_knows_are_skipped_and_count_for_nothing() {
        let hashes = read(&listed(&[("blake3", "00"), ("sha3-256", "x")]));
        assert_eq!(hashes.map(|hashes| hashes.is_empty()), Ok(true));
        let abc = Digest::of(b"abc").to_string();
        let hashes = read(&listed(&[("blake3", "00"), ("sha256", &abc)])).unwrap();
        assert!(!hashes.is_empty());
        assert!(hashes.fit(b"abc") && !hashes.fit(b"abd"));
        assert_eq!(read(r#"{"sha256":"00"}"#), Err(Error::invalid("sha256")));
    }

    #[cfg(feature = "foreign-json")]
    #[test]
    fn every_digest_that_is_known_must_match() {
        assert_eq!(Sha512::of(b"abc").to_string(), ABC);
        let abc = Digest::of(b"abc").to_string();
        let other = Digest::of(b"abd").to_string();
        let other512 = Sha512::of(b"abd").to_string();
        for (sha256, sha512, fits) in [
            (abc.as_str(), ABC, true),
            (&abc, &other512, false),
            (&other, ABC, false),
        ] {
            let hashes = read(&listed(&[("sha256", sha256), ("sha512", sha512)])).unwrap();
            assert_eq!(hashes.fit(b"abc"), fits, "{sha256} {sha512}");
        }
        let alone = read(&listed(&[("sha512", ABC)])).unwrap();
        assert!(!alone.is_empty() && alone.fit(b"abc") && !alone.fit(b"abd"));
        assert_eq!(read(r#"{"sha512":"00"}"#), Err(Error::invalid("sha512")));
    }
}
