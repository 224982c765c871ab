//! What an administration is set up with: journals, cost centres, countries, VAT.

use snelstart_client::{CostCentre, ErrorKind, JournalKind, SendOutcome, VatKind};
use wiremock::{MockServer, ResponseTemplate};

use crate::book::{COST_CENTRE, COUNTRY, JOURNAL, at, day, eur, of, some};
use crate::support::{answer, client, on, once, server, with_body};

#[tokio::test]
async fn journals_are_listed() {
    let server = server().await;
    answer(&server, on("GET", "/dagboeken"), 200, "journals/list.json").await;
    let journals = client(&server).journals().list().await.unwrap();
    let debtors = &journals[0];
    assert_eq!(debtors.id, Some(of(JOURNAL)));
    assert_eq!(debtors.kind, Some(JournalKind::Sales));
    assert_eq!(debtors.number, Some(1300));
    let bank = &journals[1];
    assert_eq!(
        (bank.kind.clone(), bank.inactive),
        (Some(JournalKind::Bank), Some(true))
    );
}

#[tokio::test]
async fn cost_centres_are_listed_and_one_is_fetched() {
    let server = server().await;
    answer(
        &server,
        on("GET", "/kostenplaatsen"),
        200,
        "cost_centres/list.json",
    )
    .await;
    let path = format!("/kostenplaatsen/{COST_CENTRE}");
    answer(&server, on("GET", &path), 200, "cost_centres/one.json").await;
    let client = client(&server);
    let all = client.cost_centres().list().await.unwrap();
    assert_eq!(all[0].description.as_deref(), Some("Werkplaats"));
    let one = client.cost_centres().get(&of(COST_CENTRE)).await.unwrap();
    assert_eq!(one.number, Some(12));
    assert_eq!(one.inactive, Some(false));
}

fn workshop() -> CostCentre {
    CostCentre {
        description: some("Werkplaats"),
        inactive: Some(false),
        number: Some(12),
        ..CostCentre::default()
    }
}

#[tokio::test]
async fn a_cost_centre_is_created_replaced_and_deleted() {
    let server = server().await;
    let create = with_body(
        on("POST", "/kostenplaatsen"),
        "cost_centres/create_request.json",
    );
    answer(&server, create, 201, "cost_centres/one.json").await;
    let path = format!("/kostenplaatsen/{COST_CENTRE}");
    let replace = with_body(on("PUT", &path), "cost_centres/replace_request.json");
    answer(&server, replace, 200, "cost_centres/one.json").await;
    once(&server, on("DELETE", &path), ResponseTemplate::new(200)).await;
    let client = client(&server);
    let made = client.cost_centres().create(&workshop()).await.unwrap();
    let id = made.id.unwrap();
    client
        .cost_centres()
        .replace(&id, &workshop())
        .await
        .unwrap();
    client.cost_centres().delete(&id).await.unwrap();
}

#[tokio::test]
async fn a_cost_centre_the_server_would_refuse_is_not_sent() {
    let server = server().await;
    let wrong = CostCentre {
        description: Some("é".repeat(51)),
        number: Some(0),
        ..workshop()
    };
    let refused = client(&server)
        .cost_centres()
        .create(&wrong)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Validation);
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
    let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
    assert_eq!(named, ["nummer", "omschrijving"]);
}

#[tokio::test]
async fn countries_are_listed_and_one_is_fetched() {
    let server = server().await;
    answer(&server, on("GET", "/landen"), 200, "countries/list.json").await;
    let path = format!("/landen/{COUNTRY}");
    answer(&server, on("GET", &path), 200, "countries/one.json").await;
    let client = client(&server);
    let all = client.countries().list().await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].iso_code.as_deref(), Some("AUT"));
    let one = client.countries().get(&of(COUNTRY)).await.unwrap();
    assert_eq!(one.name.as_deref(), Some("Nederland"));
    assert_eq!(one.code.as_deref(), Some("NL"));
}

async fn tariffs_are(server: &MockServer, fixture: &str) {
    answer(server, on("GET", "/btwtarieven"), 200, fixture).await;
}

#[tokio::test]
async fn vat_tariffs_are_chosen_by_the_day() {
    let server = server().await;
    tariffs_are(&server, "vat_tariffs/list.json").await;
    let table = client(&server).vat_tariffs().table().await.unwrap();
    assert_eq!(table.tariffs().len(), 6);
    for (kind, on, percentage) in [
        (VatKind::Low, "2018-12-31", "6"),
        (VatKind::Low, "2019-01-01", "9"),
        (VatKind::High, "2012-09-30", "19"),
        (VatKind::High, "2012-10-01", "21"),
        (VatKind::None, "1900-01-01", "0"),
        (VatKind::OtherRate, "2401-01-01", "0"),
    ] {
        assert_eq!(
            table.percentage(&kind, day(on)),
            eur(percentage),
            "{kind} on {on}"
        );
    }
    assert_eq!(table.percentage(&VatKind::High, day("1999-12-31")), None);
    assert_eq!(table.percentage(&VatKind::None, day("2401-01-01")), None);
}

#[tokio::test]
async fn two_kinds_of_vat_may_share_a_percentage() {
    let server = server().await;
    tariffs_are(&server, "vat_tariffs/list.json").await;
    let table = client(&server).vat_tariffs().table().await.unwrap();
    let today = day("2026-03-03");
    let kinds = |percentage: &str| table.kinds(of(percentage), today);
    assert_eq!(kinds("0.00"), [VatKind::None, VatKind::OtherRate]);
    assert_eq!(kinds("21.000"), [VatKind::High]);
    assert_eq!(kinds("6"), []);
}

#[tokio::test]
async fn the_tariffs_are_listed_as_they_are() {
    let server = server().await;
    tariffs_are(&server, "vat_tariffs/list.json").await;
    let tariffs = client(&server).vat_tariffs().list().await.unwrap();
    let last = &tariffs[5];
    assert_eq!(last.vat_kind, Some(VatKind::OtherRate));
    assert_eq!(last.valid_from, at("1968-01-01T00:00:00"));
    assert_eq!(last.valid_through, None);
    assert_eq!(last.percentage, eur("0.0"));
}

#[tokio::test]
async fn a_table_with_a_row_that_cannot_be_read_is_an_error() {
    let server = server().await;
    tariffs_are(&server, "vat_tariffs/broken.json").await;
    let failed = client(&server).vat_tariffs().table().await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Decode);
}
