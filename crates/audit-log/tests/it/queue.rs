//! The bounds of the queue, and a log that cannot be written for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use audit_log::{AuditLog, Entry, Error, EventName, Level};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::{Place, created, is_whole, refused};

on_both!(
    a_full_queue_loses_what_is_offered_and_says_how_much,
    a_full_queue_lets_wait_what_is_enqueued_and_keeps_it,
    the_bytes_of_the_queue_are_bounded_too,
    an_entry_larger_than_the_queue_goes_through_alone,
    room_is_waited_for,
    what_is_enqueued_while_writing_fails_is_kept_while_there_is_room_and_counted_then,
    what_nobody_waits_for_is_tried_again_by_itself,
    a_log_that_cannot_be_written_when_it_is_closed_says_what_was_lost,
);

/// A log with room for four entries.
async fn small(place: &Place) -> AuditLog {
    place.builder().queue(4, 1 << 20).open().await.unwrap()
}

async fn a_full_queue_loses_what_is_offered_and_says_how_much(place: &Place) {
    let log = small(place).await;
    let held = place.hold().await;
    for number in 0..4 {
        assert!(log.has_room());
        assert!(log.offer(created(number)));
    }
    assert!(!log.has_room());
    for number in 4..7 {
        assert!(!log.offer(created(number)));
    }
    assert_eq!(log.lost(), 3);
    held.release().await;
    log.flush().await.unwrap();
    assert!(log.has_room());
    let records = "SELECT record FROM audit_event WHERE record IS NOT NULL ORDER BY id";
    assert_eq!(place.texts(records).await, ["0", "1", "2", "3"]);
    let told = "SELECT message || ' ' || details FROM audit_event WHERE event = 'log.lost'";
    let said = "3 entries could not be kept. {\"count\":3}";
    assert_eq!(place.texts(told).await, [said]);
    // It is told once.
    assert!(log.offer(created(8)));
    log.flush().await.unwrap();
    assert_eq!(place.texts(told).await, [said]);
    log.close().await.unwrap();
}

async fn a_full_queue_lets_wait_what_is_enqueued_and_keeps_it(place: &Place) {
    let log = small(place).await;
    let held = place.hold().await;
    for number in 0..4 {
        log.enqueue(created(number)).await.unwrap();
    }
    let waiting: Vec<_> = (4..20)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { log.enqueue(created(number)).await })
        })
        .collect();
    let appending = tokio::spawn({
        let log = log.clone();
        async move { log.append(created(20)).await }
    });
    tokio::task::yield_now().await;
    assert!(waiting.iter().all(|task| !task.is_finished()));
    held.release().await;
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    appending.await.unwrap().unwrap();
    log.close().await.unwrap();
    assert_eq!(log.lost(), 0);
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 21);
}

async fn the_bytes_of_the_queue_are_bounded_too(place: &Place) {
    let log = place.builder().queue(1_000, 10_000).open().await.unwrap();
    let held = place.hold().await;
    let large = |number| created(number).detail("much", "1 ".repeat(1_500));
    let taken = (0..10).filter(|number| log.offer(large(*number))).count();
    assert_eq!(taken, 2);
    assert_eq!(log.lost(), 8);
    held.release().await;
    log.close().await.unwrap();
}

async fn an_entry_larger_than_the_queue_goes_through_alone(place: &Place) {
    let log = place.builder().queue(4, 1_000).open().await.unwrap();
    let large = |number| created(number).detail("much", "1 ".repeat(2_000));
    log.append(large(1)).await.unwrap();
    let done = log.append_all((2..12).map(large).collect()).await.unwrap();
    assert_eq!(done.len(), 10);
    log.enqueue(large(12)).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 12);
}

async fn room_is_waited_for(place: &Place) {
    let log = small(place).await;
    log.room().await;
    let held = place.hold().await;
    for number in 0..4 {
        assert!(log.offer(created(number)));
    }
    let freed = Arc::new(AtomicBool::new(false));
    let waiting = tokio::spawn({
        let (log, freed) = (log.clone(), Arc::clone(&freed));
        async move {
            log.room().await;
            assert!(freed.load(Ordering::SeqCst), "there was no room yet");
        }
    });
    tokio::task::yield_now().await;
    freed.store(true, Ordering::SeqCst);
    held.release().await;
    waiting.await.unwrap();
    log.close().await.unwrap();
}

async fn what_is_enqueued_while_writing_fails_is_kept_while_there_is_room_and_counted_then(
    place: &Place,
) {
    let log = small(place).await;
    log.append(created(0)).await.unwrap();
    place.refuse_writes().await;
    assert!(log.append(created(1)).await.is_err());
    for number in 2..6 {
        log.enqueue(created(number)).await.unwrap();
    }
    assert!(log.flush().await.is_err());
    // There is no room, and nothing is waited for while the log cannot be written.
    log.room().await;
    let refused = log.enqueue(created(6)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert!(!log.offer(created(7)));
    assert!(log.append(created(8)).await.is_err());
    assert_eq!(log.lost(), 2);
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 1);

    place.allow_writes().await;
    log.flush().await.unwrap();
    assert_eq!(log.writer_health(), None);
    let records = "SELECT record FROM audit_event WHERE record IS NOT NULL ORDER BY id";
    assert_eq!(place.texts(records).await, ["0", "2", "3", "4", "5"]);
    let told = "SELECT details FROM audit_event WHERE event = 'log.lost'";
    assert_eq!(place.texts(told).await, ["{\"count\":2}"]);
    log.close().await.unwrap();
}

