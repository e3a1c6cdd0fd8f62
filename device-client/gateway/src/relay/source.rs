//! Objects, from the cache or from an origin.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sealift_device::Object;
use sealift_device::link::Refusal;

use super::cache::{Cache, Key, Part};
use crate::config::Config;
use crate::limits::{RELAY_ASKED, RELAY_DOCUMENT_BYTES, RELAY_PART_BYTES};
use crate::transport::{Reply, Request, Transport};

/// What one peer can ask for.
pub(super) struct Source<'c> {
    transport: Transport<'c>,
    cache: &'c Mutex<Cache>,
    /// The beginnings that the peer asked for last: who asks for one again did not like what came.
    asked: VecDeque<Key>,
    /// How many origins to pass over for that.
    shift: usize,
    /// The last request: one that comes again was lost on its way, or its answer was.
    last: Vec<u8>,
}

impl<'c> Source<'c> {
    pub(super) fn new(config: &'c Config, cache: &'c Mutex<Cache>) -> Self {
        Self {
            transport: Transport::new(&config.metadata, &config.targets, 0),
            cache,
            asked: VecDeque::new(),
            shift: 0,
            last: Vec::new(),
        }
    }

    /// Up to `max` bytes of an object from `offset` on; `None` where there is no such object.
    pub(super) fn bytes(
        &mut self,
        message: &[u8],
        address: &str,
        offset: u64,
        max: usize,
    ) -> Result<Option<Part>, Refusal> {
        let object = Object::parse(address).ok_or(Refusal::Address)?;
        let is_repeated = self.last == message;
        message.clone_into(&mut self.last);
        let key = Key {
            address: address.to_owned(),
            start: start_of(&object, offset),
        };
        if (offset > key.start || is_repeated || !self.is_doubted(&object, &key))
            && let Some(part) = self.cached(&key)
        {
            return Ok(Some(cut(&part, offset - key.start, max)));
        }
        let part = self.fetch(&object, &key)?;
        if let Some(part) = &part {
            self.cache().put(key.clone(), part.clone());
        }
        Ok(part.map(|part| cut(&part, offset - key.start, max)))
    }

    /// Whether the cache must not answer: a timestamp may be out of date, and what was asked for
    /// before may have been refused by whoever got it. Another origin may do better then.
    fn is_doubted(&mut self, object: &Object, key: &Key) -> bool {
        let is_repeated = self.asked.contains(key);
        if is_repeated && *object != Object::Timestamp {
            self.shift += 1;
        }
        if !is_repeated {
            self.asked.push_back(key.clone());
        }
        if self.asked.len() > RELAY_ASKED {
            self.asked.pop_front();
        }
        is_repeated || *object == Object::Timestamp
    }

    /// Fetches one byte more than is kept, to know where the object ends.
    fn fetch(&self, object: &Object, key: &Key) -> Result<Option<Part>, Refusal> {
        let most = if object.is_metadata() {
            RELAY_DOCUMENT_BYTES
        } else {
            RELAY_PART_BYTES
        };
        let (_, address) = key.address.split_once('/').unwrap_or_default();
        let request = Request {
            address,
            offset: key.start,
            max: most + 1,
            is_part: !object.is_metadata(),
            etag: None,
        };
        let origins = self.transport.origins(object, self.shift);
        let requests = origins.map(|origin| (origin, request));
        let reply = self.transport.get(requests, object).map_err(|error| {
            tracing::warn!(%error, address = key.address, "no origin");
            Refusal::Origin
        })?;
        let Reply::Bytes { mut bytes, .. } = reply.1 else {
            return Ok(None);
        };
        let is_last = bytes.len() <= most;
        if !is_last && object.is_metadata() {
            return Err(Refusal::TooLarge);
        }
        bytes.truncate(most);
        Ok(Some(Part { bytes, is_last }))
    }

    fn cached(&self, key: &Key) -> Option<Part> {
        self.cache().get(key).cloned()
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Documents are fetched whole, targets in parts.
fn start_of(object: &Object, offset: u64) -> u64 {
    let part = u64::try_from(RELAY_PART_BYTES).unwrap_or(u64::MAX);
    if object.is_metadata() {
        0
    } else {
        offset - offset % part
    }
}

fn cut(part: &Part, offset: u64, max: usize) -> Part {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = part.bytes.get(start..).unwrap_or_default();
    let bytes = rest.get(..max).unwrap_or(rest);
    Part {
        bytes: bytes.to_vec(),
        is_last: part.is_last && bytes.len() == rest.len(),
    }
}
