//! `[flows.NAME]`: what is synced from where to where.

mod map;
mod schedule;

use std::collections::BTreeMap;
use std::time::Duration;

use sync_core::mapping::FieldRule;
use sync_core::{ConnectionName, EntityKind, FieldName, FlowName};

use super::connection::{
    ConnectionConfig, ConnectionKind, ConnectionSettings, Connections, check_name,
};
use super::reader::{Found, Report, Section};
use super::suggest;

/// One direction between two systems.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FlowConfig {
    /// Its name in the file.
    pub name: FlowName,
    /// The connection that is read.
    pub from: ConnectionName,
    /// The connection that is written.
    pub to: ConnectionName,
    /// The kinds of record, each once, in the order in which they are written.
    pub entities: Vec<EntityKind>,
    /// How often it is due; `None` runs it only when asked, unless the CRM's own options say
    /// more (`settings_from` of a connection).
    pub every: Option<Duration>,
    /// Whether it is ever due by itself; `None` is as the CRM's own options say, or else yes.
    pub cron: Option<bool>,
    /// Records per page that is read; 500 unless told.
    pub page_size: u32,
    /// Whether a new record is looked for in the target before it is created.
    pub match_first: bool,
    /// Whether a record of the target is read before it is updated.
    pub before_images: bool,
    /// Whether a customer that nothing certain matches waits for a person; it is created unless
    /// told.
    pub ask_unmatched: bool,
    /// Target fields filled in another way than by the standard mapping.
    pub map: BTreeMap<EntityKind, BTreeMap<FieldName, FieldRule>>,
    /// The line of its table, counted from 1.
    pub line: usize,
}

/// The keys that a flow's table may have.
pub(crate) const KEYS: &[&str] = &[
    "from",
    "to",
    "entities",
    "every",
    "interval",
    "cron",
    "page_size",
    "match_first",
    "before_images",
    "unmatched",
    "map",
];

pub(super) fn read_all(
    root: &Section<'_>,
    connections: &Connections,
    report: &mut Report,
) -> BTreeMap<FlowName, FlowConfig> {
    let Some(all) = root.section("flows", report) else {
        return BTreeMap::new();
    };
    let mut flows: BTreeMap<FlowName, FlowConfig> = BTreeMap::new();
    for (name, section) in all.sections(report) {
        check_name(name, &section, report);
        let Some(flow) = read(name, &section, connections, report) else {
            continue;
        };
        check_others(&flow, flows.values(), &section, report);
        flows.insert(flow.name.clone(), flow);
    }
    flows
}

/// Two flows may not write the same records, nor write them back and forth.
fn check_others<'a>(
    flow: &FlowConfig,
    others: impl Iterator<Item = &'a FlowConfig>,
    section: &Section<'_>,
    report: &mut Report,
) {
    for other in others {
        let Some(shared) = other.entities.iter().find(|e| flow.entities.contains(e)) else {
            continue;
        };
        let syncs = format!(
            "the flow `{}` already syncs {} from `{}` to `{}`",
            other.name,
            shared.plural(),
            other.from,
            other.to
        );
        if other.from == flow.from && other.to == flow.to {
            let help = "give each kind of record to one of the two flows".to_owned();
            report.add(section.offset, section.name.clone(), syncs, Some(help));
        } else if other.from == flow.to && other.to == flow.from {
            report.add(
                section.offset,
                section.name.clone(),
                format!("{syncs}; the same kind of record is not synced in both directions yet"),
                Some("give each kind of record one direction, by `entities`".to_owned()),
            );
        }
    }
}

