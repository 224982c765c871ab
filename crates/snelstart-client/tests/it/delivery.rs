use snelstart_client::delivery::{Action, KeyDelivery, MAX_BODY, activation_url};
use snelstart_client::{ErrorKind, ExposeSecret, SecretString};

const REFERENCE: &str = "r3ference-0123456789-abcdefghij";

fn reference() -> SecretString {
    SecretString::from(REFERENCE.to_owned())
}

#[test]
fn a_delivery_is_read_in_either_casing() {
    for (body, action) in [
        (
            r#"{"KoppelSleutel":"S3cr3t+key==","ActionType":"Create","ReferenceKey":"r3ference-0123456789-abcdefghij"}"#,
            Action::Create,
        ),
        (
            r#"{"koppelSleutel":" S3cr3t+key== ","actionType":"regenerate","referenceKey":"r3ference-0123456789-abcdefghij"}"#,
            Action::Regenerate,
        ),
    ] {
        let delivery = KeyDelivery::parse(body.as_bytes()).unwrap();
        assert_eq!(*delivery.action(), action);
        assert_eq!(delivery.key().unwrap().expose_secret(), "S3cr3t+key==");
        assert!(delivery.answers(&reference()));
        let shown = format!("{delivery:?}");
        assert!(
            !shown.contains("S3cr3t") && !shown.contains("r3ference"),
            "{shown}"
        );
    }
}

#[test]
fn a_deletion_needs_no_key() {
    let body =
        format!(r#"{{"KoppelSleutel":null,"ActionType":"Delete","ReferenceKey":"{REFERENCE}"}}"#);
    let delivery = KeyDelivery::parse(body.as_bytes()).unwrap();
    assert_eq!(*delivery.action(), Action::Delete);
    assert!(delivery.key().is_none());
}

#[test]
fn an_action_nobody_knows_is_kept() {
    let body = format!(r#"{{"ActionType":"Suspend","ReferenceKey":"{REFERENCE}"}}"#);
    let delivery = KeyDelivery::parse(body.as_bytes()).unwrap();
    assert_eq!(*delivery.action(), Action::Other("Suspend".to_owned()));
}

#[test]
fn another_reference_is_not_answered() {
    let body = format!(r#"{{"ActionType":"Delete","ReferenceKey":"{REFERENCE}"}}"#);
    let delivery = KeyDelivery::parse(body.as_bytes()).unwrap();
    for other in [
        "",
        "r3ference-0123456789-abcdefghiJ",
        "r3ference-0123456789-abcdefghij ",
        "x",
    ] {
        assert!(
            !delivery.answers(&SecretString::from(other.to_owned())),
            "{other:?}"
        );
    }
}

#[test]
fn what_is_no_delivery_is_refused_without_repeating_it() {
    let long = format!(
        r#"{{"ActionType":"Delete","ReferenceKey":"{}"}}"#,
        "hush".repeat(200)
    );
    for body in [
        "",
        "[]",
        "hush=1",
        r#"{"KoppelSleutel":"hush"}"#,
        r#"{"KoppelSleutel":"hush","ActionType":"Create"}"#,
        r#"{"KoppelSleutel":"hush","ReferenceKey":"hush"}"#,
        r#"{"ActionType":"Create","ReferenceKey":"hush"}"#,
        r#"{"KoppelSleutel":"hu sh","ActionType":"Create","ReferenceKey":"hush"}"#,
        r#"{"KoppelSleutel":7,"ActionType":"Create","ReferenceKey":"hush"}"#,
        &long,
    ] {
        let error = KeyDelivery::parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{body}");
        assert!(!format!("{error} {error:?}").contains("hu"), "{error:?}");
    }
    let error = KeyDelivery::parse(&vec![b' '; MAX_BODY + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn the_activation_address_encodes_what_it_carries() {
    let reference = SecretString::from("a+b/c=d&e 0123456789abcdef".to_owned());
    let url = activation_url(
        "koppel",
        &reference,
        Some("https://example.com/done?x=1&y=2"),
    )
    .unwrap();
    assert_eq!(
        url.expose_secret(),
        "https://web.snelstart.nl/couplings/activate/koppel?referenceKey=a%2Bb/c%3Dd%26e%200123456789abcdef&successUrl=https://example.com/done%3Fx%3D1%26y%3D2"
    );
}

#[test]
fn an_activation_address_that_can_be_guessed_or_leads_elsewhere_is_refused() {
    for (name, reference, success) in [
        ("koppel", "short", None),
        ("koppel", "x".repeat(501).as_str(), None),
        ("../koppel", REFERENCE, None),
        ("..", REFERENCE, None),
        ("", REFERENCE, None),
        ("koppel", REFERENCE, Some("javascript:alert(1)")),
        ("koppel", REFERENCE, Some("nowhere")),
    ] {
        let reference = SecretString::from(reference.to_owned());
        let error = activation_url(name, &reference, success).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
    }
}

#[test]
fn a_delivery_that_says_two_things_is_refused() {
    for body in [
        format!(
            r#"{{"KoppelSleutel":"hush-1","koppelsleutel":"hush-2","ActionType":"Create","ReferenceKey":"{REFERENCE}"}}"#
        ),
        format!(
            r#"{{"KoppelSleutel":"hush-1","ActionType":"Create","actionType":"Delete","ReferenceKey":"{REFERENCE}"}}"#
        ),
        format!(
            r#"{{"ActionType":"Delete","ReferenceKey":"{REFERENCE}","referenceKey":"hush-3"}}"#
        ),
    ] {
        let error = KeyDelivery::parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{body}");
        assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
    }
    let twice = format!(
        r#"{{"KoppelSleutel":null,"koppelSleutel":"hush-1","ActionType":"Create","actionType":"create","ReferenceKey":"{REFERENCE}"}}"#
    );
    let delivery = KeyDelivery::parse(twice.as_bytes()).unwrap();
    assert_eq!(delivery.key().unwrap().expose_secret(), "hush-1");
}
