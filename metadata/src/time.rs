//! Points in time: whole seconds since 1970-01-01T00:00:00Z, written as TUF writes them.

use core::fmt;

use crate::Result;
use crate::error::Error;
use crate::limits::LATEST_SECONDS;

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
        let bytes: &[u8; 20] = text
            .as_bytes()
            .try_into()
            .map_err(|_| Error::Invalid("expires"))?;
        let [
            y1,
            y2,
            y3,
            y4,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            n1,
            n2,
            b':',
            s1,
            s2,
            b'Z',
        ] = *bytes
        else {
            return Err(Error::Invalid("expires"));
        };
        let year = number(&[y1, y2, y3, y4])?;
        let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
        let month_is_real = (1..=12).contains(&month);
        if year < 1970
            || !month_is_real
            || !(1..=days_in_month(year, month)).contains(&day)
            || hour > 23
            || minute > 59
            || second > 59
        {
            return Err(Error::Invalid("expires"));
        }
        let days = days_before(year, month).saturating_add(day.saturating_sub(1));
        let seconds = days
            .saturating_mul(86_400)
            .saturating_add(hour.saturating_mul(3_600))
            .saturating_add(minute.saturating_mul(60))
            .saturating_add(second);
        Ok(Self::from_seconds(seconds))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut days, clock) = (self.0 / 86_400, self.0 % 86_400);
        let mut year = 1970_u64;
        while days >= year_length(year) {
            days = days.saturating_sub(year_length(year));
            year = year.saturating_add(1);
        }
        let mut month = 1_u64;
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

fn number(digits: &[u8]) -> Result<u64> {
    let mut value = 0_u64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(Error::Invalid("expires"));
        }
        value = value
            .saturating_mul(10)
            .saturating_add(u64::from(digit.wrapping_sub(b'0')));
    }
    Ok(value)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn year_length(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 => {
            if is_leap(year) {
                29
            } else {
                28
            }
        }
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before(year: u64, month: u64) -> u64 {
    let years: u64 = (1970..year).map(year_length).fold(0, u64::saturating_add);
    let months = (1..month).map(|month| days_in_month(year, month));
    months.fold(years, u64::saturating_add)
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
            assert_eq!(Time::parse(text), Err(Error::Invalid("expires")), "{text}");
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
