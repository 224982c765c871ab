//! Values: what the CRM knows, has no place for, cannot do without.

use std::collections::{BTreeMap, BTreeSet};

use connectors::sql::CrmConnect;
use sync_core::fields::{Contact, Customer, Invoice, Lead, View};
use sync_core::testing::conformance::{create, push, read_all};
use sync_core::{
    Action, Connector, EntityKind, FieldName, Fields, FindKey, Op, Outcome, RecordId, Value,
};

use super::{World, add, change, company, line, of, open, read, refused, try_add};
use crate::database::{Database, on_both};
use crate::support::{text, update, written};

async fn a_name_that_is_added_to_the_crm_is_known_at_once(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    let lead = |n| world.nth(EntityKind::Lead, n).with("status", "Fresh");
    try_add(&target, EntityKind::Lead, lead(1)).await;
    database
        .execute("INSERT INTO tblleads_status (name) VALUES ('Fresh')")
        .await;
    let id = add(&target, EntityKind::Lead, lead(1)).await;
    assert_eq!(read::<Lead>(&target, &id).await.status, text("Fresh"));

    let makes = CrmConnect::builder(&database.url())
        .writable(true)
        .create_groups(true)
        .connect()
        .await
        .unwrap();
    let grouped = |name| company(name).with("groups", Value::List(vec!["New group".into()]));
    let ops = ["One", "Two"].map(|name| create(EntityKind::Customer, grouped(name)));
    // A row that is refused makes the batch go row by row; the group is made once all the same.
    let bad = create(EntityKind::Customer, company("Bad").with("currency", "CHF"));
    let [one, two] = ops;
    let outcomes = push(&makes, EntityKind::Customer, vec![one, bad, two]).await;
    written(&outcomes[0]);
    refused(&outcomes[1]);
    written(&outcomes[2]);
    let groups = database
        .texts("SELECT name FROM tblcustomers_groups WHERE name = 'New group'")
        .await;
    assert_eq!(groups.len(), 1);
}

async fn a_person_is_a_customer_with_a_contact(database: &Database) {
    let target = open(database).await;
    let person = |name: &str| Customer {
        name: text(name),
        is_person: Some(true),
        email: text("jan@person.example"),
        ..Customer::default()
    };
    let id = add(
        &target,
        EntityKind::Customer,
        person("Jan de Vries").into_fields(),
    )
    .await;
    let now: Customer = read(&target, &id).await;
    assert_eq!(now.name, text("Jan de Vries"));
    assert_eq!(
        (now.is_person, now.email),
        (Some(true), text("jan@person.example"))
    );
    // Another contact of the same customer is another contact.
    let contact = |first: &str, last: &str, email: &str, primary| {
        Contact {
            customer: of(EntityKind::Customer, &id),
            first_name: text(first),
            last_name: text(last),
            email: text(email),
            primary: Some(primary),
            phone: text("+31"),
            ..Contact::default()
        }
        .into_fields()
    };
    let contacts = vec![
        create(
            EntityKind::Contact,
            contact("Piet", "Other", "piet@person.example", false),
        ),
        create(
            EntityKind::Contact,
            contact("Jan", "de Vries", "jan@person.example", true),
        ),
        create(
            EntityKind::Contact,
            contact("Jan", "de Vries", "jan@person.example", false),
        ),
    ];
    let outcomes = push(&target, EntityKind::Contact, contacts).await;
    let ids: BTreeSet<RecordId> = outcomes.iter().map(written).collect();
    assert_eq!(ids.len(), 3);
    let all = read_all(&target, EntityKind::Contact, 10).await;
    assert_eq!(all.len(), 3, "the stand-in became the contact: {all:#?}");
    let jan: Contact = read(&target, &written(&outcomes[1])).await;
    assert_eq!(jan.phone, text("+31"));
    assert_eq!(
        read::<Customer>(&target, &id).await.name,
        text("Jan de Vries")
    );

    // A new name goes to the contact, and a person can become a company and back.
    let renamed = person("Johannes de Vries").into_fields();
    change(&target, EntityKind::Customer, &id, renamed, &["name"]).await;
    let jan: Contact = read(&target, &written(&outcomes[1])).await;
    assert_eq!(jan.first_name, text("Johannes de"));
    let firm = company("De Vries BV").with("is_person", false);
    change(
        &target,
        EntityKind::Customer,
        &id,
        firm,
        &["name", "is_person"],
    )
    .await;
    let now: Customer = read(&target, &id).await;
    assert_eq!(
        (now.name, now.is_person),
        (text("De Vries BV"), Some(false))
    );
    let back = person("Jan Jansen").into_fields();
    change(
        &target,
        EntityKind::Customer,
        &id,
        back,
        &["name", "is_person", "email"],
    )
    .await;
    let now: Customer = read(&target, &id).await;
    assert_eq!((now.name, now.is_person), (text("Jan Jansen"), Some(true)));
    assert_eq!(read_all(&target, EntityKind::Contact, 10).await.len(), 3);

    let key = FindKey::Natural(vec![("name".into(), "Jan Jansen".into())]);
    let found = target.find(EntityKind::Customer, &key).await.unwrap();
    assert_eq!(found.len(), 1, "a person is found by name");
    let nobody = try_add(
        &target,
        EntityKind::Customer,
        Fields::new().with("is_person", true),
    )
    .await;
    assert!(nobody.contains("`name`"), "{nobody}");
}

