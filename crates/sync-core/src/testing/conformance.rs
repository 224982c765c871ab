//! What every connector must do, tested by what it says that it can do.
//!
//! Each function panics with a sentence when the connector fails. Call [`reading`] for a connector
//! that has records, and [`writing`] for one that takes them.

use std::collections::BTreeSet;
use std::collections::HashMap;

use api_core::ErrorKind;
use futures_util::StreamExt;

use crate::{
    Action, Batch, Completed, Connector, ContentHash, Cursor, EntityKind, FieldName, Fields,
    FindKey, Marker, MarkerSupport, Op, OpId, Outcome, Record, RecordId, Value,
};

/// How many pages a listing may have before it is taken to go round in circles.
const MAX_PAGES: usize = 100_000;

/// Reads every record of a kind, page by page, and checks that the listing moves on and names no
/// record twice.
pub async fn read_all(connector: &dyn Connector, entity: EntityKind, limit: usize) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut cursors = BTreeSet::new();
    let mut cursor: Option<Cursor> = None;
    for _ in 0..MAX_PAGES {
        let page = match connector.pull(entity, cursor.as_ref(), limit).await {
            Ok(page) => page,
            Err(error) => panic!("a page of {} cannot be read: {error}", entity.plural()),
        };
        for record in page.records {
            assert_eq!(
                record.entity, entity,
                "a record of another kind in the listing"
            );
            assert!(
                seen.insert(record.id.clone()),
                "{entity} `{}` came twice",
                record.id
            );
            records.push(record);
        }
        if page.complete {
            return records;
        }
        let Some(next) = page.next else {
            panic!("a page that is not the last has no cursor")
        };
        assert!(
            cursors.insert(next.clone()),
            "the cursor `{next}` came twice"
        );
        cursor = Some(next);
    }
    panic!("the listing of {} has no end", entity.plural());
}

/// A record with the rest of it, where the listing gives only a part.
async fn whole(connector: &dyn Connector, record: &Record) -> Record {
    if !record.partial {
        return record.clone();
    }
    let completed = connector
        .complete(record.entity, vec![record.clone()])
        .await;
    match completed.as_deref() {
        Ok([Completed::Whole(whole)]) => {
            assert_eq!(whole.id, record.id, "another record was completed");
            whole.clone()
        }
        other => panic!("`{}` was not completed: {other:?}", record.id),
    }
}

fn hashes(records: &[Record]) -> HashMap<RecordId, ContentHash> {
    records
        .iter()
        .map(|record| (record.id.clone(), record.content_hash()))
        .collect()
}

/// Checks reading: each kind it can read is read the same whatever the size of the pages, a second
/// reading agrees with the first, and each record is the same when it is read by its id.
pub async fn reading(connector: &dyn Connector) {
    let can = connector.describe().clone();
    let mut kinds = 0;
    for (entity, what) in can.entities.iter().filter(|(_, what)| what.read) {
        kinds += 1;
        let all = read_all(connector, *entity, 500).await;
        let first = hashes(&all);
        for limit in [1, 7, all.len().max(1), all.len() + 1] {
            if limit == 1 && all.len() > 300 {
                continue;
            }
            let again = hashes(&read_all(connector, *entity, limit).await);
            assert_eq!(
                again,
                first,
                "pages of {limit} {} read otherwise",
                entity.plural()
            );
        }
        if let Some(count) = connector.count(*entity).await {
            assert_eq!(
                count,
                all.len() as u64,
                "the count of {} is off",
                entity.plural()
            );
        }
        if !what.fetch {
            continue;
        }
        for record in all.iter().take(25) {
            let fetched = connector.fetch(*entity, &record.id).await;
            let Ok(Some(fetched)) = fetched else {
                panic!(
                    "{entity} `{}` is listed and cannot be read: {fetched:?}",
                    record.id
                );
            };
            let whole = whole(connector, record).await;
            assert_eq!(
                fetched.fields, whole.fields,
                "{entity} `{}` reads otherwise",
                record.id
            );
        }
        let nobody = RecordId::from("987654321");
        let fetched = connector.fetch(*entity, &nobody).await;
        assert!(
            matches!(fetched, Ok(None)),
            "a record that is not there gave {fetched:?}"
        );
    }
    assert!(kinds > 0, "the connector can read nothing");
}

/// Sends one batch and gives back its outcomes in the order of the ops.
///
/// Checks that each op is answered exactly once.
pub async fn push(connector: &dyn Connector, entity: EntityKind, ops: Vec<Op>) -> Vec<Outcome> {
    let ids: Vec<OpId> = ops.iter().map(|op| op.id).collect();
    let batch = Batch {
        entity,
        key: OpId::new().to_string(),
        ops,
    };
    let mut outcomes = HashMap::new();
    let mut answers = connector.push(batch);
    while let Some(answer) = answers.next().await {
        for (op, outcome) in answer.outcomes {
            assert!(
                ids.contains(&op),
                "an answer for a write that was never sent"
            );
            assert!(
                outcomes.insert(op, outcome).is_none(),
                "a write was answered twice"
            );
        }
    }
    ids.iter()
        .map(|id| match outcomes.remove(id) {
            Some(outcome) => outcome,
            None => panic!("a write was not answered"),
        })
        .collect()
}

