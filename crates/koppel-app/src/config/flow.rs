//! `[flows.NAME]`: what is synced from where to where.

use std::collections::BTreeMap;
use std::time::Duration;

use sync_core::mapping::{Expressions, FieldRule};
use sync_core::{ConnectionName, EntityKind, FieldName, FlowName};

use super::connection::{ConnectionKind, Connections, check_name};
use super::reader::{Found, Report, Section};
use super::{parse_duration, suggest};

/// The only intervals SmartCRM's own settings page offers, in hours.
const SMARTCRM_HOURS: [u64; 5] = [1, 2, 4, 12, 24];

/// One direction between two systems.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// How often it is due; `None` runs it only when asked.
    pub every: Option<Duration>,
    /// Records per page that is read; 500 unless told.
    pub page_size: u32,
    /// Target fields computed by an expression instead of the standard mapping.
    pub map: BTreeMap<EntityKind, BTreeMap<FieldName, String>>,
    /// The line of its table, counted from 1.
    pub line: usize,
}

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
        let twin = flows.values().find_map(|other| {
            let same = other.from == flow.from && other.to == flow.to;
            let shared = other.entities.iter().find(|e| flow.entities.contains(e));
            Some((other.name.clone(), *shared.filter(|_| same)?))
        });
        if let Some((other, entity)) = twin {
            report.add(
                section.offset,
                section.name.clone(),
                format!(
                    "the flow `{other}` already syncs {} from `{}` to `{}`",
                    entity.plural(),
                    flow.from,
                    flow.to
                ),
                Some("give each kind of record to one of the two flows".to_owned()),
            );
        }
        flows.insert(flow.name.clone(), flow);
    }
    flows
}

fn read(
    name: &str,
    section: &Section<'_>,
    connections: &Connections,
    report: &mut Report,
) -> Option<FlowConfig> {
    section.known(
        &["from", "to", "entities", "every", "page_size", "map"],
        report,
    );
    let from = end(section, "from", connections, report);
    let to = end(section, "to", connections, report);
    if let (Some(from), Some(to)) = (&from, &to) {
        if from.name == to.name {
            section.wrong(
                &to.found,
                "a flow goes from one connection to another",
                None,
                report,
            );
        }
        if let Some(kind) = to.kind.filter(|kind| !kind.writable()) {
            let message = format!("`{}` is a {kind} database, which is only read", to.name);
            section.wrong(&to.found, message, Some("use it as `from`"), report);
        }
    }
    let kinds: Vec<ConnectionKind> = [&from, &to]
        .into_iter()
        .filter_map(|end| end.as_ref()?.kind)
        .collect();
    let entities = entities(section, &kinds, report);
    let every = every(section, &kinds, report);
    let page_size = section.number("page_size", 1..=10_000, 500, report);
    let map = map(section, entities.as_deref(), report);
    Some(FlowConfig {
        name: FlowName::new(name),
        from: from?.name,
        to: to?.name,
        entities: entities?,
        every,
        page_size,
        map,
        line: report.line(section.offset),
    })
}

/// One end of a flow; the kind is unknown when the connection's own table is wrong.
struct End<'a> {
    found: Found<'a, &'a str>,
    name: ConnectionName,
    kind: Option<ConnectionKind>,
}

fn end<'a>(
    section: &Section<'a>,
    key: &str,
    connections: &Connections,
    report: &mut Report,
) -> Option<End<'a>> {
    let found = section.required(key, "the name of a connection", report)?;
    if let Some((name, connection)) = connections.get_key_value(found.value) {
        return Some(End {
            found,
            name: name.clone(),
            kind: connection.as_ref().map(|connection| connection.kind),
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
    kinds: &[ConnectionKind],
    report: &mut Report,
) -> Option<Vec<EntityKind>> {
    let supported = |entity: &EntityKind| kinds.iter().all(|kind| kind.entities().contains(entity));
    let Some(list) = section.texts("entities", report) else {
        return Some(EntityKind::ALL.into_iter().filter(supported).collect());
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
        if let Some(kind) = kinds.iter().find(|kind| !kind.entities().contains(&entity)) {
            let message = format!("a {kind} connection has no {}", entity.plural());
            section.wrong(&item, message, None, report);
        } else if entities.contains(&entity) {
            section.wrong(&item, format!("`{entity}` is listed twice"), None, report);
        } else {
            entities.push(entity);
        }
    }
    entities.sort();
    (listed > 0 && entities.len() == listed).then_some(entities)
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

fn every(section: &Section<'_>, kinds: &[ConnectionKind], report: &mut Report) -> Option<Duration> {
    let found = section.text("every", report)?;
    let Some(span) = parse_duration(found.value).filter(|span| *span >= Duration::from_secs(1))
    else {
        let message = format!(
            "expected a time such as \"4h\" or \"30m\", not `{}`",
            found.value
        );
        section.wrong(&found, message, None, report);
        return None;
    };
    let offered = SMARTCRM_HOURS.map(|hours| Duration::from_secs(hours * 3600));
    if kinds.contains(&ConnectionKind::SmartCrm) && !offered.contains(&span) {
        let message = format!("SmartCRM is not synced every `{}`", found.value);
        let help = "expected 1h, 2h, 4h, 12h or 24h; leave the line out to sync only by hand";
        section.wrong(&found, message, Some(help), report);
        return None;
    }
    Some(span)
}

fn map(
    section: &Section<'_>,
    entities: Option<&[EntityKind]>,
    report: &mut Report,
) -> BTreeMap<EntityKind, BTreeMap<FieldName, String>> {
    let mut map = BTreeMap::new();
    let Some(all) = section.section("map", report) else {
        return map;
    };
    for (word, fields) in all.sections(report) {
        let at = Found {
            key: word,
            value: word,
            offset: fields.offset,
        };
        let Some(entity) = entity(&all, &at, report) else {
            continue;
        };
        if entities.is_some_and(|entities| !entities.contains(&entity)) {
            let help = format!("add \"{entity}\" to `entities`, or take the table out");
            let message = format!("this flow syncs no {}", entity.plural());
            all.wrong(&at, message, Some(&help), report);
        }
        map.insert(entity, expressions(&fields, entity, report));
    }
    map
}

fn expressions(
    fields: &Section<'_>,
    entity: EntityKind,
    report: &mut Report,
) -> BTreeMap<FieldName, String> {
    let known: Vec<&str> = sync_core::fields::schema(entity)
        .iter()
        .map(|field| field.name)
        .collect();
    let mut expressions = BTreeMap::new();
    for entry in fields.entries() {
        if !known.contains(&entry.key) {
            let message = format!("a {entity} has no field `{}`", entry.key);
            let help = suggest::help(entry.key, &known, "it has");
            fields.wrong(&entry, message, help.as_deref(), report);
        }
        if let Some(expression) = fields.text(entry.key, report) {
            if let Err(error) = compiles(entity, entry.key, expression.value) {
                let message = format!("the expression cannot be read: {error}");
                let help =
                    "write an expression such as \"name | upper\", or a text with {{ name }} in it";
                fields.wrong(&expression, message, Some(help), report);
            }
            expressions.insert(FieldName::new(entry.key), expression.value.to_owned());
        }
    }
    expressions
}

fn compiles(entity: EntityKind, field: &str, expression: &str) -> Result<(), String> {
    let rule = FieldRule {
        expr: Some(expression.to_owned()),
        ..FieldRule::default()
    };
    Expressions::new(entity, BTreeMap::from([(FieldName::new(field), rule)]))
        .map(drop)
        .map_err(|error| error.message)
}