/// Whatever a text holds, it is read as it was written, or its record is refused.
async fn mean_texts_read_back_or_are_refused(database: &Database) {
    let target = open(database).await;
    let mean = [
        "'; DROP TABLE tblleads; --",
        "\"quoted\" `ticked` \\ backslash %s ?",
        "  blanks at both ends  ",
        " ",
        "line\nbreak\ttab\r",
        "nul\u{0}byte",
        "naïve ﬁ 日本語 🥐 e\u{301}",
        "\u{202e}right to left",
        "NULL",
        "0000-00-00",
    ];
    let mut kept = 0;
    for name in mean {
        let lead = Lead {
            name: text("A lead"),
            description: text(name),
            title: text(name),
            ..Lead::default()
        }
        .into_fields();
        let op = create(EntityKind::Lead, lead.clone());
        match &push(&target, EntityKind::Lead, vec![op]).await[0] {
            Outcome::Written(id) => {
                let now: Lead = read(&target, id).await;
                let wanted = Some(name).filter(|name| !name.trim().is_empty());
                assert_eq!(now.description.as_deref(), wanted, "blank text is nothing");
                kept += 1;
            }
            other => drop(refused(other)),
        }
    }
    assert!(kept >= 8, "{kept}");
    let records = read_all(&target, EntityKind::Lead, 100).await;
    assert_eq!(records.len(), kept);
}