fn read(
    name: &str,
    section: &Section<'_>,
    connections: &Connections,
    report: &mut Report,
) -> Option<FlowConfig> {
    section.known(KEYS, report);
    let from = end(section, "from", connections, report);
    let to = end(section, "to", connections, report);
    if let (Some(from), Some(to)) = (&from, &to) {
        if from.name == to.name {
            let message = "a flow goes from one connection to another";
            section.wrong(&to.found, message, None, report);
        } else if let Some(target) = to.connection.filter(|to| to.writes().is_empty()) {
            let message = format!(
                "`{}` is a {} connection, which is only read",
                to.name, target.kind
            );
            section.wrong(&to.found, message, Some("use it as `from`"), report);
        }
    }
    let source = from.as_ref().and_then(|end| end.connection);
    let target = to.as_ref().and_then(|end| end.connection);
    let entities = entities(section, name, source, target, report);
    let smartcrm = [source, target]
        .into_iter()
        .flatten()
        .any(|end| end.kind == ConnectionKind::SmartCrm);
    let every = schedule::read(section, smartcrm, report);
    let cron = section.yes_no("cron", report);
    let page_size = section.number("page_size", 1..=10_000, 500, report);
    let match_first = section.flag("match_first", true, report);
    let before_images = section.flag("before_images", true, report);
    let ask_unmatched = unmatched(section, match_first, report);
    let map = map::read(section, entities.as_deref(), report);
    Some(FlowConfig {
        name: FlowName::new(name),
        from: from?.name,
        to: to?.name,
        entities: entities?,
        every,
        cron,
        page_size,
        match_first,
        before_images,
        ask_unmatched,
        map,
        line: report.line(section.offset),
    })
}

/// `"create"` or `"ask"`: what becomes of a customer that nothing certain matches.
fn unmatched(section: &Section<'_>, match_first: bool, report: &mut Report) -> bool {
    const WORDS: [&str; 2] = ["create", "ask"];
    let Some(found) = section.text("unmatched", report) else {
        return false;
    };
    let ask = found.value == "ask";
    if !WORDS.contains(&found.value) {
        let message = format!("`{}` says not what to do without a match", found.value);
        let help = suggest::help(found.value, &WORDS, "there are");
        section.wrong(&found, message, help.as_deref(), report);
    } else if ask && !match_first {
        let message = "with `match_first = false` no match is looked for";
        let help = "take one of the two out";
        section.wrong(&found, message, Some(help), report);
    }
    ask
}

/// One end of a flow; `None` when the connection's own table is wrong.
struct End<'a, 'c> {
    found: Found<'a, &'a str>,
    name: ConnectionName,
    connection: Option<&'c ConnectionConfig>,
}

fn end<'a, 'c>(
    section: &Section<'a>,
    key: &str,
    connections: &'c Connections,
    report: &mut Report,
) -> Option<End<'a, 'c>> {
    let found = section.required(key, "the name of a connection", report)?;
    if let Some((name, connection)) = connections.get_key_value(found.value) {
        return Some(End {
            found,
            name: name.clone(),
            connection: connection.as_ref(),
        });
    }
    let known: Vec<&str> = connections.keys().map(ConnectionName::as_str).collect();
    let help = suggest::help(found.value, &known, "there are")
        .unwrap_or_else(|| format!("add `[connections.{}]`", found.value));
    let message = format!("there is no connection `{}`", found.value);
    section.wrong(&found, message, Some(&help), report);
    None
}

