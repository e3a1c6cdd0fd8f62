//! Everything that a device does on NOR flash, for its firmware and for its boot loader: [`Board`].
//!
//! **A boot loader calls [`Board::open`] and [`Board::boot`] and jumps. Firmware calls
//! [`Board::open`] and [`Board::stored`], hands every [`FlashOp`](crate::FlashOp) to
//! [`Board::perform`] and every [`Record`](crate::Record) to [`Board::persist`], tells the machine
//! the event that they return, and calls [`Board::confirm`] once its self-test has passed.**
//!
//! The flash is anything that implements `embedded_storage`'s `NorFlash`: program units of 1 to 32
//! bytes, sectors of any sizes, erased to ones or to zeros, with or without ECC. A programmed unit
//! is never programmed again. A read that fails
//! [`READ_ATTEMPTS`](crate::limits::READ_ATTEMPTS) times counts as an invalid record, never as a
//! blank one: a device that cannot read its records is no fresh one.
//!
//! # Rows of records
//!
//! Boot records and floor log lie in two areas each, in a row of places of 384 bytes. Each
//! statement is written twice: a first copy, and once that was read back, a second one that says
//! so. A row that is full goes on in the other area, which is erased for it. What is torn is
//! stepped over, in the very first statement, too: a device is delivered with erased areas.
//!
//! A cut of the power can leave a unit that reads well today and ill tomorrow. Whoever finds the
//! second copy knows that the first one was complete, so that the statement will stand whatever
//! becomes of the second. Whoever finds a first copy alone, or something torn behind the newest
//! record, states the same anew, before anything is done in its name. So nothing is ever decided on
//! what may be gone at the next boot, an ordinary boot writes nothing, and a single bit that rots
//! takes nothing away.
//!
//! On flash that is erased to zeros, each byte of a record is inverted.
//!
//! # Several components
//!
//! A board whose [`Layout`](crate::nor::Layout) names `others` beside its first component is opened by
//! [`Board::open_set`]. Its boot records are [`SetState`]s, in places of 1,216 bytes: one statement
//! says which letter's slots run, and which image each of them holds. [`Board::boot`] reads them all.
//!
//! # Erasing
//!
//! A slot's sector is erased when a block of the image that covers its first byte has been
//! verified. As long as the power stays on, that is once per download, whatever the link does, and
//! an image is downloaded [`DOWNLOAD_ATTEMPTS`](crate::limits::DOWNLOAD_ATTEMPTS) times at most. A
//! cut costs one more: the sector that was being written is begun again, as soon as its rest is
//! not blank.
//!
//! Progress is recorded [`PROGRESS_RECORDS`](crate::limits::PROGRESS_RECORDS) times in a download
//! over a link that holds, and whatever the link does, never more often than the image has blocks.
//! Four more records begin a download, stage it, put it on trial and count that down; a fifth
//! confirms it. So a download of 50 blocks takes 55 statements at most. An area of 4,096 bytes has
//! room for five, and the two take turns: each is erased six times. A statement that stands already
//! is not written again. Areas of [evidence](crate::evidence) are erased once in each round that has
//! a whole image in its slot and is to stage it.

/// What can go wrong on flash.
mod fault;
/// Where everything lies.
mod layout;

/// Bytes on flash: aligned, padded, read back.
mod chip;
/// What is stated in rows.
mod kept;
/// Records in a row, two of each, on two areas.
mod row;

/// What proves the image of a slot.
mod evidence;
/// The boot loader's side.
mod loader;
/// The trusted root.
mod roots;
/// Work on slots, and where a download goes on.
mod slots;

use embedded_storage::nor_flash::NorFlash;

use crate::action::{Event, Record};
use crate::boot::BootState;
use crate::floor_log::Log;
use crate::others::Part;
use crate::records::set::SetState;
use crate::slot::SlotId;
use crate::{Error, Result, Stored};
use chip::Chip;
use row::Row;

pub use fault::Fault;
pub use kept::Kept;
pub use layout::{Area, Layout, OtherSlots, Sectors};
pub use roots::RootCopy;

/// What erased flash reads as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Erased {
    /// Bytes of `0xff`.
    #[default]
    Ones,
    /// Bytes of `0x00`.
    Zeros,
}

/// A device's flash. See the [module](self) for who calls what. `K` is what its boot records hold:
/// that of one component, or of several.
#[derive(Debug)]
pub struct Board<'l, F, K = BootState> {
    chip: Chip<F>,
    layout: Layout<'l>,
    boot: K,
    boot_row: Row,
    log: Log,
    /// `None` until the log was read: a boot loader has no need of it.
    log_row: Option<Row>,
}

impl<'l, F: NorFlash> Board<'l, F> {
    /// Checks the layout of a board of one component, and reads its boot records. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Layout`]; [`Error::BootRecords`] when no record is valid, though some were written or
    /// cannot be read: a reset may read them again, recovery is up to the board.
    pub fn open(flash: F, layout: Layout<'l>, erased: Erased) -> Result<Self> {
        layout.check(&flash)?;
        if !layout.others.is_empty() {
            return Err(Error::layout("number of components"));
        }
        Self::open_fitting(flash, layout, erased)
    }

    /// [`Board::open`] with a layout of which [`Layout::fits`] was asserted before. What does not
    /// fit is an error later, when it is used.
    ///
    /// # Errors
    /// [`Error::BootRecords`], as there.
    pub fn open_fitting(flash: F, layout: Layout<'l>, erased: Erased) -> Result<Self> {
        Self::read(flash, layout, erased)
    }
}

