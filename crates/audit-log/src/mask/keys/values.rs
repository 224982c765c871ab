//! What values have to look like under names of their kind.

/// An id: letters, digits and signs, with a digit, without spaces; no
/// telephone.
pub(in crate::mask) fn is_id_text(text: &str) -> bool {
    let sign = |byte: u8| {
        matches!(
            byte,
            b'_' | b'-' | b'.' | b':' | b'/' | b'=' | b'{' | b'}' | b'#'
        )
    };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let telephone = text.starts_with('0')
        && (9..=13).contains(&digits)
        && !text.bytes().any(|byte| byte.is_ascii_alphabetic());
    text.len() <= 100
        && (text.len() <= 2 || digits > 0)
        && !telephone
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || sign(byte))
}

/// A number people see: like an id, but not digits enough for a telephone.
pub(in crate::mask) fn is_code_text(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= 40
        && is_id_text(text)
        && (digits <= 8 || text.bytes().any(|byte| byte.is_ascii_alphabetic()))
        && !crate::mask::shape::is_iban(text)
}

/// A word or some of a list: short, of few words, with few digits.
pub(in crate::mask) fn is_word_text(text: &str) -> bool {
    text.len() <= 48
        && text.split(' ').count() <= 4
        && text.bytes().filter(u8::is_ascii_digit).count() <= 5
        && text.chars().all(|c| {
            c.is_alphanumeric()
                || matches!(
                    c,
                    ' ' | '_' | '-' | '.' | ',' | '/' | '&' | '(' | ')' | ':' | '+' | '%'
                )
        })
}

/// A short word in small letters.
pub(in crate::mask) fn is_token_text(text: &str) -> bool {
    text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// A code of a country, or of a currency.
pub(in crate::mask) fn is_country_text(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Digits with separators of thousands and decimals; no telephone, and no
/// citizen service number.
pub(in crate::mask) fn is_number_text(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    !digits.is_empty()
        && text.len() <= 24
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
        && !(whole && digits.starts_with('0') && digits.len() >= 9)
        && !crate::mask::shape::is_bsn(digits.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_to_look_like_what_their_name_says() {
        assert!(is_id_text("crmconnect:client:42") && is_id_text("12x3") && is_id_text("NL"));
        assert!(!is_id_text("06-12345678") && is_id_text("0017") && !is_number_text("111222333"));
        assert!(!is_id_text("Jansen") && !is_id_text("Jan 2") && !is_id_text("j1@x.nl"));
        assert!(is_code_text("INV-2026-000123") && is_code_text("2026-0001"));
        assert!(!is_code_text("0612345678") && !is_code_text("NL91ABNA0417164300"));
        assert!(is_word_text("In behandeling") && is_word_text("nl_NL"));
        assert!(!is_word_text("jan@example.test") && !is_word_text("Kade 17, 4461 AB te Goes"));
        assert!(is_country_text("NL") && !is_country_text("Nederland"));
        assert!(is_number_text("12345678901.50") && !is_number_text("0612345678"));
    }
}
