//! Flows between a CRM database and Simply CRM, while sessions end, answers get lost and noise
//! stands before them. The sandbox's journal is the witness.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use api_core::RetryPolicy;
use connectors::simplycrm::{ChangesMode, SimplyCrm, SimplyCrmBuilder};
use connectors::sql::CrmConnect;
use koppel_sandbox::CrmSize;
use koppel_sandbox::simplycrm::{
    Action as Did, Fault, FaultKind, Generation, SimplyCrmServer, SimplySize, SyncMode,
};
use rust_decimal::Decimal;
use serde_json::json;
use simplycrm_ws::Client;
use sync_core::fields::{Invoice, View};
use sync_core::store::{ParkReason, ParkedFilter};
use sync_core::testing::conformance::read_all;
use sync_core::{
    ConnectionName, Connector, Engine, EntityKind, Flow, Lifecycle, Marker, MemoryStore,
    MemorySystem, Record, RecordId, RunOptions, StateStore, Value,
};

use crate::simplycrm::{MARKERS, Others, client_builder, marked, nth, sandbox};

const KINDS: [EntityKind; 5] = [
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Project,
    EntityKind::Ticket,
];

/// An even seed puts the CRM into Amsterdam.
const SEED: u64 = 8;

fn module(kind: EntityKind) -> (&'static str, &'static str) {
    let (_, module, field) = MARKERS.iter().find(|(known, _, _)| *known == kind).unwrap();
    (module, field)
}

/// What the CRM's words are in Simply CRM.
fn with_words(builder: SimplyCrmBuilder) -> SimplyCrmBuilder {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned()))
            .collect()
    };
    builder
        .statuses(
            "Leads",
            &map(&[
                ("New", "Not Contacted"),
                ("Customer", "Hot"),
                ("Proposal sent", "Warm"),
                ("În negociere", "Pre Qualified"),
            ]),
        )
        .words(
            "Leads",
            "source",
            &map(&[
                ("Google", "Web Site"),
                ("Website", "Other"),
                ("Facebook", "Public Relations"),
                ("Beurs", "Trade Show"),
                ("Târg", "Conference"),
                ("Referral", "Word of mouth"),
            ]),
        )
        .statuses(
            "HelpDesk",
            &map(&[
                ("Answered", "Wait For Response"),
                ("On Hold", "Wait For Response"),
                ("Wacht op klant", "Wait For Response"),
            ]),
        )
        .words("HelpDesk", "priority", &map(&[("Medium", "Normal")]))
}

fn patient(server: &SimplyCrmServer) -> Client {
    client_builder(server)
        .sessions(3)
        .max_retries(4)
        .retry(RetryPolicy {
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        })
        .build()
        .unwrap()
}

async fn crm(
    size: &CrmSize,
    directory: &tempfile::TempDir,
    name: &str,
    writable: bool,
) -> CrmConnect {
    let path = directory.path().join(name);
    koppel_sandbox::generate_sqlite(&path, size, SEED, "tbl")
        .await
        .unwrap();
    CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .writable(writable)
        .search_delay(Duration::ZERO)
        .connect()
        .await
        .unwrap()
}

struct Leg {
    flow: Flow,
    store: Arc<MemoryStore>,
    names: (ConnectionName, ConnectionName),
}

impl Leg {
    fn new(
        (from, source): (&str, Arc<dyn Connector>),
        (to, target): (&str, Arc<dyn Connector>),
        kinds: &[EntityKind],
    ) -> Self {
        let flow = Flow::builder(format!("{from}-{to}").as_str())
            .from(from, source)
            .to(to, target)
            .entities(kinds.iter().copied())
            .page_size(50)
            .build()
            .unwrap();
        Self {
            flow,
            store: Arc::new(MemoryStore::new()),
            names: (ConnectionName::from(from), ConnectionName::from(to)),
        }
    }

    /// One run; `None` when it was broken off, else how many records were created and updated.
    async fn run(&self) -> Option<(i64, i64)> {
        let engine = Engine::new(self.store.clone());
        let report = engine.sync(&self.flow, &RunOptions::default()).await;
        let report = report.ok()?;
        if report.error.is_some() {
            return None;
        }
        let counts = report.run.counts.values();
        Some(counts.fold((0, 0), |(created, updated), counts| {
            (created + counts.created, updated + counts.updated)
        }))
    }

