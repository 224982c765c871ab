//! What a server can do, found out by asking it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_core::{Error, Json, Timestamp};

use crate::Client;
use crate::operation::Operation;
use crate::params::Params;
use crate::query::Query;
use crate::rows::unreadable;
use crate::sync::{SyncScope, is_dead};
use crate::warning::Warning;

mod compare;

/// How long what was found out about `sync` is believed.
const BELIEVED: Duration = Duration::from_secs(60 * 60);

/// Modules that are asked first: entities that every installation has.
const CANDIDATES: [&str; 6] = [
    "Contacts", "Accounts", "Leads", "HelpDesk", "Products", "Vendors",
];

/// Which generation of the webservice a server runs, by its `vtigerVersion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// 5.x: `update` blanks what is not sent, inventory without lines (recorded
    /// vtiger 5.4.0 server).
    V5,
    /// 7.x: line items, relations (recorded vtiger 7.1.0 server).
    V7,
    /// 8.x: `sync` dies and counts are empty where it runs on PHP 8 (recorded
    /// vtiger 8.3.0 server).
    V8,
    /// A version that is none of these, or none at all.
    Unknown,
}

impl Generation {
    /// Reads a version such as `7.1.0`.
    #[must_use]
    pub fn of(version: Option<&str>) -> Self {
        let major = version.and_then(|version| version.trim().split('.').next());
        match major.and_then(|major| major.parse::<u32>().ok()) {
            Some(5) => Self::V5,
            Some(7) => Self::V7,
            Some(8) => Self::V8,
            _ => Self::Unknown,
        }
    }
}

/// What `update` does to fields that are not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpdateKeeps {
    /// It blanks them (recorded vtiger 5.4.0 server).
    Nothing,
    /// It keeps them (recorded vtiger 7.1.0 server).
    Unsent,
    /// The version does not tell.
    Unknown,
}

/// What `sync` shows of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncSupport {
    /// Records of other users too.
    All,
    /// Only records that the user owns.
    OwnOnly,
    /// It answers, and nobody else owns a record by which to tell.
    Untold,
    /// The server dies of it.
    Unusable {
        /// Why, in a sentence.
        reason: String,
    },
}

/// What a server can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// The version the login told (`vtigerVersion`).
    pub server_version: Option<String>,
    /// The generation by that version.
    pub generation: Generation,
    /// The modules this user may see.
    pub modules: Vec<String>,
    /// Whether inventory records have line items (the type `LineItem` exists).
    pub line_items: bool,
    /// Whether `count(*)` answers a number; `None` when no module could be
    /// asked.
    pub counts: Option<bool>,
    /// What `sync` shows, and of which module that was found out.
    pub sync: Option<(String, SyncSupport)>,
    /// What `update` does to fields that are not sent.
    pub update: UpdateKeeps,
}

/// What was found out about `sync` of a module, and when.
#[derive(Debug, Clone)]
struct Found {
    support: SyncSupport,
    scope: SyncScope,
    at: Timestamp,
}

/// What a client has found out so far.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    features: Mutex<Option<Arc<Features>>>,
    sync: Mutex<HashMap<String, Found>>,
    /// Whether a doubt of the zone was reported.
    zone_doubted: AtomicBool,
}

impl Memory {
    fn found(&self, module: &str, now: Timestamp) -> Option<Found> {
        let all = self.sync.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(module)
            .filter(|found| now.duration_since(found.at) < BELIEVED)
            .cloned()
    }

    /// Keeps what was found; says whether it is news.
    fn keep(&self, module: &str, found: Found) -> bool {
        let mut all = self.sync.lock().unwrap_or_else(PoisonError::into_inner);
        let news = all
            .get(module)
            .is_none_or(|before| before.support != found.support);
        all.insert(module.to_owned(), found);
        news
    }
}

