//! Lists whose answers do not tell the truth about their pages.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use api_core::transport::{FakeTransport, Reply};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use syncro_client::{Client, CustomerFilter, Error, Timestamp};

use crate::support::scripted;

/// A client of a list that answers what this says to a page and its length.
fn client(answer: impl FnMut(usize, usize) -> Value + Send + 'static) -> (Client, FakeTransport) {
    let script = FakeTransport::new();
    let answer = Mutex::new(answer);
    script.on(move |request| {
        let query = request.uri().query()?;
        let number = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name)?.1.parse().ok()
        };
        let body = answer.lock().unwrap()(number("page")?, number("per_page")?);
        Some(Reply::json(200, &body))
    });
    (scripted(&script).build().unwrap(), script)
}

async fn ids(client: &Client) -> Result<Vec<i64>, Error> {
    let rows = client.customers().list(&CustomerFilter::new()).records();
    rows.try_filter_map(|row| async move { Ok(row.good().and_then(|row| Some(row.id?.get()))) })
        .try_collect()
        .await
}

fn rows(ids: &[i64]) -> Vec<Value> {
    ids.iter().map(|id| json!({"id": id})).collect()
}

fn page(all: &[i64], page: usize, size: usize) -> Vec<Value> {
    rows(all.chunks(size).nth(page - 1).unwrap_or_default())
}

fn whole(count: i64) -> (Vec<i64>, BTreeSet<i64>) {
    ((1..=count).collect(), (1..=count).collect())
}

async fn reads_all(client: &Client, expected: &BTreeSet<i64>, what: &str) {
    let read = ids(client).await.unwrap();
    assert_eq!(read.len(), expected.len(), "{what}");
    assert_eq!(
        &read.into_iter().collect::<BTreeSet<_>>(),
        expected,
        "{what}"
    );
}

#[tokio::test]
async fn a_number_of_pages_that_cannot_be_true_ends_no_list() {
    let (all, expected) = whole(250);
    for (meta, fixed) in [
        (json!({"total_pages": 0, "page": 1}), false),
        (
            json!({"total_pages": 0, "total_entries": 0, "per_page": 100}),
            false,
        ),
        (
            json!({"total_pages": 1, "total_entries": 250, "page": 1}),
            false,
        ),
        (json!({"total_pages": -1}), false),
        (json!({"total_pages": 0, "page": 1}), true),
        (
            json!({"total_pages": 2, "total_entries": 250, "per_page": 25}),
            true,
        ),
    ] {
        let (shown, told) = (all.clone(), meta.clone());
        let (client, _) = client(move |number, asked| {
            let size = if fixed { 25 } else { asked };
            json!({"customers": page(&shown, number, size), "meta": told})
        });
        reads_all(&client, &expected, &format!("{meta} {fixed}")).await;
    }
}

#[tokio::test]
async fn a_short_page_ends_no_list_that_tells_nothing_of_its_pages() {
    // Rows that the token may not see are taken out after the pages were made.
    let (all, _) = whole(330);
    let visible = |id: &i64| id % 40 != 7;
    let expected: BTreeSet<i64> = all.iter().copied().filter(visible).collect();
    let (client, _) = client(move |number, asked| {
        let seen: Vec<i64> = all
            .chunks(asked)
            .nth(number - 1)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(visible)
            .collect();
        json!({"customers": rows(&seen)})
    });
    reads_all(&client, &expected, "hidden rows").await;
}

#[tokio::test]
async fn rows_that_move_onto_the_last_page_but_one_are_found_though_the_last_is_empty() {
    for tells in [true, false] {
        // Pages of 20 whatever is asked for; before the third page a row of the first
        // goes, so that the only row of the third is on the second by then.
        let all = Arc::new(Mutex::new((1..=41).collect::<Vec<i64>>()));
        let shown = Arc::clone(&all);
        let (client, _) = client(move |number, _| {
            let mut all = shown.lock().unwrap();
            if number == 3 && all.len() == 41 {
                all.remove(0);
            }
            let rows = page(&all, number, 20);
            if tells {
                json!({"customers": rows, "meta": {
                    "total_pages": all.len().div_ceil(20), "total_entries": all.len(), "per_page": 20,
                }})
            } else {
                json!({"customers": rows})
            }
        });
        let read = ids(&client).await.unwrap();
        assert!(read.contains(&41), "{tells}: {read:?}");
        assert_eq!(read.len(), read.iter().collect::<BTreeSet<_>>().len());
    }
}