async fn what_nobody_waits_for_is_tried_again_by_itself(place: &Place) {
    let log = small(place).await;
    place.refuse_writes().await;
    assert!(log.append(created(0)).await.is_err());
    for number in 1..4 {
        log.enqueue(created(number)).await.unwrap();
    }
    place.allow_writes().await;
    // No call asks for it: the writer comes back to it.
    while log
        .head()
        .await
        .unwrap()
        .first()
        .is_none_or(|head| head.seq < 3)
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    log.close().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 3);
    assert_eq!(log.lost(), 0);
}

async fn a_log_that_cannot_be_written_when_it_is_closed_says_what_was_lost(place: &Place) {
    let log = small(place).await;
    place.refuse_writes().await;
    for number in 0..3 {
        log.enqueue(created(number)).await.unwrap();
    }
    assert!(matches!(log.close().await, Err(Error::Unavailable(_))));
    assert_eq!(log.lost(), 3);
    assert_eq!(log.append(created(4)).await, Err(Error::Closed));
}

/// Stands between a log and its server, and can be cut.
struct Cable {
    port: u16,
    whole: watch::Sender<bool>,
}

impl Cable {
    async fn new(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (whole, state) = watch::channel(true);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let mut far = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = state.wait_for(|whole| !whole) => {}
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    }
                });
            }
        });
        Self { port, whole }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_and_comes_back_costs_nothing_that_was_handed_over() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let url = place.url();
    let (login, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let cable = Cable::new(server).await;
    let builder = place.builder_at(&format!("{login}@127.0.0.1:{}/{database}", cable.port));
    let log = builder.queue(6, 1 << 20).open().await.unwrap();
    log.append(created(0)).await.unwrap();

    cable.whole.send_replace(false);
    let acknowledged = log.append(created(1)).await;
    assert!(
        matches!(acknowledged, Err(Error::Unavailable(_))),
        "{acknowledged:?}"
    );
    assert!(log.writer_health().is_some());
    for number in 2..8 {
        log.enqueue(created(number)).await.unwrap();
    }
    // There is no room, and nothing is waited for while the log cannot be written.
    log.room().await;
    assert!(log.enqueue(created(8)).await.is_err());
    assert!(log.append(created(9)).await.is_err());
    assert!(log.flush().await.is_err());
    assert_eq!(log.lost(), 1);

    cable.whole.send_replace(true);
    log.flush().await.unwrap();
    assert_eq!(log.writer_health(), None);
    log.append(created(1)).await.unwrap();
    let records = place
        .texts("SELECT record FROM audit_event WHERE record IS NOT NULL ORDER BY id")
        .await;
    assert_eq!(records, ["0", "2", "3", "4", "5", "6", "7", "1"]);
    let lost = place
        .int("SELECT COUNT(*) FROM audit_event WHERE event = 'log.lost'")
        .await;
    assert_eq!(lost, 1);
    log.close().await.unwrap();
    place.remove().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("postgres://koppel:S3CRET-word@127.0.0.1:{port}/books");
    let builder = AuditLog::builder(&url);
    assert!(!format!("{builder:?}").contains("S3CRET"));
    let Err(Error::Unavailable(message)) = builder.open().await else {
        panic!("there is no server");
    };
    assert!(message.contains(&format!("127.0.0.1:{port}")), "{message}");
    assert!(!message.contains("S3CRET"), "{message}");
}

#[tokio::test]
async fn a_log_that_nobody_has_any_more_writes_what_it_was_given() {
    let place = Place::sqlite();
    let log = place
        .builder()
        .batch(1_000, Duration::from_secs(3_600))
        .open()
        .await
        .unwrap();
    let reader = place.builder().read_only(true).open().await.unwrap();
    for number in 0..10 {
        log.enqueue(created(number)).await.unwrap();
    }
    drop(log);
    // The writer holds the lock while it writes, and gives it back before it ends.
    loop {
        if reader
            .head()
            .await
            .unwrap()
            .first()
            .is_some_and(|head| head.seq == 10)
        {
            break;
        }
        tokio::task::yield_now().await;
    }
    let entry = Entry::new(Level::Info, EventName::LogMessage, "More.");
    place.open().await.append(entry).await.unwrap();
    reader.close().await.unwrap();
}

#[tokio::test]
async fn a_process_that_stands_still_while_it_writes_is_told_of_and_costs_nothing() {
    let place = Place::sqlite();
    let log = place.open().await;
    let still = place.hold().await;
    log.enqueue(created(0)).await.unwrap();
    let refused = log.append(created(1)).await;
    let Err(Error::Busy(message)) = refused else {
        panic!("nobody else writes: {refused:?}");
    };
    assert!(message.contains("another process"), "{message}");
    assert_eq!(log.writer_health(), Some(Error::Busy(message)));
    log.enqueue(created(2)).await.unwrap();
    still.release().await;
    log.append(created(1)).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(log.lost(), 0);
    let records = "SELECT record FROM audit_event ORDER BY id";
    assert_eq!(place.texts(records).await, ["0", "2", "1"]);
}

#[tokio::test]
async fn writers_of_other_names_and_levels_share_one_log() {
    let place = Place::sqlite();
    let one = place.builder().writer("one").level(Level::Warning);
    let one = one.open().await.unwrap();
    let two = place.builder().writer("two").level(Level::Debug);
    let two = two.open().await.unwrap();
    for number in 0..5 {
        one.append(created(number)).await.unwrap();
        one.append(refused(number)).await.unwrap();
        two.append(created(number + 10)).await.unwrap();
    }
    let count = "SELECT COUNT(*) FROM audit_event e JOIN audit_writer w ON w.id = e.writer \
                 AND w.name = 'one'";
    assert_eq!(place.int(count).await, 5);
    is_whole(&place, &two).await;
    one.close().await.unwrap();
    two.close().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 10);
}
