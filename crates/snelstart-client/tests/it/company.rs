use serde_json::json;
use snelstart_client::{ArticleCodeKind, FilingPeriod, LegalForm, StockLevel};
use wiremock::matchers::{body_json, query_param};

use crate::support::{answer, answer_text, client, fixture, on, once, server};
use crate::trade::{USER, amount, at, of};

#[tokio::test]
async fn an_administration_is_read_with_every_setting_in_its_own_kind() {
    let server = server().await;
    answer(
        &server,
        on("GET", "/companyInfo"),
        200,
        "company_info/company_info.json",
    )
    .await;
    let company = client(&server).company_info().get().await.unwrap();
    assert_eq!(
        company.administration_name.as_deref(),
        Some("Jachthaven Noord 2026")
    );
    assert_eq!(
        company.administration_id,
        Some(of("91b4e7c2-d05f-4a38-b6e1-7c8f3d2a9045"))
    );
    assert_eq!(
        company.registration_number.as_deref(),
        Some("22043987"),
        "kvKNummer"
    );
    assert_eq!(company.legal_form, Some(LegalForm::Private));
    assert_eq!(company.vat_period, Some(FilingPeriod::Quarter));
    assert_eq!(company.article_code_kind, Some(ArticleCodeKind::Numeric));
    assert_eq!(company.stock_level, Some(StockLevel::Slip));
    assert_eq!(company.stock_since, at("2020-01-01T00:00:00"));
    assert_eq!(company.order_threshold, amount("25.0"));
    assert_eq!(company.next_invoice_number, Some(20_260_119));
    assert_eq!(
        company.small_business_scheme.as_ref().unwrap().limit,
        amount("1883.0")
    );
    assert_eq!(
        company.foreign_vat_ranges.as_ref().unwrap()[0].to,
        Some(2024)
    );
    assert_eq!(company.stock_differences_ledger, None);
    assert!(company.other.is_empty(), "{:?}", company.other);
}

#[tokio::test]
async fn only_whether_foreign_vat_is_invoiced_is_written() {
    let server = server().await;
    let request =
        on("PUT", "/companyInfo").and(body_json(json!({"factureerBuitenlandsBtw": true})));
    let text = fixture("company_info/company_info.json").replace(
        "\"factureerBuitenlandsBtw\": false",
        "\"factureerBuitenlandsBtw\": true",
    );
    answer_text(&server, request, 200, &text).await;
    let company = client(&server)
        .company_info()
        .set_foreign_vat(true)
        .await
        .unwrap();
    assert_eq!(company.invoices_foreign_vat, Some(true));
}

#[tokio::test]
async fn a_users_access_is_asked_for() {
    let server = server().await;
    let request = on("GET", "/authorization/HasUserAccessToAdministration")
        .and(query_param("userIdentifier", USER));
    answer_text(&server, request, 200, r#"{"hasAccess":true}"#).await;
    let access = client(&server)
        .authorization()
        .user_access(of(USER))
        .await
        .unwrap();
    assert_eq!(access.has_access, Some(true));
}

#[tokio::test]
async fn an_echo_says_what_was_said() {
    let server = server().await;
    answer_text(
        &server,
        on("GET", "/echo/kop%20&%20schotel"),
        200,
        r#""kop & schotel""#,
    )
    .await;
    let said = client(&server).echo("kop & schotel").await.unwrap();
    assert_eq!(said.as_deref(), Some("kop & schotel"));
}

#[tokio::test]
async fn an_echo_of_nothing_is_nothing() {
    let server = server().await;
    once(
        &server,
        on("GET", "/echo/stil"),
        wiremock::ResponseTemplate::new(204),
    )
    .await;
    assert_eq!(client(&server).echo("stil").await.unwrap(), None);
}

#[tokio::test]
async fn an_echo_of_a_path_stays_one_part_of_the_address() {
    let server = server().await;
    answer_text(
        &server,
        on("GET", "/echo/..%2Frelaties"),
        200,
        "\"../relaties\"",
    )
    .await;
    let said = client(&server).echo("../relaties").await.unwrap();
    assert_eq!(said.as_deref(), Some("../relaties"));
}
