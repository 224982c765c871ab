//! `koppel errors`: what goes wrong, alike errors as one.

use audit_log::{
    AuditLog, Bodies, EntryRef, Filter, Issue, IssueFilter, IssueState, Lang, Page, Stored,
    advice_for,
};
use koppel_app::{App, AppError, Exit};
use serde_json::{Value as Json, json};

use super::{logs, summary};
use crate::cli::{Decision, ErrorList, Errors};
use crate::out::{Out, plain};

/// How many are read at once.
const BATCH: usize = 200;

pub(super) async fn run(app: &App, command: &Errors, out: &mut Out) -> Result<Exit, AppError> {
    match command {
        Errors::List(options) => list(app, options, out).await,
        Errors::Show { id, lang } => show(app, id, *lang, out).await,
        Errors::Resolve(decision) => decide(app, decision, IssueState::Resolved, out).await,
        Errors::Ignore(decision) => decide(app, decision, IssueState::Ignored, out).await,
        Errors::Reopen(decision) => decide(app, decision, IssueState::Open, out).await,
    }
}

async fn list(app: &App, options: &ErrorList, out: &mut Out) -> Result<Exit, AppError> {
    let names = logs::Names {
        system: options.system.as_deref(),
        connection: options.connection.as_deref(),
        ..logs::Names::default()
    };
    names.check(app).await?;
    let mut filter = IssueFilter::new();
    filter.states = match (&options.state[..], options.all) {
        (_, true) => Vec::new(),
        ([], false) => vec![IssueState::Open, IssueState::Regressed],
        (states, false) => states.to_vec(),
    };
    filter.system.clone_from(&options.system);
    filter.connection.clone_from(&options.connection);
    filter.code.clone_from(&options.code);
    let wanted = usize::try_from(options.limit).unwrap_or(usize::MAX);
    let log = app.audit_reader().await?;
    let mut issues = Vec::new();
    let more = loop {
        filter.limit = (wanted - issues.len()).min(BATCH);
        let page = log.issues(&filter).await?;
        issues.extend(page.issues);
        filter.after = page.next;
        if filter.after.is_none() || issues.len() >= wanted {
            break filter.after.is_some();
        }
    };
    if out.json {
        for issue in &issues {
            out.object(issue);
        }
        return Ok(Exit::Ok);
    }
    let terminal = out.terminal;
    let header = [
        "ERROR",
        "STATE",
        "COUNT",
        "LAST",
        "7 DAYS",
        "SYSTEM",
        "CONNECTIONS",
        "CODE",
        "TITLE",
    ];
    let mut table = out.table(&header);
    for issue in &issues {
        let days = match terminal {
            true => sparkline(&issue.days),
            false => counts(&issue.days),
        };
        table.row(vec![
            issue.fingerprint.to_string(),
            issue.state.to_string(),
            issue.count.to_string(),
            summary::seconds(issue.last),
            days,
            issue.system.clone().unwrap_or_default(),
            connections(issue),
            issue.code.clone().unwrap_or_default(),
            issue.title.clone(),
        ]);
    }
    table.end();
    match (issues.is_empty(), more) {
        (true, _) if options.all => out.note("The audit log has no errors."),
        (true, _) => out.note("No error is open; --all shows those that are resolved or ignored."),
        (false, true) => out.note("There are more: --limit N shows more."),
        (false, false) => {}
    }
    Ok(Exit::Ok)
}

/// Those that it struck; too many to name are counted.
fn connections(issue: &Issue) -> String {
    if issue.connections.is_empty() && issue.connection_count > 0 {
        return issue.connection_count.to_string();
    }
    let names = issue.connections.iter().map(|(name, _)| name.as_str());
    names.collect::<Vec<_>>().join(",")
}

/// An error by its id, or the beginning of it.
pub(super) async fn find(app: &App, id: &str) -> Result<Issue, AppError> {
    let log = app.audit_reader().await?;
    let found = match id.parse() {
        Ok(which) => log.issue(&which).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| AppError::Asked {
        message: format!("there is no error `{}` in the audit log", plain(id)),
        help: "`koppel errors list --all` shows them".to_owned(),
    })
}

