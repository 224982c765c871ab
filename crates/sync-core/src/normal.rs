//! Identifying values in one spelling, so that the same value is the same text in two systems.
//!
//! All functions are pure and idempotent: what they give is its own normal form. `None` means that
//! the text identifies nobody (it is empty, or nothing but zeros or punctuation).

use crate::Value;

/// The country prefix of Dutch VAT numbers.
const DUTCH: &str = "NL";

/// A VAT number: capitals and digits alone, a Dutch one with `NL` in front.
///
/// `123456789B01`, `NL 1234.56.789.B01` and `nl123456789b01` are the same number.
pub fn vat_number(text: &str) -> Option<String> {
    let compact = compact(text);
    if !compact.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        return None;
    }
    Some(if is_dutch_core(&compact) {
        format!("{DUTCH}{compact}")
    } else {
        compact
    })
}

/// A number in the trade register (KvK): its digits without leading zeros, as some systems keep it
/// as a number and lose them. A number with letters of its own (`HRB 123`) keeps them.
pub fn registration_number(text: &str) -> Option<String> {
    let compact = compact(text);
    let number = bare_number(&compact);
    number
        .bytes()
        .any(|byte| byte.is_ascii_digit())
        .then(|| number.to_owned())
}

/// Without what says that it is a register number, and without leading zeros.
fn bare_number(text: &str) -> &str {
    let mut rest = text.trim_start_matches('0');
    while let Some(number) = ["KVKNUMMER", "KVKNR", "KVK"]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
    {
        rest = number.trim_start_matches('0');
    }
    rest
}

/// The first e-mail address of a text, in lower case.
pub fn email(text: &str) -> Option<String> {
    emails(text).into_iter().next()
}

/// Every e-mail address of a text in lower case, each once; they are separated by `;`, `,` or
/// blanks.
pub fn emails(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split(|c: char| matches!(c, ';' | ',' | '<' | '>') || c.is_whitespace()) {
        let part = part.to_lowercase();
        let whole = part
            .split_once('@')
            .is_some_and(|(before, after)| !before.is_empty() && !after.is_empty());
        if whole && !found.contains(&part) {
            found.push(part);
        }
    }
    found
}

