//! Searching by mark or natural key, and reading one record.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};
use simplycrm_ws::{Filter, Query, Record as Wire, RecordId as WireId, field};
use sync_core::{EntityKind, FieldName, FindKey, Record, RecordId, Value};

use super::SimplyCrm;
use super::encode::no_marker;
use super::model::Model;
use super::pull::MAX_ROWS;
use super::table::Shape;

/// Texts beyond this may be cut by their column, whose length nobody tells; they are searched by
/// their beginning. The shortest column of a name has 40 characters (recorded servers).
const SURE_CHARS: usize = 40;
/// How many pages of hits are looked through.
const MAX_PAGES: usize = 10;

impl SimplyCrm {
    pub(super) async fn found(
        &self,
        kind: EntityKind,
        key: &FindKey,
    ) -> Result<Vec<Record>, Error> {
        let model = self.model(kind).await?;
        let filter = match key {
            FindKey::Marker(marker) => {
                let name = self.marker_of(kind).ok_or_else(|| {
                    unsearchable(&format!(
                        "{} keeps no mark of Koppel's: no field is set in `marker_fields`",
                        model.module
                    ))
                })?;
                if model.field(name).is_none() {
                    return Err(no_marker(model.module, name).operation("simplycrm.find"));
                }
                Some(field(name).eq(marker.as_str()))
            }
            FindKey::Natural(pairs) => {
                let mut filter: Option<Filter> = None;
                for (name, value) in pairs {
                    let part = self.condition(&model, name, value)?;
                    filter = Some(match filter {
                        Some(before) => before.and(part),
                        None => part,
                    });
                }
                filter
            }
            _ => None,
        };
        // A condition with an alternative in it is written out: there are no parentheses.
        let filter = filter
            .ok_or_else(|| unsearchable("this kind of key is not known"))?
            .distribute();
        let rows = self.hits(&model, filter).await?;
        let page = self.decoded(&model, rows).await?;
        if let Some(bad) = page.unreadable.into_iter().next() {
            return Err(bad.error.operation("simplycrm.find"));
        }
        let mut records = page.records;
        if let FindKey::Natural(pairs) = key {
            records.retain(|record| {
                pairs
                    .iter()
                    .all(|(name, value)| is_it(record.fields.get(name.as_str()), value))
            });
        }
        Ok(records)
    }

    /// All rows that a condition holds for, behind the hundred that one answer has.
    async fn hits(&self, model: &Model, filter: Filter) -> Result<Vec<Wire>, Error> {
        let mut rows: BTreeMap<WireId, Wire> = BTreeMap::new();
        for _ in 0..MAX_PAGES {
            let mut query = self.rows_of(model).filter(filter.clone());
            if let Some((last, _)) = rows.last_key_value() {
                let behind = filter.clone().and(field("id").gt(*last));
                query = self.rows_of(model).filter(behind.distribute());
            }
            let query = query.order_by("id").limit(100);
            let more = self.inner.client.query(&query).await?;
            let before = rows.len();
            let full = more.len() >= MAX_ROWS;
            for row in more {
                if let Some(id) = row.id() {
                    rows.entry(id).or_insert(row);
                }
            }
            if !full || rows.len() == before {
                return Ok(rows.into_values().collect());
            }
        }
        Err(unsearchable("more than a thousand records have this key"))
    }

    fn condition(&self, model: &Model, name: &FieldName, value: &Value) -> Result<Filter, Error> {
        let entry = self
            .inner
            .table
            .entry(model.kind, name.as_str())
            .ok_or_else(|| unsearchable(&format!("{} has no `{name}`", model.module)))?;
        let wire = entry.wire.as_ref();
        if model.field(wire).is_none() {
            return Err(unsearchable(&format!(
                "{} has no field `{wire}`",
                model.module
            )));
        }
        match (entry.shape, value) {
            (Shape::Text, Value::Text(text)) => spelled(wire, text),
            (Shape::Name { .. }, Value::Text(text)) => {
                // Whoever typed it may have put the first words into the first name.
                let mut ends = Vec::new();
                let mut rest = text.trim();
                while let Some((_, end)) = rest.split_once(char::is_whitespace) {
                    rest = end.trim_start();
                    ends.push(rest.to_owned());
                }
                let mut filter = spelled(wire, text)?;
                for end in ends.iter().filter(|end| !end.is_empty()) {
                    filter = filter.or(spelled(wire, end)?);
                }
                Ok(filter)
            }
            (Shape::Ref(_), Value::Ref(reference)) => {
                let id: WireId = reference
                    .id
                    .as_str()
                    .parse()
                    .map_err(|_| unsearchable(&format!("`{}` is no id", reference.id)))?;
                Ok(field(wire).eq(id))
            }
            _ => Err(unsearchable(&format!(
                "`{name}` cannot be searched by {}",
                value.type_name()
            ))),
        }
    }

