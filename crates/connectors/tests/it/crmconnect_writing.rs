//! The CRM database as a target.

use std::collections::{BTreeMap, BTreeSet};

use api_core::ErrorKind;
use connectors::sql::CrmConnect;
use sync_core::fields::{
    Address, Contact, Customer, Discount, Invoice, InvoicePayment, Lead, Line, LineTax, Order,
    Payment, Product, ProductGroup, Project, Stock, Ticket, View,
};
use sync_core::testing::conformance::{create, push, read_all, reading, writing};
use sync_core::{
    Action, Connector, EntityKind, FieldName, Fields, FindKey, Op, OpId, Outcome, RecordId, Ref,
    Value,
};

use crate::database::Database;

async fn open(database: &Database) -> CrmConnect {
    CrmConnect::builder(&database.url())
        .writable(true)
        .custom_fields(true)
        .connect()
        .await
        .unwrap()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn amount(value: &str) -> Option<rust_decimal::Decimal> {
    Some(value.parse().unwrap())
}

fn written(outcome: &Outcome) -> RecordId {
    match outcome {
        Outcome::Written(id) => id.clone(),
        other => panic!("not written: {other:?}"),
    }
}

fn refused(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Rejected(error) => {
            assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
            error.message().to_owned()
        }
        other => panic!("not refused: {other:?}"),
    }
}

async fn add(target: &CrmConnect, kind: EntityKind, fields: Fields) -> RecordId {
    written(&push(target, kind, vec![create(kind, fields)]).await[0])
}

async fn try_add(target: &CrmConnect, kind: EntityKind, fields: Fields) -> String {
    refused(&push(target, kind, vec![create(kind, fields)]).await[0])
}