/// A name in lower case, without dots and commas, with single blanks; letters that stand alone
/// (`B. V.`, `j p`) are drawn together. Diacritics are kept: `Café` is not `Cafe`.
pub fn name(text: &str) -> Option<String> {
    let lower: String = text
        .to_lowercase()
        .chars()
        .map(|c| match c {
            ',' | ';' => ' ',
            c if c.is_control() => ' ',
            '’' | '`' | '´' => '\'',
            c => c,
        })
        .filter(|c| *c != '.')
        .collect();
    let mut words: Vec<String> = Vec::new();
    let mut drawing = false;
    for word in lower.split_whitespace() {
        let single = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        match words.last_mut() {
            Some(last) if single && drawing => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        drawing = single;
    }
    words
        .iter()
        .any(|word| word.chars().any(char::is_alphanumeric))
        .then(|| words.join(" "))
}

/// Whether two values of a field are the same value, whatever their spelling.
///
/// VAT numbers, register numbers, names and e-mail addresses are compared in their normal form (of
/// several addresses one in common is enough), everything else as it is.
pub fn same(field: &str, a: &Value, b: &Value) -> bool {
    let (Some(left), Some(right)) = (a.as_text(), b.as_text()) else {
        return a.same_content(b);
    };
    let equal =
        |of: fn(&str) -> Option<String>| of(left).is_some_and(|left| of(right) == Some(left));
    let alike = match field {
        "vat_number" => equal(vat_number),
        "registration_number" => equal(registration_number),
        "name" => equal(name),
        "email" => {
            let right = emails(right);
            emails(left).iter().any(|address| right.contains(address))
        }
        _ => false,
    };
    alike || a.same_content(b)
}

/// The spellings under which a value may stand in a system that compares texts as they are; the
/// one that was given comes first.
pub fn spellings(field: &str, text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    match field {
        "vat_number" => {
            if let Some(normal) = vat_number(text) {
                let bare = normal
                    .strip_prefix(DUTCH)
                    .filter(|core| is_dutch_core(core))
                    .map(str::to_owned);
                all.push(normal);
                all.extend(bare);
            }
        }
        "registration_number" => {
            if let Some(normal) = registration_number(text) {
                // The Dutch register has eight digits.
                all.push(format!("{normal:0>8}"));
                all.push(normal);
            }
        }
        "email" => all.extend(emails(text)),
        _ => {}
    }
    let mut once: Vec<String> = Vec::new();
    for text in all {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    once
}

/// Letters and digits alone, in ASCII capitals.
fn compact(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Nine digits, `B`, two digits.
fn is_dutch_core(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 12
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            9 => *byte == b'B',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dutch_vat_numbers_are_one_with_and_without_prefix_dots_and_blanks() {
        for text in [
            "NL123456789B01",
            "123456789B01",
            "nl 1234.56.789.B01",
            " NL-1234 56 789 b01 ",
        ] {
            assert_eq!(
                vat_number(text).as_deref(),
                Some("NL123456789B01"),
                "{text}"
            );
        }
        assert_eq!(
            vat_number("BE 0123.456.789").as_deref(),
            Some("BE0123456789")
        );
        assert_ne!(vat_number("BE0123456789"), vat_number("NL123456789B01"));
        for text in ["", "  ", "-", "n.v.t.", "000000000B00", "NL"] {
            assert_eq!(vat_number(text), None, "{text}");
        }
    }

    #[test]
    fn register_numbers_are_their_digits() {
        for text in [
            "01234567",
            "1234567",
            "KvK 0123.4567",
            "kvk-nr: 01234567",
            "KvK-nummer 01234567",
        ] {
            assert_eq!(
                registration_number(text).as_deref(),
                Some("1234567"),
                "{text}"
            );
        }
        assert_ne!(
            registration_number("HRB 123"),
            registration_number("HRA 123")
        );
        for text in ["", "00000000", "onbekend", "KvK"] {
            assert_eq!(registration_number(text), None, "{text}");
        }
    }

    #[test]
    fn each_address_of_several_counts() {
        assert_eq!(
            emails("Info@Bakker.nl; boek@bakker.nl,info@bakker.nl  x@ @y"),
            ["info@bakker.nl", "boek@bakker.nl"]
        );
        assert_eq!(email("Jan <JAN@X.NL>").as_deref(), Some("jan@x.nl"));
        assert_eq!(email("none"), None);
        let (one, two) = (Value::text("a@x.nl;b@x.nl"), Value::text("B@x.nl"));
        assert!(same("email", &one, &two));
        assert!(!same("email", &one, &Value::text("c@x.nl")));
    }

    #[test]
    fn names_differ_by_letters_not_by_case_blanks_or_dots() {
        for text in [
            "Bakkerij Janssen B.V.",
            "bakkerij  janssen bv",
            "BAKKERIJ JANSSEN, B. V.",
            " Bakkerij\tJanssen B.V",
        ] {
            assert_eq!(name(text).as_deref(), Some("bakkerij janssen bv"), "{text}");
        }
        assert_ne!(name("Café De Zon"), name("Cafe De Zon"));
        assert_ne!(name("Bakkerij Janssen B.V."), name("Bakkerij Jansen B.V."));
        assert_eq!(name("J. P. de Vries"), name("JP de Vries"));
        for text in ["", " . ", "-", "?"] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_without_a_normal_form_is_compared_as_it_is() {
        let empty = Value::text("-");
        assert!(same("vat_number", &empty, &Value::text("-")));
        assert!(!same("vat_number", &empty, &Value::text("?")));
        assert!(!same("number", &Value::text("1001"), &Value::text("01001")));
    }

    #[test]
    fn a_system_that_compares_texts_is_asked_for_each_spelling() {
        assert_eq!(
            spellings("vat_number", "NL 1234.56.789.B01"),
            ["NL 1234.56.789.B01", "NL123456789B01", "123456789B01"]
        );
        assert_eq!(
            spellings("vat_number", "123456789B01"),
            ["123456789B01", "NL123456789B01"]
        );
        assert_eq!(
            spellings("registration_number", "0123 4567"),
            ["0123 4567", "01234567", "1234567"]
        );
        assert_eq!(
            spellings("email", "A@x.nl;b@x.nl"),
            ["A@x.nl;b@x.nl", "a@x.nl", "b@x.nl"]
        );
        assert_eq!(spellings("name", "A. B"), ["A. B"]);
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own_normal_form(text in "\\PC{0,40}") {
            for of in [vat_number, registration_number, email, name] {
                if let Some(normal) = of(&text) {
                    prop_assert_eq!(of(&normal), Some(normal.clone()), "{}", text);
                }
            }
        }

        #[test]
        fn numbers_are_normal_forms_of_themselves(
            text in "(NL|nl|KVK|kvk|KVKNR|BE|)[ .-]?[0-9 .]{0,12}[Bb]?[0-9]{0,3}",
        ) {
            for of in [vat_number, registration_number] {
                if let Some(normal) = of(&text) {
                    prop_assert_eq!(of(&normal), Some(normal.clone()), "{}", text);
                }
            }
        }

        #[test]
        fn a_name_is_the_same_in_any_case_and_with_any_blanks(
            words in prop::collection::vec("[a-zà-ÿ]{2,8}", 1..5),
        ) {
            let plain = words.join(" ");
            let loud = format!("  {}. ", words.join("  ").to_uppercase());
            prop_assert_eq!(name(&plain), name(&loud));
        }

        #[test]
        fn every_spelling_is_the_same_value(
            vat in "(NL)?[1-9][0-9]{8}B[0-9]{2}",
            kvk in "[0-9]{7}[1-9]",
        ) {
            for text in spellings("vat_number", &vat) {
                prop_assert!(same("vat_number", &Value::text(&text), &Value::text(&vat)));
            }
            for text in spellings("registration_number", &kvk) {
                prop_assert!(same("registration_number", &Value::text(&text), &Value::text(&kvk)));
            }
        }
    }
}
