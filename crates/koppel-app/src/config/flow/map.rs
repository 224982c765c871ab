//! `[flows.NAME.map.ENTITY]`: fields that are filled in another way.

use std::collections::BTreeMap;

use sync_core::mapping::{Expressions, FieldRule};
use sync_core::{EntityKind, FieldName};

use super::super::reader::{Found, Report, Section};
use super::super::suggest;

/// The rules of each kind of record.
pub(super) type Rules = BTreeMap<EntityKind, BTreeMap<FieldName, FieldRule>>;

pub(super) fn read(
    section: &Section<'_>,
    entities: Option<&[EntityKind]>,
    report: &mut Report,
) -> Rules {
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
        let Some(entity) = super::entity(&all, &at, report) else {
            continue;
        };
        if entities.is_some_and(|entities| !entities.contains(&entity)) {
            let help = format!("add \"{entity}\" to `entities`, or take the table out");
            let message = format!("this flow syncs no {}", entity.plural());
            all.wrong(&at, message, Some(&help), report);
        }
        map.insert(entity, rules(&fields, entity, report));
    }
    map
}

fn rules(
    fields: &Section<'_>,
    entity: EntityKind,
    report: &mut Report,
) -> BTreeMap<FieldName, FieldRule> {
    let known: Vec<&str> = sync_core::fields::schema(entity)
        .iter()
        .map(|field| field.name)
        .collect();
    let mut rules = BTreeMap::new();
    for entry in fields.entries() {
        if !known.contains(&entry.key) {
            let message = format!("a {entity} has no field `{}`", entry.key);
            let help = suggest::help(entry.key, &known, "it has");
            fields.wrong(&entry, message, help.as_deref(), report);
        }
        let Some((rule, at)) = rule(fields, entry.key, report) else {
            continue;
        };
        if let Err(error) = compiles(entity, entry.key, &rule) {
            let message = format!("the expression cannot be read: {error}");
            let help =
                "write an expression such as \"name | upper\", or a text with {{ name }} in it";
            report.add(at, fields.full(entry.key), message, Some(help.to_owned()));
        }
        rules.insert(FieldName::new(entry.key), rule);
    }
    rules
}

/// A rule, and where its expression stands: a text is the expression alone.
fn rule(fields: &Section<'_>, key: &str, report: &mut Report) -> Option<(FieldRule, usize)> {
    if !fields.is_table(key) {
        let expression = fields.text_or(key, "an expression or a table", report)?;
        let rule = FieldRule {
            expr: Some(expression.value.to_owned()),
            ..FieldRule::default()
        };
        return Some((rule, expression.offset));
    }
    let section = fields.section(key, report)?;
    section.known(&["expr", "default", "required", "lookup"], report);
    let expr = section.text("expr", report);
    let default = section.text("default", report);
    let required = section.flag("required", false, report);
    let lookup = section.section("lookup", report).map(|words| {
        let mut table = BTreeMap::new();
        for entry in words.entries() {
            if let Some(word) = words.text(entry.key, report) {
                table.insert(entry.key.to_owned(), word.value.to_owned());
            }
        }
        if table.is_empty() {
            let message = "the look-up table is empty, so every record would be refused";
            report.add(words.offset, words.name.clone(), message, None);
        }
        table
    });
    let at = expr.map_or(section.offset, |found| found.offset);
    let rule = FieldRule {
        expr: expr.map(|found| found.value.to_owned()),
        default: default.map(|found| found.value.to_owned()),
        required,
        lookup,
    };
    if rule == FieldRule::default() {
        let message = "the table says nothing";
        let help = "give it `expr`, `default`, `required` or `lookup`";
        report.add(
            section.offset,
            section.name.clone(),
            message,
            Some(help.to_owned()),
        );
    }
    Some((rule, at))
}

fn compiles(entity: EntityKind, field: &str, rule: &FieldRule) -> Result<(), String> {
    Expressions::new(
        entity,
        BTreeMap::from([(FieldName::new(field), rule.clone())]),
    )
    .map(drop)
    .map_err(|error| error.message)
}
