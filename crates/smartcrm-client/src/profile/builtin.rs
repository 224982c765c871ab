//! The profiles that come with the crate.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AuthStyle, BodyEncoding, Dialect, Entity, ExternalIdMode, NameList, Paging, PagingMode,
    Profile, Push, PushMode, Search, perfex,
};

pub(super) type Pairs = &'static [(&'static str, &'static str)];

pub(super) fn owned<C: FromIterator<String>>(texts: &[&str]) -> C {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn names(pairs: Pairs) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned()))
        .collect()
}

/// These paths, and an empty one for every other entity.
fn only(paths: &[(Entity, &str)]) -> BTreeMap<Entity, String> {
    let none = Entity::ALL.map(|entity| (entity, ""));
    none.iter()
        .chain(paths)
        .map(|(entity, path)| (*entity, (*path).to_owned()))
        .collect()
}

fn keys(keys: &[&[&str]]) -> Vec<Vec<String>> {
    keys.iter().map(|key| owned(key)).collect()
}

impl Profile {
    /// The names of the profiles that come with the crate.
    pub const NAMES: [&'static str; 3] = ["smartcrm", "perfex", "rise"];

    /// The profile of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "smartcrm" => Some(Self::smartcrm()),
            "perfex" => Some(Self::perfex()),
            "rise" => Some(Self::rise()),
            _ => None,
        }
    }

    /// The inferred contract of SmartCRM.
    #[must_use]
    pub fn smartcrm() -> Self {
        let v2 = [
            Entity::ProductGroups,
            Entity::Products,
            Entity::Discounts,
            Entity::Stock,
            Entity::Orders,
        ];
        let path = |entity: Entity| {
            if v2.contains(&entity) {
                format!("v2/{entity}")
            } else {
                entity.to_string()
            }
        };
        Self {
            name: "smartcrm".to_owned(),
            api_prefix: "index.php/api/".to_owned(),
            auth: vec![AuthStyle::Bearer],
            client_token_header: "X-Client-Token".to_owned(),
            client_token_prefix: "v2/".to_owned(),
            ping_path: "ping".to_owned(),
            paths: Entity::ALL
                .into_iter()
                .map(|entity| (entity, path(entity)))
                .collect(),
            read_only: v2.into_iter().chain([Entity::Payments]).collect(),
            push: Push::default(),
            paging: Paging::default(),
            updated_since_param: "updated_since".to_owned(),
            search: Search::default(),
            body: BodyEncoding::Json,
            idempotency_header: "Idempotency-Key".to_owned(),
            idempotency_honoured: false,
            settle_ms: 5_000,
            external_id: ExternalIdMode::Stored,
            id_fields: owned(&["record_id", "id", "data.id", "insert_id"]),
            fields: BTreeMap::new(),
            read_fields: BTreeMap::new(),
            takes: BTreeMap::new(),
            constants: BTreeMap::new(),
            named: BTreeMap::new(),
            lookups: BTreeMap::new(),
            lists: BTreeMap::new(),
            numbering: BTreeMap::new(),
            dialect: Dialect::SmartCrm,
            time_zone: "UTC".to_owned(),
            creates_return_id: true,
            natural_keys: BTreeMap::from([
                (Entity::Clients, keys(&[&["vat"], &["company"]])),
                (Entity::Contacts, keys(&[&["email"]])),
                (Entity::Leads, keys(&[&["email"], &["name", "company"]])),
                (Entity::Projects, keys(&[&["name", "client_id"]])),
                (
                    Entity::Tickets,
                    keys(&[&["subject", "client_id"], &["subject", "email"]]),
                ),
                (Entity::Invoices, keys(&[&["number"]])),
            ]),
            empty_texts: owned(&["no data were found", "no data found"]),
            auth_texts: owned(&["token", "unauthorised", "unauthorized"]),
            route_texts: owned(&["unknown method", "unknown endpoint", "unknown route"]),
        }
    }

    /// The REST API module of Perfex, version 3, by its public documents.
    ///
    /// For a version 2 server set `push.mode = "single"`,
    /// `paging.mode = "none"`, `creates_return_id = false` and
    /// `idempotency_header = ""`.
    #[must_use]
    pub fn perfex() -> Self {
        let paths: [(Entity, &str); 9] = [
            (Entity::Products, "items"),
            (Entity::Clients, "customers"),
            (Entity::Contacts, "contacts"),
            (Entity::Leads, "leads"),
            (Entity::Projects, "projects"),
            (Entity::Tickets, "tickets"),
            (Entity::Orders, "estimates"),
            (Entity::Invoices, "invoices"),
            (Entity::Payments, "payments"),
        ];
        Self {
            name: "perfex".to_owned(),
            api_prefix: "api/".to_owned(),
            auth: vec![AuthStyle::Header {
                name: "authtoken".to_owned(),
            }],
            client_token_prefix: String::new(),
            ping_path: String::new(),
            paths: only(&paths),
            read_only: BTreeSet::from([Entity::Products, Entity::Orders]),
            push: Push {
                mode: PushMode::PerfexBatch,
                route: "batch".to_owned(),
                max_records: Some(50),
                ..Push::default()
            },
            paging: Paging {
                max_per_page: Some(100),
                ..Paging::default()
            },
            updated_since_param: String::new(),
            search: Search {
                route: "{entity}/search/{value}".to_owned(),
                paged: false,
                ..Search::default()
            },
            external_id: ExternalIdMode::Ignored,
            fields: perfex::fields(),
            read_fields: perfex::read_fields(),
            takes: perfex::takes(),
            constants: perfex::constants(),
            named: perfex::named(),
            lookups: perfex::lookups(),
            lists: BTreeMap::from([
                (
                    "countries".to_owned(),
                    NameList {
                        route: "common/countries".to_owned(),
                        id: "country_id".to_owned(),
                        name: "iso2".to_owned(),
                    },
                ),
                (
                    "currencies".to_owned(),
                    NameList {
                        route: "common/currencies".to_owned(),
                        id: "id".to_owned(),
                        name: "name".to_owned(),
                    },
                ),
            ]),
            dialect: Dialect::Perfex,
            natural_keys: BTreeMap::from([
                (Entity::Clients, keys(&[&["vat"], &["company"]])),
                (Entity::Contacts, keys(&[&["email"]])),
                (Entity::Leads, keys(&[&["email"], &["name", "company"]])),
                (Entity::Projects, keys(&[&["name", "client_id"]])),
                (Entity::Tickets, keys(&[&["subject", "client_id"]])),
                (Entity::Invoices, keys(&[&["number"]])),
                (Entity::Payments, keys(&[&["transaction_id", "invoice_id"]])),
            ]),
            ..Self::smartcrm()
        }
    }

    /// The REST plugin of RISE, as a public client of it shows.
    #[must_use]
    pub fn rise() -> Self {
        let paths = [
            Entity::Clients,
            Entity::Contacts,
            Entity::Leads,
            Entity::Projects,
            Entity::Tickets,
            Entity::Invoices,
        ];
        let search = |entity: Entity| {
            let word = entity.as_str();
            let (first, rest) = word.split_at(1);
            format!(
                "get{}{rest}Search/search/{{value}}",
                first.to_ascii_uppercase()
            )
        };
        Self {
            name: "rise".to_owned(),
            auth: vec![
                AuthStyle::Bearer,
                AuthStyle::Header {
                    name: "X-API-Token".to_owned(),
                },
            ],
            client_token_prefix: String::new(),
            ping_path: String::new(),
            paths: only(&paths.map(|entity| (entity, entity.as_str()))),
            read_only: BTreeSet::new(),
            push: Push {
                mode: PushMode::Single,
                ..Push::default()
            },
            paging: Paging {
                mode: PagingMode::None,
                ..Paging::default()
            },
            updated_since_param: String::new(),
            search: Search {
                routes: paths
                    .into_iter()
                    .map(|entity| (entity, search(entity)))
                    .collect(),
                paged: false,
                ..Search::default()
            },
            body: BodyEncoding::Form,
            idempotency_header: String::new(),
            external_id: ExternalIdMode::Ignored,
            fields: BTreeMap::from([
                (
                    Entity::Clients,
                    names(&[("company", "company_name"), ("vat", "vat_number")]),
                ),
                (Entity::Leads, names(&[("company", "company_name")])),
                (Entity::Projects, names(&[("name", "title")])),
                (Entity::Tickets, names(&[("subject", "title")])),
            ]),
            dialect: Dialect::Rise,
            creates_return_id: false,
            ..Self::smartcrm()
        }
    }
}
