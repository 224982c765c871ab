//! Flows between a CRM database and Simply CRM, while sessions end, answers get lost and noise
//! stands before them. The sandbox's journal is the witness.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use api_core::RetryPolicy;
use connectors::simplycrm::SimplyCrmBuilder;
use connectors::sql::CrmConnect;
use koppel_sandbox::CrmSize;
use koppel_sandbox::simplycrm::{Action as Did, Fault, FaultKind, Generation, SimplyCrmServer};
use simplycrm_ws::Client;
use sync_core::testing::conformance::read_all;
use sync_core::{EntityKind, Lifecycle, Marker, Record, RecordId};

use crate::leg::Leg;
use crate::simplycrm::{MARKERS, client_builder, marked, sandbox};

mod into_the_crm;
mod invoices;

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
        50,
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