async fn show(app: &App, id: &str, lang: Option<Lang>, out: &mut Out) -> Result<Exit, AppError> {
    let issue = find(app, id).await?;
    let log = app.audit_reader().await?;
    let newest = newest(log, &issue).await?;
    let advice = advice_for(&issue, lang.unwrap_or_else(language));
    if out.json {
        let mut value = json!(issue);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("advice".to_owned(), json!(advice));
            let entry = newest.as_ref();
            let entry = entry.map(|(entry, bodies)| logs::entry_json(entry, bodies.as_ref()));
            fields.insert("newest".to_owned(), entry.unwrap_or(Json::Null));
        }
        out.object(&value);
        return Ok(Exit::Ok);
    }
    about(&issue, out);
    out.line("");
    out.line(&format!("What to do: {}", plain(advice)));
    out.line("");
    match &newest {
        Some((entry, bodies)) => {
            out.line("The newest:");
            logs::show_entry(entry, bodies.as_ref(), out);
        }
        None => out.line("Its entries were removed by age."),
    }
    out.note(&format!(
        "All of them: koppel logs search --error {id}; solved: koppel errors resolve {id}",
        id = issue.fingerprint
    ));
    Ok(Exit::Ok)
}

fn about(issue: &Issue, out: &mut Out) {
    let mut say = |what: &str, value: &str| {
        if !value.is_empty() {
            out.line(&format!("{what:<11} {}", plain(value)));
        }
    };
    say("error", &issue.fingerprint.to_string());
    say("title", &issue.title);
    let mut state = issue.state.to_string();
    if let Some(at) = issue.state_at {
        state.push_str(&format!(" since {}", summary::seconds(at)));
    }
    if let Some(by) = &issue.state_by {
        state.push_str(&format!(", by {by}"));
    }
    say("state", &state);
    say("note", issue.note.as_deref().unwrap_or_default());
    say("level", issue.level.as_str());
    say("event", &issue.event);
    say("system", issue.system.as_deref().unwrap_or_default());
    say("code", issue.code.as_deref().unwrap_or_default());
    say("first", &summary::seconds(issue.first));
    say("last", &summary::seconds(issue.last));
    say("count", &issue.count.to_string());
    let days = format!("{} ({})", sparkline(&issue.days), counts(&issue.days));
    say("7 days", &days);
    let connections: Vec<String> = (issue.connections.iter())
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    say("connections", &connections.join(", "));
}

async fn decide(
    app: &App,
    decision: &Decision,
    state: IssueState,
    out: &mut Out,
) -> Result<Exit, AppError> {
    let issue = find(app, &decision.id).await?;
    let log = app.audit().await?;
    let (id, note) = (issue.fingerprint, decision.note.as_deref());
    let (user, done) = (app.user(), format!("The error {id}"));
    let done = match state {
        IssueState::Resolved => {
            log.resolve(id, user, note).await?;
            format!("{done} is resolved; if it comes again it is open as `regressed`.")
        }
        IssueState::Ignored => {
            log.ignore(id, user, note).await?;
            format!("{done} is ignored; it is still counted.")
        }
        _ => {
            log.reopen(id, user, note).await?;
            format!("{done} is open.")
        }
    };
    if out.json {
        out.object(&find(app, &decision.id).await?);
    } else {
        out.line(&done);
    }
    Ok(Exit::Ok)
}

/// The newest of its entries, with its request and answer if it has one.
async fn newest(
    log: &AuditLog,
    issue: &Issue,
) -> Result<Option<(Stored, Option<Bodies>)>, AppError> {
    if let Some(found) = log.entry(&EntryRef::Number(issue.last_entry)).await? {
        return Ok(Some(found));
    }
    // It was removed by age; entries of another level may have stayed.
    let filter = Filter::new().fingerprint(issue.fingerprint);
    let found = log.search(&filter, &Page::first(1)).await?;
    match found.entries.first() {
        Some(entry) => Ok(log.entry(&EntryRef::Number(entry.number)).await?),
        None => Ok(None),
    }
}

/// The language of the environment.
fn language() -> Lang {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match set {
        Some(language) if language.starts_with("nl") => Lang::Nl,
        _ => Lang::En,
    }
}

/// Numbers of days, the oldest first.
fn counts(days: &[u64]) -> String {
    let days: Vec<String> = days.iter().map(u64::to_string).collect();
    days.join(",")
}

/// Numbers of days as a small chart: a day without any is a dot.
fn sparkline(days: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = days.iter().copied().max().unwrap_or(0);
    days.iter()
        .map(|day| match day {
            0 => '·',
            day => {
                let height = u128::from(*day) * 8 / u128::from(most.max(1));
                let at = usize::try_from(height.saturating_sub(1)).unwrap_or(0);
                BARS.get(at).copied().unwrap_or('█')
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_as_high_as_its_highest_day() {
        assert_eq!(sparkline(&[0, 1, 2, 4, 8, 16, 0]), "·▁▁▂▄█·");
        assert_eq!(sparkline(&[0; 7]), "·······");
        assert_eq!(sparkline(&[u64::MAX, 1]), "█▁");
        assert_eq!(counts(&[3, 0, 12]), "3,0,12");
    }
}
