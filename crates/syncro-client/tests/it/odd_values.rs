//! Values that are not what they should be.

use api_core::transport::{FakeTransport, Reply};
use serde_json::json;
use syncro_client::{Cents, CustomerId, ErrorKind, Json, LineItem, Payment, Ticket};

use crate::support::scripted;

fn read<M>(of: fn(&Json) -> Result<M, syncro_client::Error>, text: &str) -> Result<M, ErrorKind> {
    of(&Json::parse(text).unwrap()).map_err(|error| error.kind())
}

#[tokio::test]
async fn an_empty_text_where_something_else_belongs_is_nothing() {
    let script = FakeTransport::new();
    script.push(Reply::json(
        200,
        &json!({"customer": {"id": 5, "firstname": "", "updated_at": "", "opt_out": "", "latitude": " ",
            "tax_rate_id": "", "location_id": null}}),
    ));
    let client = scripted(&script).build().unwrap();
    let customer = client.customers().get(CustomerId::new(5)).await.unwrap();
    assert_eq!(customer.first_name.as_deref(), Some(""));
    assert_eq!(
        (customer.updated_at, customer.opt_out, customer.latitude),
        (None, None, None)
    );
    assert_eq!((customer.tax_rate_id, customer.location_id), (None, None));
}

#[test]
fn numbers_beyond_what_they_may_be_are_refused_and_never_rounded() {
    for amount in [
        "\"NaN\"",
        "\"Infinity\"",
        "1e400",
        "\"1e400\"",
        "\"1,5\"",
        "{}",
        "[]",
        "\"0x10\"",
        "\"--1\"",
    ] {
        assert_eq!(
            read(LineItem::from_json, &format!("{{\"price\":{amount}}}")).unwrap_err(),
            ErrorKind::Decode,
            "{amount}"
        );
    }
    for cents in [
        "9223372036854775808",
        "-9223372036854775809",
        "1.5",
        "\"1.5\"",
        "1e30",
        "\"x\"",
    ] {
        assert_eq!(
            read(Payment::from_json, &format!("{{\"amount_cents\":{cents}}}")).unwrap_err(),
            ErrorKind::Decode,
            "{cents}"
        );
    }
    for (text, cents) in [
        ("9223372036854775807", i64::MAX),
        ("1.0", 1),
        ("\"12\"", 12),
        ("1e2", 100),
    ] {
        let payment = read(Payment::from_json, &format!("{{\"amount_cents\":{text}}}")).unwrap();
        assert_eq!(payment.amount_cents, Some(Cents::new(cents)), "{text}");
    }
    let max: syncro_client::Decimal = "79228162514264337593543950335".parse().unwrap();
    assert_eq!(Cents::of(max), None);
    assert_eq!(Cents::of("0.005".parse().unwrap()), None);
    assert_eq!(
        Cents::new(i64::MIN).to_decimal().to_string(),
        "-92233720368547758.08"
    );
}

#[test]
fn a_ticket_is_read_whatever_form_its_number_and_times_have() {
    let ticket = read(
        Ticket::from_json,
        "{\"id\":\"5560138523\",\"number\":\"1001\",\"updated_at\":\"2026-03-01T12:00:00-05:00\"}",
    )
    .unwrap();
    assert_eq!(ticket.id.unwrap().get(), 5_560_138_523);
    assert_eq!(ticket.number, Some(1001));
    assert_eq!(
        ticket.updated_at.unwrap().to_string(),
        "2026-03-01T17:00:00Z"
    );
}