    /// Runs until a run goes through and nothing is set aside.
    async fn run_until_done(&self, runs: usize) {
        for _ in 0..runs {
            if self.run().await.is_some() && self.parked().await.is_empty() {
                return;
            }
        }
        panic!("not done after {runs} runs: {:#?}", self.parked().await);
    }

    async fn parked(&self) -> Vec<String> {
        let all = ParkedFilter::default();
        let parked = self.store.parked(all, None, 10).await.unwrap();
        parked.iter().map(|row| format!("{row:?}")).collect()
    }

    async fn links(&self, kind: EntityKind, ids: &[RecordId]) -> HashMap<RecordId, RecordId> {
        let (from, to) = &self.names;
        self.store.targets(from, to, kind, ids).await.unwrap()
    }
}

fn trouble(server: &SimplyCrmServer) {
    for fault in [
        Fault::new(FaultKind::SessionExpired).every(9),
        Fault::new(FaultKind::ChallengeOvertaken).every(4),
        Fault::new(FaultKind::PhpNotice).every(3),
        Fault::new(FaultKind::AnswerLost).writes().every(11),
        Fault::new(FaultKind::TruncatedBody).writes().every(17),
        Fault::new(FaultKind::EmptyBody {
            status: 200,
            after_commit: true,
        })
        .writes()
        .every(13),
        Fault::new(FaultKind::EmptyBody {
            status: 500,
            after_commit: false,
        })
        .writes()
        .every(19),
        Fault::new(FaultKind::ConnectionDropped).every(23),
        Fault::new(FaultKind::Status {
            status: 503,
            after_commit: false,
        })
        .every(29),
    ] {
        server.fault(fault);
    }
}

fn active(records: Vec<Record>) -> Vec<Record> {
    let mut records = records;
    records.retain(|record| record.lifecycle == Lifecycle::Active);
    records
}

/// Everything that the source has is there once, under its mark, and was created once.
async fn all_is_there_once(source: &CrmConnect, server: &SimplyCrmServer, leg: &Leg) {
    for kind in KINDS {
        let records = active(read_all(source, kind, 200).await);
        let (module, field) = module(kind);
        let expected: BTreeSet<String> = records
            .iter()
            .map(|record| Marker::of("crm", kind, &record.id).to_string())
            .collect();
        let stored = server.records(module);
        let marks: BTreeSet<String> = stored
            .iter()
            .map(|record| record[field].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(stored.len(), expected.len(), "{module}");
        assert_eq!(marks, expected, "{module}");
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        assert_eq!(leg.links(kind, &ids).await.len(), ids.len(), "{module}");
        let created = server
            .journal()
            .iter()
            .filter(|entry| entry.module == module && entry.action == Did::Create)
            .count();
        assert_eq!(created, expected.len(), "{module}: created more than once");
    }
}

async fn lands_once_whatever_happens(generation: Generation) {
    let directory = tempfile::tempdir().unwrap();
    let size = CrmSize {
        duplicate_keys: 0.0,
        ..CrmSize::scaled(30)
    };
    let source = Arc::new(crm(&size, &directory, "crm.db", false).await);
    let server = sandbox(generation).marker_fields().start().await.unwrap();
    let target = with_words(marked(patient(&server)))
        .modules(KINDS)
        .search_delay(Duration::from_millis(1))
        .build()
        .unwrap();
    let leg = Leg::new(
        ("crm", source.clone()),
        ("simply", Arc::new(target)),
        &KINDS,
    );
    trouble(&server);
    leg.run_until_done(60).await;
    let hits: BTreeMap<String, u64> = server
        .faults()
        .list()
        .into_iter()
        .map(|report| (format!("{:?}", report.fault.kind), report.hits))
        .collect();
    assert!(hits.values().all(|hits| *hits > 0), "{hits:#?}");
    server.faults().clear();
    all_is_there_once(&source, &server, &leg).await;

    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before, "the second run wrote something");
}

#[tokio::test]
async fn a_crm_lands_in_simply_crm_once_whatever_happens_on_the_way() {
    lands_once_whatever_happens(Generation::Simply).await;
}

#[tokio::test]
async fn a_crm_lands_in_7_1_once_whatever_happens_on_the_way() {
    lands_once_whatever_happens(Generation::V7_1).await;
}

#[tokio::test]
async fn a_crm_lands_in_5_4_once_whatever_happens_on_the_way() {
    lands_once_whatever_happens(Generation::V5_4).await;
}

