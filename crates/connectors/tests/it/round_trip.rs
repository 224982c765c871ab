//! From a CRM database to SmartCRM and on to a second CRM database: nothing is lost on the way.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use api_core::SecretString;
use connectors::smartcrm::SmartCrm;
use connectors::sql::CrmConnect;
use koppel_sandbox::smartcrm::CatalogueSize;
use koppel_sandbox::{CrmSize, SmartCrmServer};
use smartcrm_client::{Client, Profile};
use sync_core::testing::conformance::{read_all, reading};
use sync_core::{Connector, EntityKind, Fields, Lifecycle, Record, RecordId, Ref, Value};

use crate::database::Database;
use crate::leg::Leg;
use crate::support::KINDS;

/// An even seed puts the first CRM into Amsterdam. Staff and all small tables follow from the seed,
/// so both CRMs have the same.
const SEED: u64 = 8;

async fn smartcrm() -> (SmartCrmServer, Arc<SmartCrm>) {
    let server = koppel_sandbox::SmartCrm::builder()
        .client_token("second")
        .start()
        .await
        .unwrap();
    let client = Client::builder(&server.url(), SecretString::from("demo".to_owned()))
        .profile(Profile::smartcrm())
        .client_token(SecretString::from("second".to_owned()))
        .build()
        .unwrap();
    (server, Arc::new(SmartCrm::new(client)))
}

/// Two CRM databases: one with records, one that is set up and not used yet.
struct Crms {
    full: Database,
    empty: Database,
}

impl Crms {
    async fn sqlite(size: &CrmSize) -> Self {
        let new = || Database::Sqlite {
            directory: tempfile::tempdir().unwrap(),
        };
        let (full, empty) = (new(), new());
        for (database, size) in [(&full, size), (&empty, &CrmSize::empty())] {
            let url = database.url();
            let path = url.strip_prefix("sqlite:").unwrap();
            koppel_sandbox::generate_sqlite(path, size, SEED, "tbl")
                .await
                .unwrap();
        }
        Self::new(full, empty).await
    }

    /// The second CRM is in another zone than the first.
    async fn new(full: Database, empty: Database) -> Self {
        empty
            .execute(
                "UPDATE tbloptions SET value = 'Europe/Bucharest' WHERE name = 'default_timezone'",
            )
            .await;
        Self { full, empty }
    }

    async fn mariadb(size: &CrmSize) -> Option<Self> {
        let full = Database::empty_mariadb().await?;
        let empty = Database::empty_mariadb().await?;
        for (database, size) in [(&full, size), (&empty, &CrmSize::empty())] {
            koppel_sandbox::generate_mysql(&database.url(), size, SEED, "tbl")
                .await
                .unwrap();
        }
        Some(Self::new(full, empty).await)
    }

    async fn connections(&self) -> (Arc<CrmConnect>, Arc<CrmConnect>) {
        let open = |database: &Database, writable| {
            CrmConnect::builder(&database.url())
                .custom_fields(true)
                .writable(writable)
                .search_delay(std::time::Duration::ZERO)
        };
        let source = open(&self.full, false).connect().await.unwrap();
        let target = open(&self.empty, true).connect().await.unwrap();
        (Arc::new(source), Arc::new(target))
    }
}

fn ids(records: &[Record]) -> Vec<RecordId> {
    records.iter().map(|record| record.id.clone()).collect()
}

/// Takes the ids of payments out of an invoice, and the order of those of one day: every system has
/// its own.
fn without_payment_ids(fields: &mut Fields) {
    if let Some(Value::List(payments)) = fields.get_mut("payments") {
        for payment in payments.iter_mut() {
            if let Value::Map(payment) = payment {
                payment.remove("id");
            }
        }
        payments.sort_by_key(|payment| payment.to_plain_json().to_string());
    }
}

/// Compares field by field, so that a failure names what differs.
fn same(kind: EntityKind, wanted: &Record, mut expected: Fields, found: &Record) {
    let mut now = found.fields.clone();
    without_payment_ids(&mut expected);
    without_payment_ids(&mut now);
    for spec in sync_core::fields::schema(kind) {
        let (expected, now) = (expected.get(spec.name), now.get(spec.name));
        assert!(
            now.same_content(expected),
            "{kind} {} became {}: `{}` was {expected:?} and is {now:?}",
            wanted.id,
            found.id,
            spec.name
        );
    }
    assert_eq!(wanted.lifecycle, found.lifecycle);
}

/// The record with its references as `known` has them; what is not there refers to nothing.
fn translated(record: &Record, known: &HashMap<Ref, Ref>) -> Fields {
    let mut fields = record.fields.clone();
    for value in fields.values_mut() {
        value.replace_refs(&mut |reference| Value::from(known.get(reference).cloned()));
    }
    fields
}

