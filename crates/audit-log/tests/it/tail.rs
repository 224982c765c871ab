//! Following the log as it grows.

use audit_log::{Entry, Filter, Level};

use crate::support::{Place, at, created, refused};

on_both!(
    what_arrives_is_told_once_in_the_order_of_arrival,
    a_filter_lets_the_rest_pass_and_goes_on_behind_it,
    a_name_that_comes_up_later_is_found_then,
    entries_that_were_removed_are_no_obstacle,
);

async fn what_arrives_is_told_once_in_the_order_of_arrival(place: &Place) {
    let log = place.open().await;
    assert_eq!(log.last_number().await.unwrap(), 0);
    assert!(log.tail(0, &Filter::new(), 10).await.unwrap().caught_up);
    // Earlier and earlier, as a pump that catches up may bring them.
    let entries: Vec<Entry> = (0..25).map(|n| created(n).at(at(-i64::from(n)))).collect();
    log.append_all(entries).await.unwrap();
    let (mut after, mut told, mut calls) = (0, Vec::new(), 0);
    loop {
        let arrived = log.tail(after, &Filter::new(), 10).await.unwrap();
        after = arrived.up_to;
        calls += 1;
        told.extend(arrived.entries.iter().map(|entry| entry.number));
        if arrived.caught_up {
            break;
        }
    }
    assert_eq!(told, (1..=25).collect::<Vec<_>>());
    assert_eq!((calls, after), (3, 25));
    log.append(created(99)).await.unwrap();
    let arrived = log.tail(after, &Filter::new(), 10).await.unwrap();
    assert_eq!((arrived.entries[0].number, arrived.up_to), (26, 26));
    log.close().await.unwrap();
}

async fn a_filter_lets_the_rest_pass_and_goes_on_behind_it(place: &Place) {
    let log = place.open().await;
    let entries = (0..40).map(|n| if n % 10 == 0 { refused(n) } else { created(n) });
    log.append_all(entries.collect()).await.unwrap();
    let errors = Filter::new().level(Level::Error).connection("shop");
    let first = log.tail(0, &errors, 2).await.unwrap();
    let numbers: Vec<i64> = first.entries.iter().map(|entry| entry.number).collect();
    assert_eq!(
        (numbers, first.up_to, first.caught_up),
        (vec![1, 11], 11, false)
    );
    let second = log.tail(first.up_to, &errors, 10).await.unwrap();
    let numbers: Vec<i64> = second.entries.iter().map(|entry| entry.number).collect();
    assert_eq!(
        (numbers, second.up_to, second.caught_up),
        (vec![21, 31], 40, true)
    );
    // Without a window too: what is yet to come is bounded.
    let text = log
        .tail(0, &Filter::new().text("REFUSED"), 100)
        .await
        .unwrap();
    assert_eq!(text.entries.len(), 4);
    let times = Filter::new().since(at(10)).until(at(12));
    assert_eq!(log.tail(0, &times, 100).await.unwrap().entries.len(), 2);
    log.close().await.unwrap();
}

async fn a_name_that_comes_up_later_is_found_then(place: &Place) {
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    let filter = Filter::new().connection("later");
    let first = log.tail(0, &filter, 10).await.unwrap();
    assert_eq!(
        (first.entries.len(), first.up_to, first.caught_up),
        (0, 1, true)
    );
    log.append(created(2).connection("later")).await.unwrap();
    let second = log.tail(first.up_to, &filter, 10).await.unwrap();
    assert_eq!(second.entries.len(), 1);
    log.close().await.unwrap();
}

async fn entries_that_were_removed_are_no_obstacle(place: &Place) {
    let log = place.open().await;
    log.append_all((0..20).map(created).collect())
        .await
        .unwrap();
    place
        .run("DELETE FROM audit_event WHERE id BETWEEN 3 AND 20")
        .await;
    assert_eq!(log.last_number().await.unwrap(), 20);
    let arrived = log.tail(0, &Filter::new(), 10).await.unwrap();
    assert_eq!(
        (arrived.entries.len(), arrived.up_to, arrived.caught_up),
        (2, 20, true)
    );
    log.close().await.unwrap();
}
