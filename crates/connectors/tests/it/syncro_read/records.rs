//! Customers, contacts, leads, tickets and products.

use koppel_sandbox::syncro::{Fault, FaultKind};
use sync_core::fields::{Contact, Customer, Lead, Product, Ticket, View as _};
use sync_core::testing::conformance;
use sync_core::{Fields, Value};

use super::*;

async fn one(source: &Syncro, kind: EntityKind, of: i64) -> Fields {
    let listed = all(source, kind).await.remove(&id(of)).unwrap();
    let fetched = source.fetch(kind, &id(of)).await.unwrap().unwrap();
    assert_eq!(
        listed, fetched,
        "a list and the record itself tell the same"
    );
    listed.fields
}

#[tokio::test]
async fn a_company_and_a_person_are_customers() {
    let server = empty().await;
    let company = add_customer(&server, "Bakkerij Jansen");
    let person = server.insert(
        "customers",
        json!({"firstname": "Daan", "lastname": "Vermeer", "mobile": "0612345678",
            "disabled": true}),
    );
    let source = syncro(&server);

    let fields = one(&source, CUSTOMER, company).await;
    let read = Customer::from_fields(&fields).unwrap();
    assert_eq!(read.name.as_deref(), Some("Bakkerij Jansen"));
    assert_eq!(read.is_person, Some(false));
    assert_eq!(read.email.as_deref(), Some("post@klant.example"));
    assert_eq!(read.active, Some(true));
    let address = read.address.unwrap();
    assert_eq!(address.street.as_deref(), Some("Kade 7, 2nd floor"));
    assert_eq!(address.postal_code.as_deref(), Some("3511 AB"));
    // The mark is Koppel's own, not a field of the owner's.
    let own = read.custom_fields.unwrap();
    assert_eq!(own.get("region"), Some(&Value::text("Midden")));
    assert_eq!(own.len(), 1);

    let fields = one(&source, CUSTOMER, person).await;
    let read = Customer::from_fields(&fields).unwrap();
    assert_eq!(read.name.as_deref(), Some("Daan Vermeer"));
    assert_eq!((read.is_person, read.active), (Some(true), Some(false)));
    assert_eq!(read.phone.as_deref(), Some("0612345678"));
}

#[tokio::test]
async fn contacts_leads_and_products_are_read() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let contact = server.insert(
        "contacts",
        json!({"customer_id": customer, "name": "Sanne van Dijk", "email": "sanne@klant.example",
            "properties": {"title": "Owner", "Room No.": 4}}),
    );
    let lead = server.insert(
        "leads",
        json!({"first_name": "Bram", "last_name": "Bos", "business_name": "Garage Bos",
            "email": "bram@lead.example", "ticket_description": "Wants a quote."}),
    );
    let product = server.insert(
        "products",
        json!({"name": "Labour", "description": "An hour", "price_retail": 95.5,
            "price_cost": 10, "upc_code": "8710001", "disabled": false}),
    );
    let source = syncro(&server);

    let fields = one(&source, EntityKind::Contact, contact).await;
    let read = Contact::from_fields(&fields).unwrap();
    let name = (read.first_name.as_deref(), read.last_name.as_deref());
    assert_eq!(name, (Some("Sanne"), Some("van Dijk")));
    assert_eq!(read.title.as_deref(), Some("Owner"));
    assert_eq!(read.customer.unwrap().id, id(customer));
    let own = read.custom_fields.unwrap();
    assert_eq!(own.get("room_no"), Some(&Value::Decimal(number("4"))));
    assert_eq!(own.len(), 1);

    let fields = one(&source, EntityKind::Lead, lead).await;
    let read = Lead::from_fields(&fields).unwrap();
    assert_eq!(read.name.as_deref(), Some("Bram Bos"));
    assert_eq!(read.company.as_deref(), Some("Garage Bos"));
    assert_eq!(read.description.as_deref(), Some("Wants a quote."));

    let fields = one(&source, EntityKind::Product, product).await;
    let read = Product::from_fields(&fields).unwrap();
    assert_eq!(read.code.as_deref(), Some("8710001"));
    assert_eq!(read.price, Some(number("95.5")));
    assert_eq!(read.currency.as_deref(), Some("EUR"));
    assert_eq!(read.active, Some(true));
}

#[tokio::test]
async fn a_ticket_has_the_words_of_the_account_or_those_of_the_settings() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let user = server.ids("users")[0];
    let ticket = add_ticket(&server, customer, "No printing");
    server.edit("tickets", ticket, json!({"user_id": user}));
    server.insert(
        "ticket_comments",
        json!({"ticket_id": ticket, "subject": "Update", "body": "Somebody looked."}),
    );
    let source = syncro(&server);
    let read = Ticket::from_fields(&one(&source, TICKET, ticket).await).unwrap();
    assert_eq!(read.subject.as_deref(), Some("No printing"));
    assert_eq!(read.customer.unwrap().id, id(customer));
    assert_eq!(read.status.as_deref(), Some("New"));
    assert_eq!(read.priority.as_deref(), Some("1 High"));
    assert_eq!(read.service.as_deref(), Some("Network"));
    assert_eq!(read.message.as_deref(), Some("It does not work."));
    let email = server.record("users", user).unwrap()["email"].clone();
    assert_eq!(read.assigned_to.as_deref(), email.as_str());
    assert!(read.assigned_to.is_some());

    let named = settings(&server)
        .status("Open", "New")
        .priorities([("High", "1 High")])
        .build()
        .unwrap();
    let read = Ticket::from_fields(&one(&named, TICKET, ticket).await).unwrap();
    assert_eq!(read.status.as_deref(), Some("Open"));
    assert_eq!(read.priority.as_deref(), Some("High"));
}

#[tokio::test]
async fn each_user_is_asked_for_once() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let user = server.ids("users")[0];
    for n in 0..5 {
        let ticket = add_ticket(&server, customer, &format!("Ticket {n}"));
        server.edit("tickets", ticket, json!({"user_id": user}));
    }
    let source = syncro(&server);
    assert_eq!(all(&source, TICKET).await.len(), 5);
    assert_eq!(all(&source, TICKET).await.len(), 5);
    assert!(server.requests_to("GET /users/{id}") <= 1);
}

#[tokio::test]
async fn what_is_read_is_read_alike_by_list_and_by_id() {
    let server = filled(Size {
        leads: 20,
        ..Size::of_customers(60)
    })
    .await;
    let source = syncro(&server);
    conformance::reading(&source).await;
}

#[tokio::test]
async fn a_record_that_cannot_be_read_does_not_stop_the_others() {
    let server = empty().await;
    let body = json!({
        "customers": [
            {"id": 7, "business_name": "Bakkerij Jansen", "updated_at": "2026-01-05T10:00:00Z"},
            {"id": 8, "business_name": ["Garage Bos"]},
        ],
        "meta": {"total_pages": 1, "page": 1},
    });
    let answer = FaultKind::Body {
        status: 200,
        body,
        after_commit: false,
    };
    server.fault(Fault::new(answer).entity("customers").operation("list"));
    let source = syncro(&server);
    let page = source.pull(CUSTOMER, None, 100).await.unwrap();
    let read: Vec<&RecordId> = page.records.iter().map(|record| &record.id).collect();
    assert_eq!(read, [&id(7)]);
    let [bad] = page.unreadable.as_slice() else {
        panic!("{:?}", page.unreadable);
    };
    assert_eq!(bad.id, id(8));
    let message = bad.error.to_string();
    assert!(message.contains("business_name"), "{message}");
}