/// A create of this content, with a marker of its own.
pub fn create(entity: EntityKind, fields: Fields) -> Op {
    let id = RecordId::new(OpId::new().to_string());
    Op {
        id: OpId::new(),
        action: Action::Create,
        entity,
        fields,
        changed: None,
        marker: Marker::of("conformance", entity, &id),
    }
}

fn written(outcome: &Outcome) -> RecordId {
    match outcome {
        Outcome::Written(id) => id.clone(),
        other => panic!("a good record was not written: {other:?}"),
    }
}

/// Checks writing of one kind of record. `make(n)` gives the content of the n-th record, each with
/// natural keys of its own; `edit` is a field and a new value for it.
pub async fn writing(
    connector: &dyn Connector,
    entity: EntityKind,
    make: &(dyn Fn(usize) -> Fields + Sync),
    edit: (FieldName, Value),
) {
    let can = connector.describe().clone();
    let Some(what) = can.of(entity).filter(|what| what.create) else {
        panic!("the connector cannot create {}", entity.plural());
    };
    for size in [1, can.batch.max_items] {
        let ops: Vec<Op> = (0..size)
            .map(|n| create(entity, make(size * 1_000 + n)))
            .collect();
        let outcomes = push(connector, entity, ops.clone()).await;
        let ids: BTreeSet<RecordId> = outcomes.iter().map(written).collect();
        assert_eq!(ids.len(), size, "two creates got the same id");
        for (op, outcome) in ops.iter().zip(&outcomes).take(3) {
            reads_back(connector, entity, &written(outcome), &op.fields).await;
        }
    }
    let op = create(entity, make(1));
    let id = written(&push(connector, entity, vec![op.clone()]).await[0]);
    if what.update {
        updating(connector, &op, &id, edit).await;
    }
    finding(connector, entity, &op, &id).await;
}

async fn reads_back(connector: &dyn Connector, entity: EntityKind, id: &RecordId, sent: &Fields) {
    let fetched = connector.fetch(entity, id).await;
    let Ok(Some(record)) = fetched else {
        panic!("{entity} `{id}` was written and cannot be read: {fetched:?}");
    };
    for (name, value) in sent.iter() {
        let now = record.fields.get(name.as_str());
        assert!(
            now.same_content(value),
            "field `{name}` of {entity} `{id}` was written as {value:?} and reads {now:?}"
        );
    }
}

async fn updating(
    connector: &dyn Connector,
    created: &Op,
    id: &RecordId,
    (field, value): (FieldName, Value),
) {
    let entity = created.entity;
    let mut fields = created.fields.clone();
    fields.set(field.clone(), value);
    let update = Op {
        id: OpId::new(),
        action: Action::Update { id: id.clone() },
        fields: fields.clone(),
        changed: Some(BTreeSet::from([field])),
        ..created.clone()
    };
    let outcome = &push(connector, entity, vec![update.clone()]).await[0];
    assert_eq!(&written(outcome), id, "an update gave another id");
    reads_back(connector, entity, id, &fields).await;
    let nobody = Op {
        id: OpId::new(),
        action: Action::Update {
            id: RecordId::from("987654321"),
        },
        marker: Marker::of("conformance", entity, &RecordId::from("nobody")),
        ..update
    };
    match &push(connector, entity, vec![nobody]).await[0] {
        Outcome::Rejected(error) | Outcome::BatchRejected(error) => {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        }
        other => panic!("an update of a record that is not there gave {other:?}"),
    }
}

async fn finding(connector: &dyn Connector, entity: EntityKind, op: &Op, id: &RecordId) {
    let can = connector.describe();
    let mut keys = Vec::new();
    if can.marker_of(entity) != MarkerSupport::None {
        keys.push(FindKey::Marker(op.marker.clone()));
    }
    for names in can
        .of(entity)
        .iter()
        .flat_map(|what| what.natural_keys.iter())
    {
        let key: Vec<(FieldName, Value)> = names
            .iter()
            .map(|name| (name.clone(), op.fields.get(name.as_str()).clone()))
            .collect();
        if key.iter().all(|(_, value)| !value.is_empty()) {
            keys.push(FindKey::Natural(key));
        }
    }
    assert!(
        !keys.is_empty(),
        "{} cannot be found again by anything",
        entity.plural()
    );
    for key in keys {
        let hits = connector.find(entity, &key).await;
        let Ok(hits) = hits else {
            panic!("{key:?} cannot be searched by: {hits:?}")
        };
        let ids: Vec<&RecordId> = hits.iter().map(|record| &record.id).collect();
        assert_eq!(ids, [id], "{key:?} finds something else");
    }
    let nobody = Marker::of("conformance", entity, &RecordId::from("nobody"));
    if can.marker_of(entity) != MarkerSupport::None {
        let hits = connector.find(entity, &FindKey::Marker(nobody)).await;
        assert!(
            matches!(&hits, Ok(hits) if hits.is_empty()),
            "an unknown marker gave {hits:?}"
        );
    }
    if can.marker_of(entity) == MarkerSupport::Upsert {
        let again = Op {
            id: OpId::new(),
            ..op.clone()
        };
        let outcome = &push(connector, entity, vec![again]).await[0];
        assert_eq!(
            &written(outcome),
            id,
            "a second create with the same marker made a second"
        );
    }
}
