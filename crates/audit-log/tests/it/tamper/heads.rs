//! The stored heads.

use audit_log::ProblemKind::Head;

use crate::history::{DAY, History, after, blob, save, some, told};
use crate::support::{Place, created};

on_both!(a_changed_head_is_found, a_removed_head_is_found);

async fn a_changed_head_is_found(place: &Place) {
    let history = History::make(place).await;
    save(place).await;
    let heads = place
        .ints("SELECT day, writer, seq FROM audit_head ORDER BY day, writer")
        .await;
    assert!(heads.len() >= 4, "{heads:?}");
    for head in some(place, heads.clone()) {
        for change in [
            "day = day + 1000".to_owned(),
            "writer = 9".to_owned(),
            "seq = seq + 1".to_owned(),
            "seq = seq - 1".to_owned(),
            "seq = seq + 1000".to_owned(),
            format!("hash = {}", blob(place, &"07".repeat(32))),
            format!("hash = {}", blob(place, "07")),
            "ts = ts + 86400000000".to_owned(),
        ] {
            let sql = format!(
                "UPDATE audit_head SET {change} WHERE day = {} AND writer = {}",
                head[0], head[1]
            );
            let problems = after(place, &history.main, &sql).await;
            let mut kinds: Vec<_> = problems.iter().map(|one| one.kind).collect();
            // What is there is wrong, and the right one is not.
            kinds.dedup();
            assert_eq!(kinds, [Head], "{head:?} {change}: {problems:?}");
        }
    }
    history.close().await;
}

async fn a_removed_head_is_found(place: &Place) {
    let history = History::begin(place).await;
    for day in -5..0 {
        history.until(day * DAY);
        for log in [&history.main, &history.second] {
            let entries = vec![created(1), created(2)];
            history.append(log, entries).await;
        }
    }
    save(place).await;
    let heads = place
        .ints("SELECT day, writer, seq FROM audit_head ORDER BY writer, day")
        .await;
    assert_eq!(heads.len(), 8);
    for head in heads {
        let (day, writer) = (head[0], head[1]);
        let sql = format!("DELETE FROM audit_head WHERE day = {day} AND writer = {writer}");
        let problems = after(place, &history.main, &sql).await;
        assert_eq!(
            told(&problems),
            [(Head, None, Some(head[2]), None)],
            "{problems:?}"
        );
        assert!(problems[0].text.contains("is not there"), "{problems:?}");
    }
    history.close().await;
}
