//! What is written reads as it was, once what has no place is held back.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use api_core::{Json, SecretString};
use proptest::prelude::*;
use rust_decimal::Decimal;
use simplycrm_ws::{Client, Describe, Record as Wire, RecordId as WireId};
use sync_core::{
    Action, Date, EntityKind, FieldName, Fields, Marker, Op, OpId, RecordId, Ref, Timestamp, Value,
};

use super::SimplyCrm;
use super::custom::CustomFields;
use super::decode::ADDRESS_PARTS;
use super::model::Model;
use super::table::{Entry, MODULES, Shape};

fn target() -> &'static SimplyCrm {
    static TARGET: OnceLock<SimplyCrm> = OnceLock::new();
    TARGET.get_or_init(new_target)
}

fn new_target() -> SimplyCrm {
    let key = SecretString::from("key".to_owned());
    let client = Client::builder("https://crm.example.com", "api", key).build();
    SimplyCrm::new(client.unwrap()).unwrap()
}

/// The prefixes of a fresh installation.
fn prefixes() -> BTreeMap<EntityKind, u32> {
    BTreeMap::from([
        (EntityKind::Customer, 11),
        (EntityKind::Contact, 12),
        (EntityKind::Product, 14),
    ])
}

/// A module in which every place of the table is a field of its type.
fn model(target: &SimplyCrm, kind: EntityKind, module: &'static str, lines: bool) -> Model {
    let table = &target.inner.table;
    let mut fields: Vec<String> = Vec::new();
    let mut add = |name: &str, kind: &str| {
        fields.push(format!(
            r#"{{"name":"{name}","label":"{name}","mandatory":false,"editable":true,
                "nullable":true,"type":{{"name":"{kind}"}}}}"#
        ));
    };
    for entry in table.entries(kind) {
        let wire = entry.wire.as_ref();
        match entry.shape {
            Shape::Address(names) => names.iter().for_each(|name| add(name, "string")),
            Shape::Custom => {}
            Shape::Bool => add(wire, "boolean"),
            Shape::Decimal | Shape::Amount => add(wire, "currency"),
            Shape::Date | Shape::Day => add(wire, "date"),
            Shape::Timestamp | Shape::DayOf => add(wire, "datetime"),
            Shape::Ref(_) | Shape::Currency => add(wire, "reference"),
            Shape::Name { first } => {
                add(first, "string");
                add(wire, "string");
            }
            _ => add(wire, "string"),
        }
    }
    add("cf_1", "string");
    add("cf_2", "double");
    add("cf_3", "boolean");
    let json = format!(
        r#"{{"name":"{module}","label":"{module}","createable":true,"updateable":true,
            "deleteable":true,"retrieveable":true,"idPrefix":"11","isEntity":true,
            "labelFields":"x","fields":[{}]}}"#,
        fields.join(",")
    );
    let describe = Describe::from_json(&Json::parse(&json).unwrap()).unwrap();
    let used = table.wires(kind);
    Model::for_tests(
        kind,
        module,
        CustomFields::of(&describe, &used),
        Arc::new(describe),
        prefixes(),
        lines,
    )
}

fn text() -> BoxedStrategy<Value> {
    "[a-zA-Z0-9ăîșțéß@<>&\"'|\\\\ %_.,-]{0,19}[a-z]"
        .prop_map(Value::Text)
        .boxed()
}

