//! The mobile API: `modules/Mobile/api.php`, with a password and sessions of
//! its own.
//!
//! There are two generations with the same operations and other shapes. Simply
//! documents the old one (mobile module 1.2.1); its webservice is of the new
//! one, so this client goes by what the login says (`mobile_module_version`)
//! and by what answers look like.
//!
//! | | [`Generation::Old`] | [`Generation::New`] |
//! |---|---|---|
//! | `listModuleRecords` | ids and titles, 99 a page from 0 | numbers and columns, 20 a page from 1, `moreRecords` |
//! | `fetchModuleFilters` | `yours`, `others` | `Mine`, `Shared`, `Others` |
//! | `deleteRecords` | ids (`12x3`) | numbers (`3`) |
//! | `addRecordComment` on a ticket | no answer at all | the comment |
//! | `logout`, `fetchModules`, `userInfo`, `history`, `taxByType`, `fetchModuleOwners`, `fetchReferenceRecords` | none | there |
//!
//! The old column is that of a recorded vtiger 5.4.0 server, the new one that
//! of a recorded vtiger 7.1.0 server. `searchText`, `searchField` and the
//! members of a group are in the vendor documentation only.
//!
//! ```no_run
//! use simplycrm_ws::mobile::{Client, SyncMode};
//! use futures_util::StreamExt;
//!
//! # async fn run() -> Result<(), simplycrm_ws::Error> {
//! let client = Client::builder(
//!     "https://crm.example.com",
//!     "admin",
//!     std::env::var("SIMPLYCRM_PASSWORD").unwrap_or_default().into(),
//! )
//! .build()?;
//! let mut changes = std::pin::pin!(client.changes("Contacts", None, SyncMode::Public));
//! while let Some(part) = changes.next().await {
//!     for contact in part?.updated {
//!         println!("{:?} {}", contact.id(), contact.text("lastname"));
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every parameter but `query` goes through an HTML purifier before the server
//! reads it. JSON ones are sent with `<`, `>` and `&` escaped and pass whole;
//! in `searchText` and the text of [`Client::references`] those three are
//! altered on the way.

mod activity;
mod client;
mod comment;
mod delete;
mod fetch;
mod list;
mod list_request;
mod lists;
mod login;
mod operations;
mod people;
mod query;
mod record;
mod refusal;
mod related;
mod save;
mod sync;
mod users;
mod wire;

pub use activity::{ActivityKind, NewActivity, activity_kind};
pub use client::{Client, ClientBuilder};
pub use comment::Comment;
pub use delete::Deleted;
pub use fetch::RelatedCount;
pub use list::{Header, ListPage, ListedRecord};
pub use list_request::{Comparator, ListRequest};
pub use lists::{Alert, Filter, FilterDetails, Filters};
pub use login::Login;
pub use people::{Charge, Module, Owners, Tax, TaxKind, UserInfo};
pub use query::Page;
pub use record::{Block, Labelled, Place, Record, Value};
pub use refusal::Refusal;
pub use related::{Change, HistoryEntry, HistoryOf, HistoryStatus, Linked, Related};
pub use save::Saved;
pub use sync::{Changes, ParseTokenError, SyncMode, SyncPage, SyncToken};
pub use users::{Member, NewGroup, NewUser};

/// Finds an operation of the mobile API by its wire name; the case matters.
///
/// One that only reads may be sent twice: its safety is
/// [`Idempotent`](crate::Safety::Idempotent).
#[must_use]
pub fn known(name: &str) -> Option<&'static crate::Operation> {
    operations::known(name)
}

/// Which shapes a mobile module has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Generation {
    /// Module 1.x, as Simply documents it.
    Old,
    /// Module 2.0 and later.
    New,
}

impl Generation {
    /// The generation of a `mobile_module_version`; old where none is named.
    #[must_use]
    pub fn of(module_version: Option<&str>) -> Self {
        let major = module_version
            .and_then(|version| version.trim().split('.').next())
            .and_then(|major| major.parse::<u32>().ok());
        match major {
            Some(major) if major >= 2 => Self::New,
            _ => Self::Old,
        }
    }
}

/// Writes JSON as a parameter that passes the server's purifier whole.
///
/// ```
/// use simplycrm_ws::{Json, mobile};
///
/// let values = Json::parse(r#"{"title":"R & D <b>"}"#)?;
/// assert_eq!(mobile::escaped(&values), r#"{"title":"R \u0026 D \u003cb\u003e"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn escaped(json: &api_core::Json) -> String {
    wire::escaped(json)
}

#[cfg(test)]
mod tests;
