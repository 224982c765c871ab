//! Webhooks: what a delivery tells.

use std::collections::BTreeSet;

use http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use syncro_client::webhook::{
    Accepted, Classifier, Delivery, Event, EventKind, Receiver, Resource, Rule, testing,
};

pub(crate) const TOKEN: &str = "qX7w2n5v9b1c3d4e-path-token";

pub(crate) fn receiver() -> Receiver {
    Receiver::builder(TOKEN.into()).build().unwrap()
}

pub(crate) fn event(body: &Json) -> Event {
    event_of(&body.to_string())
}

pub(crate) fn event_of(body: &str) -> Event {
    let taken = receiver().accept(TOKEN, &HeaderMap::new(), body.as_bytes());
    match taken.unwrap() {
        Accepted::New(event) => event,
        Accepted::Duplicate(event) => panic!("not new: {event:?}"),
    }
}

/// Kind, record and status that the deliveries of the fixtures tell of.
#[test]
fn each_known_delivery_is_told_apart() {
    use EventKind as E;
    use Resource as R;
    let known = [
        ("customer_created", E::CustomerCreated, R::Customer, 7, None),
        (
            "ticket_created",
            E::TicketCreated,
            R::Ticket,
            4711,
            Some("New"),
        ),
        (
            "ticket_resolved",
            E::TicketResolved,
            R::Ticket,
            4711,
            Some("Resolved"),
        ),
        (
            "ticket_status_changed",
            E::TicketStatusChanged,
            R::Ticket,
            4711,
            Some("In Progress"),
        ),
        (
            "ticket_comment_added",
            E::TicketCommented,
            R::Ticket,
            4711,
            None,
        ),
        ("invoice_created", E::InvoiceCreated, R::Invoice, 31, None),
        ("payment_received", E::PaymentReceived, R::Payment, 52, None),
        (
            "rmm_alert",
            E::RmmAlert { resolved: false },
            R::RmmAlert,
            64,
            None,
        ),
    ];
    for (name, kind, resource, id, status) in known {
        let path = format!(
            "{}/tests/fixtures/webhook/{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let body = std::fs::read(&path).unwrap();
        let mut body: Json = serde_json::from_slice(&body).unwrap();
        for text in [true, false] {
            if !text {
                // Without the first line, the link and the attributes tell the record.
                body["text"] = Json::Null;
            }
            let event = event(&body);
            assert_eq!(event.entity, Some(resource), "{name}");
            assert_eq!(event.id, Some(id), "{name}");
            assert_eq!(event.records(), [(resource, id)], "{name}");
            if text {
                assert_eq!(event.kind, kind, "{name}");
                assert_eq!(event.status.as_deref(), status, "{name}");
            }
        }
    }
}

#[test]
fn a_sample_of_every_event_is_told_apart_and_names_its_record() {
    for kind in EventKind::all() {
        let large = i64::from(u32::MAX) + 12;
        let event = event(&testing::sample_for(&kind, large));
        assert_eq!(event.kind, kind);
        assert_eq!(event.records(), [(kind.resource().unwrap(), large)]);
        assert_eq!(kind.as_str().parse::<EventKind>(), Ok(kind.clone()));
        let dashes = kind.as_str().replace('_', "-").to_uppercase();
        assert_eq!(dashes.parse::<EventKind>(), Ok(kind));
    }
    let error = "ticket_gone".parse::<EventKind>().unwrap_err().to_string();
    assert!(error.contains("ticket_created"), "{error}");
}

#[test]
fn an_unknown_event_is_kept_with_its_first_line_and_record() {
    let event = event(&json!({
        "text": "\n The moon is full \u{1b}[31m!\nNobody knows why", "html": "<p>x</p>",
        "link": "https://example.syncromsp.com/worksheets/9", "attributes": {"id": 9}
    }));
    assert_eq!(
        event.kind,
        EventKind::Other("The moon is full [31m!".to_owned())
    );
    assert_eq!(event.text, "The moon is full [31m!");
    assert_eq!((event.entity, event.id), (None, None));
    assert!(event.records().is_empty());
    assert_eq!(event.attributes.json()["id"], 9);
}

#[test]
fn a_status_is_kept_in_the_words_of_the_account() {
    for status in ["Waiting for Parts", "Nieuw onderdeel besteld", "İade"] {
        let line = format!("A Ticket status was changed to {status}");
        let body = json!({"text": line, "attributes": {"id": 3, "status": "else"}});
        let event = event(&body);
        assert_eq!(event.kind, EventKind::TicketStatusChanged);
        assert_eq!(event.status.as_deref(), Some(status));
        assert_eq!(event.records(), [(Resource::Ticket, 3)]);
    }
}

#[test]
fn an_alert_is_over_however_its_sender_spells_that() {
    let alert = |resolved: Json, description: &str| {
        let event = event(&json!({
            "text": "x", "link": "https://a.syncromsp.com/rmm_alerts/5",
            "attributes": {"id": 5, "computer_name": "WS-1", "resolved": resolved,
                           "properties": {"description": description}}
        }));
        assert_eq!(event.records(), [(Resource::RmmAlert, 5)]);
        event.kind
    };
    for over in [
        json!(true),
        json!("true"),
        json!("True"),
        json!(1),
        json!("1"),
    ] {
        assert_eq!(alert(over, ""), EventKind::RmmAlert { resolved: true });
    }
    for open in [json!(false), json!("false"), Json::Null, json!("")] {
        assert_eq!(alert(open, ""), EventKind::RmmAlert { resolved: false });
    }
    let by_itself = alert(json!("false"), "It was Auto Resolved at noon");
    assert_eq!(by_itself, EventKind::RmmAlert { resolved: true });
}

#[test]
fn where_the_first_line_is_unknown_the_link_tells_the_event() {
    let told = |line: &str, path: &str| {
        event(&json!({"text": line, "link": format!("https://a.syncromsp.com/{path}")}))
    };
    let invoice = told("Er is iets met een factuur", "invoices/12?portal_key=zzz");
    assert_eq!(invoice.kind, EventKind::InvoiceCreated);
    assert_eq!(invoice.records(), [(Resource::Invoice, 12)]);
    let payment = told("Payment for invoice 12", "invoices/12");
    assert_eq!(payment.kind, EventKind::PaymentReceived);
    assert_eq!(payment.records(), [(Resource::Invoice, 12)]);
    assert_eq!(told("x", "tickets/9/edit").kind, EventKind::TicketUpdated);
    assert_eq!(told("x", "tickets/9/edit").id, Some(9));
    assert_eq!(told("x", "customers/4/tickets/9").id, Some(9));
    assert_eq!(told("x", "tickets").id, None);
    assert_eq!(told("x", "tickets/-3").id, None);
}

#[test]
fn a_payment_names_the_invoice_that_its_link_leads_to_as_well() {
    let mut body = testing::sample_for(&EventKind::PaymentReceived, 52);
    body["link"] = json!("https://example.syncromsp.com/invoices/31");
    let event = event(&body);
    assert_eq!(event.kind, EventKind::PaymentReceived);
    assert_eq!(
        event.records(),
        [(Resource::Payment, 52), (Resource::Invoice, 31)]
    );
}

#[test]
fn the_id_of_a_comment_is_not_taken_for_that_of_its_ticket() {
    let mut body = testing::sample_for(&EventKind::TicketCommented, 13);
    assert_ne!(body["attributes"]["id"], 13);
    assert_eq!(event(&body).records(), [(Resource::Ticket, 13)]);
    body["attributes"]["ticket_id"] = Json::Null;
    assert_eq!(event(&body).id, Some(13), "by its link");
    body["link"] = Json::Null;
    assert_eq!(event(&body).id, None);
}

#[test]
fn a_rule_of_the_user_goes_before_those_of_the_crate() {
    let rule = Rule::text("Nieuwe factuur!", EventKind::InvoiceCreated);
    let last = Rule::contains("maan", EventKind::TicketUpdated).assumed();
    let classifier = Classifier::standard().first(rule).last(last);
    let builder = Receiver::builder(TOKEN.into()).classifier(classifier);
    let receiver = builder.build().unwrap();
    let kind = |text: &str| {
        let body = json!({"text": text, "link": "https://a.syncromsp.com/leads/3"}).to_string();
        let taken = receiver.accept(TOKEN, &HeaderMap::new(), body.as_bytes());
        taken.unwrap().event().kind.clone()
    };
    assert_eq!(kind("NIEUWE  FACTUUR"), EventKind::InvoiceCreated);
    assert_eq!(kind("Iets anders"), EventKind::LeadCreated);
    let nothing = Classifier::empty();
    let delivery = Delivery::parse(br#"{"text": "New Customer Created!"}"#).unwrap();
    let (kind, _) = nothing.classify(&delivery);
    assert_eq!(kind, EventKind::Other("New Customer Created!".to_owned()));
}

#[test]
fn what_is_not_proven_is_marked_as_assumed() {
    let standard = Classifier::standard();
    let proven: BTreeSet<&str> = (standard.rules().iter())
        .filter(|rule| !rule.is_assumed())
        .map(|rule| rule.kind().as_str())
        .collect();
    let known = [
        "contact_created",
        "customer_created",
        "ticket_commented",
        "ticket_created",
        "ticket_resolved",
        "ticket_status_changed",
    ];
    assert_eq!(proven, BTreeSet::from(known));
}

#[test]
fn nothing_secret_is_left_in_an_event() {
    for name in ["customer_created", "ticket_created", "payment_received"] {
        let path = format!(
            "{}/tests/fixtures/webhook/{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("qx7w2n5v9b1c3d4e"), "{name}");
        let mut body: Json = serde_json::from_str(&text).unwrap();
        body["link"] =
            json!("https://u:pw12345@a.syncromsp.com/tickets/1?portal_key=qx7w2n5v9b1c3d4e#x");
        body["attributes"]["user_token"] = json!("qx7w2n5v9b1c3d4e");
        let event = event(&body);
        for shown in [
            format!("{event:?}"),
            serde_json::to_string(&event).unwrap(),
            event.attributes.json().to_string(),
        ] {
            assert!(!shown.contains("qx7w2n5v9b1c3d4e"), "{name}: {shown}");
            assert!(!shown.contains("pw12345"), "{name}: {shown}");
        }
        assert!(!format!("{event:?}").contains("jansen.example"), "{name}");
        assert_eq!(
            event.link.as_deref(),
            Some("https://a.syncromsp.com/tickets/1")
        );
        let delivery = Delivery::parse(text.as_bytes()).unwrap();
        assert!(!format!("{delivery:?}").contains("qx7w"), "{name}");
    }
    let shown = format!("{:?} {:?}", receiver(), Receiver::builder(TOKEN.into()));
    assert!(!shown.contains(TOKEN), "{shown}");
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        ".{0,20}".prop_map(Json::from),
        "https?://.{0,20}".prop_map(Json::from),
    ];
    let name = prop_oneof![
        "[a-z]{1,5}",
        Just("id".to_owned()),
        Just("ticket_id".to_owned()),
        Just("body".to_owned()),
        Just("payment_amount".to_owned()),
        Just("resolved".to_owned()),
        Just("properties".to_owned()),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::hash_map(name.clone(), inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_a_receiver_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let taken = receiver().accept(TOKEN, &HeaderMap::new(), &bytes);
        prop_assert!(taken.is_err() || taken.unwrap().event().text.chars().count() <= 301);
    }

    #[test]
    fn a_delivery_of_anything_is_taken_and_names_positive_ids(
        text in any_json(), link in any_json(), attributes in any_json(), line in "\\PC{0,400}",
    ) {
        for text in [text, Json::from(line)] {
            let body = json!({"text": text, "html": "", "link": link, "attributes": attributes});
            let event = event(&body);
            prop_assert!(event.text.chars().count() <= 301);
            prop_assert!(event.records().iter().all(|(_, id)| *id > 0));
        }
    }
}
