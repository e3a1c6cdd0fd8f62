//! What is wrong with a document's bytes.

use core::fmt;

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The document ends in the middle of a value.
    Truncated,
    /// Something stands where another thing is expected; white space counts as such.
    Unexpected,
    /// Bytes follow the document.
    TrailingBytes,
    /// Members are not in the order of their names, or a name stands twice.
    MemberOrder,
    /// Values are nested deeper than [`JSON_DEPTH`](crate::limits::JSON_DEPTH).
    TooDeep,
    /// A number is no integer of 64 bits, or is not written in its shortest form.
    Number,
    /// A string holds invalid UTF-8, a control character or an escape other than `\"` and `\\`.
    Text,
    /// A value has another type than its field.
    WrongType,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the document ends too early",
            Self::Unexpected => "unexpected character",
            Self::TrailingBytes => "bytes after the end",
            Self::MemberOrder => "members out of order or given twice",
            Self::TooDeep => "nested too deep",
            Self::Number => "not an integer in its shortest form",
            Self::Text => "a string that is not plain UTF-8",
            Self::WrongType => "a value of the wrong type",
        })
    }
}
