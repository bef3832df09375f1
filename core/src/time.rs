//! Moments, as AWS's signatures and HTTP's headers write them.
//!
//! ```
//! use bedrock_chat_core::time::Timestamp;
//!
//! let time = Timestamp::parse_http_date("Fri, 02 Jan 2026 03:04:05 GMT").unwrap();
//! assert_eq!(time.to_amz_date(), "20260102T030405Z");
//! ```

use crate::text;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, as JavaScript's `Date.now()` counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From Unix milliseconds.
    #[must_use]
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// The Unix milliseconds.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// The days since 1970-01-01.
    pub(crate) const fn day(self) -> i64 {
        self.0.div_euclid(SECONDS_PER_DAY * 1000)
    }

    /// The form of `x-amz-date`, `YYYYMMDDTHHMMSSZ`, milliseconds cut off. Moments outside the
    /// years 0000 to 9999, which a broken clock might give, become the nearest inside.
    #[must_use]
    pub fn to_amz_date(self) -> String {
        const YEAR_0000: i64 = -62_167_219_200_000;
        const YEAR_9999_END: i64 = 253_402_300_799_999;
        let seconds = self.0.clamp(YEAR_0000, YEAR_9999_END).div_euclid(1000);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let second = seconds.rem_euclid(SECONDS_PER_DAY) as u32;

        let mut out = String::with_capacity(16);
        text::push_integer(&mut out, u64::from(year), 4);
        text::push_integer(&mut out, u64::from(month), 2);
        text::push_integer(&mut out, u64::from(day), 2);
        out.push('T');
        text::push_integer(&mut out, u64::from(second / 3600), 2);
        text::push_integer(&mut out, u64::from(second / 60 % 60), 2);
        text::push_integer(&mut out, u64::from(second % 60), 2);
        out.push('Z');
        out
    }

    /// Reads the form of `x-amz-date`, `20260102T030405Z`; `None` if it is not of that form.
    #[must_use]
    pub fn parse_amz_date(text: &str) -> Option<Self> {
        if !has_form(text, "????????T??????Z") {
            return None;
        }
        Self::from_civil(
            (
                number(text, 0, 4)?,
                number(text, 4, 6)?,
                number(text, 6, 8)?,
            ),
            (
                number(text, 9, 11)?,
                number(text, 11, 13)?,
                number(text, 13, 15)?,
            ),
        )
    }

    /// Reads an HTTP `Date` header, `Fri, 02 Jan 2026 03:04:05 GMT` (IMF-fixdate, RFC 9110
    /// §5.6.7); `None` if it is not of that form. The day's name must be one, but says nothing.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        const DAYS: &[u8] = b"MonTueWedThuFriSatSun";
        const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        let place = |names: &[u8], name: &str| {
            let (names, _) = names.as_chunks::<3>();
            names.iter().position(|known| known == name.as_bytes())
        };
        if !has_form(text, "???, ?? ??? ???? ??:??:?? GMT") {
            return None;
        }
        place(DAYS, text.get(..3)?)?;
        let month = place(MONTHS, text.get(8..11)?)? as u32 + 1;
        Self::from_civil(
            (number(text, 12, 16)?, month, number(text, 5, 7)?),
            (
                number(text, 17, 19)?,
                number(text, 20, 22)?,
                number(text, 23, 25)?,
            ),
        )
    }

    /// From year, month and day, and hour, minute and second, if there is such a moment.
    fn from_civil(
        (year, month, day): (u32, u32, u32),
        (hour, minute, second): (u32, u32, u32),
    ) -> Option<Self> {
        let days = days_from_civil(year, month, day);
        // There and back again tells 30 February from a day that is.
        let exists = civil_from_days(days) == (year, month, day);
        // A leap second (60) is the first of the next minute.
        if !exists || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let seconds = i64::from(hour * 3600 + minute * 60 + second);
        Some(Self((days * SECONDS_PER_DAY + seconds) * 1000))
    }
}

const SECONDS_PER_DAY: i64 = 86_400;

/// Whether a text is as long as `form`, and is the same but where that has a `?`.
fn has_form(text: &str, form: &str) -> bool {
    let mut both = text.bytes().zip(form.bytes());
    text.len() == form.len() && both.all(|(byte, known)| known == b'?' || byte == known)
}

/// The digits from one place to another.
fn number(text: &str, from: usize, to: usize) -> Option<u32> {
    Some(text::parse_integer(text.get(from..to)?)? as u32)
}

// Days since 1970-01-01 and back, in the proleptic Gregorian calendar. Both count years from
// 1 March, which puts the leap day last, in eras of 400 years (146,097 days); the method is
// Howard Hinnant's, https://howardhinnant.github.io/date_algorithms.html.

const DAYS_PER_ERA: u32 = 146_097;
/// From 1 March of the year -400 to 1970: no day of the years 0000 to 9999 is before it.
const DAYS_TO_1970: u32 = DAYS_PER_ERA + 719_468;

/// Of the years 0000 to 9999, and of any day of two digits in a month of two digits.
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let year = year + 400 - u32::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    i64::from(era * DAYS_PER_ERA + day_of_era) - i64::from(DAYS_TO_1970 + 1)
}

/// Year, month and day, of the years 0000 to 9999.
fn civil_from_days(days: i64) -> (u32, u32, u32) {
    let days = (days + i64::from(DAYS_TO_1970)) as u32;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / (DAYS_PER_ERA - 1);
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u32::from(month <= 2);
    (year - 400, month, day)
}
