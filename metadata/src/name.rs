//! Versions, role names, slugs and target paths: text and numbers with one fallible constructor.

use core::fmt;
use core::num::NonZeroU64;

use heapless::String;
use heapless::string::StringView;

use crate::Result;
use crate::error::Error;
use crate::json::{Read, Reader};
use crate::limits::{ROLE_NAME_BYTES, SLUG_BYTES, TARGET_PATH_BYTES};
use crate::spell;

/// The version of a document, from 1 upwards (TUF 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(NonZeroU64);

impl Version {
    /// Version 1.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// A version.
    ///
    /// # Errors
    /// [`Error::Invalid`] for 0.
    pub fn new(value: u64) -> Result<Self> {
        NonZeroU64::new(value)
            .map(Self)
            .ok_or(Error::invalid("version"))
    }

    /// Reads a number that is one.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        match NonZeroU64::new(reader.unsigned()?) {
            Some(value) => Ok(Self(value)),
            None => reader.invalid("version"),
        }
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a targets role, kept by value: at most 64 bytes, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String<ROLE_NAME_BYTES>);

impl RoleName {
    /// No name yet.
    pub(crate) const BLANK: Self = Self(String::new());

    /// The name of the top-level targets role.
    pub fn targets() -> Self {
        let mut name = String::new();
        // 7 bytes always fit.
        let _ = name.push_str("targets");
        Self(name)
    }

    /// A role's name. Any text may be one; it is percent-quoted where it becomes a file name.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`ROLE_NAME_BYTES`], [`Error::Invalid`] when empty.
    pub fn new(name: &str) -> Result<Self> {
        Self::of(&[name])
    }

    /// A role's name in pieces, one behind the other.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn of(pieces: &[&str]) -> Result<Self> {
        let mut name = Self::BLANK;
        name.fill(pieces)?;
        Ok(name)
    }

    /// Fills a name that is [blank](Self::BLANK).
    pub(crate) fn fill(&mut self, pieces: &[&str]) -> Result<()> {
        push_all(&mut self.0, pieces).ok_or(Error::too_large("role name"))?;
        if self.0.is_empty() {
            return Err(Error::invalid("role name"));
        }
        Ok(())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role's name, quoted for a URL or a file name: everything but letters, digits, `-`, `_`, `.`
/// and `~` becomes `%XX`, so that `../x` stays one harmless name (RFC 3986 2.1).
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl Quoted<'_> {
    /// Hands the text to `out` in pieces, until it takes no more.
    pub fn spell(self, out: &mut dyn FnMut(&str) -> Option<()>) -> Option<()> {
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                out(char::from(byte).encode_utf8(&mut [0; 4]))?;
                continue;
            }
            let mut digits = spell::hexadecimal::<2>(byte.into(), 2);
            digits.make_ascii_uppercase();
            out("%")?;
            out(&digits)?;
        }
        Some(())
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = self.spell(&mut |text| f.write_str(text).ok());
        spelled.ok_or(fmt::Error)
    }
}

/// The path of a target: segments of `A-Za-z0-9._-` (and `+`, as in versions), joined by `/`;
/// no segment is empty, `.` or `..`. Whatever passes is safe in a URL and below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPath(String<TARGET_PATH_BYTES>);

impl TargetPath {
    /// No path yet.
    pub(crate) const BLANK: Self = Self(String::new());

    /// A target's path.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`TARGET_PATH_BYTES`], [`Error::Invalid`] for other characters
    /// or segments.
    pub fn new(path: &str) -> Result<Self> {
        Self::of(&[path])
    }

    /// A target's path in pieces, one behind the other.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(pieces: &[&str]) -> Result<Self> {
        let mut path = Self::BLANK;
        path.fill(pieces)?;
        Ok(path)
    }

    /// Fills a path that is [blank](Self::BLANK).
    fn fill(&mut self, pieces: &[&str]) -> Result<()> {
        push_all(&mut self.0, pieces).ok_or(Error::too_large("target path"))?;
        if !segments(&self.0).all(is_segment) {
            return Err(Error::invalid("target path"));
        }
        Ok(())
    }

    /// Reads a string that is one, where the path is [blank](Self::BLANK).
    pub(crate) fn read(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let path = reader.plain()?;
        reader.take(self.fill(&[path]))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder with its closing `/` (empty at the top), and the file's name.
    pub fn split(&self) -> (&str, &str) {
        let slash = self.0.bytes().rposition(|byte| byte == b'/');
        let at = slash.map_or(0, |at| at.saturating_add(1));
        self.0.split_at_checked(at).unwrap_or_default()
    }
}