async fn what_the_crm_has_no_place_for_is_left_out(database: &Database) {
    let target = open(database).await;
    let held = |kind, mut fields: Fields| {
        target.hold(kind, &mut fields);
        fields
    };
    let customer = Customer {
        number: text("K-1"),
        registration_number: text("12345678"),
        name: text("A"),
        email: text("a@example.com"),
        groups: Some(vec!["VIP".into(), "Bakeries".into(), "VIP".into()]),
        created_at: Some("2026-10-25T01:30:00.5Z".parse().unwrap()),
        custom_fields: Some(BTreeMap::from([
            ("customers_region".into(), 5.into()),
            ("customers_shoe".into(), "44".into()),
        ])),
        ..Customer::default()
    };
    let now = Customer::from_fields(&held(EntityKind::Customer, customer.into_fields())).unwrap();
    assert_eq!(
        (now.number, now.registration_number, now.email),
        (None, None, None)
    );
    assert_eq!(now.groups, Some(vec!["Bakeries".into(), "VIP".into()]));
    assert_eq!(
        now.created_at.unwrap().to_string(),
        "2026-10-25T00:30:00Z",
        "the repeated hour reads as the first one"
    );
    assert_eq!(
        now.custom_fields.unwrap(),
        BTreeMap::from([("customers_region".to_owned(), Value::from("5"))])
    );
    let invoice = Invoice {
        payments: Some(Vec::new()),
        lines: Some(vec![line("A", "1")]),
        ..Invoice::default()
    };
    let now = held(EntityKind::Invoice, invoice.into_fields());
    assert!(!now.contains("payments") && now.contains("lines"));

    // What is read is held as it is: a sync of nothing stays quiet.
    let world = World::new(&target).await;
    for kind in EntityKind::ALL {
        let id = add(&target, kind, world.nth(kind, 3)).await;
        let record = target.fetch(kind, &id).await.unwrap().unwrap();
        let again = held(kind, record.fields.clone());
        assert_eq!(again.content_hash(), record.content_hash(), "{kind}");
    }
}

async fn what_the_crm_cannot_do_without_is_not_emptied(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for (kind, field) in [
        (EntityKind::Project, "start_date"),
        (EntityKind::Project, "name"),
        (EntityKind::Customer, "created_at"),
        (EntityKind::Lead, "created_at"),
        (EntityKind::Invoice, "date"),
        (EntityKind::Invoice, "number"),
    ] {
        let id = add(&target, kind, world.nth(kind, 40)).await;
        let mut fields = world.nth(kind, 40);
        fields.set(field, Value::Null);
        let op = update(kind, &id, fields, &[field]);
        let message = refused(&push(&target, kind, vec![op]).await[0]);
        assert!(message.contains(&format!("`{field}`")), "{message}");
    }
    // Everything else can go.
    for kind in [
        EntityKind::Customer,
        EntityKind::Lead,
        EntityKind::Ticket,
        EntityKind::Invoice,
    ] {
        let id = add(&target, kind, world.nth(kind, 41)).await;
        let keep: &[&str] = match kind {
            EntityKind::Invoice => &[
                "number",
                "customer",
                "date",
                "currency",
                "status",
                "created_at",
            ],
            EntityKind::Ticket => &["subject", "created_at"],
            _ => &["name", "created_at"],
        };
        let mut fields = world.nth(kind, 41);
        let names: Vec<FieldName> = fields.iter().map(|(name, _)| name.clone()).collect();
        let emptied: BTreeSet<FieldName> = names
            .into_iter()
            .filter(|name| !keep.contains(&name.as_str()))
            .collect();
        for name in &emptied {
            fields.set(name.clone(), Value::Null);
        }
        let op = Op {
            action: Action::Update { id: id.clone() },
            changed: Some(emptied),
            ..create(kind, fields)
        };
        assert_eq!(written(&push(&target, kind, vec![op]).await[0]), id);
        let now = target.fetch(kind, &id).await.unwrap().unwrap();
        for (name, value) in now.fields.iter() {
            let nothing = match value {
                Value::Bool(_) => true,
                Value::Decimal(amount) => amount.is_zero(),
                // Nothing is the base currency; custom fields may be the CRM's own.
                Value::Text(text) => name.as_str() == "currency" && text == "EUR",
                Value::Map(_) => name.as_str() == "custom_fields",
                _ => false,
            };
            assert!(
                nothing || keep.contains(&name.as_str()),
                "{kind}: {name} {value:?}"
            );
        }
    }
}

on_both! {
    writing_sqlite writing_mariadb:
    a_name_that_is_added_to_the_crm_is_known_at_once
    a_person_is_a_customer_with_a_contact
    mean_texts_read_back_or_are_refused
    what_the_crm_has_no_place_for_is_left_out
    what_the_crm_cannot_do_without_is_not_emptied
}
