//! What both sides know survives the way to the wire and back.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};
use sync_core::{
    Action, Date, EntityKind, FieldName, Fields, Marker, Op, OpId, RecordId, Ref, Timestamp, Value,
};

use super::encode::op_to_wire;
use super::table::{ADDRESS_PARTS, Entry, LINE, PAYMENT, Shape, TAX, entries};
use super::{KINDS, from_wire, to_wire};

fn text() -> BoxedStrategy<Value> {
    "[a-zA-Z0-9ăîșțéß@<>&\"' .,-]{1,20}"
        .prop_map(Value::Text)
        .boxed()
}

fn part(table: &'static [Entry]) -> BoxedStrategy<BTreeMap<String, Value>> {
    let fields: Vec<_> = table
        .iter()
        .map(|entry| {
            let name = entry.ours.to_owned();
            proptest::option::of(of_shape(entry.shape)).prop_map(move |value| (name.clone(), value))
        })
        .collect();
    fields
        .prop_map(|pairs| {
            pairs
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect()
        })
        .boxed()
}

fn line() -> BoxedStrategy<Value> {
    (part(LINE), vec(part(TAX), 0..3))
        .prop_map(|(mut line, taxes)| {
            if !taxes.is_empty() {
                let taxes = taxes.into_iter().map(Value::Map).collect();
                line.insert("taxes".to_owned(), Value::List(taxes));
            }
            Value::Map(line)
        })
        .boxed()
}

fn of_shape(shape: Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Text => text(),
        Shape::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Shape::Int => any::<i64>().prop_map(Value::Int).boxed(),
        Shape::Decimal => (any::<i64>(), 0..10_u32)
            .prop_map(|(number, scale)| Value::Decimal(Decimal::new(number, scale)))
            .boxed(),
        Shape::Date => (1900..2100_i16, 1..=12_i8, 1..=28_i8)
            .prop_filter_map("a day", |(y, m, d)| Date::new(y, m, d).map(Value::Date))
            .boxed(),
        Shape::Timestamp => (0..4_102_444_800_000_000_i64)
            .prop_map(|micros| Value::Timestamp(Timestamp::from_micros(micros)))
            .boxed(),
        Shape::Ref(kind) => (1..i64::MAX)
            .prop_map(move |id| Value::Ref(Ref::new(kind, id.to_string())))
            .boxed(),
        Shape::Texts => vec(text(), 1..4).prop_map(Value::List).boxed(),
        Shape::Address(_) => vec(proptest::option::of(text()), 5)
            .prop_map(|parts| {
                let named = ADDRESS_PARTS.into_iter().zip(parts);
                Value::Map(
                    named
                        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                        .collect(),
                )
            })
            .boxed(),
        Shape::Lines => vec(line(), 1..4).prop_map(Value::List).boxed(),
        Shape::Taxes => vec(part(TAX).prop_map(Value::Map), 1..4)
            .prop_map(Value::List)
            .boxed(),
        Shape::Payments => vec(part(PAYMENT).prop_map(Value::Map), 1..4)
            .prop_map(Value::List)
            .boxed(),
        Shape::Custom => btree_map("[a-z_]{1,8}", text(), 1..4)
            .prop_map(Value::Map)
            .boxed(),
    }
}

fn record() -> impl Strategy<Value = (EntityKind, Fields)> {
    proptest::sample::select(KINDS.to_vec()).prop_flat_map(|kind| {
        let fields: Vec<_> = entries(kind)
            .iter()
            .map(|entry| {
                let name = FieldName::known(entry.ours);
                proptest::option::of(of_shape(entry.shape))
                    .prop_map(move |value| (name.clone(), value))
            })
            .collect();
        fields.prop_map(move |pairs| {
            let there = pairs
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.filter(|v| !v.is_empty())?)));
            (kind, there.collect::<Fields>())
        })
    })
}

