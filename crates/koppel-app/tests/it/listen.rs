//! Listening to a sandbox Syncro whose webhooks come twice, in any order, late or never.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use koppel_app::audit_log::{EventName, Stored};
use koppel_app::sync_core::store::Trigger;
use koppel_app::sync_core::{Cancel, RunOptions};
use koppel_app::webhook::EventKind;
use koppel_app::{App, Exit, Heard, ListenOptions, SyncReport, hook_address};
use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::syncro::{Size, Syncro, SyncroServer, WebhookFaults};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::{Notify, mpsc};

use crate::support::{all, secret, silent};

mod refused;

const TOKEN: &str = "TS3CRET0123456789-abcdef";
/// How long the next run is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const PATH_TOKEN: &str = "S3CRET-path-token-0123456789";

struct Msp {
    dir: TempDir,
    server: SyncroServer,
}

impl Msp {
    async fn new(size: Size) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let crm = CrmSize {
            formatted_numbers: true,
            ..CrmSize::empty()
        };
        generate_sqlite(dir.path().join("crm.db"), &crm, 7, "tbl")
            .await
            .unwrap();
        let server = Syncro::builder()
            .token(TOKEN)
            .account("acme")
            .unlimited()
            .seed(size)
            .random(11)
            .start()
            .await
            .unwrap();
        secret(&dir.path().join("token"), TOKEN);
        secret(&dir.path().join("path-token"), PATH_TOKEN);
        Self { dir, server }
    }

    async fn app(&self, connection: &str) -> App {
        let kinds = "entities = [\"customer\", \"contact\"]";
        self.app_of(connection, kinds).await
    }

    async fn app_of(&self, connection: &str, flow: &str) -> App {
        let text = format!(
            r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.syncro]
kind = "syncro"
account = "acme"
token = "file:token"
url = "{}"
requests_per_minute = 10000
max_retries = 0
settle = "0s"
currency = "EUR"
{connection}

[flows.msp]
from = "syncro"
to = "crm"
{flow}

[flows.back]
from = "crm"
to = "syncro"
entities = ["lead"]
"#,
            self.server.url(),
        );
        let path = self.dir.path().join("koppel.toml");
        std::fs::write(&path, text).unwrap();
        App::open(path).await.unwrap()
    }
}

fn options(flows: &[&str]) -> ListenOptions {
    ListenOptions {
        bind: ([127, 0, 0, 1], 0).into(),
        flows: flows.iter().map(|flow| (*flow).to_owned()).collect(),
        poll: Some(Duration::from_secs(3_600)),
        debounce: Duration::from_millis(50),
        ..ListenOptions::default()
    }
}

async fn next_run(heard: &mut mpsc::UnboundedReceiver<Heard>) -> (SyncReport, bool) {
    loop {
        let next = tokio::time::timeout(PATIENCE, heard.recv());
        if let Heard::Synced { report, poll } = next.await.unwrap().unwrap() {
            assert!(report.error.is_none(), "{report:?}");
            assert_eq!(report.exit(), Exit::Ok, "{report:?}");
            return (*report, poll);
        }
    }
}

