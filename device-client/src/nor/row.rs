//! Records in a row: two of each, on two areas that take turns. The [module above](super) says
//! why.

use embedded_storage::nor_flash::NorFlash;

use super::Fault;
use super::chip::Chip;
use super::kept::Statement;
use super::layout::{Area, area_of, narrow};
use crate::limits::{ROW_ATTEMPTS, ROW_PLACES_MIN};
use crate::page::{Page, Stamp};

/// Where a row stands.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// The newest record.
    newest: Stamp,
    /// The number of the next record: above that of any torn one.
    next: u64,
    /// The area that goes on, and how many of its bytes are used.
    end: (Page, u32),
    /// The area of the newest second copy: it is not erased before there is another.
    settled: Option<Page>,
    /// Whether something torn lies behind the newest record, which may read well some day.
    is_doubtful: bool,
    /// Whether the newest record is a first copy that begins its area, with nothing behind it, while
    /// the other area holds what stands. It was never acted upon, and its area may have been half
    /// erased since.
    is_alone: bool,
}

/// What is found in one area.
#[derive(Clone, Copy, Default)]
struct Seen {
    used: u32,
    /// Places that hold something, but no valid record.
    torn: u32,
    /// Those of them that cannot be read.
    unreadable: u32,
    /// Those of the torn ones that lie behind all valid records.
    torn_last: u32,
    has_valid: bool,
    /// Places that were begun as records, or that cannot be read: those may have been, too.
    begun: usize,
    /// The newest second copy.
    settled: Stamp,
}

impl Row {
    /// Reads both areas, and the newest statement. A device that was never written to has none,
    /// and nor has one whose very first records were torn.
    ///
    /// Returns `None` when no record is valid, though there were some.
    pub(crate) fn read<F: NorFlash, T: Statement>(
        chip: &mut Chip<F>,
        areas: [Area; 2],
    ) -> Option<(Self, Option<T>)> {
        let (mut row, mut statement) = (Self::default(), None);
        let [zero, one] =
            [Page::Zero, Page::One].map(|page| row.read_area(chip, areas, page, &mut statement));
        if statement.is_none() {
            // The first statements of all go to the first area. Fewer places than two statements
            // take are what cuts left of the first. They are stepped over: erasing them could leave
            // an area that cannot be read, and one that cannot be read for other reasons would be
            // lost.
            let is_birth = one.used == 0 && zero.begun < ROW_PLACES_MIN;
            row.is_doubtful = zero.used > 0;
            row.end = (Page::Zero, zero.used);
            // What cannot be read at all may be whole, and is not to be outdone.
            let garbled = zero.torn.saturating_sub(zero.unreadable);
            row.next = beyond(garbled).saturating_sub(1);
            return is_birth.then_some((row, None));
        }
        let torn = zero.torn.saturating_add(one.torn);
        row.next = row.newest.sequence.saturating_add(beyond(torn));
        row.settled = match zero.settled.max(one.settled) {
            newest if !newest.is_copy => None,
            newest if newest == zero.settled => Some(Page::Zero),
            _ => Some(Page::One),
        };
        let (page, _) = row.end;
        let (own, other) = match page {
            Page::Zero => (zero, one),
            Page::One => (one, zero),
        };
        row.end = (page, own.used);
        row.is_alone = !row.newest.is_copy
            && own.torn_last == 0
            && row.settled.is_some_and(|settled| settled != page);
        // In an area with valid records, all of them older, what is torn is older, too.
        row.is_doubtful = own.torn_last > 0 || (other.torn > 0 && !other.has_valid);
        Some((row, statement))
    }