async fn comes_through_whole(crms: &Crms) {
    let (source, target) = crms.connections().await;
    let (server, middle) = smartcrm().await;
    let out = Leg::new(
        ("first", source.clone()),
        ("middle", middle.clone()),
        &KINDS,
        100,
    );
    let mut kinds = KINDS.to_vec();
    kinds.push(EntityKind::Payment);
    let back = Leg::new(("middle", middle), ("second", target.clone()), &kinds, 100);
    let (sent, _) = out.run_clean().await;
    let (landed, updated) = back.run_clean().await;
    assert!(sent > 300, "{sent}");
    assert_eq!(updated, 0);

    // Which record of the first CRM is which one of the second.
    let mut known: HashMap<Ref, Ref> = HashMap::new();
    let mut first = BTreeMap::new();
    for kind in KINDS {
        let mut records = read_all(source.as_ref(), kind, 200).await;
        // What is finished is never created anywhere.
        records.retain(|record| record.lifecycle == Lifecycle::Active);
        let there = out.links(kind, &ids(&records)).await;
        let middle: Vec<RecordId> = there.values().cloned().collect();
        let onward = back.links(kind, &middle).await;
        for record in &records {
            let end = onward[&there[&record.id]].clone();
            known.insert(
                Ref::new(kind, record.id.as_str()),
                Ref::new(kind, end.as_str()),
            );
        }
        first.insert(kind, records);
    }
    let mut compared = 0;
    let mut payments = 0;
    for (kind, records) in &first {
        let second = read_all(target.as_ref(), *kind, 200).await;
        assert_eq!(second.len(), records.len(), "{kind}");
        let second: HashMap<RecordId, Record> = second
            .into_iter()
            .map(|record| (record.id.clone(), record))
            .collect();
        for record in records {
            let end = &known[&Ref::new(*kind, record.id.as_str())].id;
            same(*kind, record, translated(record, &known), &second[end]);
            if let Value::List(list) = record.fields.get("payments") {
                payments += list.len();
            }
            compared += 1;
        }
    }
    assert_eq!(compared, sent);
    // Every payment is a record of its own in the end.
    let paid = read_all(target.as_ref(), EntityKind::Payment, 200).await;
    assert_eq!(paid.len(), payments);
    assert!(payments > 50, "{payments}");
    assert_eq!(landed, sent + i64::try_from(payments).unwrap());

    // A second run of each finds nothing to do.
    let applied = server.applied();
    let before = crms.empty.dump().await;
    assert_eq!(out.run_clean().await, (0, 0));
    assert_eq!(back.run_clean().await, (0, 0));
    assert_eq!(server.applied(), applied);
    assert_eq!(crms.empty.dump().await, before);
    reading(target.as_ref()).await;
}

/// What is only ever imported: a catalogue of SmartCRM's own lands in an empty CRM.
async fn a_catalogue_lands_whole(crms: &Crms) {
    let (server, middle) = smartcrm().await;
    // Only the warehouse module has it.
    crms.empty
        .execute("ALTER TABLE tblitems ADD COLUMN active INT")
        .await;
    server
        .seed_catalogue(&CatalogueSize::scaled(60), 5)
        .unwrap();
    let (_, target) = crms.connections().await;
    // The CRM has one price list, in its base currency.
    for product in server.records("products") {
        let id = product["id"].to_string();
        server
            .edit(
                "products",
                id.trim_matches('"'),
                &serde_json::json!({"currency": "EUR"}),
            )
            .unwrap();
    }
    let kinds: Vec<EntityKind> = EntityKind::ALL
        .into_iter()
        .filter(|kind| middle.describe().of(*kind).is_some_and(|can| can.read))
        .collect();
    for kind in [
        EntityKind::ProductGroup,
        EntityKind::Product,
        EntityKind::Discount,
        EntityKind::Stock,
        EntityKind::Order,
        EntityKind::Payment,
    ] {
        assert!(kinds.contains(&kind), "{kind}");
    }
    let leg = Leg::new(
        ("middle", middle.clone()),
        ("second", target.clone()),
        &kinds,
        100,
    );
    let (created, _) = leg.run_clean().await;
    let mut known: HashMap<Ref, Ref> = HashMap::new();
    let mut first = BTreeMap::new();
    for kind in &kinds {
        let records = read_all(middle.as_ref(), *kind, 100).await;
        for (from, to) in leg.links(*kind, &ids(&records)).await {
            known.insert(Ref::new(*kind, from.as_str()), Ref::new(*kind, to.as_str()));
        }
        first.insert(*kind, records);
    }
    let mut compared = 0;
    for (kind, records) in &first {
        let second = read_all(target.as_ref(), *kind, 200).await;
        assert_eq!(second.len(), records.len(), "{kind}");
        for record in records {
            let end = &known[&Ref::new(*kind, record.id.as_str())].id;
            let found = second.iter().find(|record| record.id == *end).unwrap();
            let mut expected = translated(record, &known);
            if KINDS.contains(kind) {
                // The CRM numbers its customers itself, and what it cannot do without, such as the
                // day of entry, it has where SmartCRM says nothing.
                expected.remove("number");
                for spec in sync_core::fields::schema(*kind) {
                    if expected.get(spec.name).is_empty() {
                        expected.set(spec.name, found.fields.get(spec.name).clone());
                    }
                }
            }
            same(*kind, record, expected, found);
            compared += 1;
        }
    }
    assert_eq!(compared, created);
    assert!(created > 200, "{created}");
    assert_eq!(leg.run_clean().await, (0, 0));
}

fn size() -> CrmSize {
    CrmSize {
        duplicate_keys: 0.05,
        ..CrmSize::scaled(100)
    }
}

#[tokio::test]
async fn sqlite_to_smartcrm_to_sqlite_is_equal_field_by_field() {
    comes_through_whole(&Crms::sqlite(&size()).await).await;
}

#[tokio::test]
async fn mariadb_to_smartcrm_to_mariadb_is_equal_field_by_field() {
    if let Some(crms) = Crms::mariadb(&size()).await {
        comes_through_whole(&crms).await;
        crms.full.remove().await;
        crms.empty.remove().await;
    }
}

#[tokio::test]
async fn what_smartcrm_only_gives_lands_in_sqlite() {
    a_catalogue_lands_whole(&Crms::sqlite(&CrmSize::scaled(1)).await).await;
}

#[tokio::test]
async fn what_smartcrm_only_gives_lands_in_mariadb() {
    if let Some(crms) = Crms::mariadb(&CrmSize::scaled(1)).await {
        a_catalogue_lands_whole(&crms).await;
        crms.full.remove().await;
        crms.empty.remove().await;
    }
}
