//! What stands around the entries: gaps, bodies, writers and the digest.

use audit_log::ProblemKind::{self, BodyChanged, BodyMissing, Changed, Gap, Meta, Missing, Writer};

use crate::history::{History, after, blob, change, restore, save, some, told};
use crate::rebuilt;
use crate::support::{Place, created};

on_both!(
    a_changed_gap_is_found,
    a_removed_gap_is_found,
    a_forged_gap_does_not_hide_removed_entries,
    a_gap_over_entries_that_are_there_is_found,
    a_body_that_is_changed_or_removed_is_named,
    a_body_that_was_never_written_is_named,
    a_changed_end_of_a_writer_is_found,
    a_changed_digest_is_found,
    numbers_that_cannot_be_are_an_error_and_no_end,
);

fn kinds(problems: &[audit_log::Problem]) -> Vec<ProblemKind> {
    problems.iter().map(|one| one.kind).collect()
}

async fn gaps(place: &Place) -> Vec<Vec<i64>> {
    place
        .ints("SELECT writer, first_seq, last_seq FROM audit_gap ORDER BY writer, first_seq")
        .await
}

async fn a_changed_gap_is_found(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let gaps = gaps(place).await;
    assert!(gaps.len() >= 4, "{gaps:?}");
    for gap in some(place, gaps.clone()) {
        let (writer, first) = (gap[0], gap[1]);
        for change in [
            "writer = 3 - writer".to_owned(),
            "writer = 9".to_owned(),
            "first_seq = first_seq + 1".to_owned(),
            "first_seq = first_seq - 1".to_owned(),
            "last_seq = last_seq + 1".to_owned(),
            "last_seq = last_seq - 1".to_owned(),
            "last_seq = last_seq + 1000".to_owned(),
            format!("last_hash = {}", blob(place, &"07".repeat(32))),
            format!("last_hash = {}", blob(place, "07")),
        ] {
            let sql = format!(
                "UPDATE audit_gap SET {change} WHERE writer = {writer} AND first_seq = {first}"
            );
            // Two gaps of one writer may not begin at the same place.
            let to = match change.as_str() {
                "writer = 3 - writer" => (3 - writer, first),
                "first_seq = first_seq + 1" => (writer, first + 1),
                "first_seq = first_seq - 1" => (writer, first - 1),
                _ => (0, 0),
            };
            if gaps.iter().any(|other| (other[0], other[1]) == to) {
                continue;
            }
            let problems = after(place, &history.main, &sql).await;
            let kinds = kinds(&problems);
            assert!(kinds.contains(&Gap), "{gap:?} {change}: {problems:?}");
            // Nobody touched an entry.
            assert!(!kinds.contains(&Changed), "{gap:?} {change}: {problems:?}");
        }
    }
    history.close().await;
}

async fn a_removed_gap_is_found(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    for gap in gaps(place).await {
        let sql = format!(
            "DELETE FROM audit_gap WHERE writer = {} AND first_seq = {}",
            gap[0], gap[1]
        );
        let problems = after(place, &history.main, &sql).await;
        let told = told(&problems);
        let last = (gap[1] != gap[2]).then_some(gap[2]);
        assert!(
            told.contains(&(Missing, None, Some(gap[1]), last)),
            "{problems:?}"
        );
        assert_eq!(
            kinds(&problems).iter().filter(|kind| **kind == Gap).count(),
            1,
            "{problems:?}"
        );
    }
    let problems = after(place, &history.main, "DELETE FROM audit_gap").await;
    assert!(kinds(&problems).contains(&Gap));
    history.close().await;
}

async fn a_forged_gap_does_not_hide_removed_entries(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let row = place
        .ints("SELECT id, seq FROM audit_event WHERE record = '26'")
        .await;
    let (id, seq) = (row[0][0], row[0][1]);
    let rows = rebuilt::rows(place, "main").await;
    let hash = &rows.iter().find(|row| row.id == id).unwrap().hash;
    let forge = format!(
        "INSERT INTO audit_gap (writer, first_seq, last_seq, last_hash) \
         VALUES (1, {seq}, {seq}, {}); DELETE FROM audit_event WHERE id = {id};",
        blob(place, hash)
    );
    let prune = place
        .int("SELECT id FROM audit_event WHERE event = 'log.prune'")
        .await;
    let problems = after(place, &history.main, &forge).await;
    assert_eq!(
        told(&problems),
        [(Gap, Some(prune), None, None)],
        "{problems:?}"
    );
    // With the digest that `audit_meta` would have then.
    let digest = place
        .texts("SELECT value FROM audit_meta WHERE key = 'gaps'")
        .await;
    let sum = add(&digest[0], &rebuilt::gap("main", seq, seq, hash));
    let sql = format!("{forge} UPDATE audit_meta SET value = '{sum}' WHERE key = 'gaps'");
    let problems = after(place, &history.main, &sql).await;
    assert_eq!(
        told(&problems),
        [(Gap, Some(prune), None, None)],
        "{problems:?}"
    );
    // Pruning does not vouch for it later either.
    place.run(&sql).await;
    history.until(200 * crate::history::DAY);
    history
        .main
        .prune(&audit_log::Retention::default(), None)
        .await
        .unwrap();
    let verified = history
        .main
        .verify(&audit_log::Verify::default())
        .await
        .unwrap();
    assert!(kinds(&verified.problems).contains(&Gap), "{verified:?}");
    history.close().await;
}

