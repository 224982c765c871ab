//! The overview of errors, and what people say about them.

use api_core::Timestamp;
use audit_log::{
    Entry, Error, EventName, Filter, Issue, IssueFilter, IssueId, IssueRef, IssueState, Lang,
    Level, Page, advice_for,
};

use crate::support::{Place, at, created, refused};

on_both!(
    an_error_is_in_the_overview_once_however_often_it_happened,
    connections_are_counted_once_each_over_many_batches,
    a_resolved_issue_that_is_seen_again_is_regressed,
    an_ignored_issue_is_only_counted,
    every_change_of_state_is_in_the_log_with_who_made_it,
    issues_are_listed_page_by_page_and_by_filter,
    an_issue_is_named_by_the_beginning_of_its_number,
    what_to_do_is_said_by_code_by_status_and_in_general,
    changes_that_make_no_sense_are_refused_and_change_nothing,
);

const DAY: i64 = 86_400;

fn other(number: u32, what: &str) -> Entry {
    Entry::new(
        Level::Warning,
        EventName::HttpExchange,
        format!("The {what} has no name."),
    )
    .at(at(i64::from(number)))
    .system("snelstart")
    .connection("books")
    .code("REL-0007")
}

fn whole() -> IssueFilter {
    IssueFilter::new().now(at(DAY - 1))
}

async fn only(log: &audit_log::AuditLog) -> Issue {
    let mut found = log.issues(&whole()).await.unwrap();
    assert_eq!(found.issues.len(), 1, "{found:?}");
    found.issues.remove(0)
}

async fn an_error_is_in_the_overview_once_however_often_it_happened(place: &Place) {
    let log = place.open().await;
    let mut entries: Vec<Entry> = (0..5).map(refused).collect();
    entries.push(refused(6).connection("second"));
    entries.push(refused(7).at(at(-3 * DAY)));
    entries.push(refused(8).at(at(-30 * DAY)));
    entries.push(created(9));
    log.append_all(entries).await.unwrap();
    let issue = only(&log).await;
    assert_eq!((issue.count, issue.state), (8, IssueState::Open));
    assert_eq!((issue.first, issue.last), (at(-30 * DAY), at(6)));
    assert_eq!(
        (issue.level, issue.event.as_str()),
        (Level::Error, "record.park")
    );
    assert_eq!(issue.system.as_deref(), Some("smartcrm"));
    assert_eq!(
        (issue.code.as_deref(), issue.status),
        (Some("validation"), Some(422))
    );
    assert_eq!(issue.days, [0, 0, 0, 1, 0, 0, 6]);
    assert_eq!(issue.connection_count, 2);
    assert_eq!(
        issue.connections,
        [("shop".to_owned(), 7), ("second".to_owned(), 1)]
    );
    assert!(
        issue.title.contains("refused the record"),
        "{}",
        issue.title
    );
    let newest = log
        .entry(&audit_log::EntryRef::Number(issue.last_entry))
        .await
        .unwrap();
    assert_eq!(newest.unwrap().0.at, issue.last);
    let filter = Filter::new().fingerprint(issue.fingerprint);
    let entries = log.search(&filter, &Page::default()).await.unwrap().entries;
    assert_eq!(entries.len(), 8);
    let json = serde_json::to_value(&issue).unwrap();
    assert_eq!(json["fingerprint"], issue.fingerprint.to_string());
    assert_eq!(json["state"], "open");
    log.close().await.unwrap();
}

async fn connections_are_counted_once_each_over_many_batches(place: &Place) {
    let log = place.open().await;
    let struck = |from: u32, to: u32| {
        let entries = (from..to).map(|n| refused(n).connection(format!("shop-{n}")));
        entries.collect::<Vec<Entry>>()
    };
    log.append_all(struck(0, 3)).await.unwrap();
    let twice = [struck(0, 300), struck(100, 250)].concat();
    log.append_all(twice).await.unwrap();
    log.append_all(struck(290, 310)).await.unwrap();
    let listed = only(&log).await;
    assert_eq!((listed.connection_count, listed.count), (310, 473));
    assert!(listed.connections.is_empty(), "too many for a list");
    let alone = log
        .issue(&listed.fingerprint.into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (alone.connections.len(), alone.connection_count),
        (310, 310)
    );
    let sum: u64 = alone.connections.iter().map(|(_, n)| n).sum();
    assert_eq!(sum, 473);
    log.close().await.unwrap();
}

