//! Numbers and bytes of persisted records, little endian, at fixed places.

use heapless::String;
use sealift_metadata::Digest;

/// Length of a record's checksum in bytes: a truncated SHA-256, against accidents only.
pub(crate) const CHECKSUM_BYTES: usize = 8;

/// Writes a record from its first byte on.
pub(crate) struct Writer<'r> {
    rest: &'r mut [u8],
}

impl<'r> Writer<'r> {
    pub(crate) const fn new(record: &'r mut [u8]) -> Self {
        Self { rest: record }
    }

    /// Records have room for everything that they hold: what does not fit is a defect that the
    /// record's own round trip test finds.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let rest = core::mem::take(&mut self.rest);
        if let Some((now, later)) = rest.split_at_mut_checked(bytes.len()) {
            now.copy_from_slice(bytes);
            self.rest = later;
        }
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// As [`Self::text`], for a reader that takes ASCII alone: each other byte becomes a `?`.
    pub(crate) fn ascii<const N: usize>(&mut self, text: &str) {
        self.field::<N>(text, |byte| if byte.is_ascii() { byte } else { b'?' });
    }

    /// A text of at most `N` bytes: its length, then `N` bytes, the unused ones 0.
    pub(crate) fn text<const N: usize>(&mut self, text: &str) {
        self.field::<N>(text, |byte| byte);
    }

    fn field<const N: usize>(&mut self, text: &str, written: impl Fn(u8) -> u8) {
        let mut field = [0; N];
        for (to, from) in field.iter_mut().zip(text.bytes()) {
            *to = written(from);
        }
        self.u8(u8::try_from(text.len()).unwrap_or(u8::MAX));
        self.bytes(&field);
    }
}

/// Reads a record from its first byte on; `None` when it is too short or says nonsense.
pub(crate) struct Reader<'r> {
    rest: &'r [u8],
}

impl<'r> Reader<'r> {
    pub(crate) const fn new(record: &'r [u8]) -> Self {
        Self { rest: record }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (now, later) = self.rest.split_first_chunk()?;
        self.rest = later;
        Some(*now)
    }

    /// What was not read yet.
    pub(crate) const fn rest(&self) -> &'r [u8] {
        self.rest
    }

    /// Reads all of it.
    pub(crate) fn take_rest(&mut self) -> &'r [u8] {
        core::mem::take(&mut self.rest)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn digest(&mut self) -> Option<Digest> {
        self.array().map(Digest::from_bytes)
    }

    /// A text of ASCII alone: a boot loader has no half kilobyte for what checks any other.
    pub(crate) fn ascii<const N: usize>(&mut self) -> Option<String<N>> {
        let length = usize::from(self.u8()?);
        let (field, later) = self.rest.split_at_checked(N)?;
        self.rest = later;
        let mut text = String::new();
        for byte in field.get(..length)? {
            text.push(byte.is_ascii().then_some(char::from(*byte))?)
                .ok()?;
        }
        Some(text)
    }

    pub(crate) fn text<const N: usize>(&mut self) -> Option<&'r str> {
        let length = usize::from(self.u8()?);
        let (field, later) = self.rest.split_at_checked(N)?;
        self.rest = later;
        core::str::from_utf8(field.get(..length)?).ok()
    }
}

/// Puts the checksum of all bytes before it at the end of `record`.
pub(crate) fn seal(record: &mut [u8]) {
    let at = record.len().saturating_sub(CHECKSUM_BYTES);
    if let Some((payload, checksum)) = record.split_at_mut_checked(at) {
        checksum.copy_from_slice(&checksum_of(payload));
    }
}

/// Whether `record` ends in the checksum of what stands before.
pub(crate) fn is_sealed(record: &[u8]) -> bool {
    let at = record.len().saturating_sub(CHECKSUM_BYTES);
    record
        .split_at_checked(at)
        .is_some_and(|(payload, checksum)| checksum == checksum_of(payload))
}

/// Whether nothing was ever written here.
pub(crate) fn is_erased(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0xff)
}

fn checksum_of(payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = Digest::of(payload);
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}
