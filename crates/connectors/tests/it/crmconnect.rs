//! The CRM database as a source.

use api_core::ErrorKind;
use connectors::sql::CrmConnect;
use sync_core::fields::{Contact, Customer, Invoice, Lead, Project, Ticket, View};
use sync_core::{
    Action, Batch, Connector, Cursor, EntityKind, Fields, FindKey, Lifecycle, Marker, Op, OpId,
    Outcome, Record, RecordId, Ref, Unreadable, Value,
};

use crate::database::{Database, on_both};
use crate::support::{KINDS, amount, text};

async fn open(database: &Database) -> CrmConnect {
    CrmConnect::builder(&database.url())
        .connect()
        .await
        .unwrap()
}

/// Reads a listing to its end, in pages of `limit`.
async fn all(
    source: &dyn Connector,
    kind: EntityKind,
    limit: usize,
) -> (Vec<Record>, Vec<Unreadable>) {
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    let mut cursor: Option<Cursor> = None;
    for _ in 0..1000 {
        let page = source.pull(kind, cursor.as_ref(), limit).await.unwrap();
        records.extend(page.records);
        unreadable.extend(page.unreadable);
        assert!(page.deleted.is_empty());
        if page.complete {
            return (records, unreadable);
        }
        assert_ne!(page.next, cursor, "the listing does not move on");
        cursor = page.next;
    }
    panic!("the listing has no end");
}

fn view<V: View>(records: &[Record], id: &str) -> V {
    let record = records
        .iter()
        .find(|record| record.id.as_str() == id)
        .unwrap_or_else(|| panic!("no record {id}"));
    V::from_fields(&record.fields).unwrap()
}

