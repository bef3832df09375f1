//! Whole numbers in digits. (`format!` would weigh kilobytes in the module.)

/// Appends a number of at least `width` digits.
pub(crate) fn push(out: &mut String, number: u64, width: u32) {
    if number >= 10 || width > 1 {
        push(out, number / 10, width.saturating_sub(1));
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// A number of decimal digits and nothing else.
pub(crate) fn read(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u32, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
