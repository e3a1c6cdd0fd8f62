//! Objects, from the cache or from an origin.
//!
//! A peer does not say what it thinks of what it got, but it verifies each object before it asks for
//! the next. So what it asked for last before it began a round anew, and the block that it asks for
//! again, is what it may not have believed. That, and nothing else, is fetched anew, from an origin
//! that was not doubted, or not for so long.
//!
//! Roots below the one that a round began with are evidence for a boot loader. They are asked for in
//! the middle of a round, and come from where the rest of it came from.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

use sealift_device::Object;
use sealift_device::link::Refusal;
use sealift_metadata::name::Version;

use super::Relay;
use super::cache::{Cache, Key, Part};
use super::seat::Seat;
use crate::limits::{
    RELAY_DOCUMENT_BYTES, RELAY_ORIGIN_SECONDS, RELAY_PART_BYTES, RELAY_ROUND_DOCUMENTS,
    RELAY_SEARCH_SECONDS,
};
use crate::transport::{Client, Origin, Reply, Request, Transport};

/// What one peer can ask for.
pub(super) struct Source<'r> {
    relay: &'r Relay,
    seat: Seat<'r>,
    transport: Transport<'r>,
    /// What the peer got last.
    held: Option<Held<'r>>,
    /// The documents of this round and who gave them: a second pass gets the bytes of the first.
    round: VecDeque<(String, &'r Origin)>,
    /// The root that was asked for last, as long as this round asked for nothing else.
    root: Option<Version>,
    /// The highest root that was asked for: the one that is not there yet.
    highest: Option<Version>,
}

/// A part, and how far the peer is in it.
struct Held<'r> {
    origin: &'r Origin,
    key: Key,
    part: Part,
    /// The offset that comes next, in bytes; `None` behind the end of the object.
    next: Option<u64>,
}

impl<'r> Source<'r> {
    pub(super) fn new(relay: &'r Relay, seat: Seat<'r>) -> Self {
        let config = &relay.config;
        let origins = config.metadata.len().max(config.targets.len());
        // Who connects for each round would always begin with the same one, be it a bad one.
        let first = (relay.draw)(u64::try_from(origins).unwrap_or(1));
        Self {
            relay,
            seat,
            transport: Transport::new(
                Client::hasty(RELAY_ORIGIN_SECONDS),
                &config.metadata,
                &config.targets,
                usize::try_from(first).unwrap_or(0),
            ),
            held: None,
            round: VecDeque::new(),
            root: None,
            highest: None,
        }
    }

    /// The time of the relay's clock.
    pub(super) fn seconds(&self) -> u64 {
        self.relay.clock.now().seconds()
    }

    /// Up to `max` bytes of an object from `offset` on, and whether it ends behind them; `None`
    /// where there is no such object.
    pub(super) fn bytes(
        &mut self,
        address: &str,
        offset: u64,
        max: usize,
    ) -> Result<Option<(Vec<u8>, bool)>, Refusal> {
        let object = Object::parse(address).ok_or(Refusal::Address)?;
        let held = self.held.as_ref();
        let goes_on =
            held.is_some_and(|held| held.key.address == address && held.next == Some(offset));
        if !goes_on {
            self.begin(&object, address);
        }
        let start = start_of(&object, offset);
        let held = self.held.take();
        let held = held.filter(|held| goes_on && held.key.start == start);
        let held = match held.or_else(|| self.kept(&object, address, start)) {
            None => self.fetch(&object, address, start)?,
            held => held,
        };
        let Some(mut held) = held else {
            return Ok(None);
        };
        let (bytes, end) = cut(&held.part, offset - start, max);
        held.next = (!end).then(|| offset.saturating_add(bytes.len() as u64));
        self.held = Some(held);
        Ok(Some((bytes, end)))
    }

    /// Something else than what follows the last answer is asked for.
    fn begin(&mut self, object: &Object, address: &str) {
        let held = self.held.as_ref();
        let is_again = held.is_some_and(|held| held.key.address == address);
        if self.begins_round(object) {
            self.round.clear();
            self.disbelieve();
        } else if is_again && !object.is_metadata() {
            self.disbelieve();
        }
    }