/// From Simply CRM into a CRM database, then what people change afterwards.
async fn reaches_the_crm(generation: Generation, sync: SyncMode, changes: ChangesMode) {
    let directory = tempfile::tempdir().unwrap();
    let target = Arc::new(crm(&CrmSize::empty(), &directory, "empty.db", true).await);
    let server = sandbox(generation)
        .marker_fields()
        .sync(sync)
        .start()
        .await
        .unwrap();
    server.fill(&SimplySize::of_contacts(60), 5).unwrap();
    let source = with_words(SimplyCrm::builder(patient(&server)))
        .modules(KINDS)
        .changes(changes)
        .build()
        .unwrap();
    let leg = Leg::new(
        ("simply", Arc::new(source)),
        ("crm", target.clone()),
        &KINDS,
    );
    for fault in [
        Fault::new(FaultKind::SessionExpired).every(9),
        Fault::new(FaultKind::ChallengeOvertaken).every(4),
        Fault::new(FaultKind::PhpNotice).every(3),
        Fault::new(FaultKind::ConnectionDropped).every(7),
        Fault::new(FaultKind::TruncatedBody).every(17),
    ] {
        server.fault(fault);
    }
    leg.run_until_done(30).await;
    server.faults().clear();
    for kind in KINDS {
        let (module, _) = module(kind);
        let there = read_all(target.as_ref(), kind, 100).await;
        let here = server.records(module);
        // A finished project is never made in the other system.
        let ended = here
            .iter()
            .filter(|record| {
                let status = record["projectstatus"].as_str().unwrap_or_default();
                ["completed", "delivered", "archived"].contains(&status)
            })
            .count();
        assert_eq!(there.len(), here.len() - ended, "{module}");
    }
    assert_eq!(
        leg.run().await,
        Some((0, 0)),
        "the second run wrote something"
    );

    let account = server.records("Accounts")[3]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    server.edit(&account, &json!({"phone": "+31 6 1"})).unwrap();
    server
        .insert(
            "Contacts",
            &json!({"lastname": "Nieuw", "account_id": account, "email": "n@example.test"}),
        )
        .unwrap();
    let requests = server.requests();
    assert_eq!(leg.run().await, Some((1, 1)));
    assert!(server.requests() > requests);
    let id = RecordId::new(account.as_str());
    let links = leg
        .links(EntityKind::Customer, std::slice::from_ref(&id))
        .await;
    let there = target
        .fetch(EntityKind::Customer, &links[&id])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(there.fields.get("phone"), &Value::from("+31 6 1"));
    assert_eq!(server.applied(), 0, "nothing was written into the source");
}

#[tokio::test]
async fn what_simply_crm_has_reaches_the_crm_by_query_where_sync_shows_own_records_only() {
    reaches_the_crm(Generation::Simply, SyncMode::Own, ChangesMode::Auto).await;
}

#[tokio::test]
async fn what_7_1_has_reaches_the_crm_by_sync() {
    reaches_the_crm(Generation::V7_1, SyncMode::Typed, ChangesMode::Sync).await;
}

#[tokio::test]
async fn what_a_server_has_whose_sync_is_dead_reaches_the_crm() {
    reaches_the_crm(Generation::V7_1, SyncMode::Dead, ChangesMode::Auto).await;
}

#[tokio::test]
async fn what_5_4_has_reaches_the_crm() {
    reaches_the_crm(Generation::V5_4, SyncMode::Own, ChangesMode::Auto).await;
}

/// Invoices with lines, from a program that has no system of its own.
#[tokio::test]
async fn invoices_with_their_lines_land_once_whatever_happens() {
    const KINDS: [EntityKind; 3] = [
        EntityKind::Product,
        EntityKind::Customer,
        EntityKind::Invoice,
    ];
    let books = Arc::new(MemorySystem::new(KINDS));
    let shop = Others {
        customer: RecordId::from("c1"),
        product: RecordId::from("p1"),
    };
    for (kind, id) in [(KINDS[0], &shop.product), (KINDS[1], &shop.customer)] {
        books.insert(Record::new(kind, id.clone(), nth(kind, 1, &shop)));
    }
    for n in 0..40 {
        let fields = nth(EntityKind::Invoice, n, &shop);
        books.insert(Record::new(EntityKind::Invoice, format!("i{n}"), fields));
    }
    let server = sandbox(Generation::Simply)
        .marker_fields()
        .start()
        .await
        .unwrap();
    let target = marked(patient(&server))
        .modules(KINDS)
        .search_delay(Duration::from_millis(1))
        .build()
        .unwrap();
    let leg = Leg::new(("crm", books.clone()), ("simply", Arc::new(target)), &KINDS);
    trouble(&server);
    leg.run_until_done(60).await;
    server.faults().clear();
    assert_eq!(server.count("Invoice"), 40);
    let created = server
        .journal()
        .iter()
        .filter(|entry| entry.module == "Invoice" && entry.action == Did::Create)
        .count();
    assert_eq!(created, 40);
    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before);
    // One line less in one invoice is one write.
    books.edit(EntityKind::Invoice, "i7", |fields| {
        if let Some(Value::List(lines)) = fields.get_mut("lines") {
            lines.pop();
        }
        for name in ["subtotal", "discount", "total", "tax_total"] {
            fields.remove(name);
        }
    });
    assert_eq!(leg.run().await, Some((0, 1)));
    assert_eq!(leg.run().await, Some((0, 0)));
}

