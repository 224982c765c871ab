//! What a push does to the rows: each once, each on its own, no other column.

use std::collections::BTreeMap;

use sync_core::fields::Customer;
use sync_core::testing::conformance::{create, push, read_all};
use sync_core::{Connector, EntityKind, FindKey, Op, OpId, RecordId, Value};

use super::{World, add, change, company, open, read, refused, try_add};
use crate::database::{Database, on_both};
use crate::support::{amount, written};

/// Every value of the rows before is there afterwards, but for the columns that were written.
async fn leaves_other_columns_alone(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    let kinds = EntityKind::ALL;
    let mut ids = BTreeMap::new();
    for kind in kinds {
        ids.insert(kind, add(&target, kind, world.nth(kind, 1)).await);
    }
    database
        .execute(
            "UPDATE tblclients SET stripe_id = 'S3CRET', leadid = 5, latitude = '1.5', addedfrom = 7; \
             UPDATE tblcontacts SET password = 'S3CRET', invoice_emails = 1, direction = 'rtl'; \
             UPDATE tblleads SET hash = 'h', from_form_id = 3; \
             UPDATE tblprojects SET progress_from_tasks = 1, contact_notification = 1; \
             UPDATE tbltickets SET ticketkey = 'k', admin = 7, adminread = 1; \
             UPDATE tblinvoices SET adminnote = 'mine', token = 'S3CRET', sent = 1; \
             UPDATE tblestimates SET adminnote = 'mine', sale_agent = 7; \
             UPDATE tblinvoicepaymentrecords SET paymentmethod = 'card'; \
             UPDATE tblinventory_manage SET lot_number = 'L1'; \
             INSERT INTO tblcustomfieldsvalues (relid, fieldid, fieldto, value) VALUES (2, 2, 'customers', 'own'); \
             INSERT INTO tblcustomer_groups (groupid, customer_id) VALUES (99, 2)",
        )
        .await;
    let edits: [(EntityKind, &'static str, Value, &str, &str); 11] = [
        (EntityKind::Product, "unit", "box".into(), "items", "unit"),
        (
            EntityKind::Customer,
            "phone",
            "1".into(),
            "clients",
            "phonenumber",
        ),
        (
            EntityKind::Contact,
            "phone",
            "1".into(),
            "contacts",
            "phonenumber",
        ),
        (EntityKind::Lead, "title", "CEO".into(), "leads", "title"),
        (
            EntityKind::Project,
            "progress",
            41.into(),
            "projects",
            "progress",
        ),
        (
            EntityKind::Ticket,
            "priority",
            "Low".into(),
            "tickets",
            "priority",
        ),
        (
            EntityKind::Discount,
            "percent",
            Value::Decimal(amount("1.25").unwrap()),
            "group_discounts",
            "percent",
        ),
        (
            EntityKind::Stock,
            "quantity",
            Value::Decimal(amount("3").unwrap()),
            "inventory_manage",
            "inventory_number",
        ),
        (
            EntityKind::Order,
            "status",
            "declined".into(),
            "estimates",
            "status",
        ),
        (
            EntityKind::Invoice,
            "note",
            "New".into(),
            "invoices",
            "clientnote",
        ),
        (
            EntityKind::Payment,
            "mode",
            "stripe".into(),
            "invoicepaymentrecords",
            "paymentmode",
        ),
    ];
    for (kind, field, value, table, column) in edits {
        let before = database.dump().await;
        let fields = world.nth(kind, 1).with(field, value.clone());
        change(&target, kind, &ids[&kind], fields, &[field]).await;
        let now = target.fetch(kind, &ids[&kind]).await.unwrap().unwrap();
        assert!(now.fields.get(field).same_content(&value), "{kind}");
        let after = database.dump().await;
        for (name, rows) in &before {
            if *name != format!("tbl{table}") {
                assert_eq!(after[name], *rows, "{kind}: {name} was touched");
                continue;
            }
            // One row differs, in one column.
            let lost: Vec<&String> = rows
                .iter()
                .filter(|row| !after[name].contains(row))
                .collect();
            let new: Vec<&String> = after[name]
                .iter()
                .filter(|row| !rows.contains(row))
                .collect();
            assert_eq!((lost.len(), new.len()), (1, 1), "{kind}: {lost:?} {new:?}");
            let differing: Vec<&str> = lost[0]
                .split('|')
                .zip(new[0].split('|'))
                .filter(|(old, new)| old != new)
                .filter_map(|(old, _)| old.split('=').next())
                .collect();
            assert_eq!(differing, [column], "{kind}");
        }
    }
    // Groups and custom fields are child rows; those that are not ours stay.
    let customer = &ids[&EntityKind::Customer];
    let fields = world
        .nth(EntityKind::Customer, 1)
        .with(
            "groups",
            Value::List(vec!["VIP".into(), "Wholesale".into()]),
        )
        .with(
            "custom_fields",
            Value::Map(BTreeMap::from([("customers_region".into(), "N".into())])),
        );
    let before = database.dump().await;
    change(
        &target,
        EntityKind::Customer,
        customer,
        fields,
        &["groups", "custom_fields"],
    )
    .await;
    let after = database.dump().await;
    let touched: Vec<&String> = before
        .keys()
        .filter(|name| before[*name] != after[*name])
        .collect();
    assert_eq!(touched, ["tblcustomer_groups", "tblcustomfieldsvalues"]);
    let memberships = &after["tblcustomer_groups"];
    assert!(memberships.iter().any(|row| row.contains("groupid=99")));
    let wholesale = |rows: &[String]| {
        let found = rows.iter().find(|row| row.contains("groupid=1|"));
        found.cloned()
    };
    assert_eq!(
        wholesale(&before["tblcustomer_groups"]),
        wholesale(memberships),
        "a membership that stays keeps its row"
    );
    let values = &after["tblcustomfieldsvalues"];
    assert!(values.iter().any(|row| row.contains("value=own")));
    let now: Customer = read(&target, customer).await;
    assert_eq!(
        now.groups,
        Some(vec!["VIP".to_owned(), "Wholesale".to_owned()])
    );
}

async fn a_batch_that_is_pushed_again_doubles_nothing(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for kind in EntityKind::ALL {
        let ops: Vec<Op> = (10..13).map(|n| create(kind, world.nth(kind, n))).collect();
        let first: Vec<RecordId> = push(&target, kind, ops.clone())
            .await
            .iter()
            .map(written)
            .collect();
        let before = database.dump().await;
        // A process that died after the commit sends the same writes again, perhaps with others.
        let again = open(database).await;
        let mut more = ops.clone();
        more.push(create(kind, world.nth(kind, 14)));
        let second: Vec<RecordId> = push(&again, kind, more).await.iter().map(written).collect();
        assert_eq!(second[..3], first[..], "{kind}");
        assert!(!first.contains(&second[3]));
        let after = database.dump().await;
        for (table, rows) in &before {
            for row in rows {
                assert!(after[table].contains(row), "{kind}: {table} lost {row}");
            }
        }
        let found = again
            .find(kind, &FindKey::Marker(ops[0].marker.clone()))
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, first[0]);
    }
}

