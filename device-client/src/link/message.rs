//! Requests and answers.

use super::crc::Crc;
use super::frame;
use crate::codec::Reader;
use crate::limits::{LINK_ADDRESS_BYTES, LINK_DATA_BYTES};

const ASK_BYTES: u8 = 0x01;
const ASK_TIME: u8 = 0x02;
const BYTES: u8 = 0x81;
const LAST_BYTES: u8 = 0x82;
const ABSENT: u8 = 0x83;
const FAILED: u8 = 0x84;
const TIME: u8 = 0x85;

/// What a device asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Bytes of an object.
    Bytes {
        /// The address of the object, as [`Object`](crate::Object) writes it.
        address: &'a str,
        /// Where to start, in bytes.
        offset: u64,
        /// How many bytes at most, 1 to [`LINK_DATA_BYTES`].
        max: u16,
    },
    /// What time it is.
    Time,
}

impl<'a> Request<'a> {
    /// Sends the request under a number. Returns the check that its answer will carry.
    pub fn send(&self, number: u16, out: impl FnMut(&[u8])) -> u32 {
        let number = number.to_le_bytes();
        let send = |message: &[&[u8]]| {
            frame::send(message, out);
            Crc::of(message)
        };
        match self {
            Self::Time => send(&[&[ASK_TIME], &number]),
            Self::Bytes {
                address,
                offset,
                max,
            } => send(&[
                &[ASK_BYTES],
                &number,
                &offset.to_le_bytes(),
                &max.to_le_bytes(),
                address.as_bytes(),
            ]),
        }
    }

    /// Reads a message; `None` when it is no request that this version knows.
    pub fn read(message: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(message);
        let (kind, _number) = (reader.u8()?, reader.array::<2>()?);
        match kind {
            ASK_TIME => reader.rest().is_empty().then_some(Self::Time),
            ASK_BYTES => {
                let offset = reader.u64()?;
                let max = reader.array().map(u16::from_le_bytes)?;
                let is_in_reach = (1..=LINK_DATA_BYTES).contains(&usize::from(max));
                let address = Some(reader.rest()).filter(|rest| rest.len() <= LINK_ADDRESS_BYTES);
                let address = core::str::from_utf8(address?).ok()?;
                is_in_reach.then_some(Self::Bytes {
                    address,
                    offset,
                    max,
                })
            }
            _ => None,
        }
    }
}

/// What a gateway answers to the request with some check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The CRC-32 of the request.
    pub about: u32,
    /// What it says.
    pub reply: Reply<'a>,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// Bytes of the object, from the offset on.
    Bytes {
        /// The bytes.
        bytes: &'a [u8],
        /// Whether the object ends behind them.
        end: bool,
    },
    /// There is no such object.
    Absent,
    /// The gateway cannot tell; the number of a [`Refusal`], or one that a later gateway knows.
    Failed(u16),
    /// A hint: seconds since 1970, by a clock that nobody vouches for.
    Time(u64),
}

/// Why a gateway gives no bytes. The numbers never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 1: the address is none of an object of a repository.
    Address,
    /// 2: no origin could give it.
    Origin,
    /// 3: the document is longer than the gateway keeps in memory.
    TooLarge,
    /// 4: the request is of no known kind, or asks for 0 bytes, or for more than one frame holds.
    Request,
    /// 5: the device asked for more in a short time than the gateway fetches for one: later again.
    Often,
}

impl Refusal {
    /// The number of the fact.
    pub const fn code(self) -> u16 {
        match self {
            Self::Address => 1,
            Self::Origin => 2,
            Self::TooLarge => 3,
            Self::Request => 4,
            Self::Often => 5,
        }
    }
}

impl<'a> Answer<'a> {
    /// What answers `request`, a whole message.
    pub fn to(request: &[u8], reply: Reply<'a>) -> Self {
        Self {
            about: Crc::of(&[request]),
            reply,
        }
    }

    /// Sends the answer.
    pub fn send(&self, out: impl FnMut(&[u8])) {
        let about = self.about.to_le_bytes();
        let send = |kind: u8, rest: &[u8]| frame::send(&[&[kind], &about, rest], out);
        match self.reply {
            Reply::Bytes { bytes, end: false } => send(BYTES, bytes),
            Reply::Bytes { bytes, end: true } => send(LAST_BYTES, bytes),
            Reply::Absent => send(ABSENT, &[]),
            Reply::Failed(code) => send(FAILED, &code.to_le_bytes()),
            Reply::Time(seconds) => send(TIME, &seconds.to_le_bytes()),
        }
    }

    /// Reads a message; `None` when it is no answer that this version knows.
    pub fn read(message: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(message);
        let (kind, about) = (reader.u8()?, reader.u32()?);
        let reply = match kind {
            BYTES | LAST_BYTES => Reply::Bytes {
                bytes: reader.take_rest(),
                end: kind == LAST_BYTES,
            },
            ABSENT => Reply::Absent,
            FAILED => Reply::Failed(reader.array().map(u16::from_le_bytes)?),
            TIME => Reply::Time(reader.u64()?),
            _ => return None,
        };
        reader.rest().is_empty().then_some(Self { about, reply })
    }
}