    fn read_area<F: NorFlash, T: Statement>(
        &mut self,
        chip: &mut Chip<F>,
        areas: [Area; 2],
        page: Page,
        statement: &mut Option<T>,
    ) -> Seen {
        let area = area_of(areas, page);
        let mut seen = Seen::default();
        let place = place_bytes::<T>();
        for index in 0..area.length.checked_div(place).unwrap_or(0) {
            let offset = index.saturating_mul(place);
            let record: Option<T::Bytes> = match chip.read_record(area.start.saturating_add(offset))
            {
                Ok(None) => continue,
                Ok(Some(record)) => Some(record),
                Err(_) => None,
            };
            seen.used = offset.saturating_add(place);
            let is_ours = record
                .as_ref()
                .is_none_or(|record| record.as_ref().starts_with(&T::MAGIC));
            seen.begun = seen.begun.saturating_add(usize::from(is_ours));
            let is_unreadable = u32::from(record.is_none());
            seen.unreadable = seen.unreadable.saturating_add(is_unreadable);
            let Some((found, stamp)) = record.as_ref().and_then(T::decode) else {
                seen.torn = seen.torn.saturating_add(1);
                seen.torn_last = seen.torn_last.saturating_add(1);
                continue;
            };
            seen.torn_last = 0;
            seen.has_valid = true;
            if statement.is_none() || stamp > self.newest {
                (self.newest, *statement) = (stamp, Some(found));
                self.end = (page, 0);
            }
            if stamp.is_copy {
                seen.settled = seen.settled.max(stamp);
            }
        }
        seen
    }

    /// Whether nothing was ever written.
    pub(crate) const fn is_blank(&self) -> bool {
        let (_, used) = self.end;
        used == 0 && self.settled.is_none() && !self.is_doubtful
    }

    /// Whether the newest statement will stand, and no other come up instead.
    pub(crate) const fn is_settled(&self) -> bool {
        self.newest.is_copy && !self.is_doubtful
    }

    /// States `statement` twice, and reads both back.
    pub(crate) fn write<F: NorFlash, T: Statement>(
        &mut self,
        chip: &mut Chip<F>,
        areas: [Area; 2],
        statement: &T,
    ) -> Result<(), Fault> {
        let mut result = Err(Fault::Write);
        for attempt in 0..ROW_ATTEMPTS {
            if attempt == ROW_ATTEMPTS / 2 {
                // What follows may be half erased: the other area is erased first.
                self.end.1 = u32::MAX;
            }
            result = self.write_pair(chip, areas, statement);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn write_pair<F: NorFlash, T: Statement>(
        &mut self,
        chip: &mut Chip<F>,
        areas: [Area; 2],
        statement: &T,
    ) -> Result<(), Fault> {
        // Whatever fails from here on may be in flash all the same.
        self.is_doubtful = true;
        let place = place_bytes::<T>();
        let page = self.make_room(chip, areas, place)?;
        let first = Stamp::first(self.next);
        self.next = self.next.saturating_add(1);
        for stamp in [first, first.copy()] {
            let (_, used) = self.end;
            // A place that was begun is used, whatever comes of it.
            self.end = (page, used.saturating_add(place));
            let at = area_of(areas, page).start.saturating_add(used);
            chip.write_record(at, statement.encode(stamp).as_mut())?;
            self.newest = stamp;
        }
        self.settled = Some(page);
        self.is_doubtful = false;
        self.is_alone = false;
        Ok(())
    }

    /// The area with room for two places. One is erased for them when there is none; never the
    /// one that holds what will stand.
    fn make_room<F: NorFlash>(
        &mut self,
        chip: &mut Chip<F>,
        areas: [Area; 2],
        place: u32,
    ) -> Result<Page, Fault> {
        let (page, used) = self.end;
        if !self.is_alone {
            let end = used.saturating_add(place.saturating_mul(2));
            if end <= area_of(areas, page).length {
                return Ok(page);
            }
        }
        let page = self.settled.unwrap_or(page).other();
        let area = area_of(areas, page);
        chip.erase(area.start, area.end())?;
        self.end = (page, 0);
        self.is_alone = false;
        Ok(page)
    }
}

/// Length of a place in bytes.
const fn place_bytes<T: Statement>() -> u32 {
    narrow(size_of::<T::Bytes>())
}

/// How far the next number must be from the newest one that reads well, so that no torn record that
/// reads well some day has a higher one. Each torn one may have been numbered while those before it
/// read well, and was as far beyond them as this says: twice as far for each.
fn beyond(torn: u32) -> u64 {
    1_u32.checked_shl(torn).unwrap_or(u32::MAX).into()
}
