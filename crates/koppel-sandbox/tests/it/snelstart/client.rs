//! The client of this workspace reads what the sandbox writes, and the other way round.

use koppel_sandbox::snelstart::{
    Fault, FaultKind, SnelStart, SnelStartServer, SnelStartSize, country_id, ledger_id,
};
use snelstart_client::{
    Address, Aggregate, Apply, BankStatementFile, Client, Code, CostCentre, CountryCode, Decimal,
    ErrorKind, Group, How, Measure, Relation, RelationKind, SecretString,
};

async fn server() -> SnelStartServer {
    let size = SnelStartSize::of_customers(12);
    SnelStart::builder().seed(size).start().await.unwrap()
}

fn client(server: &SnelStartServer) -> Client {
    let key = |text: &str| SecretString::from(text.to_owned());
    Client::builder(key("demo-subscription"), key("demo-koppelsleutel"))
        .base_url(server.url())
        .token_url(server.token_url())
        .insecure_http(true)
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_client_reads_every_list() {
    let server = server().await;
    let client = client(&server);
    let count = |resource: &str| server.count(resource);
    let relations = client.relations().list().all().await.unwrap();
    assert_eq!(relations.len(), count("relaties"));
    let invoices = client.sales_invoices().list().all().await.unwrap();
    assert_eq!(invoices.len(), count("verkoopfacturen"));
    let open: Decimal = invoices.iter().filter_map(|row| row.open_balance).sum();
    let mutations = client.ledger_mutations().list().all().await.unwrap();
    assert_eq!(mutations.len(), count("grootboekmutaties"));
    let ledgers = client.ledgers().list().all().await.unwrap();
    assert_eq!(ledgers.len(), count("grootboeken"));
    let articles = client.articles().list().all().await.unwrap();
    assert_eq!(articles.len(), count("artikelen"));
    let bank = client.bank_bookings().list().all().await.unwrap();
    assert_eq!(bank.len(), count("bankboekingen"));
    assert_eq!(
        client.countries().list().await.unwrap().len(),
        count("landen")
    );
    assert_eq!(
        client.journals().list().await.unwrap().len(),
        count("dagboeken")
    );
    assert_eq!(client.vat_tariffs().list().await.unwrap().len(), 6);
    assert_eq!(client.vat_rates().list().all().await.unwrap().len(), 3);
    assert_eq!(client.article_groups().list().await.unwrap().len(), 3);
    assert_eq!(client.order_templates().list().await.unwrap().len(), 1);
    assert!(client.cost_centres().list().await.unwrap().is_empty());
    let by_ledger = Apply::group_by(Group::Ledger).aggregate(Measure::Balance, Aggregate::Sum);
    let sums = client.ledger_mutations().apply(&by_ledger, None).await;
    let debtors = ledger_id(1300).parse().unwrap();
    let told = sums
        .unwrap()
        .iter()
        .find(|row| row.group_id(Group::Ledger) == Some(debtors))
        .and_then(snelstart_client::AggregateRow::value);
    assert_eq!(told, Some(open));
}

#[tokio::test]
async fn the_client_reads_single_records_and_reports() {
    let server = server().await;
    let client = client(&server);
    let invoices = client.sales_invoices().list().all().await.unwrap();
    let invoice = invoices.first().unwrap();
    let booking = invoice.sales_booking.as_ref().unwrap().id;
    let booking = client
        .sales_bookings()
        .get(&booking.unwrap())
        .await
        .unwrap();
    assert_eq!(booking.invoice_amount, invoice.invoice_amount);
    let company = client.company_info().get().await.unwrap();
    assert!(company.administration_name.is_some());
    assert_eq!(
        client.echo("hallo").await.unwrap().as_deref(),
        Some("hallo")
    );
    let xml = client.sales_invoices().ubl(&invoice.id.unwrap()).await;
    assert!(xml.unwrap().contains("<Invoice"));
    let country: CountryCode = "NLD".parse().unwrap();
    let rates = client.vat_rates().get(&country).await.unwrap();
    assert_eq!(rates.country_code.as_deref(), Some("NLD"));
    let (start, end) = ("2019-01-01".parse().unwrap(), "2099-12-31".parse().unwrap());
    let rows = client.reports().column_balance(start, end).await.unwrap();
    assert!(!rows.is_empty());
}

#[tokio::test]
async fn what_the_client_writes_arrives() {
    let server = server().await;
    let client = client(&server);
    let relation = Relation {
        code: Some(4_321),
        memo: Some("eerste".into()),
        address: Some(Address {
            street: Some("Kade 1".into()),
            postal_code: Some("3511 AB".into()),
            city: Some("Utrecht".into()),
            country: Some(
                country_id("NL")
                    .parse::<snelstart_client::CountryId>()
                    .unwrap()
                    .into(),
            ),
            ..Address::default()
        }),
        ..Relation::new(RelationKind::Customer, "Werf De Hoop")
    };
    let made = client.relations().create_or_adopt(&relation).await.unwrap();
    assert_eq!(made.how, How::Created);
    let again = client.relations().create_or_adopt(&relation).await.unwrap();
    assert_eq!(again.how, How::Found);
    assert_eq!(again.record.id, made.record.id);
    let id = made.record.id.unwrap();
    let change = Relation {
        email: Some("werf@hoop.example".into()),
        ..Relation::default()
    };
    let revised = client.relations().revise(&id, &change).await.unwrap();
    assert_eq!(revised.memo.as_deref(), Some("eerste"));
    let centre = CostCentre {
        number: Some(7),
        description: Some("Winkel".into()),
        ..CostCentre::default()
    };
    client.cost_centres().create(&centre).await.unwrap();
    let twice = client.cost_centres().create(&centre).await.unwrap_err();
    assert_eq!(Code::of(&twice), Some(Code::CostCentreNumberExists));
    let file = BankStatementFile::new("a.mt940", b":20:TEST").unwrap();
    let files = [file];
    let first = client.bank_statement_files().send(&files).await.unwrap();
    assert_eq!(first[0].is_success, Some(true));
    let second = client.bank_statement_files().send(&files).await.unwrap();
    assert!(second[0].is_duplicate());
    client.relations().delete(&id).await.unwrap();
    let gone = client.relations().get(&id).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_ended_token_is_renewed_and_a_lost_create_is_adopted() {
    let server = server().await;
    let client = client(&server);
    client.countries().list().await.unwrap();
    server.expire_tokens();
    client.countries().list().await.unwrap();
    assert_eq!(server.tokens_given(), 2);
    let lost = Fault::new(FaultKind::AnswerLost)
        .entity("relaties")
        .writes();
    server.fault(lost.times(1));
    let relation = Relation {
        code: Some(4_321),
        ..Relation::new(RelationKind::Customer, "Werf De Hoop")
    };
    let made = client.relations().create_or_adopt(&relation).await.unwrap();
    assert_eq!(made.how, How::Found);
    assert_eq!(server.applied(), 1);
    assert_eq!(server.faults().list()[0].hits, 1);
}
