//! Lists: filters, order, pages, and pages that drift.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::routes::Call;
use super::schema::{Meta, Resource};
use super::store::Store;
use super::values::{Read as _, decimal};
use crate::common::Shift;

/// Rows that come, go and move while somebody reads pages.
///
/// After every so many list requests the rows of the resource that was listed change: rows are put
/// in at the front, rows are taken out anywhere, and rows from anywhere are moved to the front.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drift {
    /// How many list requests go between two changes.
    pub every: u64,
    /// Rows that are put in each time.
    pub inserts: u32,
    /// Rows that are taken out each time.
    pub deletes: u32,
    /// Rows that are moved to the front each time. A row that moves from the part that is not read
    /// yet to the part that is can be missed by anybody who reads pages once.
    pub moves: u32,
}

impl Default for Drift {
    fn default() -> Drift {
        Drift::every(1)
    }
}

impl Drift {
    /// After every so many list requests one row comes and one goes.
    #[must_use]
    pub fn every(requests: u64) -> Drift {
        Drift {
            every: requests,
            inserts: 1,
            deletes: 1,
            moves: 0,
        }
    }

    /// How many rows come each time.
    #[must_use]
    pub fn inserts(mut self, rows: u32) -> Drift {
        self.inserts = rows;
        self
    }

    /// How many rows go each time.
    #[must_use]
    pub fn deletes(mut self, rows: u32) -> Drift {
        self.deletes = rows;
        self
    }

    /// How many rows move to the front each time.
    #[must_use]
    pub fn moves(mut self, rows: u32) -> Drift {
        self.moves = rows;
        self
    }
}

/// What drift did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Drifted {
    /// The ids of rows that came.
    pub inserted: Vec<i64>,
    /// The ids of rows that went, also of those that had come before.
    pub deleted: Vec<i64>,
    /// The ids of rows that moved.
    pub moved: Vec<i64>,
}

/// The page that is asked for, and its size.
struct Window {
    page: usize,
    size: usize,
}

impl Store {
    /// One page of a resource, or of what hangs on `parent`.
    pub(crate) fn list(
        &mut self,
        resource: Resource,
        parent: Option<i64>,
        call: &Call,
        shift: Shift,
    ) -> Answer {
        let ids = self.matching(resource, parent, call, shift);
        let answer = self.page(resource, &ids, call, shift);
        self.drift(resource);
        answer
    }

    /// The ids that a request's parameters name, in their order.
    fn matching(
        &self,
        resource: Resource,
        parent: Option<i64>,
        call: &Call,
        shift: Shift,
    ) -> Vec<i64> {
        let conditions = self.conditions(resource, call);
        let table = self.table(resource);
        let children = match (resource.manner().parent, parent) {
            (Some((field, _)), Some(id)) => Some(self.by(resource, field, &id.to_string())),
            _ => None,
        };
        let sort = self.sort(resource, call);
        let fits = |id: &i64| {
            table.row(*id).is_some_and(|row| {
                let settled = shift.search.is_zero() || row.made.elapsed() >= shift.search;
                let filtered = call
                    .query
                    .iter()
                    .any(|(key, _)| !matches!(key.as_str(), "page" | "per_page" | "sort"));
                (settled || !filtered) && conditions.iter().all(|meets| meets(&row.fields))
            })
        };
        if children.is_none() && conditions.is_empty() && sort.is_none() {
            return table.order.iter().copied().collect();
        }
        let mut ids: Vec<i64> = match children {
            Some(mut ids) => {
                if resource.manner().newest_first {
                    ids.reverse();
                }
                ids.retain(fits);
                ids
            }
            None => table.order.iter().copied().filter(|id| fits(id)).collect(),
        };
        if let Some((field, down)) = sort {
            let key = |id: &i64| {
                let value = table.get(*id).and_then(|record| record.get(&field));
                match value {
                    Some(Value::Number(_)) => (
                        value.and_then(decimal).unwrap_or_default(),
                        String::new(),
                        *id,
                    ),
                    Some(Value::String(text)) => (Decimal::ZERO, text.to_lowercase(), *id),
                    _ => (Decimal::ZERO, String::new(), *id),
                }
            };
            ids.sort_by_cached_key(key);
            if down {
                ids.reverse();
            }
        }
        ids
    }

    /// `sort="firstname ASC"`, where lists can be sorted.
    fn sort(&self, resource: Resource, call: &Call) -> Option<(String, bool)> {
        let (text, direction) = match resource {
            Resource::Comments => (
                call.parameter("sort_by")?,
                call.parameter("sort_direction").unwrap_or("asc"),
            ),
            Resource::Customers | Resource::Products => {
                let sort = call.parameter("sort")?;
                sort.split_once(' ').unwrap_or((sort, "ASC"))
            }
            _ => return None,
        };
        let down = direction.trim().eq_ignore_ascii_case("desc");
        Some((text.trim().to_owned(), down))
    }