impl<'l, F: NorFlash> Board<'l, F, SetState> {
    /// [`Board::open`] for a board of several components, which are the first one and those that the
    /// layout names besides.
    ///
    /// # Errors
    /// As there.
    pub fn open_set(flash: F, layout: Layout<'l>, erased: Erased) -> Result<Self> {
        layout.check(&flash)?;
        if layout.others.is_empty() {
            return Err(Error::layout("number of components"));
        }
        Self::read(flash, layout, erased)
    }
}

impl<'l, F: NorFlash, K: Kept> Board<'l, F, K> {
    fn read(flash: F, layout: Layout<'l>, erased: Erased) -> Result<Self> {
        let mut chip = Chip::new(flash, erased);
        let read = Row::read::<F, K>(&mut chip, layout.boot);
        let (boot_row, boot) = read.ok_or(Error::BootRecords)?;
        let boot = boot.unwrap_or_else(K::factory);
        Ok(Self {
            chip,
            layout,
            boot,
            boot_row,
            log: Log::default(),
            log_row: None,
        })
    }

    /// What the boot records say of the first component, and of a set.
    pub fn state(&self) -> &BootState {
        self.boot.boot()
    }

    /// What the boot records say of the other components: what [`Others::new`](crate::Others::new)
    /// takes, once [`Self::stored`] was called.
    pub fn parts(&self) -> &[Part] {
        self.boot.parts()
    }

    /// What the machine begins a round with, once the board is [settled](Self::settle).
    ///
    /// # Errors
    /// As [`Self::settle`].
    pub fn stored(&mut self) -> Result<Stored> {
        self.settle()?;
        Ok(self.settled())
    }

    /// What the machine begins a round with, of a board that is [settled](Self::settle): copied, and
    /// nothing else, where memory is short.
    #[inline(never)]
    pub fn settled(&self) -> Stored {
        Stored {
            log: self.log.clone(),
            boot: self.boot.boot().clone(),
        }
    }

    /// Reads the floor log. What could be gone at the next boot is stated anew first, and so is a
    /// download that has to go on earlier than was recorded: no later than where everything before
    /// is whole and everything behind is blank.
    ///
    /// # Errors
    /// [`Error::FloorLog`] when no record of the log is valid, though some were written;
    /// [`Error::Storage`] with the code of a [`Fault`].
    #[inline(never)]
    pub fn settle(&mut self) -> Result<()> {
        let layout = self.layout;
        let mut boot = self.boot.clone();
        self.lower_progress(&mut boot);
        // Before the sector behind is erased: a cut after that must not find the progress of before.
        self.keep_boot(&boot)?;
        let read = Row::read::<F, Log>(&mut self.chip, layout.log);
        let (mut row, log) = read.ok_or(Error::FloorLog)?;
        self.log = log.unwrap_or_default();
        if !row.is_blank() && !row.is_settled() {
            row.write(&mut self.chip, layout.log, &self.log)?;
        }
        self.log_row = Some(row);
        Ok(())
    }

    /// Makes durable what the machine asks for, and says what to tell it.
    pub fn persist(&mut self, record: &Record<'_>) -> Event<'static> {
        let kept = match record {
            // A root whose log was lost could undo a recovery (TUF 5.3.11).
            Record::Root { bytes, log } => {
                let trusted = self.log.root;
                self.keep_log(log)
                    .and_then(|()| self.keep_root(bytes, trusted))
            }
            Record::Document { log, .. } | Record::Log(log) => self.keep_log(log),
            // Where there are several components, a row has longer places.
            Record::Boot(state, parts) => match self.boot.with(state, parts) {
                Some(state) => self.keep_boot(&state),
                None => Err(Fault::Range),
            },
        };
        kept.map_or_else(|fault| Event::Failed(fault.code()), |()| Event::Done)
    }

    /// Confirms the trial, if it is what runs, and makes that durable. `running` is the slot that
    /// the caller was linked for, or is mapped from: where a trial could not be counted down, the
    /// other slot runs in its stead, and must not confirm it.
    ///
    /// # Errors
    /// [`Error::NothingToConfirm`]; [`Error::Storage`] when it could not be written: then the next
    /// boot tells whether it is confirmed.
    pub fn confirm(&mut self, running: SlotId) -> Result<SlotId> {
        if self.state().active == running {
            return Err(Error::NothingToConfirm);
        }
        let mut state = self.boot.clone();
        let (boot, parts) = state.split();
        let id = boot.confirm_set(parts)?;
        self.keep_boot(&state)?;
        Ok(id)
    }

    /// The flash, to look at: what is mapped into memory needs no copy.
    pub const fn flash(&self) -> &F {
        self.chip.flash()
    }

    /// The flash, when nothing is left to do.
    pub fn release(self) -> F {
        self.chip.release()
    }

    fn keep_boot(&mut self, state: &K) -> core::result::Result<(), Fault> {
        let stands = self.boot_row.is_blank() || self.boot_row.is_settled();
        if *state == self.boot && stands {
            return Ok(());
        }
        self.boot_row
            .write(&mut self.chip, self.layout.boot, state)?;
        self.boot = state.clone();
        Ok(())
    }

    fn keep_log(&mut self, log: &Log) -> core::result::Result<(), Fault> {
        let row = self.log_row.as_mut().ok_or(Fault::LogNotRead)?;
        if *log == self.log && row.is_settled() {
            return Ok(());
        }
        row.write(&mut self.chip, self.layout.log, log)?;
        self.log = log.clone();
        Ok(())
    }
}
