//! What was fetched, within caps. What lies here is believed by nobody.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::limits::RELAY_CACHE_BYTES;

/// A document, or a part of a target, as one origin has it: what another one gives never takes its
/// place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// What the origin is called.
    pub(super) origin: String,
    /// The address of the object.
    pub(super) address: String,
    /// Where the part begins, in bytes.
    pub(super) start: u64,
}

/// Bytes of an object. A copy of it shares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) bytes: Arc<[u8]>,
    /// Whether the object ends behind them.
    pub(super) is_last: bool,
}

/// The parts that were fetched last.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// The oldest first.
    parts: VecDeque<(Key, Part)>,
    /// What they take in memory.
    bytes: usize,
}

impl Cache {
    pub(super) fn get(&self, key: &Key) -> Option<Part> {
        let found = self.parts.iter().find(|(kept, _)| kept == key);
        found.map(|(_, part)| part.clone())
    }

    /// Keeps a part instead of what was kept under its key. The oldest make way.
    pub(super) fn put(&mut self, key: Key, part: Part) {
        self.keep(|kept| *kept != key);
        if part.bytes.is_empty() {
            // There is nothing to save by it, and no end of places behind the end of an object.
            return;
        }
        self.bytes += taken_by(&key, &part);
        self.parts.push_back((key, part));
        while self.bytes > RELAY_CACHE_BYTES
            && let Some((key, part)) = self.parts.pop_front()
        {
            self.bytes -= taken_by(&key, &part);
        }
    }

    /// Forgets all parts of an object that came from an origin.
    pub(super) fn forget(&mut self, origin: &str, address: &str) {
        self.keep(|kept| kept.origin != origin || kept.address != address);
    }

    fn keep(&mut self, is_kept: impl Fn(&Key) -> bool) {
        self.parts.retain(|(key, _)| is_kept(key));
        let sizes = self.parts.iter().map(|(key, part)| taken_by(key, part));
        self.bytes = sizes.sum();
    }
}

/// What a part takes in memory, in bytes.
fn taken_by(key: &Key, part: &Part) -> usize {
    size_of::<(Key, Part)>() + key.origin.len() + key.address.len() + part.bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(start: u64) -> Key {
        Key {
            origin: "one".into(),
            address: "metadata/timestamp.json".into(),
            start,
        }
    }

    fn part(length: usize) -> Part {
        Part {
            bytes: vec![0; length].into(),
            is_last: true,
        }
    }

    #[test]
    fn the_oldest_parts_make_way() {
        let mut cache = Cache::default();
        for start in 0..4 {
            cache.put(key(start), part(RELAY_CACHE_BYTES / 3 - 200));
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
        assert_eq!(cache.get(&key(0)), Some(part(9)));
        assert_eq!(cache.bytes, taken_by(&key(0), &part(9)));
        cache.put(key(0), part(0));
        assert_eq!((cache.get(&key(0)), cache.bytes), (None, 0));
    }

    #[test]
    fn what_a_part_is_called_counts_as_well() {
        let mut cache = Cache::default();
        for start in 0..300 {
            let address = "a".repeat(64 * 1024);
            let key = Key {
                address,
                ..key(start)
            };
            cache.put(key, part(1));
        }
        let taken = cache.parts.iter().map(|(key, part)| taken_by(key, part));
        assert_eq!(cache.bytes, taken.sum::<usize>());
        assert!(cache.parts.len() <= RELAY_CACHE_BYTES / (64 * 1024));
    }

    #[test]
    fn an_object_is_forgotten_as_one_origin_gave_it() {
        let mut cache = Cache::default();
        let other = |key: Key| Key {
            origin: "two".into(),
            ..key
        };
        for key in [key(0), key(9), other(key(0))] {
            cache.put(key, part(7));
        }
        cache.forget("one", &key(0).address);
        assert_eq!(cache.parts, [(other(key(0)), part(7))]);
    }
}
