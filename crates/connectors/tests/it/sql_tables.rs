//! Tables by configuration, on every database that there is.

use connectors::sql::Tables;
use connectors::sql::tables::{
    ChildConfig, ColumnConfig, FieldMap, Scalar, TableConfig, TablesConfig,
};
use rust_decimal::Decimal;
use sync_core::fields::{Address, Customer, Invoice, InvoicePayment, Line, LineTax, View};
use sync_core::testing::conformance::{reading, writing};
use sync_core::{Action, Connector, EntityKind, FieldName, Fields, Op, OpId, RecordId, Ref, Value};

use crate::sql_database::Sql;

mod reading;
mod setup;
mod writing;

const CUSTOMERS: &str = "CREATE TABLE customers (id {ID}, code VARCHAR(40), \
    company VARCHAR(60) NOT NULL, mail VARCHAR(100), is_company {BOOL}, street VARCHAR(200), \
    town VARCHAR(100), zip VARCHAR(20), country CHAR(2), vat VARCHAR(30), \
    made {TIME}, note VARCHAR(20) NOT NULL DEFAULT 'none', tenant INT NOT NULL)";

fn customers() -> TableConfig {
    TableConfig {
        table: "customers".to_owned(),
        key: "id".to_owned(),
        fields: FieldMap::new([
            ("number", "code"),
            ("name", "company"),
            ("email", "mail"),
            ("is_person", "is_company"),
            ("address.street", "street"),
            ("address.city", "town"),
            ("address.postal_code", "zip"),
            ("address.country", "country"),
            ("vat_number", "vat"),
            ("created_at", "made"),
            ("custom_fields.note", "note"),
        ]),
        defaults: [("tenant".to_owned(), Scalar::Int(7))].into(),
        delete: true,
        ..TableConfig::default()
    }
}

const INVOICES: [&str; 4] = [
    "CREATE TABLE invoices (id {ID}, number VARCHAR(30), customer_id INT, invoice_date DATE, \
     total {MONEY}, state INT)",
    "CREATE TABLE invoice_lines (id {ID}, invoice_id INT NOT NULL, pos INT, descr VARCHAR(200), \
     qty {MONEY}, price {MONEY})",
    "CREATE TABLE line_taxes (id {ID}, line_id INT NOT NULL, label VARCHAR(20), rate {MONEY})",
    "CREATE TABLE receipts (id {ID}, invoice_id INT NOT NULL, amount {MONEY}, paid DATE)",
];

fn invoices() -> TableConfig {
    let mut fields = FieldMap::new([
        ("number", "number"),
        ("customer", "customer_id"),
        ("date", "invoice_date"),
        ("total", "total"),
    ]);
    let state = ColumnConfig {
        column: "state".to_owned(),
        values: [("1", "unpaid"), ("2", "paid")]
            .map(|(spelled, meaning)| (spelled.to_owned(), meaning.to_owned()))
            .into(),
        ..ColumnConfig::default()
    };
    fields.0.insert("status".to_owned(), state);
    TableConfig {
        table: "invoices".to_owned(),
        key: "id".to_owned(),
        fields,
        lines: Some(ChildConfig {
            table: "invoice_lines".to_owned(),
            parent: "invoice_id".to_owned(),
            key: Some("id".to_owned()),
            order: Some("pos".to_owned()),
            fields: FieldMap::new([
                ("description", "descr"),
                ("quantity", "qty"),
                ("unit_price", "price"),
            ]),
            taxes: Some(Box::new(ChildConfig {
                table: "line_taxes".to_owned(),
                parent: "line_id".to_owned(),
                key: Some("id".to_owned()),
                fields: FieldMap::new([("name", "label"), ("rate", "rate")]),
                ..ChildConfig::default()
            })),
            ..ChildConfig::default()
        }),
        payments: Some(ChildConfig {
            table: "receipts".to_owned(),
            parent: "invoice_id".to_owned(),
            key: Some("id".to_owned()),
            fields: FieldMap::new([("amount", "amount"), ("date", "paid")]),
            ..ChildConfig::default()
        }),
        delete: true,
        ..TableConfig::default()
    }
}

