//! Two documents beside each other, out of which parts are taken as they are put into words.

use std::collections::BTreeSet;

use sealift_metadata::write::{Object, Value};

use super::{Item, Mark};

/// The document in force and the proposed one, or the same part of both.
#[derive(Clone, Debug, Default)]
pub(super) struct Sides {
    old: Object,
    new: Object,
}

impl Sides {
    pub(super) fn new(old: Option<&Value>, new: &Value) -> Self {
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        Self {
            old: old.map(members).unwrap_or_default(),
            new: members(new),
        }
    }

    /// Takes a member out of both.
    pub(super) fn take(&mut self, name: &str) -> (Option<Value>, Option<Value>) {
        (self.old.remove(name), self.new.remove(name))
    }

    /// Takes a member out of both when its proposed value is `value`.
    pub(super) fn take_if_new(&mut self, name: &str, value: &Value) {
        if self.new.get(name) == Some(value) {
            self.take(name);
        }
    }

    /// Takes a member out of each side where its value is `value`.
    pub(super) fn take_if(&mut self, name: &str, value: &Value) {
        for side in [&mut self.old, &mut self.new] {
            if side.get(name) == Some(value) {
                side.remove(name);
            }
        }
    }

    /// Takes a member out of both that is an object, or missing. One of another kind stays.
    pub(super) fn take_sides(&mut self, name: &str) -> Self {
        let take = |side: &mut Object| match side.remove(name) {
            Some(Value::Object(members)) => members,
            Some(other) => {
                side.insert(name.to_owned(), other);
                Object::new()
            }
            None => Object::new(),
        };
        Self {
            old: take(&mut self.old),
            new: take(&mut self.new),
        }
    }

    /// Puts back what is left of a member that was taken out; nothing where nothing is left.
    pub(super) fn put_back(&mut self, name: &str, part: Self) {
        if !part.old.is_empty() {
            self.old.insert(name.to_owned(), part.old.into());
        }
        if !part.new.is_empty() {
            self.new.insert(name.to_owned(), part.new.into());
        }
    }

    /// The names of the members of either.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.old.keys().chain(self.new.keys()).cloned().collect()
    }

    /// The members in force.
    pub(super) const fn old(&self) -> &Object {
        &self.old
    }

    /// The members proposed.
    pub(super) const fn new_side(&self) -> &Object {
        &self.new
    }

    /// What was never put into words and differs, as it stands in the documents.
    pub(super) fn into_rest(self) -> Vec<Item> {
        self.into_rest_of("")
    }

    /// As [`Self::into_rest`], for the part of the documents at `path`.
    pub(super) fn into_rest_of(self, path: &str) -> Vec<Item> {
        let mut items = Vec::new();
        for name in self.names() {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path} > {name}")
            };
            compare(&path, self.old.get(&name), self.new.get(&name), &mut items);
        }
        items
    }
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, items: &mut Vec<Item>) {
    let text = |value: &Value| String::from_utf8_lossy(&value.encode()).into_owned();
    let is_object = |value: Option<&Value>| matches!(value, Some(Value::Object(_)) | None);
    let has_members = |value: Option<&Value>| {
        value
            .and_then(Value::as_object)
            .is_some_and(|members| !members.is_empty())
    };
    match (old, new) {
        (old, new) if old == new => {}
        (old, new)
            if is_object(old) && is_object(new) && (has_members(old) || has_members(new)) =>
        {
            let empty = Value::Object(Object::new());
            let sides = Sides::new(old, new.unwrap_or(&empty));
            items.extend(sides.into_rest_of(path));
        }
        (Some(old), Some(new)) => items.push(Item::new(
            Mark::Change,
            format!("{path}: {} -> {}", text(old), text(new)),
        )),
        (Some(old), None) => {
            items.push(Item::new(Mark::Remove, format!("{path}: {}", text(old))));
        }
        (None, Some(new)) => items.push(Item::new(Mark::Add, format!("{path}: {}", text(new)))),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_nobody_put_into_words_is_shown_as_it_stands() {
        let old = Value::decode(br#"{"a":{"b":1,"c":2},"same":true}"#).unwrap();
        let new = Value::decode(br#"{"a":{"b":3},"same":true,"x-new":["y"]}"#).unwrap();
        let items = Sides::new(Some(&old), &new).into_rest();
        let lines: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        assert_eq!(lines, ["a > b: 1 -> 3", "a > c: 2", r#"x-new: ["y"]"#]);
    }
}
