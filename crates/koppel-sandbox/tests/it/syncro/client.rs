//! The client of this workspace reads what the sandbox writes, and the other way round.

use std::collections::BTreeSet;
use std::time::Duration;

use koppel_sandbox::syncro::{Drift, Fault, FaultKind, Size, Syncro, SyncroBuilder, SyncroServer};
use serde_json::json;
use syncro_client::{
    Client, ContactFilter, Customer, CustomerFilter, CustomerId, Decimal, ErrorKind, InvoiceFilter,
    InvoiceId, LeadFilter, LineItem, NewComment, Notify, PaymentFilter, Probe, ProductFilter,
    RmmAlertFilter, SecretString, Ticket, TicketFilter, TicketId, operation,
};

async fn server(builder: SyncroBuilder) -> SyncroServer {
    builder.unlimited().start().await.unwrap()
}

fn client(server: &SyncroServer) -> Client {
    with_token(server, "demo-token")
}

fn with_token(server: &SyncroServer, token: &str) -> Client {
    Client::builder("demo", SecretString::from(token.to_owned()))
        .base_url(server.url())
        .insecure_http(true)
        .requests_per_minute(100_000)
        .build()
        .unwrap()
}

/// All of a list, with nothing in it that the client has no name for.
macro_rules! all_of {
    ($server:ident, $name:literal, $list:expr) => {{
        let rows = $list.all().await.unwrap();
        assert_eq!(rows.len(), $server.count($name), $name);
        for row in &rows {
            assert!(row.other.is_empty(), "{}: {:?}", $name, row.other);
        }
        rows
    }};
}

#[tokio::test]
async fn the_client_reads_every_list_and_knows_all_that_stands_in_it() {
    let size = Size {
        alerts: 30,
        ..Size::of_customers(130)
    };
    let server = server(Syncro::builder().seed(size)).await;
    let client = client(&server);
    let customers = client.customers().list(&CustomerFilter::new());
    all_of!(server, "customers", customers);
    let contacts = client.contacts().list(&ContactFilter::new());
    all_of!(server, "contacts", contacts);
    let leads = client.leads().list(&LeadFilter::new());
    all_of!(server, "leads", leads);
    let tickets = client.tickets().list(&TicketFilter::new());
    all_of!(server, "tickets", tickets);
    let invoices = client.invoices().list(&InvoiceFilter::new());
    let invoices = all_of!(server, "invoices", invoices);
    assert!(invoices.iter().all(|row| row.total > Some(Decimal::ZERO)));
    let payments = client.payments().list(&PaymentFilter::new());
    all_of!(server, "payments", payments);
    let products = client.products().list(&ProductFilter::new());
    all_of!(server, "products", products);
    let alerts = client.rmm_alerts().list(&RmmAlertFilter::new());
    all_of!(server, "rmm_alerts", alerts);
    let users = client.users().list().all().await.unwrap();
    assert_eq!(users.len(), 2);
    assert!(client.me().await.unwrap().other.is_empty());
    assert!(client.settings().get().await.unwrap().other.is_empty());
    let ticket = TicketId::from(server.ids("tickets")[0]);
    let ticket = client.tickets().get(ticket).await.unwrap();
    assert!(ticket.other.is_empty(), "{:?}", ticket.other);
    let invoice = InvoiceId::from(server.ids("invoices")[0]);
    let invoice = client.invoices().get(invoice).await.unwrap();
    assert!(invoice.other.is_empty(), "{:?}", invoice.other);
    let customer = CustomerId::from(server.ids("customers")[0]);
    let customer = client.customers().get(customer).await.unwrap();
    assert!(customer.other.is_empty(), "{:?}", customer.other);
}

#[tokio::test]
async fn an_invoice_is_made_line_by_line_paid_and_then_left_alone() {
    let server = server(Syncro::builder()).await;
    let client = client(&server);
    let customer = Customer {
        business_name: Some("Garage Bos".into()),
        phone: Some("030 - 12 34".into()),
        ..Customer::default()
    };
    let customer = client.customers().create(&customer).await.unwrap();
    assert_eq!(customer.phone.as_deref(), Some("0301234"));
    let made = server.insert(
        "invoices",
        json!({"customer_id": customer.id.unwrap().get(), "number": "7"}),
    );
    let id = InvoiceId::from(made);
    let line = LineItem {
        item: Some("Labour".into()),
        name: Some("One hour".into()),
        price: Some("64.99".parse().unwrap()),
        quantity: Some("2".parse().unwrap()),
        ..LineItem::default()
    };
    for _ in 0..5 {
        client.invoices().add_line(id, &line).await.unwrap();
    }
    let invoice = client.invoices().get(id).await.unwrap();
    assert_eq!(invoice.line_items.unwrap().len(), 5);
    assert_eq!(invoice.total, Some("786.38".parse().unwrap()));
    server.pay(made, 78_638);
    let line = server.ids("line_items")[0].into();
    let change = LineItem {
        name: Some("Two hours".into()),
        ..LineItem::default()
    };
    let error = client
        .invoices()
        .update_line(id, line, &change)
        .await
        .unwrap_err();
    assert_eq!(error.code_str(), Some("already_paid"));
    let error = client.invoices().delete(id).await.unwrap_err();
    assert_eq!(error.code_str(), Some("not_deleted"));
    assert_eq!(server.count("invoices"), 1);
}