#[tokio::test]
async fn a_list_that_ignores_pages_and_lengths_is_read_once_and_ends() {
    for meta in [
        Value::Null,
        json!({"total_pages": 9}),
        json!({"total_pages": 1}),
    ] {
        for count in [0, 1, 2, 3, 60, 100, 101, 250] {
            let (all, expected) = whole(count);
            let told = meta.clone();
            let (client, script) =
                client(move |_, _| json!({"customers": rows(&all), "meta": told}));
            reads_all(&client, &expected, &format!("{count} {meta}")).await;
            assert!(
                script.request_count() <= 12,
                "{count} {meta}: {}",
                script.request_count()
            );
        }
    }
}

#[tokio::test]
async fn ids_as_texts_and_as_numbers_are_the_same_rows() {
    let (all, expected) = whole(150);
    let mut requests = 0;
    let (client, _) = client(move |number, asked| {
        requests += 1;
        let texts = requests % 2 == 0;
        let rows: Vec<_> = all
            .chunks(asked)
            .nth(number - 1)
            .unwrap_or_default()
            .iter()
            .map(|id| {
                if texts {
                    json!({"id": id.to_string()})
                } else {
                    json!({"id": id})
                }
            })
            .collect();
        json!({"customers": rows})
    });
    reads_all(&client, &expected, "texts").await;
}

#[tokio::test]
async fn rows_without_ids_are_given_and_refused_by_a_sweep() {
    let (client, _) = client(|number, asked| {
        let all: Vec<_> = (0..120)
            .map(|n| json!({"firstname": format!("n{n}")}))
            .collect();
        json!({"customers": all.chunks(asked).nth(number - 1).unwrap_or_default()})
    });
    let filter = CustomerFilter::new();
    assert_eq!(
        client.customers().list(&filter).all().await.unwrap().len(),
        120
    );
    client.customers().list(&filter).ids().await.unwrap_err();
}

#[tokio::test]
async fn a_server_that_means_later_than_hides_nothing_that_changed_at_that_moment() {
    let at = "2026-05-01T12:00:00.000Z";
    let script = FakeTransport::new();
    script.on(move |request| {
        let query = request.uri().query()?.replace("%3A", ":");
        let cut = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("since_updated_at="))?;
        let (cut, mine): (Timestamp, Timestamp) = (cut.parse().ok()?, at.parse().ok()?);
        let rows = if mine > cut {
            vec![json!({"id": 1, "updated_at": at})]
        } else {
            Vec::new()
        };
        Some(Reply::json(
            200,
            &json!({"tickets": rows, "meta": {"total_pages": 1}}),
        ))
    });
    let client = scripted(&script).build().unwrap();
    let changed = client
        .tickets()
        .changed_since(at.parse().unwrap())
        .all()
        .await
        .unwrap();
    assert_eq!(changed.len(), 1);
}

#[tokio::test]
async fn what_changed_of_alerts_is_looked_for_among_the_resolved_ones_too() {
    let script = FakeTransport::new();
    script.on(|request| {
        let all = request.uri().query()?.contains("status=all");
        let rows = if all {
            vec![json!({"id": 1, "resolved": "true", "updated_at": "2026-05-01T12:00:00.000Z"})]
        } else {
            Vec::new()
        };
        Some(Reply::json(200, &json!({"rmm_alerts": rows})))
    });
    let client = scripted(&script).build().unwrap();
    let since = "2026-05-01T00:00:00Z".parse().unwrap();
    let changed = client.rmm_alerts().changed_since(since).all().await;
    assert_eq!(changed.unwrap().len(), 1);
}
