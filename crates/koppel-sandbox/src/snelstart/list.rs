//! Lists: filters, pages, chosen properties.

use std::time::Instant;

use http::Uri;

use super::answer::{Answer, Refusal};
use super::odata::{Apply, OdataError, parse, property};
use super::resource::Resource;
use super::row::Row;
use super::store::Store;
use crate::common::{Shift, pairs};

/// The options of a list that the server looks at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) filter: Option<String>,
    top: Option<String>,
    skip: Option<String>,
    select: Option<String>,
    apply: Option<String>,
    expand: bool,
}

impl Options {
    pub(crate) fn of(uri: &Uri) -> Options {
        let mut options = Options::default();
        for (name, value) in pairs(uri) {
            match name.as_str() {
                "$filter" if !value.trim().is_empty() => options.filter = Some(value),
                "$top" => options.top = Some(value),
                "$skip" => options.skip = Some(value),
                "$select" => options.select = Some(value),
                "$apply" => options.apply = Some(value),
                "$expand" => options.expand = true,
                // `$orderby` among them: nobody has seen it at work.
                _ => {}
            }
        }
        options
    }
}

/// A page of a list with the OData options.
pub(crate) fn list(
    store: &mut Store,
    resource: Resource,
    options: &Options,
    shift: Shift,
) -> Result<Answer, Refusal> {
    let model = resource.model();
    let ignores = store.settings.ignores_filters.contains(&resource);
    let text = options.filter.as_deref().filter(|_| !ignores);
    let filter = match text {
        Some(text) => Some(parse(text, model).map_err(Refusal::Query)?),
        None => None,
    };
    if options.expand {
        let message = "The query option '$expand' is not allowed.";
        return Err(Refusal::Rule("ALG-0104", message.into()));
    }
    if resource == Resource::PriceAgreements
        && !text.is_some_and(|text| text.contains("Artikel/Id"))
    {
        let message = "Het filter moet Artikel/Id noemen";
        return Err(Refusal::Rule("ALG-0104", message.into()));
    }
    let places = store.places(resource, text.unwrap_or_default(), |row| {
        filter.as_ref().is_none_or(|filter| filter.holds(row))
    });
    let table = store.table(resource);
    if let Some(apply) = &options.apply
        && resource == Resource::LedgerMutations
    {
        let apply = Apply::parse(apply, model).map_err(Refusal::Query)?;
        let rows = places
            .iter()
            .filter_map(|at| table.at(*at))
            .map(|stored| &stored.row)
            .filter(|row| apply.filter.as_ref().is_none_or(|filter| filter.holds(row)));
        return Ok(Answer::raw(200, apply.run(rows, model).into()));
    }
    let only = match &options.select {
        Some(names) => Some(selected(names, resource).map_err(Refusal::Query)?),
        None => None,
    };
    let top = number(options.top.as_deref(), "$top")?.unwrap_or(resource.cap());
    let skip = number(options.skip.as_deref(), "$skip")?.unwrap_or(0);
    let skip = if skip > 0 {
        skip.saturating_add_signed(isize::try_from(shift.page).unwrap_or(0))
    } else {
        skip
    };
    let now = Instant::now();
    let young = |made: Instant| {
        text.is_some() && !shift.search.is_zero() && now.duration_since(made) < shift.search
    };
    let rows = places
        .iter()
        .filter_map(|at| table.at(*at))
        .filter(|stored| !young(stored.made))
        .map(|stored| &stored.row)
        .skip(skip)
        .take(top.min(resource.cap()));
    Ok(shown(resource, rows, only.as_deref()))
}

/// A whole list; options are not looked at.
pub(crate) fn all(store: &Store, resource: Resource) -> Answer {
    shown(
        resource,
        store.table(resource).rows().map(|(_, row)| row),
        None,
    )
}

pub(crate) fn shown<'a>(
    resource: Resource,
    rows: impl Iterator<Item = &'a Row>,
    only: Option<&[usize]>,
) -> Answer {
    let base = format!("/{}", resource.path());
    let mut out = String::from("[");
    for (at, row) in rows.enumerate() {
        if at > 0 {
            out.push(',');
        }
        row.write(&base, only, &mut out);
    }
    out.push(']');
    Answer::raw(200, out.into())
}

fn selected(names: &str, resource: Resource) -> Result<Vec<usize>, OdataError> {
    names
        .split(',')
        .map(|name| property(name.trim(), resource.model()))
        .collect()
}

fn number(text: Option<&str>, option: &str) -> Result<Option<usize>, Refusal> {
    let Some(text) = text else {
        return Ok(None);
    };
    match text.trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Refusal::rule("ALG-0104", format!("Invalid value for {option}.")),
    }
}
