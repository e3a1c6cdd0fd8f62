//! The window that a document passes through: bytes come in behind, whole pieces go out in front.

use core::ops::Range;

use crate::Result;
use crate::error::{Error, Role};
use crate::json::{Cutter, Fault, Read, Reader, What, refuse_control_characters};
use crate::shape::Level;

/// What becomes of a piece once it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its bytes make way.
    Forgotten,
    /// It stays in the window, with the comma or bracket behind it, and with all pieces that were
    /// kept before.
    Kept,
    /// It makes way, and so do all pieces that were kept.
    Released,
}

/// A part of the document, cut out.
pub(crate) struct Passing<'w> {
    pub(crate) what: What,
    pub(crate) level: Level,
    /// Reads its bytes, and keeps why it is refused.
    pub(crate) reader: Reader<'w>,
    /// The pieces that were kept.
    pub(crate) kept: &'w [u8],
}

/// A document on its way through a window. The window is the caller's, and the same in each call.
#[derive(Debug)]
pub(crate) struct Feed {
    cutter: Cutter,
    /// Where what was kept ends, where the bytes that were not cut begin, and where they end.
    kept: usize,
    from: usize,
    to: usize,
    /// Length of all that came, in bytes.
    length: u64,
}

impl Feed {
    pub(crate) fn new(document: Level, role: Role) -> Self {
        Self {
            cutter: Cutter::new(document, role),
            kept: 0,
            from: 0,
            to: 0,
            length: 0,
        }
    }

    /// Length of all that came, in bytes.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Says that the document came to its end.
    ///
    /// # Errors
    /// [`Error::Json`]; [`Error::WindowFull`] for a piece that did not fit; what `take` returned.
    pub(crate) fn finish(&self) -> Result<()> {
        if let Some(fault) = self.cutter.refused() {
            return Err(fault);
        }
        if self.cutter.is_over() && self.from == self.to {
            return Ok(());
        }
        let at = usize::try_from(self.length).unwrap_or(usize::MAX);
        let fault = Fault::Truncated;
        Err(Error::json(fault, at))
    }

    /// Takes the next bytes, and calls `take` with every piece that is whole now. What goes wrong
    /// is said at the end.
    pub(crate) fn push(
        &mut self,
        window: &mut [u8],
        bytes: &[u8],
        take: &mut dyn FnMut(&mut Passing<'_>) -> Read<Fate>,
    ) {
        let taken = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(taken);
        if self.cutter.refused().is_none() {
            // The cutter keeps what went wrong first: nothing is read after that.
            let _ = self.read(window, bytes, take);
        }
    }

    fn read(
        &mut self,
        window: &mut [u8],
        mut bytes: &[u8],
        take: &mut dyn FnMut(&mut Passing<'_>) -> Read<Fate>,
    ) -> Read<()> {
        let clean = refuse_control_characters(bytes);
        clean.map_err(|error| self.cutter.refuse(&error))?;
        while !bytes.is_empty() {
            bytes = self.fill(window, bytes)?;
            while self.cut(window, take)? {}
        }
        Ok(())
    }

    /// Lays as many bytes as fit behind the others, and returns those that are left.
    fn fill<'b>(&mut self, window: &mut [u8], bytes: &'b [u8]) -> Read<&'b [u8]> {
        if self.to == window.len() && self.from > self.kept {
            self.to = shift(window, self.from..self.to, self.kept);
            self.from = self.kept;
        }
        let room = window.get_mut(self.to..).unwrap_or_default();
        if room.is_empty() {
            return Err(self.cutter.refuse(&Error::WindowFull));
        }
        let (now, later) = bytes.split_at(bytes.len().min(room.len()));
        for (to, from) in room.iter_mut().zip(now) {
            *to = *from;
        }
        self.to = self.to.saturating_add(now.len());
        Ok(later)
    }

    /// Takes one piece out; `false` when none is whole.
    fn cut(
        &mut self,
        window: &mut [u8],
        take: &mut dyn FnMut(&mut Passing<'_>) -> Read<Fate>,
    ) -> Read<bool> {
        let rest = window.get(self.from..self.to).unwrap_or_default();
        let Some(cut) = self.cutter.next(rest)? else {
            return Ok(false);
        };
        let length = cut.length;
        let mut passing = Passing {
            what: cut.what,
            level: cut.level,
            reader: self.cutter.reader(rest.get(..length).unwrap_or_default()),
            kept: window.get(..self.kept).unwrap_or_default(),
        };
        let fate = take(&mut passing);
        let fate = passing.reader.result(fate);
        let fate = fate.map_err(|error| self.cutter.refuse(&error))?;
        let end = self.from.saturating_add(length);
        match fate {
            Fate::Forgotten => {}
            Fate::Released => self.kept = 0,
            // What ends a piece was seen: it lies right behind it, and is kept with it.
            Fate::Kept => self.kept = shift(window, self.from..end.saturating_add(1), self.kept),
        }
        self.from = end;
        Ok(true)
    }
}

/// Copies some bytes of the window down to `at`, one by one, and returns where they end:
/// `copy_within` would bring one and a half kilobytes of code to small targets, and a way to panic.
fn shift(window: &mut [u8], bytes: Range<usize>, mut at: usize) -> usize {
    for from in bytes {
        if let Some(byte) = window.get(from).copied()
            && let Some(place) = window.get_mut(at)
        {
            *place = byte;
            at = at.saturating_add(1);
        }
    }
    at
}
