//! Points in time: whole seconds since 1970-01-01T00:00:00Z, written as TUF writes them.

use core::fmt;

use crate::Result;
use crate::error::Error;
use crate::json::{Read, Reader};
use crate::limits::LATEST_SECONDS;

/// How a point in time is written: a digit for each `0`.
const SHAPE: &[u8; 20] = b"0000-00-00T00:00:00Z";

/// A point in time in seconds since 1970. Nothing here reads a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// 1970-01-01T00:00:00Z, before everything signed.
    pub const EPOCH: Self = Self(0);

    /// Seconds since 1970, up to the end of the year 9999.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(if seconds > LATEST_SECONDS {
            LATEST_SECONDS
        } else {
            seconds
        })
    }

    /// Seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The point in time that lies `seconds` later.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    /// Reads `YYYY-MM-DDTHH:MM:SSZ`, the only form that TUF 4.2.1 allows.
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other form and for days that do not exist.
    pub fn parse(text: &str) -> Result<Self> {
        Self::of(text).ok_or(Error::invalid("expires"))
    }

    /// Reads a string that [`Self::parse`] takes.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        match Self::of(reader.plain()?) {
            Some(time) => Ok(time),
            None => reader.invalid("expires"),
        }
    }

    fn of(text: &str) -> Option<Self> {
        if text.len() != SHAPE.len() {
            return None;
        }
        let mut numbers = [0_u32; 6];
        let mut places = numbers.iter_mut();
        let mut number = 0_u32;
        for (byte, shape) in text.bytes().zip(SHAPE) {
            let digit = byte.wrapping_sub(b'0');
            if *shape == b'0' && digit < 10 {
                // Four digits at most.
                number = number.wrapping_mul(10).wrapping_add(digit.into());
            } else if byte == *shape {
                *places.next()? = number;
                number = 0;
            } else {
                return None;
            }
        }
        let [year, month, day, hour, minute, second] = numbers;
        let is_real = year >= 1970
            && month.wrapping_sub(1) < 12
            && day.wrapping_sub(1) < days_in_month(year, month)
            && hour < 24
            && minute < 60
            && second < 60;
        if !is_real {
            return None;
        }
        // Up to the year 9999 these fit: 4 223 371 680 minutes.
        let days = days_before(year, month).wrapping_add(day.wrapping_sub(1));
        let hours = days.wrapping_mul(24).wrapping_add(hour);
        let minutes = u64::from(hours.wrapping_mul(60).wrapping_add(minute));
        let seconds = minutes.wrapping_mul(60).wrapping_add(second.into());
        Some(Self(seconds))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = self.0 % 86_400;
        let mut days = u32::try_from(self.0 / 86_400).unwrap_or(u32::MAX);
        let mut year = 1970_u32;
        while days >= year_length(year) {
            days = days.saturating_sub(year_length(year));
            year = year.saturating_add(1);
        }
        let mut month = 1_u32;
        while days >= days_in_month(year, month) {
            days = days.saturating_sub(days_in_month(year, month));
            month = month.saturating_add(1);
        }
        let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
        let day = days.saturating_add(1);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn year_length(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the first of a month.
fn days_before(year: u32, month: u32) -> u32 {
    let years = year.wrapping_sub(1970);
    let leap_days = leap_days_before(year).wrapping_sub(leap_days_before(1970));
    let days = years.wrapping_mul(365).wrapping_add(leap_days);
    (1..month).fold(days, |days, month| {
        days.wrapping_add(days_in_month(year, month))
    })
}

/// Days that leap years had more than others, from the year 1 to the end of the year before.
const fn leap_days_before(year: u32) -> u32 {
    let last = year.wrapping_sub(1);
    (last / 4).wrapping_sub(last / 100).wrapping_add(last / 400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_points_in_time_read_and_write() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-11-21T12:00:00Z", 1_795_262_400),
            ("9999-12-31T23:59:59Z", LATEST_SECONDS),
        ] {
            assert_eq!(Time::parse(text), Ok(Time(seconds)));
            assert_eq!(std::format!("{}", Time(seconds)), text);
        }
    }

    #[test]
    fn any_other_form_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T12:00:00",
            "2026-11-21T12:00:00+00:00",
            "2026-11-21T12:00:00.5Z",
            "2026-11-21t12:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-32T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:60Z",
            "1969-12-31T23:59:59Z",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(Time::parse(text), Err(Error::invalid("expires")), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in 0..=LATEST_SECONDS) {
            let text = std::format!("{}", Time(seconds));
            prop_assert_eq!(Time::parse(&text), Ok(Time(seconds)));
        }
    }
}
