//! A body that must not trickle: whoever sends a byte now and then holds a device for ever.

use std::io::{Error, Read, Result};

use crate::limits::{LEAST_BYTES_PER_SECOND, SLOW_START_SECONDS};

/// Reads on only while enough comes.
pub(super) struct Paced<R, C> {
    body: R,
    /// Seconds since the body was asked for.
    seconds: C,
    got: u64,
}

impl<R: Read, C: Fn() -> u64> Paced<R, C> {
    pub(super) const fn new(body: R, seconds: C) -> Self {
        Self {
            body,
            seconds,
            got: 0,
        }
    }

    fn is_too_slow(&self) -> bool {
        let seconds = (self.seconds)();
        let least = seconds.saturating_mul(LEAST_BYTES_PER_SECOND);
        seconds > SLOW_START_SECONDS && self.got < least
    }
}

impl<R: Read, C: Fn() -> u64> Read for Paced<R, C> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let got = self.body.read(buffer)?;
        self.got = self
            .got
            .saturating_add(u64::try_from(got).unwrap_or(u64::MAX));
        if got > 0 && self.is_too_slow() {
            let text = format!("less than {LEAST_BYTES_PER_SECOND} bytes a second");
            return Err(Error::other(text));
        }
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Reads a body that sends `piece` bytes every ten seconds; what came of it.
    fn read(piece: usize, pieces: usize) -> Result<usize> {
        struct Slow<'c>(&'c Cell<u64>, usize, usize);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
                let Self(clock, piece, left) = self;
                if *left == 0 {
                    return Ok(0);
                }
                *left -= 1;
                clock.set(clock.get() + 10);
                Ok((*piece).min(buffer.len()))
            }
        }
        let clock = Cell::new(0);
        let mut paced = Paced::new(Slow(&clock, piece, pieces), || clock.get());
        let (mut total, mut buffer) = (0, [0; 4096]);
        loop {
            match paced.read(&mut buffer)? {
                0 => return Ok(total),
                got => total += got,
            }
        }
    }

    #[test]
    fn an_answer_that_trickles_is_given_up_and_a_slow_one_is_not() {
        let enough = usize::try_from(10 * LEAST_BYTES_PER_SECOND).unwrap();
        assert_eq!(read(enough, 100).unwrap(), 100 * enough);
        assert!(read(enough - 1, 100).is_err());
        assert!(read(1, 100).is_err());
        // A line may need a while to come alive, and an answer may be short.
        let start = usize::try_from(SLOW_START_SECONDS / 10).unwrap();
        assert_eq!(read(1, start).unwrap(), start);
    }
}
