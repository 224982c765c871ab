//! Reading by queries: pages, counts, streams beyond a page.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use serde_json::json;
use simplycrm_ws::{Client, Error, ErrorKind, Query, QueryError, Record, RecordId, field};
use wiremock::matchers::query_param;

use crate::exchange::recorded;
use crate::fake::{Crm, ME, Sync};
use crate::support::{self, get, yes};

mod page;

fn contacts() -> Query {
    Query::select(["lastname"]).from("Contacts")
}

async fn all(client: &Client, query: Query) -> Result<Vec<Record>, Error> {
    client.rows(query).try_collect().await
}

fn ids(rows: &[Record]) -> Vec<u64> {
    rows.iter().map(|row| row.id().unwrap().number).collect()
}

fn crm(rows: usize) -> Crm {
    let crm = Crm::new(Sync::All);
    for at in 0..rows {
        crm.lock().make(ME, format!("n{}", at % 7));
    }
    crm
}

#[tokio::test]
async fn all_rows_come_once_beyond_the_hundred_of_a_page() {
    let crm = crm(350);
    let rows = all(&crm.client(), contacts()).await.unwrap();
    assert_eq!(ids(&rows), (101..=450).collect::<Vec<_>>());
    let log = crm.take_log();
    assert_eq!(log.len(), 5);
    assert_eq!(
        log[0],
        "select lastname from Contacts order by id limit 100;"
    );
    assert_eq!(
        log[1],
        "select lastname from Contacts where id > '12x200' order by id limit 100;"
    );
    let back = all(&crm.client(), contacts().order_by_desc("id"))
        .await
        .unwrap();
    assert_eq!(ids(&back), (101..=450).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_that_was_filtered_short_is_not_the_last() {
    let crm = crm(350);
    crm.lock().hidden = (150..190).collect();
    let rows = all(&crm.client(), contacts()).await.unwrap();
    assert_eq!(rows.len(), 310);
}

#[tokio::test]
async fn rows_that_come_and_go_meanwhile_shift_nothing() {
    let crm = crm(300);
    crm.lock().events.extend([
        Box::new(|_: &mut _| {}) as Box<dyn FnOnce(&mut _) + Send>,
        Box::new(|state: &mut crate::fake::State| {
            state.delete(110);
            state.delete(250);
            state.make(ME, "new");
        }),
    ]);
    let got = ids(&all(&crm.client(), contacts()).await.unwrap());
    let expected: Vec<u64> = (101..=401).filter(|id| *id != 250).collect();
    assert_eq!(got, expected);
}

#[tokio::test]
async fn an_or_is_written_out_so_that_each_page_goes_on() {
    let crm = crm(400);
    let query = contacts()
        .filter(field("lastname").eq("n1"))
        .or(field("lastname").eq("n2"));
    let rows = all(&crm.client(), query).await.unwrap();
    assert!(
        rows.iter()
            .all(|row| matches!(&*row.text("lastname"), "n1" | "n2"))
    );
    assert_eq!(rows.len(), 114);
    assert_eq!(
        crm.take_log()[1],
        "select lastname from Contacts where lastname = 'n1' and id > '12x446' \
         or lastname = 'n2' and id > '12x446' order by id limit 100;"
    );
}

#[tokio::test]
async fn a_limit_bounds_the_stream_and_fetches_no_more() {
    let crm = crm(350);
    let rows = all(&crm.client(), contacts().limit(150)).await.unwrap();
    assert_eq!(ids(&rows), (101..=250).collect::<Vec<_>>());
    assert_eq!(crm.take_log().len(), 2);
    let none = all(&crm.client(), contacts().limit(0)).await.unwrap();
    assert!(none.is_empty() && crm.take_log().is_empty());
}

#[tokio::test]
async fn a_long_list_is_split_and_its_rows_are_merged_in_order() {
    let crm = crm(1500);
    // Upper and lower parts of the list overlap, and half of it is not there.
    let list = (101..2101)
        .chain(400..900)
        .map(|number| RecordId::new(12, number));
    let query = contacts().filter(field("id").is_in(list));
    let rows = all(&crm.client(), query).await.unwrap();
    assert_eq!(ids(&rows), (101..=1600).collect::<Vec<_>>());
    for query in crm.take_log() {
        let line = url::form_urlencoded::byte_serialize(query.as_bytes()).map(str::len);
        assert!(line.sum::<usize>() < 8000);
    }
}

#[tokio::test]
async fn several_lanes_bring_every_row_once() {
    let crm = crm(2500);
    crm.lock().delete(101);
    crm.lock().delete(1000);
    let client = crm.builder().sessions(4).build().unwrap();
    let rows: Vec<Record> = client
        .rows_in_parallel(contacts(), 4)
        .try_collect()
        .await
        .unwrap();
    let got: BTreeSet<u64> = ids(&rows).into_iter().collect();
    assert_eq!(got.len(), rows.len());
    let expected: BTreeSet<u64> = (102..=2600).filter(|id| *id != 1000).collect();
    assert_eq!(got, expected);
    let none: Vec<Record> = client
        .rows_in_parallel(contacts().filter(field("lastname").eq("x")), 4)
        .try_collect()
        .await
        .unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_page_by_page_is_an_error() {
    let crm = crm(3);
    for query in [
        Query::count().from("Contacts"),
        contacts().offset(5),
        contacts().order_by("lastname"),
        Query::select(["subject", "quantity"]).from("Invoice"),
        Query::select(["tax12"]).from("Quotes"),
    ] {
        let error = all(&crm.client(), query).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        let source = std::error::Error::source(&error).unwrap();
        assert!(
            matches!(source.downcast_ref(), Some(QueryError::NotPaged(_))),
            "{error}"
        );
    }
    assert!(crm.take_log().is_empty());
}

#[tokio::test]
async fn a_server_that_answers_the_same_page_for_ever_is_an_error() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("query")
        .respond_with(yes(json!([{"id": "12x5"}])))
        .expect(2)
        .mount(&server)
        .await;
    let error = all(&support::client(&server), contacts())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn all_of_an_invoice_are_its_header_fields() {
    let server = support::server().await;
    support::sign_in(&server).await;
    get("describe")
        .and(query_param("elementType", "Invoice"))
        .respond_with(recorded("v7/001-webservice-describe-Invoice").again())
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([])))
        .mount(&server)
        .await;
    all(&support::client(&server), Query::all().from("Invoice"))
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    let (_, query) = requests
        .last()
        .unwrap()
        .url
        .query_pairs()
        .find(|(name, _)| name == "query")
        .unwrap();
    let columns: BTreeSet<&str> = query
        .strip_prefix("select ")
        .unwrap()
        .split_once(" from Invoice")
        .unwrap()
        .0
        .split(',')
        .collect();
    for header in [
        "id",
        "subject",
        "hdnGrandTotal",
        "modifiedtime",
        "description",
    ] {
        assert!(columns.contains(header), "{header}");
    }
    for line in [
        "*",
        "productid",
        "quantity",
        "listprice",
        "comment",
        "tax1",
        "discount_amount",
    ] {
        assert!(!columns.contains(line), "{line}");
    }
    assert!(columns.iter().all(|column| !column.contains('&')));
}

#[tokio::test]
async fn rows_out_of_order_are_an_error_and_not_left_out() {
    for (query, ids) in [
        (contacts(), ["12x5", "12x3", "12x9"]),
        (contacts().order_by_desc("id"), ["12x5", "12x9", "12x3"]),
    ] {
        let server = support::server().await;
        support::sign_in(&server).await;
        get("query")
            .respond_with(yes(json!(ids.map(|id| json!({"id": id})))))
            .expect(1)
            .mount(&server)
            .await;
        let error = all(&support::client(&server), query).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}