/// An update of these fields of a record.
fn update(kind: EntityKind, id: &RecordId, fields: Fields, changed: &[&'static str]) -> Op {
    Op {
        action: Action::Update { id: id.clone() },
        changed: Some(changed.iter().map(|name| FieldName::known(name)).collect()),
        ..create(kind, fields)
    }
}

async fn change(
    target: &CrmConnect,
    kind: EntityKind,
    id: &RecordId,
    fields: Fields,
    changed: &[&'static str],
) {
    let op = update(kind, id, fields, changed);
    assert_eq!(written(&push(target, kind, vec![op]).await[0]), *id);
}

async fn read<V: View>(target: &CrmConnect, id: &RecordId) -> V {
    let record = target.fetch(V::ENTITY, id).await.unwrap().unwrap();
    V::from_fields(&record.fields).unwrap()
}

fn of(kind: EntityKind, id: &RecordId) -> Option<Ref> {
    Some(Ref::new(kind, id.as_str()))
}

fn company(name: &str) -> Fields {
    Customer {
        name: text(name),
        ..Customer::default()
    }
    .into_fields()
}

fn line(description: &str, price: &str) -> Line {
    Line {
        description: text(description),
        quantity: amount("1"),
        unit_price: amount(price),
        ..Line::default()
    }
}

fn taxed(description: &str, price: &str, tax: &str) -> Line {
    Line {
        taxes: Some(vec![LineTax {
            name: text("BTW"),
            rate: amount(tax),
        }]),
        ..line(description, price)
    }
}

fn invoice(customer: &RecordId, number: &str) -> Invoice {
    Invoice {
        number: text(number),
        customer: of(EntityKind::Customer, customer),
        date: Some("2026-03-01".parse().unwrap()),
        currency: text("EUR"),
        status: text("unpaid"),
        subtotal: amount("10.00"),
        tax_total: amount("2.10"),
        total: amount("12.10"),
        ..Invoice::default()
    }
}

/// Records that others refer to.
struct World {
    customer: RecordId,
    product: RecordId,
    group: RecordId,
    invoice: RecordId,
}

impl World {
    async fn new(target: &CrmConnect) -> Self {
        let customer = add(target, EntityKind::Customer, company("First BV")).await;
        let group = add(
            target,
            EntityKind::ProductGroup,
            ProductGroup {
                name: text("Ovens"),
            }
            .into_fields(),
        )
        .await;
        let product = Product {
            code: text("OV"),
            name: text("Oven"),
            ..Product::default()
        };
        let product = add(target, EntityKind::Product, product.into_fields()).await;
        let invoice = invoice(&customer, "INV-2026/900000").into_fields();
        Self {
            invoice: add(target, EntityKind::Invoice, invoice).await,
            customer,
            product,
            group,
        }
    }

    /// The n-th record of a kind, everything filled.
    fn nth(&self, kind: EntityKind, n: usize) -> Fields {
        let customer = of(EntityKind::Customer, &self.customer);
        let product = of(EntityKind::Product, &self.product);
        match kind {
            EntityKind::ProductGroup => ProductGroup {
                name: text(&format!("Group {n}")),
            }
            .into_fields(),
            EntityKind::Product => Product {
                code: text(&format!("P-{n}")),
                name: text(&format!("Product {n}")),
                description: text("Good & <b>hot</b>"),
                price: amount("12.50"),
                currency: text("EUR"),
                unit: text("pc"),
                group: of(EntityKind::ProductGroup, &self.group),
                taxes: Some(vec![
                    LineTax {
                        name: text("BTW"),
                        rate: amount("9"),
                    },
                    LineTax {
                        name: text("Eco"),
                        rate: amount("2.5"),
                    },
                ]),
                active: Some(n.is_multiple_of(2)),
                custom_fields: Some(BTreeMap::from([("items_colour".into(), "red".into())])),
            }
            .into_fields(),
            EntityKind::Customer => Customer {
                name: text(&format!("Firma {n} & Söhne")),
                is_person: Some(false),
                phone: text("+31 30"),
                vat_number: text(&format!("NL{n:09}B01")),
                website: text("https://firma.example"),
                address: Some(Address {
                    street: text("Lange straat 1"),
                    city: text("Utrecht"),
                    state: None,
                    postal_code: text("3500"),
                    country: text("NL"),
                }),
                billing_address: Some(Address {
                    country: text("RO"),
                    ..Address::default()
                }),
                currency: text("RON"),
                language: text("dutch"),
                groups: Some(vec!["Bakeries".to_owned(), "Wholesale".to_owned()]),
                active: Some(n.is_multiple_of(2)),
                created_at: Some("2026-07-15T10:00:00Z".parse().unwrap()),
                custom_fields: Some(BTreeMap::from([("customers_region".into(), "U".into())])),
                ..Customer::default()
            }
            .into_fields(),
            EntityKind::Contact => Contact {
                customer,
                first_name: text("Jan"),
                last_name: text("Jansen"),
                email: text(&format!("jan{n}@example.com")),
                title: text("Boss"),
                primary: Some(false),
                active: Some(true),
                created_at: Some("2026-01-15T10:00:00Z".parse().unwrap()),
                ..Contact::default()
            }
            .into_fields(),
            EntityKind::Lead => Lead {
                name: text(&format!("Lead {n}")),
                company: text(&format!("Company {n}")),
                email: text(&format!("lead{n}@example.com")),
                address: Some(Address {
                    city: text("Cluj"),
                    country: text("RO"),
                    ..Address::default()
                }),
                status: text("New"),
                source: text("Google"),
                assigned_to: text("ana@crm.example"),
                value: amount("1234.50"),
                lost: Some(true),
                junk: Some(false),
                customer,
                description: text("Hm"),
                last_contact_at: Some("2026-03-29T00:59:59Z".parse().unwrap()),
                created_at: Some("2026-03-29T01:00:00Z".parse().unwrap()),
                ..Lead::default()
            }
            .into_fields(),
            EntityKind::Project => Project {
                name: text(&format!("Project {n}")),
                customer,
                status: text("in_progress"),
                billing_type: text("task_hours"),
                start_date: Some("2026-01-31".parse().unwrap()),
                deadline: Some("2026-02-28".parse().unwrap()),
                progress: Some(40),
                hourly_rate: amount("75"),
                created_on: Some("2026-01-30".parse().unwrap()),
                ..Project::default()
            }
            .into_fields(),
            EntityKind::Ticket => Ticket {
                subject: text(&format!("Question {n}")),
                customer,
                requester_name: text("A Stranger"),
                requester_email: text(&format!("asker{n}@example.com")),
                department: text("Support"),
                priority: text("High"),
                status: text("In progress"),
                service: text("Repair"),
                message: text("<p>Help</p>"),
                assigned_to: text("ana@crm.example"),
                created_at: Some("2026-03-01T10:00:00Z".parse().unwrap()),
                ..Ticket::default()
            }
            .into_fields(),
            EntityKind::Discount => Discount {
                customer_group: text("VIP"),
                product: of(EntityKind::Product, &RecordId::new((n + 1).to_string())),
                product_group: None,
                percent: amount("12.50"),
                valid_from: Some("2026-01-01".parse().unwrap()),
                valid_until: None,
            }
            .into_fields(),
            EntityKind::Stock => Stock {
                product: of(EntityKind::Product, &RecordId::new((n + 1).to_string())),
                warehouse: text("Utrecht"),
                quantity: amount("7.25"),
            }
            .into_fields(),
            EntityKind::Order => Order {
                number: text(&format!("SO {n}/B")),
                customer,
                reference: text(&format!("PO {n}")),
                date: Some("2026-02-03".parse().unwrap()),
                expiry_date: Some("2026-03-03".parse().unwrap()),
                currency: text("EUR"),
                status: text("accepted"),
                subtotal: amount("10.00"),
                discount: amount("1.00"),
                adjustment: amount("-0.10"),
                tax_total: amount("0.81"),
                total: amount("9.71"),
                lines: Some(vec![Line {
                    product,
                    unit: text("hour"),
                    long_description: text("More"),
                    ..taxed("Work", "10.00", "9")
                }]),
                note: text("Soon"),
                custom_fields: None,
            }
            .into_fields(),
            EntityKind::Invoice => Invoice {
                due_date: Some("2026-03-31".parse().unwrap()),
                lines: Some(vec![taxed("Work", "10.00", "21"), line("Gift", "0.00")]),
                note: text("Thanks"),
                terms: text("Net 30"),
                created_at: Some("2026-03-01T09:00:00Z".parse().unwrap()),
                custom_fields: Some(BTreeMap::from([("invoice_po".into(), "77".into())])),
                ..invoice(&self.customer, &format!("INV-2026/{n:06}"))
            }
            .into_fields(),
            EntityKind::Payment => Payment {
                invoice: of(EntityKind::Invoice, &self.invoice),
                amount: amount("10.05"),
                date: Some("2026-03-05".parse().unwrap()),
                mode: text("Cash"),
                transaction_id: text(&format!("TX{n}")),
                note: text("first part"),
            }
            .into_fields(),
            other => panic!("no content for {other}"),
        }
    }
}

async fn passes_the_suite(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for kind in EntityKind::ALL {
        let (field, value): (_, Value) = match kind {
            EntityKind::ProductGroup => ("name", "changed".into()),
            EntityKind::Product => ("unit", "box".into()),
            EntityKind::Customer | EntityKind::Contact | EntityKind::Lead => {
                ("phone", "changed".into())
            }
            EntityKind::Project => ("description", "changed".into()),
            EntityKind::Ticket => ("message", "changed".into()),
            EntityKind::Discount => ("percent", Value::Decimal(amount("50").unwrap())),
            EntityKind::Stock => ("quantity", Value::Decimal(amount("0.5").unwrap())),
            _ => ("note", "changed".into()),
        };
        let edit = (FieldName::known(field), value);
        // The name of a group is what it is found by; after the edit it is another one.
        if kind == EntityKind::ProductGroup {
            let ops: Vec<Op> = (0..500).map(|n| create(kind, world.nth(kind, n))).collect();
            let ids: BTreeSet<RecordId> =
                push(&target, kind, ops).await.iter().map(written).collect();
            assert_eq!(ids.len(), 500);
            continue;
        }
        writing(&target, kind, &|n| world.nth(kind, n), edit).await;
    }
    reading(&target).await;
    let report = target.check().await;
    assert!(report.is_ok(), "{report:?}");
    assert!(report.steps.iter().any(|step| step.name == "Write"));
}

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

async fn lines_that_stay_keep_their_rows(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    let with = |lines: Vec<Line>| Invoice {
        lines: Some(lines),
        payments: Some(vec![InvoicePayment {
            amount: amount("1"),
            ..InvoicePayment::default()
        }]),
        ..invoice(&world.customer, "INV-2026/000001")
    };
    let first = with(vec![
        taxed("One", "1.00", "21"),
        taxed("Two", "2.00", "9"),
        line("Three", "3.00"),
    ]);
    let id = add(&target, EntityKind::Invoice, first.clone().into_fields()).await;
    assert_eq!(read::<Invoice>(&target, &id).await.payments, None);
    let rows = async || {
        let sql = "SELECT CONCAT_ALL FROM tblitemable WHERE rel_id > 1 ORDER BY item_order, id";
        let columns = match database {
            Database::Sqlite { .. } => "id || ' ' || description",
            Database::MySql { .. } => "CONCAT(id, ' ', description)",
        };
        database.texts(&sql.replace("CONCAT_ALL", columns)).await
    };
    assert_eq!(rows().await, ["1 One", "2 Two", "3 Three"]);
    let second = with(vec![
        taxed("One", "1.00", "21"),
        taxed("Two", "2.50", "21"),
        line("Three", "3.00"),
        taxed("Four", "4.00", "9"),
    ]);
    let before = database.dump().await;
    change(
        &target,
        EntityKind::Invoice,
        &id,
        second.clone().into_fields(),
        &["lines"],
    )
    .await;
    assert_eq!(rows().await, ["1 One", "2 Two", "3 Three", "4 Four"]);
    let now: Invoice = read(&target, &id).await;
    assert_eq!(now.lines, second.lines);
    let after = database.dump().await;
    assert_eq!(
        before["tblitem_tax"][0], after["tblitem_tax"][0],
        "its tax is untouched"
    );
    let third = with(vec![line("Only", "1.00")]);
    change(
        &target,
        EntityKind::Invoice,
        &id,
        third.into_fields(),
        &["lines"],
    )
    .await;
    assert_eq!(rows().await, ["1 Only"]);
    assert_eq!(database.dump().await["tblitem_tax"], Vec::<String>::new());
    let none = Fields::from_iter(with(Vec::new()).into_fields().into_iter().map(
        |(name, value)| {
            let value = if name.as_str() == "lines" {
                Value::Null
            } else {
                value
            };
            (name, value)
        },
    ));
    change(&target, EntityKind::Invoice, &id, none, &["lines"]).await;
    assert!(rows().await.is_empty());
}

async fn printed_numbers_read_back_as_they_were(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for (number, parts) in [
        ("INV-2026/000123", "INV- 123 2"),
        ("INV-2025/000123", "INV-2025/ 123 1"),
        ("000124/03/2026", " 124 4"),
        ("A-1234567", "A- 1234567 1"),
    ] {
        let content = invoice(&world.customer, number).into_fields();
        let id = add(&target, EntityKind::Invoice, content).await;
        assert_eq!(read::<Invoice>(&target, &id).await.number, text(number));
        let columns = match database {
            Database::Sqlite { .. } => "prefix || ' ' || number || ' ' || number_format",
            Database::MySql { .. } => "CONCAT_WS(' ', prefix, number, number_format)",
        };
        let sql = format!("SELECT {columns} FROM tblinvoices WHERE id = {id}");
        assert_eq!(database.texts(&sql).await, [parts]);
        let key = FindKey::Natural(vec![("number".into(), number.into())]);
        let found = target.find(EntityKind::Invoice, &key).await.unwrap();
        assert_eq!(found.len(), 1, "{number}");
    }
    let message = try_add(
        &target,
        EntityKind::Invoice,
        invoice(&world.customer, "2026-A1").into_fields(),
    )
    .await;
    assert!(message.contains("`2026-A1`"), "{message}");
    // The date is a part of the number: another year prints another number, unless it is mended.
    let key = FindKey::Natural(vec![("number".into(), "INV-2026/000123".into())]);
    let id = target.find(EntityKind::Invoice, &key).await.unwrap()[0]
        .id
        .clone();
    let moved = Invoice {
        date: Some("2027-01-01".parse().unwrap()),
        ..invoice(&world.customer, "INV-2026/000123")
    };
    change(
        &target,
        EntityKind::Invoice,
        &id,
        moved.into_fields(),
        &["date"],
    )
    .await;
    assert_eq!(
        read::<Invoice>(&target, &id).await.number,
        text("INV-2026/000123")
    );
    // A draft gets its number from the CRM.
    let with_drafts = CrmConnect::builder(&database.url())
        .writable(true)
        .include_drafts(true)
        .connect()
        .await
        .unwrap();
    let draft = Invoice {
        status: text("draft"),
        ..invoice(&world.customer, "DRAFT-77")
    }
    .into_fields();
    let message = try_add(&target, EntityKind::Invoice, draft.clone()).await;
    assert!(message.contains("left out"), "{message}");
    let id = add(&with_drafts, EntityKind::Invoice, draft).await;
    let now: Invoice = read(&with_drafts, &id).await;
    assert_eq!(now.number, text(&format!("DRAFT-{id}")));
    // A CRM that keeps the printed number takes any.
    let order = world
        .nth(EntityKind::Order, 1)
        .with("number", "Comanda nr. 1/A");
    let id = add(&target, EntityKind::Order, order).await;
    assert_eq!(
        read::<Order>(&target, &id).await.number,
        text("Comanda nr. 1/A")
    );
}

/// A new document is as if somebody had entered it in the CRM.
async fn a_new_invoice_has_what_the_crm_gives_it(database: &Database) {
    let target = open(database).await;
    let billed = Customer {
        billing_address: Some(Address {
            street: text("Str. Facturii 2"),
            country: text("RO"),
            ..Address::default()
        }),
        ..Customer::from_fields(&company("Billed SRL")).unwrap()
    };
    let customer = add(&target, EntityKind::Customer, billed.into_fields()).await;
    add(
        &target,
        EntityKind::Invoice,
        invoice(&customer, "INV-2026/000001").into_fields(),
    )
    .await;
    let contact = Contact {
        customer: of(EntityKind::Customer, &customer),
        email: text("a@example.com"),
        ..Contact::default()
    };
    add(&target, EntityKind::Contact, contact.into_fields()).await;
    let dump = database.dump().await;
    let row = &dump["tblinvoices"][0];
    for part in [
        "billing_street=Str. Facturii 2",
        "billing_country=181",
        "allowed_payment_modes=a:0:{}",
        "discount_type=|",
        "sent=0",
        "token=NULL",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    let hash = row
        .split("hash=")
        .nth(1)
        .unwrap()
        .split('|')
        .next()
        .unwrap();
    assert_eq!(hash.len(), 32);
    let row = &dump["tblcontacts"][0];
    for part in [
        "password=NULL",
        "invoice_emails=0",
        "ticket_emails=0",
        "active=1",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
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

async fn stock_in_lots_is_confirmed_and_never_guessed(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    database
        .execute(
            "INSERT INTO tblinventory_manage (warehouse_id, commodity_id, inventory_number, lot_number) \
             VALUES (1, 1, '10.5', 'A'), (1, 1, '2.25', 'B'), (2, 1, '4', NULL)",
        )
        .await;
    let levels = read_all(&target, EntityKind::Stock, 1).await;
    let ids: Vec<&str> = levels.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["1-1", "2-1"]);
    let level = |warehouse: &str, quantity: &str| {
        Stock {
            product: of(EntityKind::Product, &world.product),
            warehouse: text(warehouse),
            quantity: amount(quantity),
        }
        .into_fields()
    };
    let in_lots = RecordId::from("1-1");
    assert_eq!(
        read::<Stock>(&target, &in_lots).await.quantity,
        amount("12.75")
    );
    let before = database.dump().await;
    change(
        &target,
        EntityKind::Stock,
        &in_lots,
        level("Cluj", "12.750"),
        &["quantity"],
    )
    .await;
    let op = update(
        EntityKind::Stock,
        &in_lots,
        level("Cluj", "13"),
        &["quantity"],
    );
    let message = refused(&push(&target, EntityKind::Stock, vec![op]).await[0]);
    assert!(message.contains("2 lots"), "{message}");
    let moved = update(
        EntityKind::Stock,
        &in_lots,
        level("Utrecht", "13"),
        &["warehouse"],
    );
    refused(&push(&target, EntityKind::Stock, vec![moved]).await[0]);
    assert_eq!(database.dump().await, before);
    // A create of a level that is there sets it.
    let id = add(&target, EntityKind::Stock, level("Utrecht", "5.5")).await;
    assert_eq!(id.as_str(), "2-1");
    assert_eq!(read::<Stock>(&target, &id).await.quantity, amount("5.5"));
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

async fn settings_and_currencies_are_read(database: &Database) {
    database
        .execute(
            "INSERT INTO tbloptions (name, value) VALUES ('smartcrm_api_url', 'https://a.example/'), \
             ('smartcrm_api_url', 'https://b.example/'), ('smartcrm_interval', ''), \
             ('smartcrm_interval', '4'), ('smartcrm_auth_token', 'S3CRET'), ('smartcrmx', 'no'), \
             ('SMARTCRM_cron', 'no')",
        )
        .await;
    let source = CrmConnect::builder(&database.url())
        .connect()
        .await
        .unwrap();
    let options = source.options("smartcrm_").await.unwrap();
    let names: Vec<&str> = options.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["api_url", "auth_token"],
        "an empty text is no setting"
    );
    assert_eq!(options["api_url"].plain(), Some("https://a.example/"));
    assert_eq!(options["auth_token"].plain(), None);
    use api_core::ExposeSecret as _;
    assert_eq!(options["auth_token"].secret().expose_secret(), "S3CRET");
    assert!(!format!("{options:?}").contains("S3CRET"));
    let currencies = source.currencies().await.unwrap();
    assert_eq!(currencies[0], ("1".to_owned(), "EUR".to_owned()));
    assert_eq!(currencies.len(), 4);
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

async fn records_that_are_gone_are_named(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for kind in EntityKind::ALL {
        let id = RecordId::from(if kind == EntityKind::Stock {
            "1-5"
        } else {
            "77777"
        });
        let op = Op {
            id: OpId::new(),
            ..update(kind, &id, world.nth(kind, 4), &["name"])
        };
        match &push(&target, kind, vec![op]).await[0] {
            Outcome::Rejected(error) => assert_eq!(error.kind(), ErrorKind::NotFound),
            other => panic!("{kind}: {other:?}"),
        }
    }
    let ghost = create(
        EntityKind::Contact,
        Contact {
            first_name: text("A"),
            ..Contact::default()
        }
        .into_fields(),
    );
    let message = refused(&push(&target, EntityKind::Contact, vec![ghost]).await[0]);
    assert!(message.contains("`customer`"), "{message}");
    let removal = Op {
        action: Action::Delete {
            id: world.customer.clone(),
        },
        ..create(EntityKind::Customer, company("x"))
    };
    refused(&push(&target, EntityKind::Customer, vec![removal]).await[0]);
    let can = target.describe();
    assert!(
        can.entities
            .values()
            .all(|what| what.create && !what.delete)
    );
}

async fn a_test_and_a_search_leave_nothing_behind(database: &Database) {
    let target = open(database).await;
    let report = target.check().await;
    assert!(report.is_ok(), "{report:?}");
    let step = report.steps.iter().find(|step| step.name == "Write");
    let said = format!("{:?}", step.unwrap());
    assert!(said.contains("`koppel_applied` is not there yet"), "{said}");
    let marker = FindKey::Marker(create(EntityKind::Contact, Fields::new()).marker);
    let found = target.find(EntityKind::Contact, &marker).await.unwrap();
    assert_eq!(found, []);
    database
        .execute(
            "INSERT INTO tblcontacts (userid, is_primary, firstname, lastname, email, \
             phonenumber, datecreated, active, invoice_emails, ticket_emails) \
             VALUES (1, 1, 'A', 'B', 'a@example.com', '', '2026-01-01 00:00:00', 1, 0, 0)",
        )
        .await;
    let email = FindKey::Natural(vec![(
        FieldName::known("email"),
        Value::from("a@example.com"),
    )]);
    let found = target.find(EntityKind::Contact, &email).await.unwrap();
    assert_eq!(found.len(), 1);
    // Fails if a table of this name is there.
    database
        .execute("CREATE TABLE koppel_applied (answer INT)")
        .await;
}

#[tokio::test]
async fn a_table_without_transactions_is_not_written() {
    let Some(database) = Database::writing_mariadb().await else {
        return;
    };
    for (table, unsafe_engine, safe_engine) in [
        (
            "tblclients",
            "ALTER TABLE tblclients ENGINE = MyISAM",
            "ALTER TABLE tblclients ENGINE = InnoDB",
        ),
        (
            "tblcontacts",
            "ALTER TABLE tblcontacts ENGINE = MyISAM",
            "ALTER TABLE tblcontacts ENGINE = InnoDB",
        ),
    ] {
        database.execute(unsafe_engine).await;
        let target = open(&database).await;
        let too_long = company(&"x".repeat(300));
        let ops = [company("Good"), too_long]
            .map(|fields| create(EntityKind::Customer, fields))
            .to_vec();
        for outcome in push(&target, EntityKind::Customer, ops).await {
            match outcome {
                Outcome::Deferred(error) => {
                    assert!(error.message().contains(table), "{error}");
                    assert!(error.message().contains("no transactions"), "{error}");
                }
                other => panic!("{other:?}"),
            }
        }
        let rows = database.texts("SELECT company FROM tblclients").await;
        assert_eq!(rows, Vec::<String>::new());
        let report = target.check().await;
        assert!(!report.is_ok(), "{report:?}");
        database.execute(safe_engine).await;
    }
    database.remove().await;
}

macro_rules! on_both {
    ($($test:ident)*) => {
        mod sqlite {
            use super::*;
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(&Database::writing_sqlite().await).await;
                }
            )*
        }
        mod mariadb {
            use super::*;
            $(
                #[tokio::test]
                async fn $test() {
                    if let Some(database) = Database::writing_mariadb().await {
                        super::$test(&database).await;
                        database.remove().await;
                    }
                }
            )*
        }
    };
}

on_both! {
    passes_the_suite
    leaves_other_columns_alone
    a_batch_that_is_pushed_again_doubles_nothing
    each_row_has_its_own_outcome
    a_name_that_is_added_to_the_crm_is_known_at_once
    a_person_is_a_customer_with_a_contact
    lines_that_stay_keep_their_rows
    printed_numbers_read_back_as_they_were
    a_new_invoice_has_what_the_crm_gives_it
    mean_texts_read_back_or_are_refused
    stock_in_lots_is_confirmed_and_never_guessed
    what_the_crm_has_no_place_for_is_left_out
    settings_and_currencies_are_read
    a_marker_leads_to_the_record_that_is_there
    what_the_crm_cannot_do_without_is_not_emptied
    records_that_are_gone_are_named
    a_test_and_a_search_leave_nothing_behind
}
