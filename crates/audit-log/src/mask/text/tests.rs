//! Sentences with people in them.

use super::*;

#[test]
fn what_is_personal_by_its_form_goes() {
    for (text, expected) in [
        (
            "mail jan.de-vries+x@voorbeeld.nl now",
            "mail j***@v***.nl now",
        ),
        ("<jan@mail.example.co.uk>.", "<j***@m***.uk>."),
        ("a?email=jan%40x.nl&b=1", "a?email=j***@x***.nl&b=1"),
        ("jan&#64;x.nl", "j***@x***.nl"),
        ("IBAN NL91ABNA0417164300.", "IBAN [masked 18]."),
        (
            "IBAN NL91 ABNA 0417 1643 00 is wrong",
            "IBAN [masked 22] is wrong",
        ),
        (
            "bel 06-12345678 of 020 123 4567",
            "bel [masked 11] of [masked 12]",
        ),
        ("tel:0612345678", "tel:[masked 10]"),
        ("(0113) 555011", "([masked 12]"),
        (
            "+31 6 12 34 56 78, +1 (555) 010-0199",
            "[masked 17], [masked 17]",
        ),
        ("0031612345678", "[masked 13]"),
        (
            "bsn 111222333 of 123.456.782",
            "bsn [masked 9] of [masked 11]",
        ),
        ("Kade 17, 4461 AB Goes", "Kade 17, [masked 7] Goes"),
        ("4461AB 17a", "[masked 10]"),
    ] {
        assert_eq!(by_form(text), expected, "{text}");
    }
}

#[test]
fn ids_dates_and_amounts_stay() {
    for text in [
        "Client 9001 of 12x34567 was not found",
        "at 2026-11-22 10:15:30, till 22-11-2026 10:20",
        "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4",
        "invoice INV-0612345678 and 2026-0017",
        "1.234.567,89 and 12500.50 and 123456789",
        "status 422 after 250 ms; 2026 OK",
        "ids 31842013, 88214065 and 1700000000",
        "",
        "é",
    ] {
        assert_eq!(by_form(text), text);
    }
}

#[test]
fn what_a_field_is_said_to_hold_goes() {
    for (text, expected) in [
        (
            "The column `clients.country` holds `Goes`, which is not a whole number.",
            "The column `clients.country` holds `[masked 4]`, which is not a whole number.",
        ),
        (
            "`date` holds `Zoë d`Ancona` of 1980; `zip` holds `12`, no text.",
            "`date` holds `[masked 12]` of 1980; `zip` holds `12`, no text.",
        ),
        ("`name` holds `Jan Jan", "`name` holds `[masked 7]"),
        (
            "`name` holds ``, which is nothing",
            "`name` holds ``, which is nothing",
        ),
        ("`name` holds `", "`name` holds `"),
    ] {
        assert_eq!(by_form(text), expected);
    }
}

#[test]
fn a_sentence_keeps_the_names_of_fields_and_loses_other_quoted_texts() {
    for (text, expected) in [
        (
            "Field 'lastname' is required",
            "Field 'lastname' is required",
        ),
        (
            "Module \"Contacts\" can't be read",
            "Module \"Contacts\" can't be read",
        ),
        (
            "Duplicate entry 'Jan Jansen' for key 'name'",
            "Duplicate entry '[masked 10]' for key 'name'",
        ),
        ("“Zoë” bestaat al", "“[masked 3]” bestaat al"),
        (
            "it's 'ACCESS_DENIED', isn't it",
            "it's 'ACCESS_DENIED', isn't it",
        ),
        ("open 'quote", "open 'quote"),
        (
            "The company field is required.",
            "The company field is required.",
        ),
    ] {
        let mut seen = Seen::default();
        assert_eq!(sentence(text, &mut seen), expected, "{text}");
    }
}