fn open(database: &Sql, tables: impl IntoIterator<Item = (EntityKind, TableConfig)>) -> Tables {
    Tables::builder(&database.url)
        .time_zone("Europe/Amsterdam")
        .tables(TablesConfig {
            tables: tables.into_iter().collect(),
        })
        .build()
        .unwrap()
}

fn customer(n: usize) -> Fields {
    Customer {
        number: Some(format!("C{n}")),
        name: Some(format!("Company {n} ëß中")),
        email: Some(format!("c{n}@example.com")),
        is_person: Some(n.is_multiple_of(2)),
        vat_number: Some(format!("NL{n}B01")),
        address: Some(Address {
            street: Some("Kade 1".to_owned()),
            city: Some("Delft".to_owned()),
            country: Some("NL".to_owned()),
            ..Address::default()
        }),
        created_at: Some("2026-07-01T10:00:00Z".parse().unwrap()),
        custom_fields: Some([("note".to_owned(), Value::from("hello"))].into()),
        ..Customer::default()
    }
    .into_fields()
}

fn line(text: &str, quantity: i64) -> Line {
    Line {
        description: Some(text.to_owned()),
        quantity: Some(Decimal::new(quantity, 0)),
        unit_price: Some(Decimal::new(1250, 2)),
        taxes: Some(vec![LineTax {
            name: Some("VAT".to_owned()),
            rate: Some(Decimal::new(21, 0)),
        }]),
        ..Line::default()
    }
}

fn invoice(n: usize, lines: Vec<Line>) -> Fields {
    Invoice {
        number: Some(format!("INV-{n:05}")),
        customer: Some(Ref::new(EntityKind::Customer, (n + 1).to_string())),
        date: Some("2026-02-28".parse().unwrap()),
        status: Some("unpaid".to_owned()),
        total: Some(Decimal::new(2500, 2)),
        lines: Some(lines),
        payments: Some(vec![InvoicePayment {
            amount: Some(Decimal::new(n as i64 * 100 + 1, 2)),
            date: Some("2026-03-01".parse().unwrap()),
            ..InvoicePayment::default()
        }]),
        ..Invoice::default()
    }
    .into_fields()
}

fn update(created: &Op, id: &RecordId, fields: Fields, changed: &[&'static str]) -> Op {
    Op {
        id: OpId::new(),
        action: Action::Update { id: id.clone() },
        fields,
        changed: Some(changed.iter().map(|name| FieldName::known(name)).collect()),
        ..created.clone()
    }
}

#[tokio::test]
async fn customers_pass_the_conformance_suite_on_every_database() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        let tables = open(&database, [(EntityKind::Customer, customers())]);
        let edit = (FieldName::known("email"), Value::from("new@example.com"));
        writing(&tables, EntityKind::Customer, &customer, edit).await;
        reading(&tables).await;
        let tenants = database.column("SELECT DISTINCT CAST(tenant AS CHAR(9)) FROM customers");
        assert_eq!(
            tenants.await.iter().map(|t| t.trim()).collect::<Vec<_>>(),
            ["7"]
        );
        let noted = database.column("SELECT CAST(COUNT(*) AS CHAR(9)) FROM koppel_applied");
        assert_eq!(noted.await[0].trim(), "503");
        let report = tables.check().await;
        assert!(report.is_ok(), "{report:?}");
        database.remove().await;
    }
}

#[tokio::test]
async fn invoices_with_lines_taxes_and_payments_pass_the_conformance_suite() {
    for database in Sql::each().await {
        for sql in INVOICES {
            database.execute(sql).await;
        }
        let tables = open(&database, [(EntityKind::Invoice, invoices())]);
        let make = |n: usize| {
            let lines = (0..n % 3 + 1).map(|at| line(&format!("Line {at} of {n}"), at as i64 + 1));
            invoice(n, lines.collect())
        };
        let edit = (FieldName::known("status"), Value::from("paid"));
        writing(&tables, EntityKind::Invoice, &make, edit).await;
        reading(&tables).await;
        database.remove().await;
    }
}