/// A digest with a gap more in it: the sum modulo 2^256.
fn add(digest: &str, gap: &[u8]) -> String {
    let mut carry = 0;
    let mut sum: Vec<u8> = (0..32)
        .rev()
        .map(|at| {
            let byte = u16::from_str_radix(&digest[at * 2..at * 2 + 2], 16).unwrap();
            let all = byte + u16::from(gap[at]) + carry;
            carry = all >> 8;
            u8::try_from(all & 0xff).unwrap()
        })
        .collect();
    sum.reverse();
    rebuilt::hex(&sum)
}

async fn a_gap_over_entries_that_are_there_is_found(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let row = place
        .ints("SELECT id, seq FROM audit_event WHERE record IN ('21', '26') AND writer = 1 ORDER BY id")
        .await;
    let last = place
        .int("SELECT last_seq FROM audit_writer WHERE id = 1")
        .await;
    for (first, last) in [
        (row[0][1], row[0][1]),
        (row[0][1], row[1][1]),
        (last, last),
        (last + 1, last + 1),
        (last, last + 10),
        (row[1][1], i64::MAX),
    ] {
        let sql = format!(
            "INSERT INTO audit_gap (writer, first_seq, last_seq, last_hash) \
             VALUES (1, {first}, {last}, {})",
            blob(place, &"07".repeat(32))
        );
        let problems = after(place, &history.main, &sql).await;
        let kinds = kinds(&problems);
        assert!(
            kinds.iter().all(|kind| *kind == Gap),
            "{first} {last}: {problems:?}"
        );
        assert!(
            problems.iter().any(|one| one.seq == Some(first)),
            "{first} {last}: {problems:?}"
        );
    }
    history.close().await;
}

async fn a_body_that_is_changed_or_removed_is_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let bodies = place
        .ints("SELECT event, codec FROM audit_body ORDER BY event")
        .await;
    assert!(bodies.len() >= 6, "{bodies:?}");
    let free = bodies.last().unwrap()[0] + 1;
    for body in some(place, bodies.clone()) {
        let id = body[0];
        for (change, expected) in [
            (
                "ts = ts + 1".to_owned(),
                vec![(BodyChanged, Some(id), None, None)],
            ),
            (
                "codec = 1 - codec".to_owned(),
                vec![(BodyChanged, Some(id), None, None)],
            ),
            (
                "codec = 7".to_owned(),
                vec![(BodyChanged, Some(id), None, None)],
            ),
            (
                format!("content = {}", blob(place, "7b7d")),
                vec![(BodyChanged, Some(id), None, None)],
            ),
            (
                format!("content = {}", blob(place, "")),
                vec![(BodyChanged, Some(id), None, None)],
            ),
            (
                format!("event = {}", free + 1000),
                vec![
                    (BodyMissing, Some(id), None, None),
                    (BodyChanged, Some(free + 1000), None, None),
                ],
            ),
        ] {
            let sql = format!("UPDATE audit_body SET {change} WHERE event = {id}");
            let problems = after(place, &history.main, &sql).await;
            assert_eq!(told(&problems), expected, "{id} {change}: {problems:?}");
        }
        let sql = format!("DELETE FROM audit_body WHERE event = {id}");
        let problems = after(place, &history.main, &sql).await;
        assert_eq!(
            told(&problems),
            [(BodyMissing, Some(id), None, None)],
            "{id}: {problems:?}"
        );
    }
    history.close().await;
}

async fn a_body_that_was_never_written_is_named(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let id = place
        .int("SELECT id FROM audit_event WHERE record = '26'")
        .await;
    let sql = format!(
        "INSERT INTO audit_body (event, ts, codec, content) \
         SELECT id, ts, 0, {} FROM audit_event WHERE id = {id}",
        blob(place, "7b7d")
    );
    let problems = after(place, &history.main, &sql).await;
    assert_eq!(
        told(&problems),
        [(BodyChanged, Some(id), None, None)],
        "{problems:?}"
    );
    history.close().await;
}