/// The way the server sends what it was sent: scalars as strings, nothing for null.
fn as_sent_back(json: &Json) -> Json {
    match json {
        Json::Bool(flag) => json!(if *flag { "1" } else { "0" }),
        Json::Number(number) => json!(number.to_string()),
        Json::Array(items) => items.iter().map(as_sent_back).collect(),
        Json::Object(map) => Json::Object(
            map.iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), as_sent_back(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn sent_back(wire: Map<String, Json>) -> Map<String, Json> {
    match as_sent_back(&Json::Object(wire)) {
        Json::Object(map) => map,
        other => panic!("{other}"),
    }
}

proptest! {
    #[test]
    fn what_both_know_comes_back_as_it_was((kind, fields) in record()) {
        let wire = to_wire(kind, &fields).unwrap();
        prop_assert_eq!(&from_wire(kind, &wire).unwrap(), &fields, "before the server");
        let back = from_wire(kind, &sent_back(wire)).unwrap();
        prop_assert_eq!(back.content_hash(), fields.content_hash());
        prop_assert_eq!(back, fields);
    }

    #[test]
    fn no_answer_makes_the_reader_panic(
        kind in proptest::sample::select(KINDS.to_vec()),
        values in vec(proptest::sample::select(vec![
            json!(null), json!(""), json!("x"), json!("1"), json!(1.5), json!(true), json!([]),
            json!({}), json!([1]), json!([{"taxes": "x"}]), json!({"a": [null]}), json!("0"),
        ]), 40),
    ) {
        let mut wire = Map::new();
        for (entry, value) in entries(kind).iter().zip(values) {
            wire.insert(entry.wire.to_owned(), value);
        }
        if let Err(error) = from_wire(kind, &wire) {
            prop_assert_eq!(error.field_errors().len(), 1);
        }
    }
}

fn op(action: Action, fields: Fields, changed: Option<&[&'static str]>) -> Op {
    Op {
        id: OpId::new(),
        action,
        entity: EntityKind::Customer,
        fields,
        changed: changed.map(|names| names.iter().map(|name| FieldName::known(name)).collect()),
        marker: Marker::of("crm", EntityKind::Customer, &RecordId::from("1")),
    }
}

fn update(fields: Fields, changed: Option<&[&'static str]>) -> Json {
    let id = RecordId::from("9001");
    Json::Object(op_to_wire(&op(Action::Update { id }, fields, changed)).unwrap())
}

fn address(city: &str) -> Value {
    Value::Map(BTreeMap::from([("city".to_owned(), Value::from(city))]))
}

#[test]
fn an_update_sends_what_changed_and_clears_what_is_gone() {
    let fields = Fields::new()
        .with("name", "Acme")
        .with("website", "https://acme.example")
        .with("address", address("Utrecht"));
    assert_eq!(
        update(fields.clone(), Some(&["website", "phone", "nickname"])),
        json!({"website": "https://acme.example", "phonenumber": null})
    );
    // Parts that an address lost are cleared with it.
    assert_eq!(
        update(fields.clone(), Some(&["address", "billing_address"])),
        json!({
            "address": null, "city": "Utrecht", "state": null, "zip": null, "country": null,
            "billing_street": null, "billing_city": null, "billing_state": null,
            "billing_zip": null, "billing_country": null
        })
    );
    // Without a list of what changed only what is there is sent.
    assert_eq!(
        update(fields, None),
        json!({
            "company": "Acme", "website": "https://acme.example", "address": null,
            "city": "Utrecht", "state": null, "zip": null, "country": null
        })
    );
    assert_eq!(
        update(Fields::new(), Some(&["groups"])),
        json!({"groups": []})
    );
}

#[test]
fn a_create_sends_nothing_that_is_empty() {
    let fields = Fields::new()
        .with("name", "Acme")
        .with("phone", Value::Null)
        .with("address", address("Utrecht"));
    let wire = op_to_wire(&op(Action::Create, fields, None)).unwrap();
    assert_eq!(
        Json::Object(wire),
        json!({"company": "Acme", "city": "Utrecht"})
    );
}

#[test]
fn a_value_of_the_wrong_type_names_its_field() {
    for (field, value, expected) in [
        ("name", Value::Bool(true), "text"),
        ("active", Value::from("yes"), "a boolean"),
        ("address", Value::from("Utrecht"), "an address"),
        ("groups", Value::from("a"), "a list"),
        ("created_at", Value::from("now"), "a time stamp"),
    ] {
        let error = to_wire(EntityKind::Customer, &Fields::new().with(field, value)).unwrap_err();
        assert_eq!(error.kind(), api_core::ErrorKind::Validation);
        assert!(error.message().contains(expected), "{error}");
        assert!(error.field_errors().contains_key(field), "{error}");
    }
    let other = Value::Ref(Ref::new(EntityKind::Project, "1"));
    let fields = Fields::new().with("customer", other);
    assert!(
        to_wire(EntityKind::Contact, &fields).is_err(),
        "of another kind"
    );
}

#[test]
fn lines_come_back_in_the_order_of_their_places() {
    let wire = json!({"lines": [
        {"description": "b", "order": "2"}, {"description": "a", "order": 1}, {"description": "c"}
    ]});
    let fields = from_wire(EntityKind::Invoice, wire.as_object().unwrap()).unwrap();
    let Value::List(lines) = fields.get("lines") else {
        panic!("{fields:?}");
    };
    let names: Vec<Json> = lines.iter().map(Value::to_plain_json).collect();
    assert_eq!(
        names,
        [
            json!({"description": "a"}),
            json!({"description": "b"}),
            json!({"description": "c"})
        ]
    );
}
