//! Boot records of a device of several components. Where they are files, they are those of a device of
//! one until a release brought it more than its first component: what it falls back to may know no
//! others. On [NOR flash](crate::nor), all of them are as long as this, from the factory on.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | magic `SLB2` |
//! | 4..376 | as in a [record](super) of one component, for the first one |
//! | 376 | number of components beside the first, 1 to 3 |
//! | 377..1199 | these, 274 bytes each; unused ones are 0 |
//! | 1199..1208 | 0 |
//! | 1208..1216 | the first 8 bytes of the SHA-256 of bytes 0..1208 |
//!
//! A component:
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | the first 4 bytes of the SHA-256 of its name |
//! | 4..12 | security floor |
//! | 12..143 | slot A, as in a record of one component: empty, receiving, staged or failed |
//! | 143..274 | slot B |
//!
//! Whether such a slot runs is said by the state of the first component's slot of the same letter.

use heapless::Vec;

use super::{MAGIC, Parts, read_slot, write_slot};
use crate::boot::BootState;
use crate::codec::{self, CHECKSUM_BYTES, Reader, Writer};
use crate::limits::{BOOT_RECORD_BYTES, OTHERS, SET_RECORD_BYTES};
use crate::others::{Part, Tag};
use crate::page::Stamp;

/// What a record begins with.
pub(crate) const SET_MAGIC: [u8; 4] = *b"SLB2";

/// Where the other components begin.
const OTHERS_AT: usize = BOOT_RECORD_BYTES - CHECKSUM_BYTES;

/// A record of either kind as it lies in its page.
pub type Bytes = Vec<u8, SET_RECORD_BYTES>;

/// A record that has room for others.
pub(crate) type LongBytes = [u8; SET_RECORD_BYTES];

/// Everything that the boot records of a device of several components hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetState {
    /// What they hold of the set, and of its first component.
    pub boot: BootState,
    /// What they hold of the others.
    pub parts: Parts,
}

/// These parts, and what is known of those that are not among them, as far as there is room: a writer
/// that does not know them loses nothing.
pub(crate) fn merged(known: &[Part], parts: &[Part]) -> Parts {
    let is_left_out =
        |known: &&Part| !known.is_blank() && parts.iter().all(|part| part.tag != known.tag);
    let known = known.iter().filter(is_left_out);
    parts.iter().chain(known).take(OTHERS).cloned().collect()
}

/// The record of a device, as long as it has to be.
pub(super) fn encode(state: &BootState, parts: &[Part], stamp: Stamp) -> Bytes {
    let short = super::encode(state, stamp);
    let mut bytes = Bytes::new();
    if parts.iter().all(Part::is_blank) {
        // There is room for either.
        let _ = bytes.extend_from_slice(&short);
    } else {
        let _ = bytes.extend_from_slice(&encode_long(state, parts, stamp));
    }
    bytes
}

/// The record of a device, with others whatever there is to say of them.
pub(crate) fn encode_long(state: &BootState, parts: &[Part], stamp: Stamp) -> LongBytes {
    let short = super::encode(state, stamp);
    let mut record = [0; SET_RECORD_BYTES];
    let mut writer = Writer::new(&mut record);
    writer.bytes(&SET_MAGIC);
    writer.bytes(short.get(SET_MAGIC.len()..OTHERS_AT).unwrap_or_default());
    writer.u8(u8::try_from(parts.len()).unwrap_or(u8::MAX));
    for part in parts {
        writer.bytes(&part.tag.0);
        writer.u64(part.floor);
        write_slot(&mut writer, &part.a);
        write_slot(&mut writer, &part.b);
    }
    codec::seal(&mut record);
    record
}

/// What a page's record says; `None` when it is not valid.
pub(super) fn decode(page: &[u8]) -> Option<(BootState, Parts, Stamp)> {
    if page.starts_with(&MAGIC) {
        let (state, stamp) = super::decode(page.first_chunk()?)?;
        return Some((state, Parts::new(), stamp));
    }
    let (state, stamp) = decode_long(page.first_chunk()?)?;
    // One without any news of others would have been short.
    let is_ours = !state.parts.iter().all(Part::is_blank);
    is_ours.then_some((state.boot, state.parts, stamp))
}

/// What a record says that has room for others; `None` when it is not valid.
pub(crate) fn decode_long(record: &LongBytes) -> Option<(SetState, Stamp)> {
    if !codec::is_sealed(record) {
        return None;
    }
    let mut short: super::Bytes = *record.first_chunk()?;
    *short.first_chunk_mut()? = MAGIC;
    codec::seal(&mut short);
    let (boot, stamp) = super::decode(&short)?;
    let mut reader = Reader::new(record.get(OTHERS_AT..)?);
    let mut parts = Parts::new();
    for _ in 0..reader.u8()? {
        let part = Part {
            tag: Tag(reader.array()?),
            floor: reader.u64()?,
            a: read_slot(&mut reader)?,
            b: read_slot(&mut reader)?,
        };
        parts.push(part).ok()?;
    }
    // As in a short record.
    let is_ours = encode_long(&boot, &parts, stamp) == *record;
    is_ours.then_some((SetState { boot, parts }, stamp))
}