/// What must hold on every database.
async fn reads_what_the_crm_holds(database: &Database) {
    let source = CrmConnect::builder(&database.url())
        .custom_fields(true)
        .connect()
        .await
        .unwrap();

    let (records, unreadable) = all(&source, EntityKind::Customer, 2).await;
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "9"]);
    let bakery: Customer = view(&records, "1");
    assert_eq!(bakery.name, text("Brutăria Șoim SRL"));
    assert_eq!(bakery.is_person, Some(false));
    assert_eq!(bakery.currency, text("RON"), "0 is the base currency");
    assert_eq!(bakery.active, Some(true));
    assert_eq!(
        bakery.groups,
        Some(vec!["Bakeries".to_owned(), "Wholesale".to_owned()])
    );
    assert_eq!(
        bakery.created_at.unwrap().to_string(),
        "2026-01-15T10:00:00Z",
        "the first default_timezone counts"
    );
    assert_eq!(bakery.address.unwrap().country, text("RO"));
    assert_eq!(
        bakery.billing_address.unwrap().street,
        text("Str. Facturii 2")
    );
    assert_eq!(bakery.shipping_address, None, "nothing in it");
    assert_eq!(
        bakery
            .custom_fields
            .unwrap()
            .into_iter()
            .collect::<Vec<_>>(),
        [("customers_region".to_owned(), Value::from("Transilvania"))]
    );
    let person: Customer = view(&records, "2");
    assert_eq!(person.name, text("Jan Jansen"), "the primary contact's");
    assert_eq!(person.is_person, Some(true));
    assert_eq!(person.email, text("jan@person.example"));
    assert_eq!(person.currency, text("EUR"));
    assert_eq!(person.active, Some(false));
    assert_eq!(
        person.created_at.unwrap().to_string(),
        "2026-07-15T09:00:00Z",
        "summer time"
    );
    let zero: Customer = view(&records, "3");
    assert_eq!(zero.created_at, None);
    assert_eq!(
        view::<Customer>(&records, "9").groups,
        None,
        "a group that is gone"
    );
    let flaws: Vec<(&str, Vec<&str>)> = unreadable
        .iter()
        .map(|one| {
            let fields = one.error.field_errors().keys();
            (one.id.as_str(), fields.map(String::as_str).collect())
        })
        .collect();
    assert_eq!(
        flaws,
        [
            ("4", vec!["clients.datecreated"]),
            ("5", vec!["clients.default_currency"])
        ]
    );
    assert!(
        unreadable
            .iter()
            .all(|one| one.error.kind() == ErrorKind::Decode)
    );

    let (records, unreadable) = all(&source, EntityKind::Contact, 2).await;
    assert!(unreadable.is_empty());
    let contact: Contact = view(&records, "3");
    assert_eq!(contact.customer, Some(Ref::new(EntityKind::Customer, "1")));
    assert_eq!(contact.first_name, text("Ioana"));
    assert_eq!(contact.last_name, None);
    assert_eq!(contact.primary, Some(true));
    assert_eq!(contact.active, Some(false));

    let (records, _) = all(&source, EntityKind::Lead, 1).await;
    let lead: Lead = view(&records, "1");
    assert_eq!(lead.status, text("New"));
    assert_eq!(lead.source, text("Google"));
    assert_eq!(lead.assigned_to, text("ana@crm.example"));
    assert_eq!(lead.value, amount("1234.5"));
    assert_eq!(lead.customer, Some(Ref::new(EntityKind::Customer, "9")));
    assert_eq!(
        lead.created_at.unwrap().to_string(),
        "2026-03-29T01:30:00Z",
        "a time that the clock skipped"
    );
    let nobody: Lead = view(&records, "2");
    assert_eq!(nobody.status, None, "a status that is gone");
    assert_eq!((nobody.lost, nobody.junk), (Some(true), Some(true)));

    let (records, _) = all(&source, EntityKind::Project, 10).await;
    let lifecycles: Vec<Lifecycle> = records.iter().map(|record| record.lifecycle).collect();
    use Lifecycle::{Active, Ended};
    assert_eq!(lifecycles, [Active, Ended, Ended, Active]);
    let project: Project = view(&records, "1");
    assert_eq!(project.status, text("in_progress"));
    assert_eq!(project.billing_type, text("fixed"));
    assert_eq!(project.cost, amount("1000.10"));
    assert_eq!(project.progress, Some(40));
    assert_eq!(project.created_on.unwrap().to_string(), "2025-12-31");
    assert_eq!(view::<Project>(&records, "3").deadline, None);
    assert_eq!(view::<Project>(&records, "4").status, text("8"));

    let (records, _) = all(&source, EntityKind::Ticket, 2).await;
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"], "a merged ticket is left out");
    let ticket: Ticket = view(&records, "1");
    assert_eq!(ticket.contact, Some(Ref::new(EntityKind::Contact, "3")));
    assert_eq!(ticket.project, Some(Ref::new(EntityKind::Project, "1")));
    assert_eq!(ticket.department, text("Support"));
    assert_eq!(ticket.priority, text("High"));
    assert_eq!(ticket.message, text("<p>Help</p>"));
    let stranger: Ticket = view(&records, "2");
    assert_eq!((stranger.customer, stranger.contact), (None, None));
    assert_eq!(stranger.requester_name, text("A Stranger"));
    assert_eq!(stranger.requester_email, text("stranger@mail.example"));

    let (records, unreadable) = all(&source, EntityKind::Invoice, 2).await;
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "6"], "drafts are left out");
    assert_eq!(unreadable.len(), 1);
    assert_eq!(unreadable[0].id.as_str(), "5", "an unknown currency");
    let invoice: Invoice = view(&records, "1");
    assert_eq!(invoice.number, text("INV-000012"));
    assert_eq!(invoice.status, text("partially_paid"));
    assert_eq!(invoice.currency, text("RON"));
    assert_eq!(invoice.total, amount("118.12"));
    assert_eq!(invoice.adjustment, amount("-1"));
    assert_eq!(invoice.project, Some(Ref::new(EntityKind::Project, "1")));
    let lines = invoice.lines.unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].description, text("First line"));
    assert_eq!(lines[0].unit_price, amount("50"));
    let tax = &lines[0].taxes.as_ref().unwrap()[0];
    assert_eq!((tax.name.clone(), tax.rate), (text("TVA"), amount("19")));
    assert_eq!(lines[1].taxes, None);
    let payments = invoice.payments.unwrap();
    assert_eq!(payments[0].mode, text("Bank transfer"));
    assert_eq!(payments[0].amount, amount("18.12"));
    assert_eq!(payments[1].mode, text("stripe"), "a gateway's name");
    assert!(invoice.custom_fields.unwrap().contains_key("invoice_po"));
    let second: Invoice = view(&records, "2");
    assert_eq!(second.number, text("INV-2026/000013"));
    assert_eq!(second.discount, amount("2.5"));
    assert_eq!((second.project, second.lines), (None, None));
    assert_eq!(view::<Invoice>(&records, "3").number, text("FACT/14"));

    assert_eq!(source.count(EntityKind::Ticket).await, Some(2));
    assert_eq!(source.count(EntityKind::Invoice).await, Some(5));
}