    fn window(&self, resource: Resource, call: &Call) -> Window {
        let number = |name: &str| {
            call.parameter(name)
                .and_then(|text| text.parse::<usize>().ok())
        };
        let mut size = self
            .settings
            .page_sizes
            .get(resource.name())
            .copied()
            .unwrap_or_else(|| match resource {
                // The comments of one ticket come in smaller pages than those of all.
                Resource::Comments if call.path.starts_with("tickets/") => 10,
                resource => resource.manner().page,
            });
        if self.settings.per_page_honoured
            && let Some(wanted) = number("per_page").filter(|wanted| *wanted > 0)
        {
            size = wanted.min(self.settings.largest_page);
        }
        Window {
            page: number("page").unwrap_or(1).max(1),
            size: size.max(1),
        }
    }

    /// One page of these records, in the envelope of their list.
    pub(crate) fn page(
        &self,
        resource: Resource,
        ids: &[i64],
        call: &Call,
        shift: Shift,
    ) -> Answer {
        let manner = resource.manner();
        let window = self.window(resource, call);
        let whole = manner.meta == Meta::Whole || self.settings.pages_ignored.contains(&resource);
        let (skip, size) = if whole {
            (0, ids.len())
        } else {
            let start = (window.page - 1).saturating_mul(window.size);
            let start = i64::try_from(start).unwrap_or(i64::MAX);
            let shift = if window.page > 1 { shift.page } else { 0 };
            let start = start.saturating_add(shift).max(0);
            (usize::try_from(start).unwrap_or(usize::MAX), window.size)
        };
        let rows: Vec<Value> = ids
            .iter()
            .skip(skip)
            .take(size)
            .filter_map(|id| self.get(resource, *id))
            .map(|record| self.row(resource, record))
            .collect();
        let mut body = Map::new();
        body.insert(manner.many.to_owned(), rows.into());
        let pages = ids.len().div_ceil(window.size).max(1);
        let meta = match manner.meta {
            Meta::None | Meta::Whole => None,
            Meta::Short if resource == Resource::Comments => {
                Some(json!({"total_pages": pages, "page": window.page, "per_page": window.size}))
            }
            Meta::Short => Some(json!({"total_pages": pages, "page": window.page})),
            Meta::Full => Some(json!({
                "total_pages": pages,
                "total_entries": ids.len(),
                "per_page": window.size,
                "page": window.page,
            })),
        };
        if let Some(meta) = meta {
            body.insert("meta".to_owned(), meta);
        }
        Answer::json(200, &body)
    }

    /// A row of a list; some are wrapped once more, users are lists themselves.
    fn row(&self, resource: Resource, record: &Map<String, Value>) -> Value {
        match resource {
            Resource::Users => json!([record.get("id"), record.get("full_name")]),
            Resource::Appointments => json!({"appointment": self.item(resource, record)}),
            resource => self.item(resource, record),
        }
    }

    /// Lets rows come, go and move where the server was told to.
    fn drift(&mut self, resource: Resource) {
        let Some(drift) = self.drift.clone() else {
            return;
        };
        self.listed += 1;
        if drift.every == 0 || !self.listed.is_multiple_of(drift.every) {
            return;
        }
        for _ in 0..drift.deletes {
            if let Some(id) = self.any(resource) {
                self.remove(resource, id);
                self.drifted.deleted.push(id);
            }
        }
        for _ in 0..drift.moves {
            if let Some(id) = self.any(resource) {
                self.bring_forward(resource, id);
                self.drifted.moved.push(id);
            }
        }
        for _ in 0..drift.inserts {
            let Some(like) = self.any(resource) else {
                break;
            };
            if let Some(mut record) = self.get(resource, like).cloned() {
                let id = self.new_id();
                record.insert("id".into(), json!(id));
                let now = self.now();
                for name in ["created_at", "updated_at"] {
                    if !record.blank(name) {
                        record.insert(name.into(), json!(now));
                    }
                }
                self.put(resource, id, record);
                self.bring_forward(resource, id);
                self.drifted.inserted.push(id);
            }
        }
    }

    /// Any row of a resource.
    fn any(&mut self, resource: Resource) -> Option<i64> {
        let count = self.table(resource).len();
        if count == 0 {
            return None;
        }
        let at = self.rng.usize(..count);
        self.table(resource).order.get(at).copied()
    }
}