/// The kinds of record to sync; `None` when the list is wrong, so that nothing is said twice.
fn entities(
    section: &Section<'_>,
    flow: &str,
    source: Option<&ConnectionConfig>,
    target: Option<&ConnectionConfig>,
    report: &mut Report,
) -> Option<Vec<EntityKind>> {
    let reads = source.map(ConnectionConfig::reads);
    let writes = target.map(ConnectionConfig::writes);
    let fits = |can: &Option<Vec<EntityKind>>, entity: &EntityKind| {
        can.as_ref().is_none_or(|can| can.contains(entity))
    };
    let Some(list) = section.texts("entities", report) else {
        let without_token = source.filter(|source| lacks_client_token(source));
        let all: Vec<EntityKind> = (EntityKind::ALL.into_iter())
            .filter(|entity| fits(&reads, entity) && fits(&writes, entity))
            .filter(|entity| without_token.is_none_or(|source| !source.needs_client_token(*entity)))
            .collect();
        if all.is_empty()
            && let (Some(source), Some(target)) = (source, target)
            && !target.writes().is_empty()
        {
            let message = format!(
                "there is no kind of record that `{}` gives and `{}` takes",
                source.name, target.name
            );
            report.add(section.offset, section.name.clone(), message, None);
        }
        return Some(all);
    };
    if list.value.is_empty() {
        let help = "leave the line out to sync all kinds of record that both systems have";
        section.wrong(&list, "the list is empty", Some(help), report);
    }
    let listed = list.value.len();
    let mut entities: Vec<EntityKind> = Vec::new();
    for item in list.value {
        let Some(entity) = entity(section, &item, report) else {
            continue;
        };
        if let Some(source) = source.filter(|_| !fits(&reads, &entity)) {
            let (message, help) = has_none(source, entity);
            section.wrong(&item, message, help.as_deref(), report);
        } else if let Some(target) =
            target.filter(|target| !fits(&writes, &entity) && !target.writes().is_empty())
        {
            let (message, help) = if target.reads().contains(&entity) {
                let message = format!(
                    "{} are only read from a {} connection, and not written to it",
                    entity.plural(),
                    target.kind
                );
                (message, None)
            } else {
                has_none(target, entity)
            };
            section.wrong(&item, message, help.as_deref(), report);
        } else if entities.contains(&entity) {
            section.wrong(&item, format!("`{entity}` is listed twice"), None, report);
        } else {
            entities.push(entity);
        }
    }
    if let Some(source) = source {
        check_client_token(flow, source, &entities, report);
    }
    entities.sort();
    (listed > 0 && entities.len() == listed).then_some(entities)
}

/// What is said of a kind of record that a connection does not have.
fn has_none(connection: &ConnectionConfig, entity: EntityKind) -> (String, Option<String>) {
    match connection.kind {
        ConnectionKind::Sql => (
            format!("`{}` has no table of {}", connection.name, entity.plural()),
            Some(format!(
                "add `[connections.{}.tables.{entity}]`",
                connection.name
            )),
        ),
        kind => (
            format!("a {kind} connection has no {}", entity.plural()),
            None,
        ),
    }
}

fn lacks_client_token(connection: &ConnectionConfig) -> bool {
    match &connection.settings {
        ConnectionSettings::SmartCrm(settings) => settings.lacks_client_token(),
        _ => false,
    }
}

/// Some records are given with the second token only.
fn check_client_token(
    flow: &str,
    source: &ConnectionConfig,
    entities: &[EntityKind],
    report: &mut Report,
) {
    let asked: Vec<&str> = (entities.iter())
        .filter(|entity| source.needs_client_token(**entity))
        .map(|entity| entity.plural())
        .collect();
    if asked.is_empty() || !lacks_client_token(source) {
        return;
    }
    report.add_at_line(
        source.line,
        format!("connections.{}.client_token", source.name),
        format!(
            "`client_token` is missing: the flow `{flow}` syncs {}, which SmartCRM gives only with \
             its second token",
            asked.join(", ")
        ),
        Some(format!(
            "write `client_token = \"env:NAME\"`, or take what needs it out of \
             `flows.{flow}.entities`"
        )),
    );
}

fn entity(
    section: &Section<'_>,
    found: &Found<'_, &str>,
    report: &mut Report,
) -> Option<EntityKind> {
    if let Ok(entity) = found.value.parse() {
        return Some(entity);
    }
    let known = EntityKind::ALL.map(EntityKind::as_str);
    let help = suggest::help(found.value, &known, "there are");
    let message = format!("`{}` is no kind of record", found.value);
    section.wrong(found, message, help.as_deref(), report);
    None
}