impl fmt::Display for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds the pieces one behind the other; `None` where they do not fit.
fn push_all(text: &mut StringView, pieces: &[&str]) -> Option<()> {
    pieces
        .iter()
        .try_for_each(|piece| text.push_str(piece).ok())
}

/// The parts of a path between its slashes. (`str::split` finds them with a searcher for any text,
/// half a kilobyte of code.)
pub fn segments(path: &str) -> Segments<'_> {
    Segments(Some(path))
}

/// The [segments] of a path that are left.
#[derive(Clone, Debug)]
pub struct Segments<'p>(Option<&'p str>);

impl<'p> Iterator for Segments<'p> {
    type Item = &'p str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'p str> {
        let path = self.0.take()?;
        let end = path.bytes().position(|byte| byte == b'/');
        let end = end.unwrap_or(path.len());
        self.0 = path.get(end.saturating_add(1)..);
        path.get(..end)
    }
}

/// Whether `text` may stand between two `/` of a target path.
pub fn is_segment(text: &str) -> bool {
    is_name(text.as_bytes())
}

fn is_name(text: &[u8]) -> bool {
    let is_safe = |byte: &u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'+');
    !matches!(text, b"" | b"." | b"..") && text.iter().all(is_safe)
}

/// Whether `text` is a slug, the name of a product, component, channel, hardware or group:
/// `a-z`, `0-9`, `-`, `_` and `.`, beginning with a letter or digit, at most 64 bytes.
pub fn is_slug(text: &str) -> bool {
    let is_safe = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    text.len() <= SLUG_BYTES
        && matches!(text.as_bytes(), [b'a'..=b'z' | b'0'..=b'9', ..])
        && text.as_bytes().iter().all(is_safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn a_role_named_like_a_path_stays_one_file_name() {
        assert_eq!(format!("{}", Quoted("../x")), "..%2Fx");
        assert_eq!(format!("{}", Quoted("a b/é~")), "a%20b%2F%C3%A9~");
    }

    #[test]
    fn a_path_that_could_leave_its_folder_is_refused() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/.",
            "a/",
            "C:\\x",
            "a\\b",
            "a%2fb",
            "a\0",
            "é",
        ] {
            assert_eq!(
                TargetPath::new(path),
                Err(Error::invalid("target path")),
                "{path:?}"
            );
        }
        let long = "a".repeat(TARGET_PATH_BYTES + 1);
        assert_eq!(TargetPath::new(&long), Err(Error::too_large("target path")));
    }

    #[test]
    fn a_path_splits_before_its_file_name() {
        let path = TargetPath::new("images/watch/app/1.0.0+7/app.bin").unwrap();
        assert_eq!(path.split(), ("images/watch/app/1.0.0+7/", "app.bin"));
        assert_eq!(TargetPath::new("file").unwrap().split(), ("", "file"));
    }

    #[test]
    fn a_slug_is_short_lower_case_and_starts_with_a_letter_or_digit() {
        for good in ["watch", "rev-b.2", "9_x"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in [
            "",
            "-x",
            ".x",
            "..",
            "Watch",
            "a/b",
            "a b",
            "é",
            &"a".repeat(65),
        ] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn names_and_versions_are_shown_as_they_are_written() {
        assert_eq!(format!("{}", Version::new(7).unwrap()), "7");
        assert_eq!(format!("{}", RoleName::new("watch").unwrap()), "watch");
        assert_eq!(format!("{}", RoleName::targets()), "targets");
        let path = TargetPath::new("images/a").unwrap();
        assert_eq!(format!("{path}"), "images/a");
    }

    #[test]
    fn a_name_as_long_as_its_cap_is_a_name() {
        assert!(is_slug(&"a".repeat(SLUG_BYTES)));
        assert!(RoleName::new(&"é".repeat(ROLE_NAME_BYTES / 2)).is_ok());
        let long = RoleName::new(&"a".repeat(ROLE_NAME_BYTES + 1));
        assert_eq!(long, Err(Error::too_large("role name")));
        assert_eq!(RoleName::new(""), Err(Error::invalid("role name")));
        assert!(TargetPath::new(&"a".repeat(TARGET_PATH_BYTES)).is_ok());
    }

    #[test]
    fn version_zero_does_not_exist() {
        assert_eq!(Version::new(0), Err(Error::invalid("version")));
        assert_eq!(Version::new(1), Ok(Version::FIRST));
        assert_eq!(Version::new(u64::MAX).unwrap().next().get(), u64::MAX);
    }
}