/// Secrets of the CRM stand in no record, and nothing can be written.
async fn keeps_secrets_and_writes_nothing(database: &Database) {
    let source = CrmConnect::builder(&database.url())
        .custom_fields(true)
        .include_drafts(true)
        .connect()
        .await
        .unwrap();
    let mut drafts = 0;
    for kind in KINDS {
        let (records, unreadable) = all(&source, kind, 3).await;
        let shown = format!("{records:?} {unreadable:?}");
        assert!(!shown.contains("S3CRET"), "{shown}");
        assert!(!shown.contains("internal only"), "{shown}");
        drafts += shown.matches("DRAFT-4").count();
    }
    assert_eq!(drafts, 1);

    let op = Op {
        id: OpId::new(),
        action: Action::Create,
        entity: EntityKind::Customer,
        fields: Fields::new().with("name", "New"),
        changed: None,
        marker: Marker::of("x", EntityKind::Customer, &RecordId::from("1")),
    };
    let batch = Batch {
        entity: EntityKind::Customer,
        key: "k".to_owned(),
        ops: vec![op.clone()],
    };
    use futures_util::StreamExt as _;
    let answers: Vec<_> = source.push(batch).collect().await;
    assert_eq!(answers.len(), 1);
    let (id, outcome) = &answers[0].outcomes[0];
    assert_eq!(*id, op.id);
    let Outcome::Rejected(error) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(error.message().contains("read only"), "{error}");
    assert_eq!(source.count(EntityKind::Customer).await, Some(6));
}

