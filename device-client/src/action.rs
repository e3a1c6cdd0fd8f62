//! What the machine asks of its driver, and what the driver tells it.

use sealift_metadata::name::TargetPath;

use crate::boot::BootState;
use crate::evidence::EvidenceOp;
use crate::floor_log::Log;
use crate::object::Object;
use crate::others::Part;
use crate::select::Refusal;
use crate::slot::SlotId;

/// What to do now. The same is asked until its event arrives.
#[derive(Debug)]
pub enum Action<'m> {
    /// Fetch up to `max` bytes of `object` from `offset` on, and hand them over by
    /// [`Event::Bytes`] in any number of pieces. Asked again after a piece, it names the rest.
    Fetch {
        /// The object.
        object: Object,
        /// Where to start, in bytes.
        offset: u64,
        /// How many bytes at most; never hand over more.
        max: usize,
    },
    /// Work on a slot.
    Flash(FlashOp<'m>),
    /// Work on the [evidence](crate::evidence) of a slot, then say [`Event::Done`]. Nobody is asked
    /// for it who did not call `keep_evidence`.
    Evidence(EvidenceOp<'m>),
    /// Make something durable, then say [`Event::Done`].
    Persist(Record<'m>),
    /// Let some time pass, then say [`Event::Done`].
    Wait {
        /// How many seconds.
        seconds: u64,
    },
    /// Take note, then say [`Event::Done`].
    Report(Report),
    /// Everything is durable: reboot into the trial. The round is over.
    Reboot,
    /// The round is over; nothing is left to do.
    Idle,
}

/// Work on a slot, always one that is not running. `component` is 0 for the first component, and
/// else the place of another one in [`Others::components`](crate::Others::components), from 1 on.
#[derive(Debug)]
pub enum FlashOp<'m> {
    /// Read, and hand the bytes over by [`Event::FlashBytes`] in any number of pieces.
    Read {
        /// Whose slot.
        component: usize,
        /// The slot.
        slot: SlotId,
        /// Where to start, in bytes.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// Erase every page that begins in the range, then say [`Event::Done`]. One that began before
    /// it was erased for the bytes before.
    Erase {
        /// Whose slot.
        component: usize,
        /// The slot.
        slot: SlotId,
        /// Where to start, in bytes: a multiple of the device's erase size.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// Write, and say [`Event::Done`]. It has to be durable before the next [`Record::Boot`] is,
    /// which counts on it.
    Write {
        /// Whose slot.
        component: usize,
        /// The slot.
        slot: SlotId,
        /// Where to start, in bytes.
        offset: u64,
        /// What to write.
        bytes: &'m [u8],
    },
}

/// What is to be made durable.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to box in")]
pub enum Record<'m> {
    /// An accepted root, with what must not fall from here on. Write `log` first: a root whose
    /// log was lost could undo a recovery (TUF 5.3.11), a log whose root was lost costs a
    /// download.
    Root {
        /// Its bytes, as they came.
        bytes: &'m [u8],
        /// The state of the log.
        log: &'m Log,
    },
    /// The document that was fetched last was accepted. Only `log` has to be written; a driver
    /// with room for a cache may keep the document too, and answer with it when it is asked for
    /// again.
    Document {
        /// Which one.
        object: Object,
        /// The state of the log.
        log: &'m Log,
    },
    /// The state of the log alone.
    Log(&'m Log),
    /// The boot records, and what they say of the components beside the first: one record holds
    /// both.
    Boot(&'m BootState, &'m [Part]),
}

/// What a person or a server may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Report {
    /// Nothing newer is on offer.
    UpToDate,
    /// An offer was passed over.
    Skipped {
        /// The target on offer.
        path: TargetPath,
        /// Why it was.
        refusal: Refusal,
    },
    /// There is an image to be installed, by somebody else:
    /// [`FindOnly`](crate::FindOnly).
    Found {
        /// Its target.
        path: TargetPath,
        /// Its sequence.
        sequence: u64,
    },
    /// An image is being installed.
    Installing {
        /// Its target.
        path: TargetPath,
        /// Its sequence.
        sequence: u64,
        /// The first block that is still to be fetched.
        from_block: u32,
    },
    /// The image is whole in its slot, but the documents that it rests on were asked for too long
    /// ago: the next round activates it, if it is on offer still.
    Staged {
        /// Its sequence.
        sequence: u64,
    },
    /// The image is whole in its slot and will be tried by the next boot.
    Installed {
        /// Its sequence.
        sequence: u64,
    },
    /// A booted image is still to be confirmed; until then nothing is installed.
    AwaitingConfirmation {
        /// Its sequence.
        sequence: u64,
    },
}

/// What came of an action.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// Bytes of the object asked for. `end` stands with the last piece: the object is over, or
    /// `max` bytes were handed over.
    Bytes {
        /// The piece.
        bytes: &'e [u8],
        /// Whether it is the last one.
        end: bool,
    },
    /// The origin has no newer timestamp than this one, the copy that was persisted last. It is
    /// checked like any other, its expiry above all.
    NotModified(&'e [u8]),
    /// The object is not there (403, 404 or 410).
    Absent,
    /// Fetching, reading, writing or erasing failed; the code is the driver's own.
    Failed(u16),
    /// What was asked for is done, and durable.
    Done,
    /// Bytes of the slot, in order.
    FlashBytes(&'e [u8]),
}
