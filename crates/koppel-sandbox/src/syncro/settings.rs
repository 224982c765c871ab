//! How the account behaves, and what its token allows.

use std::collections::{BTreeMap, HashSet};

use rust_decimal::Decimal;
use serde_json::Value;

use super::schema::Resource;

/// What a test can set of the account's behaviour.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) account: String,
    pub(crate) permissions: Permissions,
    pub(crate) page_sizes: BTreeMap<&'static str, usize>,
    pub(crate) per_page_honoured: bool,
    /// Lists that give everything at once, whatever page is asked for.
    pub(crate) pages_ignored: HashSet<Resource>,
    /// Most records of a page, whatever is asked for.
    pub(crate) largest_page: usize,
    /// Resources whose `since_updated_at` works.
    pub(crate) since: HashSet<Resource>,
    /// The tax rates by their id, in percent; the first is that of who has none.
    pub(crate) tax_rates: Vec<(i64, Decimal)>,
    /// Properties that are shown or taken although the document does not say so.
    pub(crate) shown: HashSet<(Resource, String)>,
    pub(crate) taken: HashSet<(Resource, String)>,
    /// What `/settings` and `/tickets/settings` tell besides.
    pub(crate) settings: Value,
    pub(crate) ticket_settings: Value,
    /// A payment moves its invoice's `updated_at`.
    pub(crate) payments_touch: bool,
    /// `/callerid` answers the text `Disabled`.
    pub(crate) callerid: bool,
}

/// What the token allows.
#[derive(Debug, Clone)]
pub(crate) enum Permissions {
    /// Everything but these.
    Without(HashSet<String>),
    /// Nothing but these.
    Only(HashSet<String>),
}

impl Permissions {
    pub(crate) fn allow(&self, permission: &str) -> bool {
        match self {
            Permissions::Without(missing) => !missing.contains(permission),
            Permissions::Only(given) => given.contains(permission),
        }
    }
}
