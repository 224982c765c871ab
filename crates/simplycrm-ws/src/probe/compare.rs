//! Comparing what `sync` shows with what a query finds.

use api_core::{Error, Json, Timestamp};

use super::SyncSupport;
use crate::operation::Operation;
use crate::query::{Query, field};
use crate::rows::unreadable;
use crate::sync::{SyncScope, SyncToken, is_dead};
use crate::{Client, Code, Record, RecordId};

/// How many pages are read on the search for one record.
const MOST_PAGES: usize = 20;

/// How often a record is compared that changes meanwhile.
const MOST_TRIES: usize = 3;

impl Client {
    /// The widest scope that the server takes; `Ok(Err(..))` when it dies of
    /// the module.
    pub(super) async fn sync_scope(&self, module: &str) -> Result<Result<SyncScope, Error>, Error> {
        self.login().await?;
        let now = SyncToken::after(self.server_now());
        for scope in [SyncScope::Everything, SyncScope::OwnAndGroups] {
            match self.sync_page_of(module, now, scope).await {
                Ok(_) => return Ok(Ok(scope)),
                // Only administrators may ask for everything; or the module has no `sync`.
                Err(error) if Code::of(&error) == Some(Code::AccessDenied) => {}
                Err(error) if is_dead(&error) => return Ok(Err(error)),
                Err(error) => return Err(error),
            }
        }
        match self.sync_page(module, now).await {
            Ok(_) => Ok(Ok(SyncScope::Own)),
            Err(error) if is_dead(&error) => Ok(Err(error)),
            Err(error) if Code::of(&error) == Some(Code::AccessDenied) => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// Compares `sync` with a query.
    pub(super) async fn compare(
        &self,
        module: &str,
        scope: SyncScope,
    ) -> Result<SyncSupport, Error> {
        let me = self.login().await?.user_id;
        let newest = |columns: &[&str]| {
            Query::select(columns.iter().copied())
                .from(module)
                .order_by_desc("modifiedtime")
                .limit(100)
        };
        let foreign =
            newest(&["modifiedtime", "assigned_user_id"]).filter(field("assigned_user_id").ne(me));
        let rows = match self.query(&foreign).await {
            Ok(rows) => rows,
            // The module has no owners to see: any record will do.
            Err(error) if Code::of(&error) == Some(Code::AccessDenied) => {
                let rows = self.query(&newest(&["modifiedtime"]).limit(1)).await?;
                return match rows.first() {
                    Some(row) => self.shows(module, scope, row).await.map(told),
                    None => Ok(SyncSupport::Untold),
                };
            }
            Err(error) => return Err(error),
        };
        let owned_by = |user: bool| {
            rows.iter().find(|row| {
                row.get("assigned_user_id")
                    .and_then(Json::as_str)
                    .and_then(|text| text.parse::<RecordId>().ok())
                    .is_some_and(|owner| (owner.prefix == me.prefix) == user)
            })
        };
        if let Some(group) = owned_by(false) {
            let support = told(self.shows(module, scope, group).await?);
            if support != SyncSupport::All {
                return Ok(support);
            }
        }
        match owned_by(true) {
            Some(user) => self.shows(module, scope, user).await.map(told),
            None => Ok(SyncSupport::Untold),
        }
    }

    /// Whether `sync` shows a record that a query found; `None` when the
    /// record does not hold still for long enough.
    async fn shows(
        &self,
        module: &str,
        scope: SyncScope,
        row: &Record,
    ) -> Result<Option<bool>, Error> {
        let id = row
            .id()
            .ok_or_else(|| unreadable(&Operation::QUERY, "a row without an id"))?;
        let mut modified = row.text("modifiedtime").into_owned();
        for _ in 0..MOST_TRIES {
            let at = SyncToken::after(Timestamp::from_civil(&modified, self.time_zone())?);
            if self.sync_holds(module, scope, id, at).await? {
                return Ok(Some(true));
            }
            // It may have changed since the query.
            let again = Query::select(["modifiedtime"])
                .from(module)
                .filter(field("id").eq(id));
            let rows = self.query(&again).await?;
            let now = match rows.first() {
                Some(row) => row.text("modifiedtime").into_owned(),
                None => return Ok(None),
            };
            if now == modified {
                return Ok(Some(false));
            }
            modified = now;
        }
        Ok(None)
    }

    /// Whether `sync` answers a record among the changes of a second.
    async fn sync_holds(
        &self,
        module: &str,
        scope: SyncScope,
        id: RecordId,
        at: SyncToken,
    ) -> Result<bool, Error> {
        let mut from = at.earlier(1);
        for _ in 0..MOST_PAGES {
            let page = self.sync_page_of(module, from, scope).await?;
            let here = page.updated.iter().any(|record| record.id() == Some(id))
                || page.deleted.contains(&id);
            if here || !page.more || page.last > at {
                return Ok(here);
            }
            from = page.last;
        }
        Ok(false)
    }
}

fn told(shown: Option<bool>) -> SyncSupport {
    match shown {
        Some(true) => SyncSupport::All,
        Some(false) => SyncSupport::OwnOnly,
        None => SyncSupport::Untold,
    }
}
