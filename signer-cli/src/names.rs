//! Names that people type: each type has one fallible constructor.

use std::fmt;
use std::str::FromStr;

use sealift_metadata::limits::SLUG_BYTES;
use sealift_metadata::name::{Quoted, is_segment, is_slug};
use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// Not a slug.
    #[error(
        "use a-z, 0-9, `-`, `_` and `.`, beginning with a letter or a digit, at most 64 characters"
    )]
    Slug,
    /// Not a segment.
    #[error("use A-Z, a-z, 0-9, `.`, `_`, `-` and `+`, at most 64 characters, not `.` or `..`")]
    Segment,
    /// A product may not be called so.
    #[error("the name is taken by a role of the repository itself")]
    Reserved,
}

/// The name of a repository, product, component, channel, hardware revision or key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// A version or the name of a release: one segment of a target's path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment(String);

impl Slug {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Segment {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if is_slug(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::Slug)
        }
    }
}

impl FromStr for Segment {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.len() <= SLUG_BYTES && is_segment(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::Segment)
        }
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role that people sign for offline, in the order in which roles are shown and pushed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleId {
    /// Who may sign what.
    Root,
    /// The top-level targets role: delegates, and holds no files.
    Targets,
    /// Which releases each channel offers.
    Channels,
    /// The images of one product.
    Product(Product),
}

/// The name of a product: a slug that no other role has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product(Slug);

impl Product {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name as a slug.
    pub const fn slug(&self) -> &Slug {
        &self.0
    }

    /// The only paths that the product's role may sign for.
    pub fn pattern(&self) -> String {
        format!("images/{}/*/*/*", self.0)
    }
}

impl FromStr for Product {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text {
            "root" | "timestamp" | "snapshot" | "targets" | "channels" => {
                Err(InvalidName::Reserved)
            }
            _ => text.parse().map(Self),
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl RoleId {
    /// The role's name in metadata.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Root => "root",
            Self::Targets => "targets",
            Self::Channels => "channels",
            Self::Product(product) => product.as_str(),
        }
    }

    /// The name as a file or folder name.
    pub fn quoted(&self) -> String {
        Quoted(self.as_str()).to_string()
    }
}

impl FromStr for RoleId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text {
            "root" => Ok(Self::Root),
            "targets" => Ok(Self::Targets),
            "channels" => Ok(Self::Channels),
            _ => text.parse().map(Self::Product),
        }
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_its_folder_is_no_name() {
        for text in ["", "..", ".", "a/b", "a\\b", "-x", "a b", "a\n", "é", "A"] {
            assert_eq!(text.parse::<Slug>(), Err(InvalidName::Slug), "{text:?}");
            assert!(text.parse::<RoleId>().is_err(), "{text:?}");
        }
        for text in ["", "..", ".", "a/b", "a\\b", "a b", "é", &"1".repeat(65)] {
            assert_eq!(
                text.parse::<Segment>(),
                Err(InvalidName::Segment),
                "{text:?}"
            );
        }
        assert!("1.0.0+7_B-x".parse::<Segment>().is_ok());
    }

    #[test]
    fn a_product_cannot_take_the_name_of_another_role() {
        for text in ["root", "timestamp", "snapshot", "targets", "channels"] {
            assert_eq!(text.parse::<Product>(), Err(InvalidName::Reserved));
        }
        assert_eq!("timestamp".parse::<RoleId>(), Err(InvalidName::Reserved));
        assert_eq!("root".parse(), Ok(RoleId::Root));
    }
}
