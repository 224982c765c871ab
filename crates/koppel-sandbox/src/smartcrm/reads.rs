//! Lists, pages, searches and single records, in each dialect's envelope.

use serde::Serialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::dialect::{Dialect, Lookup};
use super::handler::App;
use super::record::{View, now_micros};
use super::schema::Resource;
use super::store::Store;
use crate::common::Plan;
use crate::crm::words::COUNTRIES;

/// Most records on a page, whatever is asked for.
const MAX_PER_PAGE: u64 = 100;

#[derive(Serialize)]
struct Listing<'a> {
    status: bool,
    data: Vec<View<'a>>,
    meta: Value,
}

/// Perfex's page: no status.
#[derive(Serialize)]
struct Page<'a> {
    data: Vec<View<'a>>,
    meta: Value,
}

#[derive(Serialize)]
struct Single<'a> {
    status: bool,
    data: View<'a>,
}

impl App {
    pub(super) fn search(&self, resource: Resource, keyword: &str, plan: &Plan) -> Answer {
        let store = self.store();
        let ids = store.search(resource, keyword, hidden_since(plan));
        bare(&store, resource, &ids)
    }

    pub(super) fn get(&self, resource: Resource, id: &str) -> Answer {
        let store = self.store();
        let Some(stored) = store.get(resource, id) else {
            return Answer::no_data();
        };
        let data = store.view(resource, stored);
        match self.face.dialect {
            Dialect::SmartCrm => Answer::json(200, &Single { status: true, data }),
            Dialect::Perfex | Dialect::Rise => Answer::json(200, &data),
        }
    }

    pub(super) fn list(&self, resource: Resource, call: &Call, plan: &Plan) -> Answer {
        let query = &call.list;
        let store = self.store();
        let paged = match self.face.dialect {
            Dialect::SmartCrm => true,
            Dialect::Perfex => query.paged && !self.face.is_legacy(),
            Dialect::Rise => false,
        };
        if !paged {
            return bare(&store, resource, store.ids(resource));
        }
        let per_page = query.per_page.min(MAX_PER_PAGE);
        let hidden = call.is_search().then(|| hidden_since(plan)).flatten();
        let selected;
        let ids: &[u64] = if call.is_search() || query.updated_since.is_some() {
            let since = query
                .updated_since
                .map(|micros| micros.div_euclid(1_000_000) * 1_000_000);
            selected = store.select(resource, &query.conditions, since, hidden);
            &selected
        } else {
            store.ids(resource)
        };
        let total = ids.len() as u64;
        let mut start = (query.page - 1).saturating_mul(per_page);
        if query.page > 1 {
            start = start.saturating_add_signed(plan.page_shift);
        }
        let first = usize::try_from(start).unwrap_or(usize::MAX).min(ids.len());
        let last = first
            .saturating_add(usize::try_from(per_page).unwrap_or(usize::MAX))
            .min(ids.len());
        let data = views(&store, resource, &ids[first..last]);
        if data.is_empty() {
            return Answer::no_data();
        }
        let pages = total.div_ceil(per_page);
        let mut meta = json!({
            "page": query.page,
            "per_page": per_page,
            "total": total,
            "total_pages": pages,
            "has_more": last < ids.len(),
        });
        if self.face.dialect == Dialect::Perfex {
            meta["current_page"] = json!(query.page);
            meta["last_page"] = json!(pages);
            return Answer::json(200, &Page { data, meta });
        }
        Answer::json(
            200,
            &Listing {
                status: true,
                data,
                meta,
            },
        )
    }
}

/// Records younger than this are not yet found by a search.
fn hidden_since(plan: &Plan) -> Option<i64> {
    (!plan.search_delay.is_zero()).then(|| {
        let delay = i64::try_from(plan.search_delay.as_micros()).unwrap_or(i64::MAX);
        now_micros().saturating_sub(delay)
    })
}

fn views<'a>(store: &'a Store, resource: Resource, ids: &[u64]) -> Vec<View<'a>> {
    ids.iter()
        .filter_map(|id| store.get_by_id(resource, *id))
        .map(|stored| store.view(resource, stored))
        .collect()
}

/// A list without an envelope; an empty one is the overloaded 404.
fn bare(store: &Store, resource: Resource, ids: &[u64]) -> Answer {
    let data = views(store, resource, ids);
    if data.is_empty() {
        return Answer::no_data();
    }
    Answer::json(200, &data)
}

/// The lists of Perfex that are served: documented by name, their columns are the database's.
pub(super) fn common(list: &str) -> Answer {
    let rows: Vec<Value> = match list {
        "countries" => Lookup::Countries
            .rows()
            .into_iter()
            .zip(COUNTRIES)
            .map(|((id, _), [iso2, short, long, iso3, ..])| {
                json!({
                    "country_id": id.to_string(),
                    "iso2": iso2,
                    "short_name": short,
                    "long_name": long,
                    "iso3": iso3,
                })
            })
            .collect(),
        "currencies" => Lookup::Currencies
            .rows()
            .into_iter()
            .map(|(id, name)| {
                let default = if id == 2 { "1" } else { "0" };
                json!({"id": id.to_string(), "name": name, "isdefault": default})
            })
            .collect(),
        "taxes" => Lookup::Taxes
            .rows()
            .into_iter()
            .map(|(id, name)| {
                let rate = name.rsplit(' ').next().unwrap_or("0");
                json!({"id": id.to_string(), "name": name, "taxrate": format!("{rate}.00")})
            })
            .collect(),
        _ => return Answer::no_data(),
    };
    Answer::json(200, &rows)
}
