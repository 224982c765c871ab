use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sync_core::testing::conformance::create;
use sync_core::{Action, EntityKind, FieldName, RecordId, Ref};
use syncro_client::CustomerId;

use super::*;

fn change(kind: EntityKind, fields: Fields, names: &[&'static str]) -> Op {
    Op {
        action: Action::Update {
            id: RecordId::from("7"),
        },
        changed: Some(names.iter().map(|name| FieldName::known(name)).collect()),
        ..create(kind, fields)
    }
}

fn sent(json: &Json) -> String {
    json.to_string()
}

fn city(name: &str) -> Value {
    Value::Map(BTreeMap::from([("city".to_owned(), Value::from(name))]))
}

#[test]
fn a_company_and_a_person_are_written_in_their_places() {
    let fields = Fields::new()
        .with("name", "Acme")
        .with("is_person", false)
        .with("email", " a@example.test ")
        .with("address", city("Utrecht"));
    let op = create(EntityKind::Customer, fields.clone());
    let made = customer(&Content::new(&op)).unwrap();
    assert_eq!(
        sent(&made.to_json()),
        r#"{"business_name":"Acme","city":"Utrecht","email":"a@example.test"}"#
    );
    let fields = fields.with("name", "Jan de Vries").with("is_person", true);
    let op = create(EntityKind::Customer, fields.clone());
    let made = customer(&Content::new(&op)).unwrap();
    assert_eq!(made.first_name.as_deref(), Some("Jan"));
    assert_eq!(made.last_name.as_deref(), Some("de Vries"));
    assert_eq!(made.business_name, None);
    let nameless = create(
        EntityKind::Customer,
        Fields::new().with("email", "a@x.test"),
    );
    assert!(customer(&Content::new(&nameless)).is_err());
}

#[test]
fn a_change_names_what_changed_and_nothing_else() {
    let fields = Fields::new()
        .with("name", "Acme")
        .with("is_person", false)
        .with("email", "a@example.test")
        .with("phone", Value::Null);
    let op = change(EntityKind::Customer, fields.clone(), &["phone"]);
    let made = customer(&Content::new(&op)).unwrap();
    assert_eq!(sent(&made.to_json()), r#"{"phone":null}"#);
    let op = change(
        EntityKind::Customer,
        fields.with("address", city("Delft")),
        &["address"],
    );
    let made = customer(&Content::new(&op)).unwrap();
    assert_eq!(
        sent(&made.to_json()),
        r#"{"address":null,"address_2":null,"city":"Delft","state":null,"zip":null}"#
    );
}

#[test]
fn a_contact_always_has_a_name_and_a_customer() {
    let fields = Fields::new()
        .with("customer", Ref::new(EntityKind::Customer, "41"))
        .with("first_name", "Ann")
        .with("title", "Director");
    let op = create(EntityKind::Contact, fields.clone());
    let made = contact(&Content::new(&op)).unwrap();
    assert_eq!(made.customer_id, Some(CustomerId::new(41)));
    assert_eq!(
        sent(&made.to_json()),
        r#"{"customer_id":41,"name":"Ann","title":"Director"}"#
    );
    let op = change(
        EntityKind::Contact,
        fields.clone().with("title", Value::Null),
        &["title"],
    );
    let made = contact(&Content::new(&op)).unwrap();
    assert_eq!(sent(&made.to_json()), r#"{"name":"Ann","title":null}"#);
    let mut alone = fields.clone();
    alone.remove("customer");
    assert!(contact(&Content::new(&create(EntityKind::Contact, alone))).is_err());
    let odd = fields.with("customer", Ref::new(EntityKind::Customer, "c1"));
    let error = contact(&Content::new(&create(EntityKind::Contact, odd))).unwrap_err();
    assert!(error.message().contains("`c1`"), "{error}");
}

#[test]
fn a_lead_is_a_person_at_a_company_or_the_company_alone() {
    let fields = Fields::new()
        .with("name", "Jan Vries")
        .with("company", "Acme")
        .with("value", "1250.50".parse::<Decimal>().unwrap());
    let made = lead(&Content::new(&create(EntityKind::Lead, fields))).unwrap();
    let json = sent(&made.to_json());
    assert!(json.contains(r#""business_name":"Acme""#), "{json}");
    assert!(json.contains(r#""first_name":"Jan""#), "{json}");
    assert!(json.contains("1250.50"), "{json}");
    let alone = Fields::new().with("name", "Acme").with("company", "Acme");
    let made = lead(&Content::new(&create(EntityKind::Lead, alone))).unwrap();
    assert_eq!(sent(&made.to_json()), r#"{"business_name":"Acme"}"#);
}

#[test]
fn the_first_comment_of_a_ticket_mails_nobody_unless_told() {
    let fields = Fields::new()
        .with("subject", "Printer")
        .with("customer", Ref::new(EntityKind::Customer, "41"))
        .with("message", "It smokes.");
    let op = create(EntityKind::Ticket, fields.clone());
    for notify in [false, true] {
        let made = ticket(&Content::new(&op), notify).unwrap();
        let [comment] = made.comments_attributes.as_deref().unwrap_or_default() else {
            panic!("{made:?}");
        };
        assert_eq!(comment.do_not_email, Some(!notify));
        assert_eq!(comment.hidden, Some(false));
        assert_eq!(comment.body.as_deref(), Some("It smokes."));
    }
    let op = change(EntityKind::Ticket, fields.clone(), &["message"]);
    let made = ticket(&Content::new(&op), true).unwrap();
    assert_eq!(
        made,
        syncro_client::Ticket::default(),
        "comments are not changed"
    );
}

#[test]
fn values_of_another_type_are_refused_by_name() {
    let op = create(
        EntityKind::Product,
        Fields::new().with("name", "Bolt").with("price", "ten"),
    );
    let error = product(&Content::new(&op)).unwrap_err();
    assert!(error.field_errors().contains_key("price"), "{error}");
    let op = create(
        EntityKind::Customer,
        Fields::new().with("name", "Acme").with("address", "Kade 7"),
    );
    assert!(customer(&Content::new(&op)).is_err());
}

#[test]
fn what_the_source_does_not_tell_of_a_lead_stays_as_it_is() {
    let fields = Fields::new().with("name", "Ann Prospect");
    let op = change(EntityKind::Lead, fields, &["name"]);
    let made = lead(&Content::new(&op)).unwrap();
    assert_eq!(
        sent(&made.to_json()),
        r#"{"first_name":"Ann","last_name":"Prospect"}"#
    );
    let fields = Fields::new().with("company", "Acme");
    let op = change(EntityKind::Lead, fields, &["company"]);
    let made = lead(&Content::new(&op)).unwrap();
    assert_eq!(sent(&made.to_json()), r#"{"business_name":"Acme"}"#);
    let fields = Fields::new()
        .with("name", "Ann Prospect")
        .with("company", Value::Null);
    let op = change(EntityKind::Lead, fields, &["company"]);
    let made = lead(&Content::new(&op)).unwrap();
    assert_eq!(
        sent(&made.to_json()),
        r#"{"business_name":null,"first_name":"Ann","last_name":"Prospect"}"#
    );
}

#[test]
fn the_name_of_a_contact_is_not_replaced_by_its_address() {
    let fields = Fields::new()
        .with("customer", Ref::new(EntityKind::Customer, "41"))
        .with("email", "jan@x.test");
    let op = create(EntityKind::Contact, fields.clone());
    let made = contact(&Content::new(&op)).unwrap();
    assert_eq!(made.name.as_deref(), Some("jan@x.test"));
    for fields in [fields.clone(), fields.with("last_name", "jan@x.test")] {
        let op = change(EntityKind::Contact, fields, &["email"]);
        let made = contact(&Content::new(&op)).unwrap();
        assert_eq!(sent(&made.to_json()), r#"{"email":"jan@x.test"}"#);
    }
}