async fn a_resolved_issue_that_is_seen_again_is_regressed(place: &Place) {
    let log = place.open().await;
    log.append(refused(1)).await.unwrap();
    let id = only(&log).await.fingerprint;
    let changed = log
        .resolve(id, "piet", Some("Mended the form."))
        .await
        .unwrap();
    assert_eq!(
        (changed.from, changed.to),
        (IssueState::Open, IssueState::Resolved)
    );
    let issue = only(&log).await;
    assert_eq!(issue.state, IssueState::Resolved);
    assert_eq!(issue.state_by.as_deref(), Some("piet"));
    assert_eq!(issue.note.as_deref(), Some("Mended the form."));
    let now = issue.state_at.unwrap();
    assert_eq!(
        log.issues(&IssueFilter::unsolved()).await.unwrap().issues,
        []
    );
    // What happened before and arrives late says nothing.
    let before = now.saturating_sub(std::time::Duration::from_secs(1));
    log.append(refused(3).at(before)).await.unwrap();
    assert_eq!(only(&log).await.state, IssueState::Resolved);
    let later = now.saturating_add(std::time::Duration::from_secs(60));
    log.append(refused(2).at(later)).await.unwrap();
    let issue = only(&log).await;
    assert_eq!((issue.state, issue.count), (IssueState::Regressed, 3));
    assert_eq!(issue.state_at, Some(later));
    assert_eq!(
        log.issues(&IssueFilter::unsolved())
            .await
            .unwrap()
            .issues
            .len(),
        1
    );
    let changed = log.resolve(id, "anna", None).await.unwrap();
    assert_eq!(changed.from, IssueState::Regressed);
    let issue = only(&log).await;
    assert_eq!(
        (issue.state_by.as_deref(), issue.note),
        (Some("anna"), None)
    );
    log.close().await.unwrap();
}

async fn an_ignored_issue_is_only_counted(place: &Place) {
    let log = place.open().await;
    log.append(refused(1)).await.unwrap();
    let id = only(&log).await.fingerprint;
    log.ignore(id, "piet", None).await.unwrap();
    let later = Timestamp::now().saturating_add(std::time::Duration::from_secs(60));
    log.append(refused(2).at(later)).await.unwrap();
    let issue = only(&log).await;
    assert_eq!((issue.state, issue.count), (IssueState::Ignored, 2));
    log.reopen(id, "piet", None).await.unwrap();
    assert_eq!(only(&log).await.state, IssueState::Open);
    log.close().await.unwrap();
}

async fn every_change_of_state_is_in_the_log_with_who_made_it(place: &Place) {
    // Also where a log keeps errors alone.
    let log = place.builder().level(Level::Error).open().await.unwrap();
    log.append(refused(1)).await.unwrap();
    let id = only(&log).await.fingerprint;
    log.resolve(id, "piet", Some("Told the customer."))
        .await
        .unwrap();
    log.reopen(id, "anna", None).await.unwrap();
    log.ignore(id, "jan", None).await.unwrap();
    let said = log.tail(1, &Filter::new(), 10).await.unwrap().entries;
    let who: Vec<(&str, &str)> = said
        .iter()
        .map(|entry| (entry.event.as_str(), entry.actor.as_deref().unwrap()))
        .collect();
    assert_eq!(
        who,
        [
            ("issue.resolve", "piet"),
            ("issue.reopen", "anna"),
            ("issue.ignore", "jan")
        ]
    );
    assert_eq!(said[0].details["issue"], id.to_string());
    assert_eq!(said[0].details["old_status"], "open");
    assert_eq!(said[1].details["old_status"], "resolved");
    assert_eq!(said[2].details["status"], "ignored");
    assert!(
        said[0].message.ends_with("Told the customer."),
        "{}",
        said[0].message
    );
    assert_eq!(said[2].seq, 4, "they are in the chain");
    log.resolve(id, "piet", Some("Ask piet@example.nl."))
        .await
        .unwrap();
    let note = only(&log).await.note.unwrap();
    assert!(
        note.starts_with("Ask ") && !note.contains("piet@example.nl"),
        "{note}"
    );
    log.close().await.unwrap();
}

