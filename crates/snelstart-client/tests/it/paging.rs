use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use snelstart_client::{Client, Error, ErrorKind, Guarded, SalesInvoice, WallTime, Warning};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{builder, client, server};

/// How a server gives out its rows.
#[derive(Clone, Default)]
struct Rows {
    count: usize,
    /// The most rows it gives, whatever is asked for.
    cap: usize,
    /// Rows that are given again at the start of the next page.
    again: usize,
    ignores_skip: bool,
}

impl Rows {
    fn of(count: usize, cap: usize) -> Self {
        Self {
            count,
            cap,
            ..Self::default()
        }
    }
}

fn id(number: usize) -> String {
    format!("a10c5d3e-7b42-4f19-9c86-{number:012}")
}

fn number(request: &Request, name: &str) -> Option<usize> {
    let (_, value) = request.url.query_pairs().find(|(key, _)| key == name)?;
    Some(value.parse().unwrap())
}

type Asked = Arc<Mutex<Vec<String>>>;

async fn invoices(server: &MockServer, rows: Rows) -> Asked {
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    Mock::given(method("GET"))
        .and(path("/v2/verkoopfacturen"))
        .respond_with(move |request: &Request| {
            let query: Vec<String> = request
                .url
                .query_pairs()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            log.lock().unwrap().push(query.join("&"));
            let skip = if rows.ignores_skip { 0 } else { number(request, "$skip").unwrap_or(0) };
            let top = number(request, "$top").unwrap_or(500).min(rows.cap);
            let from = if skip == 0 { 0 } else { skip - rows.again };
            let page: Vec<_> = (from..rows.count.min(from + top))
                .map(|n| serde_json::json!({"id": id(n), "factuurnummer": format!("F{n}"), "openstaandSaldo": n % 3}))
                .collect();
            ResponseTemplate::new(200).set_body_json(page)
        })
        .mount(server)
        .await;
    asked
}

async fn numbers(client: &Client) -> Vec<String> {
    let rows: Vec<Guarded<SalesInvoice>> = client
        .sales_invoices()
        .list()
        .records()
        .try_collect()
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.good().unwrap().number.clone().unwrap())
        .collect()
}

async fn open_ones(client: &Client) -> Result<Vec<SalesInvoice>, Error> {
    let open = SalesInvoice::fields().open_balance().ne(0);
    client.sales_invoices().list().filter(open).all().await
}

#[tokio::test]
async fn pages_follow_what_came_until_an_empty_one() {
    for (count, cap, requests) in [
        (0, 500, 1),
        (3, 500, 2),
        (500, 500, 2),
        (1_203, 500, 4),
        (60, 25, 4),
    ] {
        let server = server().await;
        let asked = invoices(&server, Rows::of(count, cap)).await;
        let numbers = numbers(&client(&server)).await;
        let expected: Vec<String> = (0..count).map(|n| format!("F{n}")).collect();
        assert_eq!(numbers, expected, "{count} rows, {cap} a page");
        assert_eq!(asked.lock().unwrap().len(), requests);
    }
}

#[tokio::test]
async fn the_first_page_is_not_skipped_to_and_later_ones_are() {
    let server = server().await;
    let asked = invoices(&server, Rows::of(501, 500)).await;
    numbers(&client(&server)).await;
    assert_eq!(
        *asked.lock().unwrap(),
        ["$top=500", "$top=500&$skip=500", "$top=500&$skip=501"]
    );
}

#[tokio::test]
async fn rows_that_come_twice_are_given_once() {
    let server = server().await;
    invoices(
        &server,
        Rows {
            again: 2,
            ..Rows::of(30, 10)
        },
    )
    .await;
    let numbers = numbers(&client(&server)).await;
    let expected: Vec<String> = (0..30).map(|n| format!("F{n}")).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn a_list_that_ignores_skip_is_an_error_and_no_endless_walk() {
    let server = server().await;
    let asked = invoices(
        &server,
        Rows {
            ignores_skip: true,
            ..Rows::of(5, 500)
        },
    )
    .await;
    let client = client(&server);
    let result: Result<Vec<_>, _> = client.sales_invoices().list().records().try_collect().await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_filter_that_is_ignored_is_applied_here_and_told_once() {
    let server = server().await;
    invoices(&server, Rows::of(12, 5)).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let client = builder(&server)
        .on_warning(move |warning| log.lock().unwrap().push(warning.clone()))
        .build()
        .unwrap();
    let rows = open_ones(&client).await.unwrap();
    assert_eq!(rows.len(), 8);
    let warning = Warning::FilterIgnored {
        operation: "sales_invoices.list",
        filter: "OpenstaandSaldo ne 0".to_owned(),
    };
    assert_eq!(*heard.lock().unwrap(), [warning]);
}

#[tokio::test]
async fn a_strict_client_does_not_go_on_where_a_filter_is_ignored() {
    let server = server().await;
    let asked = invoices(&server, Rows::of(12, 5)).await;
    let client = builder(&server).lenient(false).build().unwrap();
    let error = open_ones(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn changes_are_asked_for_with_an_overlap_beside_the_filter() {
    let server = server().await;
    let asked = invoices(&server, Rows::of(0, 500)).await;
    let since: WallTime = "2026-03-01T01:00:00".parse().unwrap();
    let client = client(&server);
    let rows = client
        .sales_invoices()
        .list()
        .filter(SalesInvoice::fields().number().starts_with("F'"))
        .modified_since(since, Duration::from_secs(3 * 3_600))
        .select(["Id", "Factuurnummer"])
        .top(50)
        .skip(7)
        .page()
        .await
        .unwrap();
    assert!(rows.is_empty());
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "$filter=(startswith(Factuurnummer,'F''') eq true) and (ModifiedOn ge datetime'2026-02-28T22:00:00')&$select=Id,Factuurnummer&$top=50&$skip=7"
        ]
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_read_does_not_fail_its_page() {
    let server = server().await;
    let body = format!(
        r#"[{{"id":"{}","factuurBedrag":"much"}},null,{{"id":"{}","factuurBedrag":1.10}}]"#,
        id(1),
        id(2)
    );
    Mock::given(method("GET"))
        .and(path("/v2/verkoopfacturen"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
        .expect(2)
        .mount(&server)
        .await;
    let client = client(&server);
    let rows = client.sales_invoices().list().page().await.unwrap();
    assert_eq!(rows.len(), 3);
    let bad = rows[0].bad().unwrap();
    assert_eq!(bad.id, Some(id(1)));
    assert_eq!(bad.path, "factuurBedrag");
    assert_eq!(rows[1].bad().unwrap().id, None);
    let amount = rows[2].good().unwrap().invoice_amount.unwrap();
    assert_eq!(amount.to_string(), "1.10");
    let page = client
        .sales_invoices()
        .list()
        .pages()
        .try_next()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(page.len(), 3);
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_no_empty_list() {
    for body in ["{}", "7", "\"\"", "[{]"] {
        let server = server().await;
        Mock::given(method("GET"))
            .and(path("/v2/verkoopfacturen"))
            .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server)
            .sales_invoices()
            .list()
            .page()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
}

#[tokio::test]
async fn a_request_asks_for_500_rows_at_most() {
    let server = server().await;
    let asked = invoices(&server, Rows::of(1, 500)).await;
    let client = client(&server);
    for top in [0, 1, 500, 9_999] {
        client
            .sales_invoices()
            .list()
            .top(top)
            .page()
            .await
            .unwrap();
    }
    assert_eq!(
        *asked.lock().unwrap(),
        ["$top=1", "$top=1", "$top=500", "$top=500"]
    );
}
