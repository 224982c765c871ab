//! Searching by mark or natural key, and reading one record.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};
use simplycrm_ws::{BodyFault, Filter, Query, Record as Wire, RecordId as WireId, field};
use sync_core::{EntityKind, FieldName, FindKey, Record, RecordId, Value};

use super::SimplyCrm;
use super::encode::no_marker;
use super::model::Model;
use super::pull::MAX_ROWS;
use super::table::Shape;

/// Texts beyond this may be cut by their column, whose length nobody tells; they are searched by
/// their beginning. The shortest column of a name has 40 characters (recorded servers).
const SURE_CHARS: usize = 40;
/// The same of the code of a product (assumed).
const SURE_CHARS_OF_CODE: usize = 30;
/// How long the columns of texts are: only a text that fills one may have been cut by it (80 of a
/// last name on a recorded vtiger 5.4.0 server; the others are assumed).
const WIDTHS: [usize; 8] = [80, 100, 120, 128, 150, 200, 250, 255];
/// The same of a first name and of a product's code.
const SHORT_WIDTHS: [usize; 5] = [30, 40, 50, 60, 80];
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
        let rows = match key {
            FindKey::Marker(marker) => self.marked(&model, filter, marker.as_str()).await?,
            _ => self.hits(self.rows_of(&model), filter).await?,
        };
        let page = self.decoded(&model, rows).await?;
        if let Some(bad) = page.unreadable.into_iter().next() {
            return Err(bad.error.operation("simplycrm.find"));
        }
        let mut records = page.records;
        if let FindKey::Natural(pairs) = key {
            records.retain(|record| {
                pairs.iter().all(|(name, value)| {
                    is_it(name.as_str(), record.fields.get(name.as_str()), value)
                })
            });
        }
        Ok(records)
    }

    /// The rows that have this very mark: to the server, marks that differ in capitals or accents
    /// are the same.
    async fn marked(
        &self,
        model: &Model,
        filter: Filter,
        marker: &str,
    ) -> Result<Vec<Wire>, Error> {
        let name = self.marker_of(model.kind).unwrap_or_default();
        let query = if model.lines {
            Query::select(["id", name]).from(model.module)
        } else {
            self.rows_of(model)
        };
        let forms = forms(marker);
        let mut rows = self.hits(query, filter).await?;
        rows.retain(|row| {
            let stored = row.text(name);
            forms
                .iter()
                .any(|form| stored.trim_end() == form.trim_end())
        });
        Ok(rows)
    }

    /// All rows that a condition holds for, behind the hundred that one answer has.
    async fn hits(&self, of: Query, filter: Filter) -> Result<Vec<Wire>, Error> {
        let mut rows: BTreeMap<WireId, Wire> = BTreeMap::new();
        for _ in 0..MAX_PAGES {
            let mut query = of.clone().filter(filter.clone());
            if let Some((last, _)) = rows.last_key_value() {
                let behind = filter.clone().and(field("id").gt(*last));
                query = of.clone().filter(behind.distribute());
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
        // Whether the server is in trouble or only this record is, a query tells, too.
        Err(error) if dies(&error) => match exists(target, model, id).await {
            Ok(true) => Err(Error::new(
                ErrorKind::Decode,
                format!(
                    "The server dies of reading this record of {}.",
                    model.module
                ),
            )
            .operation("simplycrm.retrieve")
            .outcome(SendOutcome::NotSent)
            .source(error)),
            Ok(false) => Ok(None),
            Err(_) => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Whether PHP died of a request.
fn dies(error: &Error) -> bool {
    use BodyFault::{EmptyBody, HtmlFatal, ServerCrash, TextDeath};
    matches!(
        BodyFault::of(error),
        Some(EmptyBody | ServerCrash | TextDeath | HtmlFatal)
    )
}

/// Whether a query shows the record; what the user may not see is not there for it.
pub(super) async fn exists(target: &SimplyCrm, model: &Model, id: WireId) -> Result<bool, Error> {
    let query = Query::select(["id"])
        .from(model.module)
        .filter(field("id").eq(id))
        .limit(1);
    Ok(!target.inner.client.query(&query).await?.is_empty())
}

/// A text as the server may have stored it: cut, or with other characters for some of its own.
fn spelled(wire: &str, text: &str) -> Result<Filter, Error> {
    if text.trim().is_empty() {
        return Err(unsearchable("an empty value cannot be searched for"));
    }
    let forms = forms(text);
    let sure = match wire {
        "productcode" => SURE_CHARS_OF_CODE,
        _ => SURE_CHARS,
    };
    if forms.iter().all(|form| form.chars().count() < sure) {
        return Ok(match forms.as_slice() {
            [one] => field(wire).eq(one.as_str()),
            _ => field(wire).is_in(forms),
        });
    }
    let mut beginnings: Vec<String> = forms
        .iter()
        .map(|form| form.chars().take(sure).collect())
        .collect();
    beginnings.dedup();
    let mut beginnings = beginnings
        .into_iter()
        .map(|beginning| field(wire).starts_with(beginning));
    let first = beginnings
        .next()
        .ok_or_else(|| unsearchable("an empty value cannot be searched for"))?;
    Ok(beginnings.fold(first, Filter::or))
}

/// How a text may be stored: as it is, blanks around it included, or without those where a person
/// typed it; with question marks for what the tables do not know, and with its angle brackets
/// written out where there is a script in it (recorded vtiger 5.4.0 and 7.1.0 servers).
fn forms(text: &str) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    let mut add = |form: String| {
        if !forms.contains(&form) {
            forms.push(form);
        }
    };
    let has_script = text.to_ascii_lowercase().contains("<script");
    for text in [text, text.trim()] {
        for mark in ["", "????", "?"] {
            let marked: String = match mark {
                "" => text.to_owned(),
                mark => text
                    .chars()
                    .map(|c| match c {
                        '\u{10000}'.. => mark.to_owned(),
                        c => c.to_string(),
                    })
                    .collect(),
            };
            if has_script {
                add(marked.replace('<', "&lt;").replace('>', "&gt;"));
            }
            add(marked);
        }
    }
    forms
}

/// Whether what was found is what was looked for: the server's comparison is broader.
fn is_it(name: &str, stored: &Value, wanted: &Value) -> bool {
    let (Some(stored), Some(wanted)) = (stored.as_text(), wanted.as_text()) else {
        return stored.same_content(wanted);
    };
    let long = stored.chars().count();
    let may_be_cut = match name {
        "code" | "first_name" => SHORT_WIDTHS.contains(&long),
        _ => WIDTHS.contains(&long),
    };
    let stored = stored.to_lowercase();
    forms(wanted).iter().any(|form| {
        let form = form.to_lowercase();
        stored.trim() == form.trim() || (may_be_cut && form.starts_with(&stored))
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
        assert_eq!(forms(" a\n"), [" a\n", "a"]);
        let script = forms("<script>");
        assert_eq!(script, ["&lt;script&gt;", "<script>"]);
        assert!(spelled("lastname", "  ").is_err());
    }

    #[test]
    fn what_was_found_is_compared_on_this_side() {
        let text = |text: &str| Value::from(text);
        assert!(is_it("name", &text("ACME "), &text("Acme")));
        assert!(is_it("name", &text("a????"), &text("a😀")));
        assert!(!is_it("name", &text("José"), &text("Jose")));
        assert!(!is_it("name", &text("Acme"), &text("Acme Holding")));
        let long = "x".repeat(100);
        assert!(
            is_it("name", &text(&long[..80]), &text(&long)),
            "cut by the column"
        );
        assert!(
            !is_it("name", &text(&long[..79]), &text(&long)),
            "no such column"
        );
        assert!(is_it("name", &text(" Acme"), &text(" Acme")));
        assert!(is_it("code", &text(&long[..30]), &text(&long)));
        assert!(!is_it("name", &text(&long[..30]), &text(&long)));
        assert!(!is_it("name", &Value::Null, &text("Acme")));
    }
}
