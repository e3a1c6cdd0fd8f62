//! Bearer tokens of people and of CI.

use sealift_metadata::Digest;
use secrecy::{ExposeSecret as _, SecretString};

use crate::rng;

/// What every token begins with, so that scanners for leaked secrets know it.
pub const PREFIX: &str = "sealift_";

/// A token: `sealift_` and 256 random bits in hexadecimal digits.
///
/// Only its digest is kept. Looking a digest up tells nothing of the token by its timing, and
/// 256 random bits need no slow hash.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// A random token.
    ///
    /// # Errors
    /// What the operating system says when it has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let text = format!("{PREFIX}{}", hex::encode(rng::bits_256()?));
        Ok(Self(text.into()))
    }

    /// Reads a token; `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_token = digits.len() == 64
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        is_token.then(|| Self(text.into()))
    }

    /// The token itself, to be shown once to whoever asked for it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.expose().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_debug_does_not_show_it() {
        let token = Token::generate().unwrap();
        assert_eq!(
            Token::parse(token.expose()).unwrap().digest(),
            token.digest()
        );
        assert!(!format!("{token:?}").contains(token.expose()));
        assert_ne!(token.digest(), Token::generate().unwrap().digest());
    }

    #[test]
    fn what_cannot_be_a_token_is_not_looked_up() {
        let digits = "a".repeat(64);
        for text in [
            "",
            "sealift_",
            &digits,
            &format!("sealift_{digits}0"),
            &format!("sealift_{}", "A".repeat(64)),
        ] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
        assert!(Token::parse(&format!("sealift_{digits}")).is_some());
    }
}
