//! Texts that are harmless whatever their name, by their form.

/// Longer texts have no harmless form.
const LONGEST: usize = 80;

/// Tells whether a text says nothing of a person by its form alone: a small
/// number, an amount, a boolean word, a date or time, a UUID, an id such as
/// `12x34`, or a mark that masking, redacting or cutting left.
pub(crate) fn is_harmless(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(first) = bytes.first() else {
        return true;
    };
    if bytes.len() > LONGEST {
        return false;
    }
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => {
            is_small_number(text) || is_moment(text) || is_module_id(text) || is_uuid(text)
        }
        b'[' => is_mark(text),
        0xe2 => is_cut_mark(text),
        _ => is_boolean(text) || is_uuid(text),
    }
}

fn is_boolean(text: &str) -> bool {
    text.len() <= 5
        && [
            "true", "false", "yes", "no", "ja", "nee", "on", "off", "null", "none",
        ]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// `[masked 12]` and `[redacted]`.
pub(crate) fn is_mark(text: &str) -> bool {
    text == api_core::redact::REDACTED
        || text
            .strip_prefix("[masked ")
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|count| {
                !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())
            })
}

/// `… 12 more` and `12 more`.
fn is_cut_mark(text: &str) -> bool {
    text.strip_prefix("… ")
        .and_then(|rest| rest.strip_suffix(" more"))
        .is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A number too short for a telephone, or with decimals.
fn is_small_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, decimals) = match digits.find(['.', ',']) {
        Some(at) => {
            let (whole, rest) = digits.split_at(at);
            (whole, rest.get(1..))
        }
        None => (digits, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    match decimals {
        Some(decimals) => {
            whole.len() <= 12
                && (1..=4).contains(&decimals.len())
                && all_digits(whole)
                && all_digits(decimals)
        }
        None => {
            (1..=7).contains(&whole.len())
                && all_digits(whole)
                && (whole.len() < 6 || !whole.starts_with('0'))
        }
    }
}

/// An id of a module and a record, such as `12x34`.
pub(crate) fn is_module_id(text: &str) -> bool {
    text.split_once('x').is_some_and(|(module, record)| {
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        digits(module, 5) && digits(record, 12)
    })
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` of hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// At least `least` hexadecimal digits, with a digit and a letter among them.
pub(crate) fn is_hex(text: &str, least: usize) -> bool {
    text.len() >= least
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A date, a time, or both: `2026-11-22T10:00:00.5Z`, `22-11-2026`, `10:00`.
pub(crate) fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() > 40 {
        return false;
    }
    match date(bytes) {
        Some([]) => true,
        Some([b'T' | b't' | b' ', rest @ ..]) => time(rest),
        Some(_) => false,
        None => time(bytes),
    }
}

/// Takes digits of a form (`9`) and signs off the front.
fn pattern<'a>(bytes: &'a [u8], form: &[u8]) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(form.len())?;
    let fits = front.iter().zip(form).all(|(byte, wanted)| match wanted {
        b'9' => byte.is_ascii_digit(),
        b'-' => matches!(byte, b'-' | b'/' | b'.'),
        other => byte == other,
    });
    fits.then_some(rest)
}

fn date(bytes: &[u8]) -> Option<&[u8]> {
    pattern(bytes, b"9999-99-99").or_else(|| pattern(bytes, b"99-99-9999"))
}

fn time(bytes: &[u8]) -> bool {
    let Some(rest) = pattern(bytes, b"99:99") else {
        return false;
    };
    let rest = pattern(rest, b":99").unwrap_or(rest);
    let rest = match rest {
        [b'.' | b',', digits @ ..] => {
            let end = digits.iter().position(|byte| !byte.is_ascii_digit());
            let end = end.unwrap_or(digits.len());
            if end == 0 || end > 9 {
                return false;
            }
            digits.get(end..).unwrap_or_default()
        }
        other => other,
    };
    match rest {
        [] | [b'Z' | b'z'] => true,
        [b' ', b'A' | b'P' | b'a' | b'p', b'M' | b'm'] => true,
        [b'+' | b'-', zone @ ..] => [&b"99:99"[..], b"9999", b"99"]
            .iter()
            .any(|form| pattern(zone, form) == Some(&[])),
        _ => false,
    }
}

/// Tells whether the whole text is an IBAN with right check digits.
pub(crate) fn is_iban(text: &str) -> bool {
    (15..=34).contains(&text.len()) && iban_holds(text.bytes())
}

/// Checks the form and the check digits of an IBAN without its spaces.
pub(crate) fn iban_holds(bytes: impl Iterator<Item = u8> + Clone) -> bool {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 10),
        _ => None,
    };
    let mut front = bytes.clone();
    let letters = (0..2).all(|_| front.next().is_some_and(|byte| byte.is_ascii_alphabetic()));
    let digits = (0..2).all(|_| front.next().is_some_and(|byte| byte.is_ascii_digit()));
    if !letters || !digits {
        return false;
    }
    let mut rest = 0_u32;
    for byte in front.chain(bytes.take(4)) {
        let Some(value) = value(byte) else {
            return false;
        };
        rest = (rest * if value < 10 { 10 } else { 100 } + value) % 97;
    }
    rest == 1
}

/// Tells whether nine digits pass the eleven-test of a citizen service number.
pub(crate) fn is_bsn(digits: &[u8]) -> bool {
    let Ok(nine) = <[u8; 9]>::try_from(digits) else {
        return false;
    };
    let sum: i32 = nine
        .iter()
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(digit, weight)| i32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    nine.iter().all(u8::is_ascii_digit) && sum > 0 && sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_say_nothing_of_a_person_are_harmless() {
        for text in [
            "",
            "12",
            "-3",
            "1234567",
            "12500.50",
            "1,5",
            "true",
            "Nee",
            "2026-11-22",
            "2026-11-22 10:00:00",
            "2026-11-22T10:00:00.123Z",
            "2026-11-22T10:00:00+01:00",
            "22-11-2026",
            "22/11/2026 10:00",
            "10:00",
            "10:15:30",
            "12x3456",
            "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4",
            "[masked 3]",
            "[redacted]",
            "… 12 more",
        ] {
            assert!(is_harmless(text), "{text}");
        }
    }

    #[test]
    fn anything_that_may_be_a_person_is_not() {
        for text in [
            "Jansen",
            "0612345678",
            "+31612345678",
            "111222333",
            "12345678",
            "061234",
            "2026-11-22 Jansen",
            "2026-11-22 0612345678",
            "10:00 Jansen",
            "1.234.567",
            "06.12345678",
            "12x",
            "[masked Jansen]",
            "[masked ]",
            "… Jan more",
            "NL91ABNA0417164300",
            "1234 AB",
            "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3ez",
            "é",
            "-",
            "deadbeefdeadbeef1",
        ] {
            assert!(!is_harmless(text), "{text}");
        }
        assert!(!is_harmless(&"1".repeat(500)));
    }

    #[test]
    fn check_digits_decide() {
        for iban in [
            "NL91ABNA0417164300",
            "nl20ingb0001234567",
            "BE68539007547034",
            "DE89370400440532013000",
        ] {
            assert!(is_iban(iban), "{iban}");
        }
        for other in [
            "NL92ABNA0417164300",
            "NL91ABNA041716430",
            "",
            "1234",
            "NL91ABNA04171643é0",
        ] {
            assert!(!is_iban(other), "{other}");
        }
        assert!(is_bsn(b"111222333") && is_bsn(b"123456782"));
        for other in [
            &b"123456789"[..],
            b"000000000",
            b"12345678",
            b"12345678x",
            b"",
        ] {
            assert!(!is_bsn(other));
        }
    }
}
