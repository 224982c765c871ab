//! Instructions of the steps that every record goes through: decode, map, hash, plan.

#![expect(missing_docs, reason = "the macros make public items")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use connectors::smartcrm::record_from_wire;
use gungraun::{library_benchmark, library_benchmark_group, main};
use serde_json::{Map, Value as Json, json};
use sync_core::mapping::{EntityMapper, Expressions, FieldRule};
use sync_core::store::Known;
use sync_core::{
    ChangeSource, EntityCapabilities, EntityKind, FieldName, Fields, Lifecycle, PlanInput, Record,
    RecordId, RunId, plan, plan_update,
};

fn wire() -> Map<String, Json> {
    let record = json!({
        "id": "4711", "external_id": null, "company": "Bakkerij 4711 & Zonen B.V.",
        "vat": "NL000004711B01", "phonenumber": "+31 30 0004711",
        "website": "https://bakkerij-4711.example", "address": "Lange Nieuwstraat 12",
        "city": "Utrecht", "state": "Utrecht", "zip": "3512 AB", "country": "NL",
        "currency": "EUR", "default_language": "dutch", "active": "1",
        "updated_at": "2026-03-01T10:00:00Z"
    });
    match record {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn record() -> Record {
    record_from_wire(EntityKind::Customer, &wire())
        .unwrap_or_else(|_| Record::new(EntityKind::Customer, "unreadable", Fields::new()))
}

fn text() -> Vec<u8> {
    serde_json::to_vec(&wire()).unwrap_or_default()
}

#[library_benchmark]
#[bench::customer(setup = text)]
fn decode(bytes: Vec<u8>) -> Option<Record> {
    let wire: Map<String, Json> = serde_json::from_slice(black_box(&bytes)).ok()?;
    record_from_wire(EntityKind::Customer, &wire).ok()
}

#[library_benchmark]
#[bench::as_it_is(setup = record)]
fn map_identity(mut record: Record) -> Option<Fields> {
    sync_core::mapping::identity()
        .map_owned(black_box(&mut record))
        .ok()
}

fn expressions() -> Option<(Record, Arc<Expressions>)> {
    let rule = FieldRule {
        expr: Some("name | upper".to_owned()),
        ..FieldRule::default()
    };
    let rules = BTreeMap::from([(FieldName::known("name"), rule)]);
    Some((
        record(),
        Expressions::new(EntityKind::Customer, rules).ok()?,
    ))
}

#[library_benchmark]
#[bench::one_expression(setup = expressions)]
fn map_expression(given: Option<(Record, Arc<Expressions>)>) -> Option<Fields> {
    let (record, mapper) = given?;
    mapper.map(black_box(&record)).ok()
}

#[library_benchmark]
#[bench::customer(setup = record)]
fn hash(record: Record) -> sync_core::ContentHash {
    black_box(&record).content_hash()
}

type Planned = (Record, Known, EntityCapabilities);

fn known() -> Planned {
    let record = record();
    let known = Known {
        target_id: Some(RecordId::from("9")),
        base_hash: Some(record.content_hash()),
        ..Known::default()
    };
    let can = EntityCapabilities::read_write(ChangeSource::FullScan);
    (record, known, can)
}

#[library_benchmark]
#[bench::unchanged(setup = known)]
fn decide(given: Planned) -> sync_core::Decision {
    let (record, known, can) = black_box(&given);
    plan(PlanInput {
        hash: record.content_hash(),
        lifecycle: Lifecycle::Active,
        known: Some(known),
        target: can,
        run: RunId::from_uuid(uuid::Uuid::nil()),
    })
}

fn edited() -> (Fields, Fields) {
    let base = record().fields;
    let now = base.clone().with("phone", "+31 30 7654321");
    (base, now)
}

#[library_benchmark]
#[bench::one_field(setup = edited)]
fn plan_an_update(given: (Fields, Fields)) -> sync_core::UpdatePlan {
    let (base, now) = black_box(&given);
    plan_update(Some(base), now, Some(base))
}

library_benchmark_group!(
    name = steps,
    benchmarks = [
        decode,
        map_identity,
        map_expression,
        hash,
        decide,
        plan_an_update
    ]
);
main!(library_benchmark_groups = steps);