    /// Reads one record; what is missing and what may not be read look the same to `retrieve`, so
    /// a query tells them apart.
    pub(super) async fn one(
        &self,
        kind: EntityKind,
        id: &RecordId,
    ) -> Result<Option<Record>, Error> {
        let model = self.model(kind).await?;
        let Some(id) = model.id(id) else {
            return Ok(None);
        };
        match retrieved(self, &model, id).await? {
            Some(wire) => self
                .inner
                .read(&model, &wire)
                .map(Some)
                .map_err(|error| error.operation("simplycrm.fetch")),
            None => Ok(None),
        }
    }
}

/// One record as the server gives it; `None` when there is none.
pub(super) async fn retrieved(
    target: &SimplyCrm,
    model: &Model,
    id: WireId,
) -> Result<Option<Wire>, Error> {
    match target.inner.client.retrieve(&id).await {
        Ok(wire) => Ok(Some(wire)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::Permission => {
            if exists(target, model, id).await? {
                Err(error)
            } else {
                Ok(None)
            }
        }
        Err(error) => Err(error),
    }
}

/// Whether a query shows the record; what the user may not see is not there for it.
pub(super) async fn exists(target: &SimplyCrm, model: &Model, id: WireId) -> Result<bool, Error> {
    let query = Query::select(["id"])
        .from(model.module)
        .filter(field("id").eq(id))
        .limit(1);
    Ok(!target.inner.client.query(&query).await?.is_empty())
}

/// A text as the server may have stored it: cut, or with question marks for what its tables do
/// not know (recorded vtiger 5.4.0 and 7.1.0 servers).
fn spelled(wire: &str, text: &str) -> Result<Filter, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(unsearchable("an empty value cannot be searched for"));
    }
    let forms = forms(text);
    if text.chars().count() < SURE_CHARS {
        return Ok(match forms.as_slice() {
            [one] => field(wire).eq(one.as_str()),
            _ => field(wire).is_in(forms),
        });
    }
    let mut beginnings = forms
        .iter()
        .map(|form| field(wire).starts_with(form.chars().take(SURE_CHARS).collect::<String>()));
    let first = beginnings
        .next()
        .ok_or_else(|| unsearchable("an empty value cannot be searched for"))?;
    Ok(beginnings.fold(first, Filter::or))
}

fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned()];
    for mark in ["????", "?"] {
        let marked: String = text
            .chars()
            .map(|c| {
                if c > '\u{ffff}' {
                    mark.to_owned()
                } else {
                    c.to_string()
                }
            })
            .collect();
        if !forms.contains(&marked) {
            forms.push(marked);
        }
    }
    forms
}

/// Whether what was found is what was looked for: the server's comparison is broader.
fn is_it(stored: &Value, wanted: &Value) -> bool {
    let (Some(stored), Some(wanted)) = (stored.as_text(), wanted.as_text()) else {
        return stored.same_content(wanted);
    };
    let stored = stored.trim().to_lowercase();
    forms(wanted.trim()).iter().any(|form| {
        let form = form.to_lowercase();
        let cut = stored.chars().count() >= SURE_CHARS && form.starts_with(&stored);
        stored == form || cut
    })
}

fn unsearchable(why: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("It cannot be searched for: {why}."),
    )
    .operation("simplycrm.find")
    .outcome(SendOutcome::NotSent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_searched_in_every_form_in_which_it_may_be_stored() {
        assert_eq!(forms("Jansen"), ["Jansen"]);
        assert_eq!(forms("a😀"), ["a😀", "a????", "a?"]);
        assert!(spelled("lastname", "  ").is_err());
    }

    #[test]
    fn what_was_found_is_compared_on_this_side() {
        let text = |text: &str| Value::from(text);
        assert!(is_it(&text("ACME "), &text("Acme")));
        assert!(is_it(&text("a????"), &text("a😀")));
        assert!(!is_it(&text("José"), &text("Jose")));
        assert!(!is_it(&text("Acme"), &text("Acme Holding")));
        let long = "x".repeat(100);
        assert!(is_it(&text(&long[..80]), &text(&long)), "cut by the column");
        assert!(!is_it(&Value::Null, &text("Acme")));
    }
}