async fn each_row_has_its_own_outcome(database: &Database) {
    let target = open(database).await;
    let with = |n: usize, field: &'static str, value: &str| {
        let name = format!("Customer {n}");
        create(
            EntityKind::Customer,
            company(&name).with(field, value.to_owned()),
        )
    };
    let in_group = create(
        EntityKind::Customer,
        company("Grouped").with("groups", Value::List(vec!["Nowhere".into()])),
    );
    let ops = vec![
        with(1, "currency", "EUR"),
        with(2, "currency", "CHF"),
        with(3, "currency", "USD"),
        with(4, "currency", "RON"),
        in_group,
        with(5, "vat_number", &"9".repeat(60)),
    ];
    let outcomes = push(&target, EntityKind::Customer, ops).await;
    written(&outcomes[0]);
    let message = refused(&outcomes[1]);
    assert!(
        message.contains("`CHF`") && message.contains("`tblcurrencies`"),
        "{message}"
    );
    let message = refused(&outcomes[2]);
    assert!(
        message.contains("`USD`") && message.contains("more than once"),
        "{message}"
    );
    written(&outcomes[3]);
    let message = refused(&outcomes[4]);
    assert!(message.contains("`Nowhere`"), "{message}");
    let records = read_all(&target, EntityKind::Customer, 100).await;
    if matches!(database, Database::MySql { .. }) {
        let message = refused(&outcomes[5]);
        assert!(message.contains("vat"), "{message}");
        assert_eq!(records.len(), 2, "refused rows left something behind");
    } else {
        // A text column of SQLite has no length.
        assert_eq!(records.len(), 3);
    }

    let world = World::new(&target).await;
    for (kind, field, value) in [
        (EntityKind::Lead, "status", "Lost"),
        (EntityKind::Lead, "status", "Nearly"),
        (EntityKind::Lead, "source", "Radio"),
        (EntityKind::Lead, "assigned_to", "nobody@crm.example"),
        (EntityKind::Ticket, "department", "Sales"),
        (EntityKind::Ticket, "priority", "Extreme"),
        (EntityKind::Ticket, "service", "Dance"),
        (EntityKind::Project, "status", "sleeping"),
        (EntityKind::Invoice, "status", "lost"),
        (EntityKind::Invoice, "currency", "CHF"),
        (EntityKind::Invoice, "number", "FACT/A"),
        (EntityKind::Order, "currency", "USD"),
        (EntityKind::Payment, "mode", "Barter"),
        (EntityKind::Product, "currency", "RON"),
        (EntityKind::Stock, "warehouse", "Atlantis"),
        (EntityKind::Discount, "customer_group", "Nobody"),
    ] {
        let message = try_add(&target, kind, world.nth(kind, 30).with(field, value)).await;
        assert!(message.contains(&format!("`{value}`")), "{message}");
        assert!(message.contains(&format!("`{field}`")), "{message}");
    }
    // What the database would round is refused; SQLite keeps it.
    let odd = Value::Decimal(amount("10.005").unwrap());
    let fields = world.nth(EntityKind::Invoice, 31).with("total", odd);
    let ops = vec![create(EntityKind::Invoice, fields)];
    let outcome = push(&target, EntityKind::Invoice, ops).await;
    match database {
        Database::Sqlite { .. } => drop(written(&outcome[0])),
        Database::MySql { .. } => {
            let message = refused(&outcome[0]);
            assert!(message.contains("10.005"), "{message}");
        }
    }
}

async fn a_marker_leads_to_the_record_that_is_there(database: &Database) {
    let target = open(database).await;
    let first = create(EntityKind::Customer, company("First"));
    let again = || Op {
        id: OpId::new(),
        ..first.clone()
    };
    let one = written(&push(&target, EntityKind::Customer, vec![first.clone()]).await[0]);
    database
        .execute("DELETE FROM tblclients WHERE company = 'First'")
        .await;
    let two = written(&push(&target, EntityKind::Customer, vec![again()]).await[0]);
    assert_ne!(one, two, "what is gone is made anew");
    let renamed = Op {
        fields: company("Renamed"),
        ..again()
    };
    let three = written(&push(&target, EntityKind::Customer, vec![renamed]).await[0]);
    assert_eq!(three, two);
    let all = read_all(&target, EntityKind::Customer, 10).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].fields.text("name"), Some("Renamed"));
}

on_both! {
    writing_sqlite writing_mariadb:
    leaves_other_columns_alone
    a_batch_that_is_pushed_again_doubles_nothing
    each_row_has_its_own_outcome
    a_marker_leads_to_the_record_that_is_there
}