/// Which address the receiver has, once it listens.
async fn address(heard: &mut mpsc::UnboundedReceiver<Heard>) -> String {
    match heard.recv().await.unwrap() {
        Heard::Listening { address, made_up } => hook_address(address, made_up.as_ref()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_are_lost_are_repaired_by_the_poll_and_counted() {
    let size = Size {
        customers: 20,
        ..Size::default()
    };
    let msp = Msp::new(size).await;
    let app = msp.app("").await;
    let (say, mut heard) = mpsc::unbounded_channel();
    let mut tell = |told| drop(say.send(told));
    let (cancel, poll_now) = (Cancel::new(), Arc::new(Notify::new()));
    let options = ListenOptions {
        poll_now: Arc::clone(&poll_now),
        ..options(&["msp"])
    };
    let listen = app.listen("syncro", &options, silent(), &cancel, &mut tell);
    let test = async {
        let url = address(&mut heard).await;
        let (first, poll) = next_run(&mut heard).await;
        assert!(poll);
        assert_eq!(first.run.as_ref().unwrap().repaired, None);
        assert_eq!(first.total().created, 20);

        msp.server.set_webhook(Some((&url, &[])));
        msp.server.set_webhook_faults(WebhookFaults {
            duplicate: 0.3,
            reorder: 0.3,
            drop: 0.25,
            late: 0.1,
            late_by: 7,
        });
        let known = msp.server.ids("customers");
        for n in 0..40 {
            let company = json!({"business_name": format!("Nieuw {n:02} B.V.")});
            msp.server.insert("customers", company);
            // Each of a customer that is synced already, so that none drags a lost one along.
            let person = json!({
                "customer_id": known[n % known.len()], "name": format!("Persoon {n:02}"),
                "email": format!("p{n}@nieuw.example")
            });
            msp.server.insert("contacts", person);
        }
        msp.server.webhooks_sent().await;
        let lost = msp.server.dropped_deliveries();
        let sent = msp.server.deliveries();
        assert!(sent.iter().all(|delivery| delivery.status == Some(200)));
        let of = |delivery: &koppel_sandbox::syncro::Delivery| (delivery.resource, delivery.id);
        let told: BTreeSet<_> = sent.iter().map(of).collect();
        assert_eq!(told.len() + lost.len(), 80, "each change is told or lost");
        assert!(sent.len() > told.len() && lost.len() > 5, "{}", lost.len());

        let mut brought = 0;
        while brought < told.len() as i64 {
            let (report, poll) = next_run(&mut heard).await;
            assert!(!poll);
            let run = report.run.as_ref().unwrap();
            assert_eq!((run.trigger, run.repaired), (Trigger::Webhook, None));
            assert_eq!(report.total().updated, 0);
            brought += report.total().created;
        }
        assert_eq!(brought, told.len() as i64);

        poll_now.notify_one();
        let (report, poll) = next_run(&mut heard).await;
        assert!(poll);
        let run = report.run.as_ref().unwrap();
        assert_eq!(run.repaired, Some(lost.len() as i64));
        assert_eq!(report.total().created, lost.len() as i64);
        assert_eq!(report.to_json().repaired, Some(lost.len() as i64));
        poll_now.notify_one();
        let (report, _) = next_run(&mut heard).await;
        assert_eq!(report.run.unwrap().repaired, Some(0));
        cancel.cancel();
        (sent.len(), told.len(), lost.len())
    };
    let (listened, (sent, told, lost)) = tokio::join!(listen, test);
    let listened = listened.unwrap();
    assert_eq!(listened.repaired, lost as i64);
    assert_eq!(listened.deliveries, told as u64);
    assert_eq!(listened.duplicates, (sent - told) as u64);
    assert_eq!(listened.left, 0);

    // Everything is there, and once.
    let (asked, never) = (RunOptions::default(), Cancel::new());
    let report = app.sync("msp", &asked, silent(), &never);
    let total = report.await.unwrap().total();
    assert_eq!((total.created, total.updated, total.parked), (0, 0, 0));
    assert_eq!(total.unchanged, 20 + 80);
    assert_eq!(msp.server.count("customers"), 60);

    // Each delivery is written down, by its record and without what it says of it.
    app.close().await;
    let app = App::open(msp.dir.path().join("koppel.toml")).await.unwrap();
    let log = app.audit_reader().await.unwrap();
    let noted = all(log, Some(EventName::WebhookReceive)).await;
    assert_eq!(noted.len(), sent);
    let again = |entry: &&Stored| entry.details["duplicate"] == true;
    assert_eq!(noted.iter().filter(again).count(), sent - told);
    for entry in &noted {
        assert_eq!(entry.connection.as_deref(), Some("syncro"), "{entry:?}");
        assert!(
            entry.entity.is_some() && entry.record.is_some(),
            "{entry:?}"
        );
        let shown = format!("{entry:?}");
        assert!(
            !shown.contains("Nieuw") && !shown.contains("Persoon"),
            "{shown}"
        );
    }
    app.close().await;
}

/// What the CRM calls the words of the account.
const WORDS: &str = r#"statuses = { Open = "New", "In progress" = "In Progress", Closed = "Resolved", Answered = "Waiting on Customer", "On Hold" = "Waiting for Parts" }
priorities = { Urgent = "0 Urgent", High = "1 High", Medium = "2 Normal", Low = "3 Low" }
tax_rates = { "BTW 21%" = 21, "BTW 9%" = 9 }"#;

/// What the CRM has no place or no word for.
const FLOW: &str = r#"entities = ["customer", "contact", "ticket", "invoice"]

[flows.msp.map.ticket]
service = "none"
assigned_to = "none"
status = { default = "Open", lookup = { Open = "Open", "In progress" = "In progress", Closed = "Closed", Answered = "Answered", "On Hold" = "On Hold", Invoiced = "Closed", Scheduled = "In progress", "Customer Reply" = "Open" } }
"#;

/// A record that is fetched for a hint is the very same as when it is listed.
#[tokio::test]
async fn a_poll_finds_nothing_in_what_hints_have_brought() {
    let size = Size {
        customers: 6,
        contacts: 4,
        tickets: 12,
        invoices: 5,
        ..Size::default()
    };
    let msp = Msp::new(size).await;
    let app = msp.app_of(WORDS, FLOW).await;
    let (say, mut heard) = mpsc::unbounded_channel();
    let mut tell = |told| drop(say.send(told));
    let (cancel, poll_now) = (Cancel::new(), Arc::new(Notify::new()));
    let options = ListenOptions {
        poll_now: Arc::clone(&poll_now),
        ..options(&["msp"])
    };
    let listen = app.listen("syncro", &options, silent(), &cancel, &mut tell);
    let test = async {
        let url = address(&mut heard).await;
        let (first, _) = next_run(&mut heard).await;
        assert!(first.total().created >= 23, "{:?}", first.run);
        msp.server.set_webhook(Some((&url, &[])));
        let customer = msp
            .server
            .insert("customers", json!({"business_name": "Garage Maas"}));
        let of_it = |mut record: serde_json::Value| {
            record["customer_id"] = json!(customer);
            record
        };
        let person = json!({"name": "Piet Maas", "email": "piet@maas.example"});
        msp.server.insert("contacts", of_it(person));
        let ticket = json!({"subject": "Slow", "problem_type": "Other", "status": "New"});
        msp.server.insert("tickets", of_it(ticket));
        let open = (msp.server.records("tickets").into_iter())
            .find(|ticket| ticket["status"] == "In Progress")
            .unwrap();
        let open = open["id"].as_i64().unwrap();
        msp.server
            .edit("tickets", open, json!({"status": "Resolved"}));
        let invoice = msp.server.ids("invoices")[0];
        let invoice = msp.server.record("invoices", invoice).unwrap();
        let number = json!({"number": "99001", "date": invoice["date"]});
        msp.server.insert("invoices", of_it(number));
        msp.server.webhooks_sent().await;
        let told: BTreeSet<_> = (msp.server.deliveries().iter())
            .map(|delivery| (delivery.resource, delivery.id))
            .collect();
        assert_eq!(told.len(), 5, "{told:?}");
        let mut brought = 0;
        while brought < told.len() as i64 {
            let (report, poll) = next_run(&mut heard).await;
            assert!(!poll);
            brought += report.total().created + report.total().updated;
        }
        for _ in 0..2 {
            poll_now.notify_one();
            let (report, poll) = next_run(&mut heard).await;
            assert!(poll);
            let total = report.total();
            assert_eq!((total.created, total.updated), (0, 0), "{:?}", report.run);
            assert_eq!(report.run.unwrap().repaired, Some(0));
        }
        cancel.cancel();
    };
    let (listened, ()) = tokio::join!(listen, test);
    assert_eq!(listened.unwrap().repaired, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_taken_by_the_receiver_that_listens_for_it() {
    let msp = Msp::new(Size::default()).await;
    let app = msp.app("webhook_token = \"file:path-token\"").await;
    let (say, mut heard) = mpsc::unbounded_channel();
    let mut tell = |told| drop(say.send(told));
    let cancel = Cancel::new();
    let options = options(&[]);
    let listen = app.listen("syncro", &options, silent(), &cancel, &mut tell);
    let test = async {
        let shown = address(&mut heard).await;
        assert!(!shown.contains(PATH_TOKEN), "{shown}");
        let url = shown.replace("WEBHOOK_TOKEN", PATH_TOKEN);
        let kind = EventKind::TicketResolved;
        for _ in 0..2 {
            // Each sample is another one: none is taken for a double.
            let done = app
                .trigger("syncro", &kind, 4711, Some(&url))
                .await
                .unwrap();
            assert_eq!(done.status, 200);
            let wanted = json!({
                "event": "ticket_resolved", "entity": "ticket", "id": 4711, "duplicate": false
            });
            assert_eq!(done.answer, wanted);
            assert!(!format!("{done:?}").contains(PATH_TOKEN));
            match heard.recv().await.unwrap() {
                Heard::Delivery { event, duplicate } => {
                    assert_eq!((event.kind, event.id), (kind.clone(), Some(4711)));
                    assert!(!duplicate);
                }
                other => panic!("{other:?}"),
            }
        }
        let wrong = shown.replace("WEBHOOK_TOKEN", "another-path-token-0123");
        let done = app.trigger("syncro", &kind, 1, Some(&wrong)).await.unwrap();
        assert_eq!((done.status, done.is_taken()), (404, false));
        cancel.cancel();
    };
    let (listened, ()) = tokio::join!(listen, test);
    assert_eq!(listened.unwrap().deliveries, 2);

    let closed = "http://127.0.0.1:1/hook/S3CRET-path-token-0123456789";
    let kind = EventKind::TicketCreated;
    let error = app.trigger("syncro", &kind, 1, Some(closed)).await;
    let error = error.unwrap_err();
    let said = format!("{error} {:?} {error:?}", error.help());
    assert!(
        said.contains("127.0.0.1:1") && !said.contains(PATH_TOKEN),
        "{said}"
    );
}
