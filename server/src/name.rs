//! Names of repositories and of tokens.

use std::fmt;

use sealift_metadata::name::is_slug;
use thiserror::Error;

use crate::limits::TOKEN_NAME_BYTES;

/// The text is not a name of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a name is made of a-z, 0-9, `-`, `_` and `.`, begins with a letter or digit, and has at most 64 bytes"
)]
pub struct InvalidName;

/// The name of a repository: a slug, so that it is safe in a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// A name.
    ///
    /// # Errors
    /// [`InvalidName`] for anything but a slug.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        if is_slug(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a token: a slug, for lists and logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName(String);

impl TokenName {
    /// A name.
    ///
    /// # Errors
    /// [`InvalidName`] for anything but a slug.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        if is_slug(text) && text.len() <= TOKEN_NAME_BYTES {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
