//! Calls every method once, and says which requests were made.

use std::collections::BTreeSet;

use api_core::Json;
use snelstart_client::{
    Address, Article, Attachment, BankBooking, BankStatementFile, Base64, CashBooking, Client,
    CostCentre, CustomFieldUpdate, DocumentContent, DocumentKind, Error, Filter, Ledger, List,
    MemorialBooking, Model, ProcessStatus, PurchaseBooking, Quote, Ref, Relation,
    RelationCustomFieldUpdates, RelationKind, SalesBooking, SalesOrder, UblContent,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request};

use crate::support::{builder, fixture, login, reply, token};
use crate::trade::{RELATION, at, of};

/// What was asked for.
#[derive(Default)]
pub(super) struct Called {
    /// Methods and paths, with placeholders.
    pub(super) operations: BTreeSet<(String, String)>,
    /// Paths with the names of query parameters.
    pub(super) parameters: BTreeSet<(String, String)>,
}

/// Stands for any id.
const ID: &str = RELATION;

/// A record of the tests' own requests.
fn from<M: Model>(name: &str) -> M {
    M::from_json(&Json::parse(&fixture(name)).unwrap()).unwrap()
}

/// The answer does not matter; that the request left does.
fn left<T>(answer: Result<T, Error>) {
    if let Err(error) = answer {
        assert!(
            error.status_code().is_some() || error.send_outcome().may_be_applied(),
            "{error}"
        );
    }
}

/// Asks a list for a page of its own.
async fn listed<M: Model>(list: List<'_, M>) {
    left(
        list.filter(Filter::raw("Nummer eq 1"))
            .top(2)
            .skip(1)
            .page()
            .await,
    );
}

/// Calls everything on a server that says yes to all of it.
pub(super) async fn all() -> Called {
    let server = MockServer::start().await;
    login()
        .respond_with(token("t0ken-planted-in-tests", 3_599))
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(reply(200, "{}"))
        .with_priority(9)
        .mount(&server)
        .await;
    let client = builder(&server).build().unwrap();
    relations(&client).await;
    sales(&client).await;
    purchases(&client).await;
    money(&client).await;
    ledgers(&client).await;
    articles(&client).await;
    orders(&client).await;
    settings(&client).await;
    vat(&client).await;

    let mut called = Called::default();
    for request in server.received_requests().await.unwrap() {
        let Some(path) = request.url.path().strip_prefix("/v2") else {
            continue;
        };
        let path = template(path);
        for (name, _) in request.url.query_pairs() {
            called.parameters.insert((path.clone(), name.into_owned()));
        }
        called.operations.insert((verb(&request), path));
    }
    called
}

fn verb(request: &Request) -> String {
    request.method.to_string()
}

/// A path as the document writes it.
fn template(path: &str) -> String {
    if let Some(rest) = path.strip_prefix("/documenten/")
        && !rest.starts_with(ID)
    {
        let parent = if rest.contains('/') { "/{pid}" } else { "" };
        return format!("/documenten/{{documenttype}}{parent}");
    }
    path.replace(ID, "{id}")
        .replace("/vatrates/BEL", "/vatrates/{id}")
        .replace("/echo/hallo", "/echo/{input}")
}

async fn relations(client: &Client) {
    let relations = client.relations();
    let (id, relation) = (
        of(ID),
        Relation::new(RelationKind::Customer, "Werf De Hoop"),
    );
    listed(relations.list()).await;
    left(relations.get(&id).await);
    left(relations.create(&relation).await);
    left(relations.replace(&id, &relation).await);
    left(relations.revise(&id, &relation).await);
    left(relations.delete(&id).await);
    left(relations.mandates(&id).await);
    left(relations.sales_bookings(&id).page().await);
    left(relations.purchase_bookings(&id).page().await);
    left(relations.custom_fields(&id).await);
    left(
        relations
            .set_custom_fields(&id, &RelationCustomFieldUpdates::default())
            .await,
    );
}

async fn sales(client: &Client) {
    let invoices = client.sales_invoices();
    listed(invoices.list()).await;
    left(invoices.get(&of(ID)).await);
    left(invoices.ubl(&of(ID)).await);
    let bookings = client.sales_bookings();
    let booking: SalesBooking = from("sales_bookings/create_request.json");
    left(bookings.get(&of(ID)).await);
    left(bookings.create(&booking).await);
    left(bookings.replace(&of(ID), &booking).await);
    left(bookings.delete(&of(ID)).await);
}

async fn purchases(client: &Client) {
    listed(client.purchase_invoices().list()).await;
    let bookings = client.purchase_bookings();
    let booking: PurchaseBooking = from("purchase_bookings/create_request.json");
    left(bookings.get(&of(ID)).await);
    left(bookings.create(&booking).await);
    left(bookings.replace(&of(ID), &booking).await);
    left(bookings.delete(&of(ID)).await);
    let ubl: UblContent = from("purchase_bookings/ubl_request.json");
    left(bookings.create_from_ubl(&ubl).await);
    let file: Attachment = from("purchase_bookings/attachment_request.json");
    left(bookings.create_from_attachment(&file).await);
    left(bookings.attachment_status("een-taak").await);
}