    /// A round begins with the root after the trusted one, and goes up as long as there are any
    /// (TUF 5.3).
    fn begins_round(&mut self, object: &Object) -> bool {
        let Object::Root(version) = object else {
            self.root = None;
            return false;
        };
        if self.highest > Some(*version) {
            return false;
        }
        self.highest = Some(*version);
        let before = self.root.replace(*version);
        before.is_none_or(|before| *version <= before)
    }

    fn disbelieve(&mut self) {
        if let Some(held) = self.held.take() {
            self.transport.doubt(held.origin);
            self.cache().forget(&held.key.origin, &held.key.address);
        }
    }

    /// A part from the cache: that of the origin which gave the document in this round already, or
    /// else that of the one which would be asked first.
    fn kept(&mut self, object: &Object, address: &str, start: u64) -> Option<Held<'r>> {
        let given = self.round.iter().find(|(given, _)| given == address);
        let first = || self.transport.origins(object).first().copied();
        let origin = given.map(|(_, origin)| *origin).or_else(first)?;
        let key = key_of(origin, address, start);
        let part = self.cache().get(&key)?;
        Some(self.noted(object, origin, key, part))
    }

    /// Fetches one byte more than is kept, to know where the object ends.
    fn fetch(
        &mut self,
        object: &Object,
        address: &str,
        start: u64,
    ) -> Result<Option<Held<'r>>, Refusal> {
        let began = self.seconds();
        if !self.seat.spend(began) {
            return Err(Refusal::Often);
        }
        let most = if object.is_metadata() {
            RELAY_DOCUMENT_BYTES
        } else {
            RELAY_PART_BYTES
        };
        let request = Request {
            address: address.split_once('/').unwrap_or_default().1,
            offset: start,
            max: most + 1,
            is_part: !object.is_metadata(),
            etag: None,
        };
        let origins = self.transport.origins(object).into_iter();
        let in_time = origins.take_while(|_| self.seconds() < began + RELAY_SEARCH_SECONDS);
        let found = self
            .transport
            .get(in_time.map(|origin| (origin, request)), object);
        let (origin, reply) = found.map_err(|error| {
            tracing::warn!(%error, address, "no origin");
            Refusal::Origin
        })?;
        let Reply::Bytes { mut bytes, .. } = reply else {
            return Ok(None);
        };
        let is_last = bytes.len() <= most;
        if !is_last && object.is_metadata() {
            self.transport.doubt(origin);
            return Err(Refusal::TooLarge);
        }
        bytes.truncate(most);
        let (bytes, key) = (bytes.into(), key_of(origin, address, start));
        let part = Part { bytes, is_last };
        // A timestamp may be out of date as soon as it is here.
        if *object != Object::Timestamp {
            self.cache().put(key.clone(), part.clone());
        }
        Ok(Some(self.noted(object, origin, key, part)))
    }

    /// A part that is about to be given.
    fn noted(&mut self, object: &Object, origin: &'r Origin, key: Key, part: Part) -> Held<'r> {
        if object.is_metadata() {
            self.round.retain(|(given, _)| *given != key.address);
            self.round.push_back((key.address.clone(), origin));
            if self.round.len() > RELAY_ROUND_DOCUMENTS {
                self.round.pop_front();
            }
        }
        Held {
            origin,
            key,
            part,
            next: None,
        }
    }

    fn cache(&self) -> MutexGuard<'r, Cache> {
        self.relay
            .cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of(origin: &Origin, address: &str, start: u64) -> Key {
    Key {
        origin: origin.name(),
        address: address.to_owned(),
        start,
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

fn cut(part: &Part, offset: u64, max: usize) -> (Vec<u8>, bool) {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = part.bytes.get(start..).unwrap_or_default();
    let bytes = rest.get(..max).unwrap_or(rest);
    (bytes.to_vec(), part.is_last && bytes.len() == rest.len())
}
