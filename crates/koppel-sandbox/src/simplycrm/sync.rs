//! `sync`: pages cut by the second.

use serde_json::{Value, json};

use super::generation::SyncMode;
use super::reply::{DENIED, Outcome, fail, fatal};
use super::store::{By, Row, Store};

/// Rows a page is made of, before the rest of its last second is added.
const PAGE: usize = 100;

/// Whose records a sync shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    OwnAndGroups,
    All,
}

impl Store {
    /// `sync` with its parameters as they were sent.
    pub(crate) fn sync(
        &self,
        since: Option<&str>,
        module: Option<&str>,
        kind: Option<&str>,
        by: &By,
    ) -> Outcome {
        if self.sync == SyncMode::Dead {
            return fatal();
        }
        let whose = match kind.filter(|_| self.sync == SyncMode::Typed) {
            Some("application") if !by.user.admin => {
                return fail(
                    "ACCESS_DENIED",
                    "Only admin users can perform application sync",
                );
            }
            Some("application") => Whose::All,
            Some("userandgroup") => Whose::OwnAndGroups,
            _ => Whose::Own,
        };
        // A text's number, or nothing; milliseconds do not fit and count from the beginning.
        let since = since.unwrap_or_default();
        let token: i64 = since
            .bytes()
            .take_while(u8::is_ascii_digit)
            .fold(0_i64, |n, b| {
                n.saturating_mul(10).saturating_add(i64::from(b - b'0'))
            });
        let from = if token > 253_402_300_799 { 0 } else { token };
        let modules: Vec<&'static str> = match module {
            None => self
                .schema
                .modules
                .iter()
                .filter(|module| module.entity && module.name != "Users")
                .map(|module| module.name)
                .collect(),
            Some(name) => match self.schema.module(name) {
                Some(module) if module.name == "Users" && by.user.sees(module) => {
                    let last: Value = match (self.generation.is_old(), token) {
                        (true, 0) => "".into(),
                        (_, token) => token.to_string().into(),
                    };
                    return Ok(json!({
                        "updated": [], "deleted": [], "lastModifiedTime": last, "more": false,
                    }));
                }
                Some(module) if module.entity && by.user.sees(module) => vec![module.name],
                _ => return fail("ACCESS_DENIED", DENIED),
            },
        };
        let deadly: &[&str] = if self.generation.is_old() {
            &["Quotes"]
        } else {
            &["Emails", "PBXManager"]
        };
        if modules.iter().any(|module| deadly.contains(module)) {
            return fatal();
        }
        self.page(&modules, from, token, whose, by)
    }

    fn page(
        &self,
        modules: &[&'static str],
        from: i64,
        token: i64,
        whose: Whose,
        by: &By,
    ) -> Outcome {
        let rows: Vec<&Row> = modules
            .iter()
            .flat_map(|module| self.all(module))
            .filter(|row| row.modified > from && self.is_for(row, whose, by))
            .collect();
        // Deleted rows count too: a token moves on past deletions alone.
        let mut times: Vec<i64> = rows.iter().map(|row| row.modified).collect();
        times.sort_unstable();
        let last = match times.get(PAGE - 1).or(times.last()) {
            Some(last) => *last,
            // The SQL falls apart without a time to put in.
            None if token == 0 => return fatal(),
            None => token,
        };
        let more = times.last().is_some_and(|newest| *newest > last);
        let mut updated = Vec::new();
        let mut deleted = Vec::new();
        for row in rows.into_iter().filter(|row| row.modified <= last) {
            if !row.is_live() {
                deleted.push(Value::from(self.id_of(row)));
            } else {
                let mut map = self.columns(row, &by.user);
                if self
                    .schema
                    .module(row.module)
                    .is_some_and(|module| module.has_lines())
                    && !self.generation.is_old()
                {
                    map.remove("hdnDiscountPercent");
                    map.remove("hdnDiscountAmount");
                }
                updated.push(Value::from(map));
            }
        }
        Ok(json!({
            "updated": updated,
            "deleted": deleted,
            "more": more,
            "lastModifiedTime": last,
        }))
    }

    fn is_for(&self, row: &Row, whose: Whose, by: &By) -> bool {
        let own = row.owner() == by.user.ws_id();
        match whose {
            Whose::All => true,
            Whose::Own => own,
            Whose::OwnAndGroups => {
                own || row
                    .owner()
                    .strip_prefix("20x")
                    .and_then(|group| group.parse().ok())
                    .is_some_and(|group| by.user.groups.contains(&group))
            }
        }
    }
}