#[tokio::test]
async fn only_a_comment_that_shall_be_mailed_is() {
    let server = server(Syncro::builder()).await;
    let client = client(&server);
    let customer = server.insert("customers", json!({"business_name": "A"}));
    let ticket = Ticket {
        customer_id: Some(customer.into()),
        subject: Some("Slow".into()),
        ..Ticket::default()
    };
    let id = client.tickets().create(&ticket).await.unwrap().id.unwrap();
    for (notify, hidden, mails) in [
        (Notify::Hidden, true, 0),
        (Notify::Quietly, false, 0),
        (Notify::Mail, false, 1),
    ] {
        let comment = NewComment::new("Update", "Done").notify(notify);
        let comment = client.ticket_comments().add(id, &comment).await.unwrap();
        assert_eq!(comment.hidden, Some(hidden));
        assert_eq!(server.mails().len(), mails, "{notify:?}");
    }
}

#[tokio::test]
async fn a_missing_permission_is_told_from_a_wrong_token() {
    let server = server(Syncro::builder().without("Tickets - List/Search")).await;
    let list = |client: Client| async move {
        let error = client
            .tickets()
            .list(&TicketFilter::new())
            .all()
            .await
            .unwrap_err();
        (
            error.kind(),
            format!("{error:?} {error} {:?}", error.help_text()),
        )
    };
    let (kind, text) = list(client(&server)).await;
    assert_eq!(kind, ErrorKind::Permission);
    assert!(text.contains("Tickets - List/Search"), "{text}");
    let (kind, text) = list(with_token(&server, "a-wrong-token")).await;
    assert_eq!(kind, ErrorKind::Auth);
    assert!(!text.contains("a-wrong-token"), "{text}");
}

#[tokio::test]
async fn a_probe_finds_out_whether_changes_are_told() {
    let server = server(Syncro::builder().seed(Size::of_customers(3))).await;
    let list = operation("tickets.list").unwrap();
    let probe = client(&server).probe_changed_since(list).await.unwrap();
    assert_eq!(probe, Probe::Honoured);
    server.set_since_honoured("tickets", false);
    let probe = client(&server).probe_changed_since(list).await.unwrap();
    assert_eq!(probe, Probe::Ignored);
}

#[tokio::test]
async fn pages_that_time_out_are_asked_for_in_smaller_ones() {
    let size = Size {
        customers: 90,
        ..Size::default()
    };
    let server = server(Syncro::builder().seed(size)).await;
    let fault = Fault::new(FaultKind::PageTooBig { over: 30 });
    server.fault(fault.entity("customers"));
    let client = Client::builder("demo", SecretString::from("demo-token".to_owned()))
        .base_url(server.url())
        .insecure_http(true)
        .retry(syncro_client::RetryPolicy {
            base: Duration::from_millis(1),
            ..Default::default()
        })
        .build()
        .unwrap();
    let rows = client
        .customers()
        .list(&CustomerFilter::new())
        .all()
        .await
        .unwrap();
    assert_eq!(rows.len(), 90);
}

#[tokio::test]
async fn no_customer_is_missed_or_read_twice_while_others_come_and_go() {
    let size = Size {
        customers: 2_000,
        ..Size::default()
    };
    let drift = Drift::every(1).inserts(2).deletes(1);
    let server = server(Syncro::builder().seed(size).drift(drift)).await;
    let before = server.ids("customers");
    let rows = client(&server)
        .customers()
        .list(&CustomerFilter::new())
        .all()
        .await
        .unwrap();
    let ids: Vec<i64> = rows.iter().map(|row| row.id.unwrap().get()).collect();
    let unique: BTreeSet<i64> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len());
    let drifted = server.drifted();
    assert!(drifted.deleted.len() > 20);
    let missed: Vec<i64> = before
        .into_iter()
        .filter(|id| !unique.contains(id) && !drifted.deleted.contains(id))
        .collect();
    assert_eq!(missed, [0; 0]);
}
