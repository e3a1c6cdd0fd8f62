//! JSON values and the one canonical encoder.

use std::borrow::ToOwned;
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use crate::Result;
use crate::error::Error;
use crate::json::{Fault, Read, Reader};
use crate::limits::JSON_DEPTH;

/// The members of an object, in canonical order.
pub type Object = BTreeMap<String, Value>;

/// A JSON value that has a canonical form: no fractions, no negative numbers, no control
/// characters and nothing but ASCII in strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer that is not negative.
    Number(u64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

impl Value {
    /// Reads a canonical document as a tree.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Reader::document(bytes, Self::read)
    }

    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let raw = reader.raw()?;
        let inner = Reader::scan(raw, |inner| Self::of(raw, inner));
        reader.take(inner)
    }

    fn of(raw: &[u8], inner: &mut Reader<'_>) -> Read<Self> {
        Ok(match raw.first() {
            Some(b'{') => {
                let mut object = Object::new();
                inner.object(&mut |reader, name| {
                    object.insert(name.unescape(), Self::read(reader)?);
                    Ok(())
                })?;
                Self::Object(object)
            }
            Some(b'[') => {
                let mut array = Vec::new();
                inner.array(&mut |reader| {
                    array.push(Self::read(reader)?);
                    Ok(())
                })?;
                Self::Array(array)
            }
            Some(b'"') => Self::String(inner.string()?.unescape()),
            Some(b't' | b'f') => Self::Bool(inner.boolean()?),
            Some(b'n') => Self::Null,
            _ => Self::Number(inner.unsigned()?),
        })
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Number(value) => out.extend_from_slice(std::format!("{value}").as_bytes()),
            Self::String(text) => write_string(text, out),
            Self::Array(array) => {
                out.push(b'[');
                for (index, value) in array.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    value.write(out);
                }
                out.push(b']');
            }
            Self::Object(object) => {
                out.push(b'{');
                for (index, (name, value)) in object.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_string(name, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// Checks that every string is printable ASCII and that nothing is nested too deep, so that
    /// every reader sees the same text. Called before anything is signed.
    ///
    /// # Errors
    /// [`Error::Json`] with [`Fault::Text`] or [`Fault::TooDeep`].
    pub fn check_signable(&self) -> Result<()> {
        self.check_depth(JSON_DEPTH.saturating_sub(1))
    }

    fn check_depth(&self, left: u8) -> Result<()> {
        let too_deep = Error::json(Fault::TooDeep, 0);
        match self {
            Self::String(text) => check_ascii(text),
            Self::Array(array) => {
                let left = left.checked_sub(1).ok_or(too_deep)?;
                array.iter().try_for_each(|value| value.check_depth(left))
            }
            Self::Object(object) => {
                let left = left.checked_sub(1).ok_or(too_deep)?;
                object.iter().try_for_each(|(name, value)| {
                    check_ascii(name)?;
                    value.check_depth(left)
                })
            }
            Self::Null | Self::Bool(_) | Self::Number(_) => Ok(()),
        }
    }

    /// The member `name` of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The members, if it is an object.
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The members to change; whatever the value was before, it is an object then.
    pub fn members(&mut self) -> &mut Object {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Object::new());
        }
        match self {
            Self::Object(object) => object,
            _ => unreachable!("made an object above"),
        }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub const fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn check_ascii(text: &str) -> Result<()> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(());
    }
    Err(Error::json(Fault::Text, 0))
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Number(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(array: Vec<T>) -> Self {
        Self::Array(array.into_iter().map(Into::into).collect())
    }
}

impl<const N: usize> From<[(&str, Self); N]> for Value {
    fn from(members: [(&str, Self); N]) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_only_some_readers_understand_is_not_signed() {
        for text in ["é", "a\nb", "\u{7f}"] {
            assert!(Value::from(text).check_signable().is_err(), "{text:?}");
            assert!(
                Value::from([(text, Value::Null)]).check_signable().is_err(),
                "{text:?}"
            );
        }
        let mut deep = Value::Null;
        for _ in 0..JSON_DEPTH {
            deep = Value::Array(std::vec![deep]);
        }
        assert!(deep.check_signable().is_err());
        assert!(
            Value::from([("a", Value::from(1))])
                .check_signable()
                .is_ok()
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<u64>().prop_map(Value::Number),
            "[ -~]{0,8}".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::btree_map("[ -~]{0,4}", inner, 0..5).prop_map(Value::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(value in any_value()) {
            let bytes = value.encode();
            prop_assert_eq!(Value::decode(&bytes), Ok(value));
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        }
    }
}