async fn issues_are_listed_page_by_page_and_by_filter(place: &Place) {
    let log = place.open().await;
    let words = [
        "client", "invoice", "ticket", "lead", "contact", "payment", "project",
    ];
    let mut entries: Vec<Entry> = words
        .into_iter()
        .zip(10..)
        .map(|(w, n)| other(n, w))
        .collect();
    entries.push(refused(100));
    log.append_all(entries).await.unwrap();
    let mut listed = Vec::new();
    let mut filter = whole().limit(3);
    loop {
        let page = log.issues(&filter).await.unwrap();
        listed.extend(page.issues.iter().map(|issue| issue.last));
        let Some(next) = page.next else { break };
        assert_eq!(page.issues.len(), 3);
        filter = filter.after(next);
    }
    let expected: Vec<_> = [100, 16, 15, 14, 13, 12, 11, 10].map(at).into();
    assert_eq!(listed, expected);
    let count = async |filter: IssueFilter| log.issues(&filter).await.unwrap().issues.len();
    assert_eq!(count(whole().system("snelstart")).await, 7);
    assert_eq!(count(whole().connection("shop")).await, 1);
    assert_eq!(count(whole().code("REL-0007").connection("books")).await, 7);
    assert_eq!(count(whole().code("REL-0007").connection("shop")).await, 0);
    assert_eq!(count(whole().connection("nowhere")).await, 0);
    assert_eq!(count(whole().state(IssueState::Resolved)).await, 0);
    log.close().await.unwrap();
}

async fn an_issue_is_named_by_the_beginning_of_its_number(place: &Place) {
    let log = place.open().await;
    log.append(refused(1)).await.unwrap();
    let issue = only(&log).await;
    let text = issue.fingerprint.to_string();
    for length in [1, 4, 16] {
        let which: IssueRef = text[..length].parse().unwrap();
        let found = log.issue(&which).await.unwrap().unwrap();
        assert_eq!(found.fingerprint, issue.fingerprint);
    }
    let absent = IssueId(!issue.fingerprint.0);
    assert_eq!(log.issue(&absent.into()).await.unwrap(), None);
    let twin = issue.fingerprint.0 ^ 1;
    place
        .run(&format!(
            "INSERT INTO audit_issue (fingerprint, algo, title, level, event, first_ts, last_ts, \
             n, state, last_event) VALUES ({twin}, 1, 'Twin', 17, 'log.message', 1, 1, 1, 1, 1)"
        ))
        .await;
    let which: IssueRef = text[..15].parse().unwrap();
    let error = log.issue(&which).await.unwrap_err().to_string();
    assert!(
        error.contains("more than one issue") && error.contains(&text),
        "{error}"
    );
    log.close().await.unwrap();
}

async fn what_to_do_is_said_by_code_by_status_and_in_general(place: &Place) {
    let log = place.open().await;
    let say = |message: &str| {
        Entry::new(Level::Error, EventName::HttpExchange, message)
            .at(at(1))
            .system("x")
    };
    log.append_all(vec![
        say("The record is refused by rule one.")
            .code("BOE-0042")
            .status(400),
        say("Something unheard of came.").code("ZZZ-9").status(500),
        say("Nobody knows."),
    ])
    .await
    .unwrap();
    let issues = log.issues(&whole()).await.unwrap().issues;
    assert_eq!(issues.len(), 3);
    let advice = |code: Option<&str>| {
        let issue = issues
            .iter()
            .find(|issue| issue.code.as_deref() == code)
            .unwrap();
        Lang::ALL.map(|lang| advice_for(issue, lang))
    };
    let [en, nl] = advice(Some("BOE-0042"));
    assert!(
        en.contains("period is blocked") && nl.contains("periode is"),
        "{en} {nl}"
    );
    assert!(advice(Some("ZZZ-9"))[0].contains("The system itself failed"));
    assert!(advice(None)[0].contains("koppel errors show"));
    log.close().await.unwrap();
}

async fn changes_that_make_no_sense_are_refused_and_change_nothing(place: &Place) {
    let log = place.open().await;
    log.append(refused(1)).await.unwrap();
    let id = only(&log).await.fingerprint;
    let unknown = log.resolve(IssueId(!id.0), "piet", None).await.unwrap_err();
    assert!(
        unknown.to_string().contains("there is no issue"),
        "{unknown}"
    );
    let long = "x".repeat(3_000);
    for (actor, note) in [
        ("", None),
        ("piet", Some(long.as_str())),
        ("piet", Some("a\0b")),
    ] {
        let error = log.ignore(id, actor, note).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error}");
    }
    assert_eq!(only(&log).await.state, IssueState::Open);
    assert_eq!(log.last_number().await.unwrap(), 1);
    log.close().await.unwrap();
    let reader = place
        .builder()
        .read_only(true)
        .open_existing()
        .await
        .unwrap();
    let error = reader.resolve(id, "piet", None).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    reader.close().await.unwrap();
}