/// Invoices, which nobody may ever make twice or for another amount.
async fn invoices_land_once(with_marks: bool) {
    let directory = tempfile::tempdir().unwrap();
    let size = CrmSize {
        duplicate_keys: 0.0,
        ..CrmSize::scaled(30)
    };
    let source = Arc::new(crm(&size, &directory, "crm.db", false).await);
    let server = sandbox(Generation::Simply)
        .marker_fields()
        .start()
        .await
        .unwrap();
    let product = json!({"productname": "Anything"});
    let product = server.insert("Products", &product).unwrap();
    let client = patient(&server);
    let mut builder = match with_marks {
        true => marked(client),
        false => SimplyCrm::builder(client),
    };
    let kinds = [EntityKind::Customer, EntityKind::Invoice];
    builder = builder
        .modules(kinds)
        .search_delay(Duration::from_millis(1))
        .default_product(product.parse().unwrap());
    let invoices = read_all(source.as_ref(), EntityKind::Invoice, 200).await;
    let content = |record: &Record| Invoice::from_fields(&record.fields).unwrap();
    for record in &invoices {
        let lines = content(record).lines.into_iter().flatten();
        for tax in lines.flat_map(|line| line.taxes.unwrap_or_default()) {
            builder = builder.tax(tax.name.unwrap(), "tax1");
        }
    }
    let leg = Leg::new(
        ("crm", source.clone()),
        ("simply", Arc::new(builder.build().unwrap())),
        &kinds,
    );
    trouble(&server);
    for run in 1.. {
        if leg.run().await == Some((0, 0)) {
            break;
        }
        assert!(run < 60, "not done");
    }
    server.faults().clear();

    let all = ParkedFilter::default();
    let parked = leg.store.parked(all, None, 1_000).await.unwrap();
    for row in &parked {
        // Other currencies, mixed taxes, cents: each is refused by name, none is in doubt.
        assert_eq!(row.reason, ParkReason::Rejected, "{row:?}");
    }
    let ids: Vec<RecordId> = invoices.iter().map(|record| record.id.clone()).collect();
    let links = leg.links(EntityKind::Invoice, &ids).await;
    assert!(links.len() > 5, "{} of {}", links.len(), ids.len());
    let made = server.journal();
    let made = made
        .iter()
        .filter(|entry| entry.module == "Invoice" && entry.action == Did::Create);
    assert_eq!(made.count(), links.len(), "created more than once");
    assert_eq!(server.count("Invoice"), links.len());
    for record in &invoices {
        let Some(id) = links.get(&record.id) else {
            assert!(
                record.lifecycle != Lifecycle::Active
                    || parked.iter().any(|row| row.source_id == record.id),
                "{} is lost",
                record.id
            );
            continue;
        };
        let there = server.record(id.as_str()).unwrap();
        let total: Decimal = there["hdnGrandTotal"].as_str().unwrap().parse().unwrap();
        let wanted = content(record).total.unwrap();
        assert!((total - wanted).abs() <= Decimal::new(5, 3), "{record:?}");
        assert_eq!(there["subject"], content(record).number.unwrap());
    }
    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before, "the second run wrote something");
}

#[tokio::test]
async fn invoices_land_once_and_for_their_amounts_whatever_happens_on_the_way() {
    invoices_land_once(true).await;
}

#[tokio::test]
async fn invoices_without_marks_land_once_and_for_their_amounts() {
    invoices_land_once(false).await;
}
