//! Envelopes: how records stand in answers, which differs from call to call.

use std::collections::BTreeMap;

use api_core::Json;

use crate::model::{Model, whole};

/// Finds the one record of an answer; `None` when it holds none.
///
/// It stands under its own key, under another one that is known
/// (`{"success": true, "alert": {}}`), or flat (OpenAPI document).
pub(crate) fn single<M: Model>(body: &Json) -> Option<&Json> {
    let Some(members) = body.as_map() else {
        return body.as_list().map(|_| body);
    };
    let known = |name: &str| M::FIELDS.iter().any(|field| field.wire == name);
    if !members.contains_key("id") {
        let inner = keys::<M>().find_map(|key| {
            members
                .get(key)
                .filter(|inner| inner.as_map().is_some() && !known(key))
        });
        if inner.is_some() {
            return inner;
        }
    }
    members.keys().any(|name| known(name)).then_some(body)
}

fn keys<M: Model>() -> impl Iterator<Item = &'static str> {
    std::iter::once(M::WIRE).chain(M::ALIASES.iter().copied())
}

/// Takes the rows out of an answer; `None` when it is no list.
///
/// They stand under the plural key, under another one that is known, under the
/// one key that holds a list, or bare.
pub(crate) fn rows<M: Model>(body: Json) -> Option<(Vec<Json>, Meta)> {
    let mut members = match body {
        Json::List(rows) => return Some((rows, Meta::default())),
        Json::Map(members) => members,
        _ => return None,
    };
    let mut meta = members.get("meta").map(Meta::read).unwrap_or_default();
    let key = std::iter::once(M::PLURAL)
        .chain(M::ALIASES.iter().copied())
        .find(|key| is_list(&members, key))
        .map(str::to_owned)
        .or_else(|| {
            let mut lists = members.keys().filter(|key| is_list(&members, key));
            let only = lists.next().cloned();
            only.filter(|_| lists.next().is_none())
        })?;
    let rows = members.remove(&key).and_then(Json::into_list)?;
    if !rows.is_empty() {
        // Rows without a page to stand on: the number says nothing.
        meta.total_pages = meta.total_pages.filter(|pages| *pages > 0);
    }
    Some((rows, meta))
}

fn is_list(members: &BTreeMap<String, Json>, key: &str) -> bool {
    members
        .get(key)
        .is_some_and(|json| json.as_list().is_some())
}

/// Takes a row out of a wrapper of its own: `{"appointment": {}}` (OpenAPI
/// document).
pub(crate) fn unwrapped<M: Model>(row: &Json) -> &Json {
    let inner = row.as_map().filter(|members| members.len() == 1);
    inner
        .and_then(|members| keys::<M>().find_map(|key| members.get(key)))
        .filter(|inner| inner.as_map().is_some())
        .unwrap_or(row)
}

/// The id of a row, also of one that is itself a row of cells.
pub(crate) fn id_of(row: &Json) -> Option<String> {
    let id = match row {
        Json::Map(members) => members.get("id")?,
        Json::List(cells) => cells.first()?,
        _ => return None,
    };
    match id {
        Json::Text(text) if !text.trim().is_empty() => {
            Some(whole(id).map_or_else(|| text.trim().to_owned(), |id| id.to_string()))
        }
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a list says about its pages; each may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Meta {
    pub(crate) total_pages: Option<u64>,
    pub(crate) total_entries: Option<u64>,
    pub(crate) per_page: Option<u64>,
    pub(crate) page: Option<u64>,
}

impl Meta {
    fn read(json: &Json) -> Self {
        let number = |name: &str| {
            json.get(name)
                .and_then(whole)
                .and_then(|number| u64::try_from(number).ok())
        };
        Self {
            total_pages: number("total_pages"),
            total_entries: number("total_entries"),
            per_page: number("per_page"),
            page: number("page"),
        }
    }
}

/// As [`unwrapped`], without a copy of a row that has no wrapper.
pub(crate) fn into_unwrapped<M: Model>(row: Json) -> Json {
    let inner = unwrapped::<M>(&row);
    if std::ptr::eq(inner, &row) {
        return row;
    }
    inner.clone()
}