async fn money(client: &Client) {
    let bank = client.bank_bookings();
    let booking: BankBooking = from("bank_bookings/create_request.json");
    listed(bank.list()).await;
    left(bank.get(&of(ID)).await);
    left(bank.create(&booking).await);
    left(bank.replace(&of(ID), &booking).await);
    left(bank.delete(&of(ID)).await);

    let cash = client.cash_bookings();
    let booking: CashBooking = from("cash_bookings/create_request.json");
    listed(cash.list()).await;
    left(cash.get(&of(ID)).await);
    left(cash.create(&booking).await);
    left(cash.replace(&of(ID), &booking).await);
    left(cash.delete(&of(ID)).await);

    let memorial = client.memorial_bookings();
    let booking: MemorialBooking = from("memorial_bookings/create_request.json");
    left(memorial.get(&of(ID)).await);
    left(memorial.create(&booking).await);
    left(memorial.replace(&of(ID), &booking).await);
    left(memorial.delete(&of(ID)).await);

    let file = BankStatementFile::new("maart.940", b":20:MAART").unwrap();
    left(client.bank_statement_files().send(&[file]).await);
}

async fn ledgers(client: &Client) {
    let ledgers = client.ledgers();
    let ledger: Ledger = from("ledgers/create_request.json");
    listed(ledgers.list()).await;
    left(ledgers.get(&of(ID)).await);
    left(ledgers.create(&ledger).await);
    listed(client.ledger_mutations().list()).await;
    left(client.ledger_mutations().get(&of(ID)).await);
    left(client.journals().list().await);

    let documents = client.documents();
    let document: DocumentContent = DocumentContent {
        content: Some(Base64::from(b"%PDF".to_vec())),
        parent: Some(of(ID)),
        file_name: Some("bon.pdf".to_owned()),
        ..DocumentContent::default()
    };
    left(documents.get(&of(ID)).await);
    left(
        documents
            .list_of_parent(DocumentKind::Relations, &of(ID))
            .await,
    );
    left(documents.create(DocumentKind::Relations, &document).await);
    left(documents.replace(&of(ID), &document).await);
    left(documents.delete(&of(ID)).await);
}

async fn articles(client: &Client) {
    let articles = client.articles();
    let article = Article {
        code: Some("70020".to_owned()),
        ..Article::default()
    };
    listed(articles.list_for(&of(ID), Some(3))).await;
    left(articles.get_for(&of(ID), &of(ID), Some(3)).await);
    left(articles.create(&article).await);
    left(articles.replace(&of(ID), &article).await);
    left(articles.revise(&of(ID), &article).await);
    left(articles.delete(&of(ID)).await);
    left(articles.custom_fields(&of(ID)).await);
    left(
        articles
            .set_custom_fields(&of(ID), &[CustomFieldUpdate::set("kleur", "wit")])
            .await,
    );
    listed(articles.price_agreements()).await;
    left(client.article_groups().list().await);
    left(client.article_groups().get(&of(ID)).await);
    listed(client.price_agreements().of(&of(ID))).await;
    listed(client.promotions().list()).await;
}

async fn orders(client: &Client) {
    let orders = client.sales_orders();
    let order = SalesOrder {
        relation: Some(Ref::to(of(ID))),
        date: at("2026-03-11T00:00:00"),
        delivery_address: Some(Address::default()),
        ..SalesOrder::default()
    };
    listed(orders.list()).await;
    left(orders.get(&of(ID)).await);
    left(orders.create(&order).await);
    left(orders.replace(&of(ID), &order).await);
    left(orders.revise(&of(ID), &order).await);
    left(orders.delete(&of(ID)).await);
    left(
        orders
            .set_process_status(&of(ID), ProcessStatus::Confirmation)
            .await,
    );

    let quotes = client.quotes();
    let quote = Quote {
        relation: order.relation,
        date: order.date,
        ..Quote::default()
    };
    listed(quotes.list()).await;
    left(quotes.get(&of(ID)).await);
    left(quotes.create(&quote).await);
    left(quotes.replace(&of(ID), &quote).await);
    left(quotes.revise(&of(ID), &quote).await);
    left(quotes.delete(&of(ID)).await);
    left(client.order_templates().list().await);
    left(client.order_templates().get(&of(ID)).await);
}

async fn settings(client: &Client) {
    let centres = client.cost_centres();
    let centre: CostCentre = from("cost_centres/create_request.json");
    left(centres.list().await);
    left(centres.get(&of(ID)).await);
    left(centres.create(&centre).await);
    left(centres.replace(&of(ID), &centre).await);
    left(centres.delete(&of(ID)).await);
    left(client.countries().list().await);
    left(client.countries().get(&of(ID)).await);
    left(client.company_info().get().await);
    left(client.company_info().set_foreign_vat(true).await);
    left(client.authorization().user_access(of(ID)).await);
    left(client.echo("hallo").await);
    let reports = client.reports();
    left(
        reports
            .column_balance(of("2026-01-01"), of("2026-03-31"))
            .await,
    );
    left(
        reports
            .period_balance(of("2026-01-01"), of("2026-03-31"))
            .await,
    );
}

async fn vat(client: &Client) {
    left(client.vat_tariffs().list().await);
    listed(client.vat_rates().list()).await;
    left(client.vat_rates().get(&of("BEL")).await);
    listed(client.vat_rate_definitions().list()).await;
    listed(client.vat_returns().list()).await;
    left(client.vat_returns().get(&of(ID)).await);
    left(client.vat_returns().declare_externally(&of(ID), true).await);
}
