//! Boot records of a device of several components. Until a release brought it more than its first
//! one, they are those of a device of one: what it falls back to may know no others.
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
use crate::limits::{BOOT_RECORD_BYTES, SET_RECORD_BYTES};
use crate::others::{Part, Tag};
use crate::page::Stamp;

/// What a record begins with.
const SET_MAGIC: [u8; 4] = *b"SLB2";

/// Where the other components begin.
const OTHERS_AT: usize = BOOT_RECORD_BYTES - CHECKSUM_BYTES;

/// A record of either kind as it lies in its page.
pub type Bytes = Vec<u8, SET_RECORD_BYTES>;

/// The record of a device, as long as it has to be.
pub(super) fn encode(state: &BootState, parts: &[Part], stamp: Stamp) -> Bytes {
    let short = super::encode(state, stamp);
    let mut bytes = Bytes::new();
    if parts.iter().all(Part::is_blank) {
        // There is room for either.
        let _ = bytes.extend_from_slice(&short);
    } else {
        let _ = bytes.extend_from_slice(&encode_set(&short, parts));
    }
    bytes
}

fn encode_set(short: &super::Bytes, parts: &[Part]) -> [u8; SET_RECORD_BYTES] {
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
    let record: &[u8; SET_RECORD_BYTES] = page.first_chunk()?;
    if !codec::is_sealed(record) {
        return None;
    }
    let mut short: super::Bytes = *record.first_chunk()?;
    *short.first_chunk_mut()? = MAGIC;
    codec::seal(&mut short);
    let (state, stamp) = super::decode(&short)?;
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
    // As in a short record; and one without any news of others would have been short.
    let is_ours = encode(&state, &parts, stamp) == record;
    is_ours.then_some((state, parts, stamp))
}