/// Records can be read one by one and found by what identifies them.
async fn finds_single_records(database: &Database) {
    let source = open(database).await;
    let fetched = source
        .fetch(EntityKind::Customer, &RecordId::from("9"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fetched.fields.text("name"), Some("Last BV"));
    let (records, _) = all(&source, EntityKind::Customer, 100).await;
    assert!(records.contains(&fetched), "as in the listing");
    for id in ["8", "x"] {
        let id = RecordId::from(id);
        assert_eq!(source.fetch(EntityKind::Customer, &id).await.unwrap(), None);
    }
    let error = source
        .fetch(EntityKind::Customer, &RecordId::from("4"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    // Neither a draft nor a merged ticket is a record.
    for (kind, id) in [(EntityKind::Invoice, "4"), (EntityKind::Ticket, "3")] {
        assert_eq!(source.fetch(kind, &RecordId::from(id)).await.unwrap(), None);
    }

    let by = |field: &'static str, value: Value| FindKey::Natural(vec![(field.into(), value)]);
    let found = source
        .find(
            EntityKind::Customer,
            &by("vat_number", "NL001234567B01".into()),
        )
        .await
        .unwrap();
    assert_eq!(found, [fetched]);
    let of_customer = Value::Ref(Ref::new(EntityKind::Customer, "2"));
    let found = source
        .find(EntityKind::Contact, &by("customer", of_customer))
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    let error = source
        .find(EntityKind::Customer, &by("website", "x".into()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

/// Names that are added while a listing runs are known from the next page on.
async fn learns_new_names_during_a_listing(database: &Database) {
    let source = open(database).await;
    let first = source.pull(EntityKind::Lead, None, 1).await.unwrap();
    database
        .execute(
            "INSERT INTO tblleads_status VALUES (55, 'Late'); \
             UPDATE tblcurrencies SET name = 'MDL' WHERE id = 2",
        )
        .await;
    let second = source
        .pull(EntityKind::Lead, first.next.as_ref(), 10)
        .await
        .unwrap();
    assert_eq!(view::<Lead>(&second.records, "2").status, text("Late"));
    // A changed name is seen by the next listing.
    let (records, _) = all(&source, EntityKind::Customer, 10).await;
    assert_eq!(view::<Customer>(&records, "9").currency, text("MDL"));
}

/// The connection test says step by step what it saw.
async fn checks_step_by_step(database: &Database) {
    let report = open(database).await.check().await;
    assert!(report.is_ok(), "{report:?}");
    let zone = report.steps.last().unwrap();
    assert_eq!(zone.name, "Time zone");
    assert!(zone.detail.contains("Europe/Bucharest"), "{zone:?}");

    let wrong = CrmConnect::builder(&database.url())
        .prefix("crm_")
        .build()
        .unwrap();
    let report = wrong.check().await;
    let error = report.error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("`crm_clients`"), "{error}");
    assert!(error.help_text().unwrap().contains("prefix = \"tbl\""));
    let untried: Vec<_> = report.steps.iter().filter(|s| s.ok.is_none()).collect();
    assert_eq!(untried.len(), 13, "twelve kinds and the time zone");

    database
        .execute("ALTER TABLE tblitem_tax RENAME TO tblitem_tax_old")
        .await;
    let source = open(database).await;
    let error = source
        .pull(EntityKind::Invoice, None, 10)
        .await
        .unwrap_err();
    assert!(error.message().contains("`tblitem_tax`"), "{error}");
    let page = source.pull(EntityKind::Customer, None, 10).await.unwrap();
    assert_eq!(page.records.len(), 4, "other kinds go on");
}

on_both! {
    sqlite mariadb:
    reads_what_the_crm_holds
    keeps_secrets_and_writes_nothing
    finds_single_records
    learns_new_names_during_a_listing
    checks_step_by_step
}

#[tokio::test]
async fn an_edit_changes_the_hash_of_its_record_and_of_no_other() {
    let database = Database::sqlite().await;
    let source = open(&database).await;
    let hashes = async || {
        let (records, _) = all(&source, EntityKind::Invoice, 2).await;
        records
            .into_iter()
            .map(|record| (record.id.clone(), record.content_hash()))
            .collect::<Vec<_>>()
    };
    let before = hashes().await;
    assert_eq!(hashes().await, before, "the same twice");
    database
        .execute("UPDATE tblitemable SET rate = '50.01' WHERE id = 11")
        .await;
    let after = hashes().await;
    let changed: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(old, new)| old != new)
        .map(|(old, _)| old.0.as_str())
        .collect();
    assert_eq!(changed, ["1"]);
}

#[tokio::test]
async fn money_is_exact_whatever_type_the_file_stores_it_in() {
    let database = Database::sqlite().await;
    database
        .execute(
            "CREATE TABLE copy AS SELECT * FROM tblprojects; DROP TABLE tblprojects; \
             CREATE TABLE tblprojects (id INTEGER PRIMARY KEY, name, description, status, clientid, \
               billing_type, start_date, deadline, project_created, date_finished, progress, \
               project_cost, project_rate_per_hour, estimated_hours); \
             INSERT INTO tblprojects VALUES (1, 'A', NULL, 1, 1, 1, '2026-01-01', NULL, \
               '2026-01-01', NULL, 0, '0.10', 0.1, 7), \
               (2, 'B', NULL, 1, 1, 1, '2026-01-01', NULL, '2026-01-01', NULL, 0, 'ten', 0, 0), \
               (3, CAST(x'ff41' AS TEXT), NULL, 1, 1, 1, '2026-01-01', NULL, '2026-01-01', NULL, 0, 1, 0, 0)",
        )
        .await;
    let (records, unreadable) = all(&open(&database).await, EntityKind::Project, 10).await;
    let project: Project = view(&records, "1");
    assert_eq!(project.cost, amount("0.1"));
    assert_eq!(project.hourly_rate, amount("0.1"));
    assert_eq!(project.estimated_hours, amount("7"));
    let shown: Vec<String> = unreadable
        .iter()
        .map(|one| one.error.message().to_owned())
        .collect();
    assert_eq!(
        shown,
        [
            "The column `projects.project_cost` holds `ten`, which is not a decimal number.",
            "The column `projects.name` is not valid UTF-8 text."
        ]
    );
}

#[tokio::test]
async fn columns_that_older_versions_lack_are_not_asked_for() {
    let database = Database::sqlite().await;
    database
        .execute(
            "ALTER TABLE tblinvoices DROP COLUMN formatted_number; \
             ALTER TABLE tblinvoices DROP COLUMN project_id; \
             ALTER TABLE tbltickets DROP COLUMN merged_ticket_id; \
             ALTER TABLE tbltickets DROP COLUMN project_id; \
             DROP TABLE tblcustomer_groups",
        )
        .await;
    let source = open(&database).await;
    let (records, _) = all(&source, EntityKind::Invoice, 10).await;
    assert_eq!(
        view::<Invoice>(&records, "3").number,
        text("INV-000014/03/2026")
    );
    assert_eq!(all(&source, EntityKind::Ticket, 10).await.0.len(), 3);
    assert_eq!(all(&source, EntityKind::Customer, 10).await.0.len(), 4);
}

#[tokio::test]
async fn without_a_time_zone_times_are_utc_and_a_zone_of_the_connection_goes_first() {
    let database = Database::sqlite().await;
    let created = async |source: CrmConnect| {
        let (records, _) = all(&source, EntityKind::Customer, 10).await;
        view::<Customer>(&records, "1")
            .created_at
            .unwrap()
            .to_string()
    };
    let builder = CrmConnect::builder(&database.url()).time_zone("Europe/Amsterdam");
    let amsterdam = builder.connect().await.unwrap();
    assert_eq!(created(amsterdam).await, "2026-01-15T11:00:00Z");
    database
        .execute("UPDATE tbloptions SET value = '' WHERE name = 'default_timezone'")
        .await;
    let source = open(&database).await;
    let report = source.check().await;
    assert!(report.steps.last().unwrap().detail.starts_with("UTC"));
    assert_eq!(created(source).await, "2026-01-15T12:00:00Z");
}

#[tokio::test]
async fn a_wrong_connection_is_named_in_one_sentence_with_a_next_step() {
    for (url, expected) in [
        ("crm.db", "has no scheme"),
        ("postgres://u@h/d", "neither `sqlite:` nor `mysql:`"),
        ("sqlite:", "names no file"),
        ("mysql://user:S3CRET@host", "names no database"),
        ("mysql://user:S3CRET@[bad/d", "cannot be read"),
        (
            "mysql://user:S3CRET@host/crm?ssl-modus=S3CRET",
            "unknown parameter `ssl-modus`",
        ),
        (
            "mysql://user:S3CRET@host/crm?ssl-mode=REQUIRED&SSL-CA=x",
            "unknown parameter `SSL-CA`",
        ),
        ("mysql://u@h/crm?ssl-mode=S3CRET", "cannot be read"),
    ] {
        let error = CrmConnect::builder(url).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
        assert!(error.message().contains(expected), "{error}");
        assert!(!format!("{error:?}").contains("S3CRET"), "{error:?}");
    }
    for parameter in connectors::sql::MYSQL_PARAMETERS {
        let value = match parameter {
            "ssl-mode" => "REQUIRED",
            "statement-cache-capacity" => "100",
            _ => "x",
        };
        let url = format!("mysql://u@h/crm?{parameter}={value}");
        assert!(CrmConnect::builder(&url).build().is_ok(), "{url}");
    }
    for prefix in ["tbl`", "a b", "tbl;", &"x".repeat(33)] {
        let error = CrmConnect::builder("sqlite:x").prefix(prefix).build();
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Config, "{prefix}");
    }
    let error = CrmConnect::builder("sqlite:x")
        .time_zone("Mars/Base")
        .build();
    assert!(error.unwrap_err().message().contains("Mars/Base"));

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing.db");
    let url = format!("sqlite:{}", path.display());
    let error = CrmConnect::builder(&url).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!path.exists(), "nothing is created");
    std::fs::write(&path, "this is no database, it is a text of some length").unwrap();
    let error = CrmConnect::builder(&url).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");

    let url = "mysql://crm:S3CRET@127.0.0.1:9/crm";
    let source = CrmConnect::builder(url).build().unwrap();
    assert!(!format!("{source:?}").contains("S3CRET"));
    let error = source
        .pull(EntityKind::Customer, None, 1)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let report = source.check().await;
    assert!(!report.is_ok());
    assert_eq!(report.steps[1].name, "Log in");
    assert_eq!(report.steps[1].ok, Some(false));
}