fn of_shape(shape: Shape) -> Option<BoxedStrategy<Value>> {
    Some(match shape {
        Shape::Text | Shape::Name { .. } => text(),
        Shape::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Shape::Int | Shape::Percent => (0..130_i64).prop_map(Value::Int).boxed(),
        Shape::Decimal | Shape::Amount | Shape::Budget => (any::<i64>(), 0..9_u32)
            .prop_map(|(number, scale)| Value::Decimal(Decimal::new(number, scale)))
            .boxed(),
        Shape::Date => (1900..2100_i16, 1..=12_i8, 1..=28_i8)
            .prop_filter_map("a day", |(y, m, d)| Date::new(y, m, d).map(Value::Date))
            .boxed(),
        Shape::Day => (0..4_102_444_800_000_000_i64)
            .prop_map(|micros| Value::Timestamp(Timestamp::from_micros(micros)))
            .boxed(),
        Shape::Ref(kind) => (1..u64::from(u32::MAX))
            .prop_map(move |id| {
                let prefix = prefixes()[&kind];
                Value::Ref(Ref::new(kind, WireId::new(prefix, id).to_string()))
            })
            .boxed(),
        Shape::Address(_) => proptest::collection::vec(proptest::option::of(text()), 5)
            .prop_map(|parts| {
                let named = ADDRESS_PARTS.into_iter().zip(parts);
                let there = named.filter_map(|(name, part)| Some((name.to_owned(), part?)));
                // A country reads as its code.
                let mut map: BTreeMap<String, Value> = there.collect();
                map.entry("country".to_owned())
                    .and_modify(|country| *country = Value::from("NL"));
                Value::Map(map)
            })
            .boxed(),
        Shape::Custom => (text(), any::<i32>(), any::<bool>())
            .prop_map(|(one, two, three)| {
                Value::Map(BTreeMap::from([
                    ("cf_1".to_owned(), one),
                    ("cf_2".to_owned(), Value::Decimal(Decimal::from(two))),
                    ("cf_3".to_owned(), Value::Bool(three)),
                ]))
            })
            .boxed(),
        // Made of lines and lists that only a server has; other tests ask one.
        _ => return None,
    })
}

fn record() -> impl Strategy<Value = (EntityKind, &'static str, Fields)> {
    proptest::sample::select(MODULES.to_vec()).prop_flat_map(|(kind, module)| {
        let table = super::table::Table::standard();
        let writable = |entry: &&Entry| !entry.read_only;
        let fields: Vec<_> = table
            .entries(kind)
            .iter()
            .filter(writable)
            .filter_map(|entry| {
                let name = FieldName::new(entry.ours.as_ref());
                let value = proptest::option::of(of_shape(entry.shape)?);
                Some(value.prop_map(move |value| (name.clone(), value)))
            })
            .collect();
        fields.prop_map(move |pairs| {
            let there = pairs
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            (kind, module, there.collect::<Fields>())
        })
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_as_it_was((kind, module, mut fields) in record()) {
        let target = target();
        super::hold::hold(&target.inner.table, &target.inner.zone, kind, &mut fields);
        let model = model(target, kind, module, false);
        let op = Op {
            id: OpId::new(),
            action: Action::Update { id: RecordId::from("11x1") },
            entity: kind,
            fields: fields.clone(),
            changed: None,
            marker: Marker::of("crm", kind, &RecordId::from("1")),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sheet = runtime.block_on(target.sheet(&model, &op)).unwrap();
        let mut wire = Wire::default();
        wire.set("id", "11x1");
        for (name, text) in sheet.values {
            wire.set(name, text);
        }
        let read = target.inner.read(&model, &wire).unwrap();
        for (name, value) in fields.iter() {
            let now = read.fields.get(name.as_str());
            prop_assert!(now.same_content(value), "{kind}.{name}: {value:?} reads {now:?}");
        }
    }

    #[test]
    fn no_answer_makes_the_reader_panic(
        (kind, module) in proptest::sample::select(MODULES.to_vec()),
        values in proptest::collection::vec(proptest::sample::select(vec![
            "null", "\"\"", "\"x\"", "\"1\"", "1.5", "true", "[]", "{}", "[1]",
            "[{\"quantity\":\"x\"}]", "[{\"taxes\":1}]", "\"0000-00-00\"", "\"21x1\"", "1e999",
        ]), 60),
    ) {
        let target = target();
        let model = model(target, kind, module, true);
        let mut wire = Wire::default();
        wire.set("id", "11x1");
        for (field, text) in model.describe.fields.iter().zip(values) {
            wire.set(field.name.clone(), Json::parse(text).unwrap());
        }
        if let Err(error) = target.inner.read(&model, &wire) {
            prop_assert_eq!(error.field_errors().len(), 1);
        }
    }
}
