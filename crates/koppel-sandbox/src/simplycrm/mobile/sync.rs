//! `syncModuleRecords`: pages of 99 with a token.

use serde_json::{Value, json};

use super::{PAGE, Phone, unexpected};
use crate::simplycrm::reply::{Outcome, database, error};
use crate::simplycrm::store::Row;

impl Phone<'_, '_> {
    pub(super) fn sync(&self) -> Outcome {
        let store = &self.desk.store;
        let name = self.param("module");
        let module = store.named(Some(&name), &self.by.user)?;
        if module.name == "Users" {
            return Err(if self.generation.is_old() {
                database()
            } else {
                error(
                    "ACCESS_DENIED",
                    "Permission to access modifiedtime attribute denied.",
                )
            });
        }
        let token = self.param("syncToken");
        if !token.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unexpected());
        }
        let since: Option<i64> = match token.as_str() {
            "" | "0" => None,
            text => Some(text.parse().unwrap_or(i64::MAX)),
        };
        let public = self.param("mode") == "PUBLIC";
        let mine = |row: &&Row| {
            store.may_read(&self.by.user, row) && (public || row.owner() == self.by.user.ws_id())
        };
        let mut rows: Vec<&Row> = store.all(module.name).filter(mine).collect();
        if module.name == "Calendar" {
            rows.extend(store.all("Events").filter(mine));
        }
        rows.retain(|row| since.is_none_or(|since| row.modified > since));
        let page = self.page();
        let deleted: Vec<String> = rows
            .iter()
            .filter(|row| since.is_some() && page == 0 && self.is_gone(row))
            .map(|row| store.id_of(row))
            .collect();
        rows.retain(|row| row.is_live());
        if since.is_none() {
            rows.sort_by_key(|row| (std::cmp::Reverse(row.modified), row.number));
        }
        // The limit is doubled for the calendar, and its pages cannot be trusted.
        let size = if module.name == "Calendar" {
            2 * PAGE
        } else {
            PAGE
        };
        let from = page.saturating_mul(PAGE);
        let more = rows.len() > from.saturating_add(size);
        let shown: Vec<&Row> = rows.into_iter().skip(from).take(size).collect();
        // The newest of this page alone: without a token it goes down from page to page.
        let newest: Value = match shown.iter().map(|row| row.modified).max() {
            Some(newest) => newest.into(),
            None if since.is_some() => token.into(),
            None => store.clock.now().into(),
        };
        let labels = module.label_list();
        let updated: Vec<Value> = shown
            .into_iter()
            .flat_map(|row| {
                let mut record = self.grouped_row(row);
                if let Some(map) = record.as_object_mut() {
                    map.insert("labelFields".into(), labels.clone());
                }
                // One row a line, as in queries.
                let times = if self.is_old() {
                    1
                } else {
                    row.lines.len().max(1)
                };
                std::iter::repeat_n(record, times)
            })
            .collect();
        Ok(json!({"sync": {
            "nextSyncToken": newest,
            "deleted": deleted,
            "updated": updated,
            "nextPage": if more { page + 1 } else { 0 },
        }}))
    }

    /// Converted leads count as deleted for the newer module.
    fn is_gone(&self, row: &Row) -> bool {
        row.deleted || (row.converted && !self.is_old())
    }
}