async fn a_changed_end_of_a_writer_is_found(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    for writer in [1, 2] {
        let last = place
            .int(&format!(
                "SELECT last_seq FROM audit_writer WHERE id = {writer}"
            ))
            .await;
        for change in [
            "last_seq = last_seq + 1".to_owned(),
            "last_seq = last_seq - 1".to_owned(),
            "last_seq = 0".to_owned(),
            format!("last_hash = {}", blob(place, &"07".repeat(32))),
            format!("last_hash = {}", blob(place, "07")),
            "last_ts = last_ts + 1".to_owned(),
        ] {
            let sql = format!("UPDATE audit_writer SET {change} WHERE id = {writer}");
            let problems = after(place, &history.main, &sql).await;
            assert_eq!(
                kinds(&problems),
                [Writer],
                "{writer} {change}: {problems:?}"
            );
            let name = ["main", "second"][usize::try_from(writer - 1).unwrap()];
            assert_eq!(problems[0].writer.as_deref(), Some(name));
        }
        // The end that an earlier entry was: entries stand behind it.
        let name = ["main", "second"][usize::try_from(writer - 1).unwrap()];
        let rows = rebuilt::rows(place, name).await;
        let before = &rows[rows.len() - 2];
        let sql = format!(
            "UPDATE audit_writer SET last_seq = {}, last_hash = {} WHERE id = {writer}",
            before.seq,
            blob(place, &before.hash)
        );
        let problems = after(place, &history.main, &sql).await;
        assert_eq!(
            told(&problems),
            [(
                ProblemKind::Inserted,
                Some(rows[rows.len() - 1].id),
                Some(last),
                None
            )],
            "{problems:?}"
        );
        // Another name: none of its entries was written under it.
        let sql = format!("UPDATE audit_writer SET name = 'other' WHERE id = {writer}");
        let problems = after(place, &history.main, &sql).await;
        for row in &rows {
            let named = problems.iter().any(|one| one.number == Some(row.id));
            assert!(named, "{}: {problems:?}", row.id);
        }
    }
    history.close().await;
}

async fn a_changed_digest_is_found(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    for sql in [
        "UPDATE audit_meta SET value = substr(value, 2) || substr(value, 1, 1) WHERE key = 'gaps'",
        "UPDATE audit_meta SET value = 'nothing' WHERE key = 'gaps'",
        "UPDATE audit_meta SET value = '' WHERE key = 'gaps'",
        "DELETE FROM audit_meta WHERE key = 'gaps'",
    ] {
        let problems = after(place, &history.main, sql).await;
        assert_eq!(kinds(&problems), [Meta], "{sql}: {problems:?}");
    }
    history.close().await;
}

async fn numbers_that_cannot_be_are_an_error_and_no_end(place: &Place) {
    let log = place.open().await;
    log.append(created(1)).await.unwrap();
    save(place).await;
    let most = i64::MAX;
    for sql in [
        format!("UPDATE audit_writer SET last_seq = {most}"),
        format!("UPDATE audit_writer SET last_seq = {}", i64::MIN),
        "UPDATE audit_writer SET last_seq = -1".to_owned(),
        format!("UPDATE audit_writer SET last_ts = {}", i64::MIN),
        format!("UPDATE audit_name SET id = {most} WHERE id = 1"),
        format!("UPDATE audit_event SET id = {most}, seq = {most}, ts = {most}"),
        format!(
            "UPDATE audit_event SET seq = {}, observed_ts = {most}",
            i64::MIN
        ),
        format!(
            "INSERT INTO audit_gap (writer, first_seq, last_seq, last_hash) \
             SELECT 1, {most}, {most}, hash FROM audit_event; \
             INSERT INTO audit_gap (writer, first_seq, last_seq, last_hash) \
             SELECT 1, {}, {most}, hash FROM audit_event",
            i64::MIN
        ),
        format!(
            "INSERT INTO audit_head (day, writer, seq, hash, ts) \
             SELECT {most}, 1, {most}, hash, {most} FROM audit_event; \
             INSERT INTO audit_head (day, writer, seq, hash, ts) \
             SELECT {0}, 1, {0}, hash, {0} FROM audit_event",
            i64::MIN
        ),
    ] {
        let problems = after(place, &log, &sql).await;
        assert!(!problems.is_empty(), "{sql}");
        change(place, &sql).await;
        let recent = audit_log::Verify::default().since(crate::support::at(0));
        drop(log.verify(&recent).await);
        drop(log.append(created(2).connection("new")).await);
        drop(log.prune(&audit_log::Retention::default(), None).await);
        drop(
            log.search(&audit_log::Filter::new(), &audit_log::Page::first(1))
                .await,
        );
        drop(log.tail(0, &audit_log::Filter::new(), 10).await);
        drop(log.stats(&audit_log::StatsQuery::last(7)).await);
        drop(log.issues(&audit_log::IssueFilter::new()).await);
        drop(log.head().await);
        drop(log.flush().await);
        restore(place).await;
        // The task that writes goes on.
        log.append(created(3)).await.unwrap();
        restore(place).await;
    }
    log.close().await.unwrap();
}
