use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn anna() -> Private {
    let address = BTreeMap::from([
        ("street".to_owned(), Value::from("Prins Hendrikkade 33")),
        ("country".to_owned(), Value::from("Nederland")),
    ]);
    let fields = Fields::new()
        .with("name", "Anna de Vries-Jansen")
        .with("email", "anna@vries.example")
        .with("phone", "+31 6 1234 5678")
        .with("status", "waiting")
        .with("number", "F-0001")
        .with("city", "Ede")
        .with("remark", "Says \"hello\" in Zürich & Ede")
        .with("address", Value::Map(address));
    Private::of([&fields])
}

#[test]
fn what_a_remote_repeats_of_a_record_is_taken_out() {
    for (text, expected) in [
        ("anna@vries.example is taken", "[masked] is taken"),
        ("`ANNA DE VRIES-JANSEN` exists", "`[masked]` exists"),
        ("anna  de\nvries-jansen exists", "[masked] exists"),
        ("no Vries-Jansen here", "no [masked] here"),
        ("+31612345678 is no number", "[masked] is no number"),
        (
            "lives in Prins Hendrikkade 33, Nederland",
            "lives in [masked], Nederland",
        ),
        ("?email=anna%40vries.example&x", "?email=[masked]&x"),
        ("q=Anna+de+Vries-Jansen", "q=[masked]"),
        (
            r#"{"a":"Says \"hello\" in Z\u00fcrich & Ede"}"#,
            r#"{"a":"[masked]"}"#,
        ),
        ("Says &quot;hello&quot; in Zürich &amp; Ede", "[masked]"),
        ("refused: anna@vri…", "refused: [masked]…"),
        ("refused: +31 6 12...", "refused: [masked]..."),
        ("in Ede", "in [masked]"),
    ] {
        assert_eq!(anna().scrub(text), expected, "{text}");
    }
}

#[test]
fn what_says_nothing_of_people_stays() {
    for text in [
        "F-0001 is waiting",
        "needed in swede",
        "the record was refused",
        "Hendrik is another",
        "",
    ] {
        assert_eq!(anna().scrub(text), text);
    }
    let none = Fields::new().with("name", "--- !").with("city", "Uk");
    assert_eq!(Private::of([&none]).scrub("--- ! Uk"), "--- ! Uk");
    assert!(!format!("{:?}", anna()).to_lowercase().contains("anna"));
}

#[test]
fn what_a_reader_stumbled_over_is_taken_out() {
    for (text, expected) in [
        (
            r#"Record 7 cannot be read at `lines[3].price`: invalid type: string "Anna \"A\" Vries", expected f64."#,
            r#"Record 7 cannot be read at `lines[3].price`: invalid type: string "[masked]", expected f64."#,
        ),
        (
            "unknown variant `Vries`, expected `a` or `b`",
            "unknown variant `[masked]`, expected `a` or `b`",
        ),
        (
            "invalid type: integer `123456782`",
            "invalid type: integer `[masked]`",
        ),
        (r#"says "Anna and is cut…"#, r#"says "[masked]"#),
        (r#"a "b" and "c""#, r#"a "[masked]" and "[masked]""#),
        (
            "expected a number, found a list",
            "expected a number, found a list",
        ),
        ("", ""),
    ] {
        assert_eq!(without_quotes(text), expected);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(text in "[a\"`\\\\é ]{0,12}|integer `.{0,9}") {
        let told = without_quotes(&text);
        prop_assert!(told.matches('"').count() <= text.matches('"').count());
    }

    #[test]
    fn no_text_of_a_record_comes_through(
        value in "[a-zA-Zé0-9@. &\"%ß\u{130}]{3,24}", before in "[ :,]{0,3}", after in "[ :,]{0,3}",
    ) {
        let fields = Fields::new().with("remark", value.as_str());
        let trimmed = value.trim();
        let says = trimmed.contains(char::is_alphanumeric);
        prop_assume!(says && trimmed.chars().count() >= 3 && !trimmed.contains("  "));
        let told = format!("{before}{trimmed}{after}");
        let scrubbed = Private::of([&fields]).scrub(&told).into_owned();
        prop_assert_eq!(scrubbed, format!("{before}[masked]{after}"));
    }
}
