//! What was fetched, within caps. What lies here is believed by nobody.

use std::collections::VecDeque;

use crate::limits::RELAY_CACHE_BYTES;

/// A document, or a part of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The address of the object.
    pub(super) address: String,
    /// Where the part begins, in bytes.
    pub(super) start: u64,
}

/// Bytes of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    /// Whether the object ends behind them.
    pub(super) is_last: bool,
}

/// The parts that were fetched last.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// The oldest first.
    parts: VecDeque<(Key, Part)>,
    bytes: usize,
}

impl Cache {
    pub(super) fn get(&self, key: &Key) -> Option<&Part> {
        let found = self.parts.iter().find(|(kept, _)| kept == key);
        found.map(|(_, part)| part)
    }

    /// Keeps a part instead of what was kept under its key. The oldest make way.
    pub(super) fn put(&mut self, key: Key, part: Part) {
        self.parts.retain(|(kept, _)| *kept != key);
        self.parts.push_back((key, part));
        self.bytes = self.parts.iter().map(|(_, part)| part.bytes.len()).sum();
        while self.bytes > RELAY_CACHE_BYTES
            && let Some((_, part)) = self.parts.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(part.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(start: u64) -> Key {
        Key {
            address: "metadata/timestamp.json".into(),
            start,
        }
    }

    fn part(length: usize) -> Part {
        Part {
            bytes: vec![0; length],
            is_last: true,
        }
    }

    #[test]
    fn the_oldest_parts_make_way() {
        let mut cache = Cache::default();
        for start in 0..4 {
            cache.put(key(start), part(RELAY_CACHE_BYTES / 3));
        }
        assert_eq!(cache.get(&key(0)), None);
        assert!((1..4).all(|start| cache.get(&key(start)).is_some()));
        assert!(cache.bytes <= RELAY_CACHE_BYTES);
    }

    #[test]
    fn a_key_keeps_what_was_put_last() {
        let mut cache = Cache::default();
        cache.put(key(0), part(7));
        cache.put(key(0), part(9));
        assert_eq!(cache.get(&key(0)), Some(&part(9)));
        assert_eq!(cache.bytes, 9);
    }
}