impl Client {
    /// Finds out what the server can do; asked once, then remembered.
    ///
    /// Logs in, lists the modules, and tries a count and a `sync` of the first
    /// of them that every installation has.
    ///
    /// # Errors
    ///
    /// A refused login, or a server that cannot even list its modules.
    pub async fn probe(&self) -> Result<Arc<Features>, Error> {
        let memory = self.memory();
        let known = memory
            .features
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let login = self.login().await?;
        let listed = self.call_as(&Operation::LISTTYPES, Params::new()).await?;
        let modules = listed
            .get("types")
            .and_then(Json::as_list)
            .ok_or_else(|| unreadable(&Operation::LISTTYPES, "a list without `types`"))?
            .iter()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let asked = CANDIDATES
            .into_iter()
            .find(|candidate| modules.iter().any(|module| module == candidate));
        let (mut counts, mut sync) = (None, None);
        if let Some(module) = asked {
            counts = Some(match self.count(&Query::count().from(module)).await {
                Ok(count) => count.is_some(),
                Err(error) if error.kind().is_transient() => return Err(error),
                Err(_) => false,
            });
            sync = Some((module.to_owned(), self.sync_support(module).await?));
        }
        let generation = Generation::of(login.server_version.as_deref());
        let features = Arc::new(Features {
            generation,
            update: match generation {
                Generation::V5 => UpdateKeeps::Nothing,
                Generation::V7 | Generation::V8 => UpdateKeeps::Unsent,
                Generation::Unknown => UpdateKeeps::Unknown,
            },
            line_items: modules.iter().any(|module| module == "LineItem"),
            server_version: login.server_version,
            modules,
            counts,
            sync,
        });
        *memory
            .features
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&features));
        Ok(features)
    }

    /// Finds out what `sync` shows of a module, by comparing it with a query.
    ///
    /// The newest record that another user owns must be in what `sync` answers
    /// from the second before it changed; the same for one that a group owns.
    /// What was found is believed for an hour, but for
    /// [`Untold`](SyncSupport::Untold), which is found out anew each time.
    /// A module that `sync` cannot serve is reported as a [`Warning`].
    ///
    /// # Errors
    ///
    /// A refused login, a module the user may not read, or a server that is
    /// not there.
    pub async fn sync_support(&self, module: &str) -> Result<SyncSupport, Error> {
        self.sync_found(module).await.map(|(support, _)| support)
    }

    /// What `sync` shows of a module, and how to ask it.
    pub async fn sync_found(&self, module: &str) -> Result<(SyncSupport, SyncScope), Error> {
        let now = self.clock().now();
        let before = self.memory().found(module, now);
        let scope = match &before {
            Some(found) if found.support != SyncSupport::Untold => {
                return Ok((found.support.clone(), found.scope));
            }
            Some(found) => found.scope,
            None => match self.sync_scope(module).await? {
                Ok(scope) => scope,
                Err(dead) => {
                    let support = self.sync_died(module, &dead);
                    return Ok((support, SyncScope::Own));
                }
            },
        };
        let support = match self.compare(module, scope).await {
            Ok(support) => support,
            Err(error) if is_dead(&error) => {
                let support = self.sync_died(module, &error);
                return Ok((support, scope));
            }
            Err(error) => return Err(error),
        };
        self.sync_keep(module, support.clone(), scope);
        Ok((support, scope))
    }

    /// Reports, once, that the server's times do not fit the zone that is set.
    pub(crate) fn doubt_zone(&self, ahead_seconds: i64) {
        if self.memory().zone_doubted.swap(true, Ordering::Relaxed) {
            return;
        }
        let (way, minutes) = if ahead_seconds < 0 {
            ("behind", ahead_seconds.saturating_neg() / 60)
        } else {
            ("ahead of", ahead_seconds / 60)
        };
        self.warn(&Warning::Note {
            operation: "simplycrm.changes".to_owned(),
            message: format!(
                "The server's times are {minutes} minutes {way} what the time zone {} makes of \
                 them; set `time_zone` to the zone that the server keeps.",
                self.time_zone().iana_name().unwrap_or("that is set")
            ),
        });
    }

    /// Remembers, and reports, that the server died of a `sync`.
    pub(crate) fn sync_died(&self, module: &str, error: &Error) -> SyncSupport {
        let support = SyncSupport::Unusable {
            reason: error.message().to_owned(),
        };
        self.sync_keep(module, support.clone(), SyncScope::Own);
        support
    }

    /// Remembers what `sync` shows; reports what is news and no good news.
    fn sync_keep(&self, module: &str, support: SyncSupport, scope: SyncScope) {
        let found = Found {
            support: support.clone(),
            scope,
            at: self.clock().now(),
        };
        if !self.memory().keep(module, found) {
            return;
        }
        let module = module.to_owned();
        match support {
            SyncSupport::Unusable { reason } => {
                self.warn(&Warning::SyncUnusable { module, reason });
            }
            SyncSupport::OwnOnly => self.warn(&Warning::SyncOwnOnly { module }),
            SyncSupport::All | SyncSupport::Untold => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_is_read_from_the_version() {
        for (version, generation) in [
            (Some("5.4.0"), Generation::V5),
            (Some("6.5.0"), Generation::Unknown),
            (Some("7.1.0"), Generation::V7),
            (Some("8.3.0"), Generation::V8),
            (Some("9.0"), Generation::Unknown),
            (Some(""), Generation::Unknown),
            (None, Generation::Unknown),
        ] {
            assert_eq!(Generation::of(version), generation, "{version:?}");
        }
    }
}
