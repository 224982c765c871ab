//! The CRM database as a target.

use std::collections::BTreeMap;

use api_core::ErrorKind;
use connectors::sql::CrmConnect;
use sync_core::fields::{
    Address, Contact, Customer, Discount, Invoice, Lead, Line, LineTax, Order, Payment, Product,
    ProductGroup, Project, Stock, Ticket, View,
};
use sync_core::testing::conformance::{create, push};
use sync_core::{Connector, EntityKind, Fields, Outcome, RecordId, Ref};

use crate::database::Database;
use crate::support::{amount, text, update, written};

mod documents;
mod pushes;
mod suite;
mod values;

async fn open(database: &Database) -> CrmConnect {
    CrmConnect::builder(&database.url())
        .writable(true)
        .custom_fields(true)
        .connect()
        .await
        .unwrap()
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
                name: text(format!("Group {n}")),
            }
            .into_fields(),
            EntityKind::Product => Product {
                code: text(format!("P-{n}")),
                name: text(format!("Product {n}")),
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
                name: text(format!("Firma {n} & Söhne")),
                is_person: Some(false),
                phone: text("+31 30"),
                vat_number: text(format!("NL{n:09}B01")),
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
                email: text(format!("jan{n}@example.com")),
                title: text("Boss"),
                primary: Some(false),
                active: Some(true),
                created_at: Some("2026-01-15T10:00:00Z".parse().unwrap()),
                ..Contact::default()
            }
            .into_fields(),
            EntityKind::Lead => Lead {
                name: text(format!("Lead {n}")),
                company: text(format!("Company {n}")),
                email: text(format!("lead{n}@example.com")),
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
                name: text(format!("Project {n}")),
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
                subject: text(format!("Question {n}")),
                customer,
                requester_name: text("A Stranger"),
                requester_email: text(format!("asker{n}@example.com")),
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
                number: text(format!("SO {n}/B")),
                customer,
                reference: text(format!("PO {n}")),
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
                transaction_id: text(format!("TX{n}")),
                note: text("first part"),
            }
            .into_fields(),
            other => panic!("no content for {other}"),
        }
    }
}
