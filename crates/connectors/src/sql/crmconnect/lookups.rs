//! Small tables that other tables refer to, kept in memory for a listing.

use std::collections::{BTreeSet, HashMap};

use api_core::Error;
use jiff::tz::TimeZone;

use super::options::Settings;
use super::schema::{Schema, Table};
use crate::sql::db::{Db, Session};
use crate::sql::row::Row;

macro_rules! lookups {
    ($($name:ident = $table:literal, $key:literal, $label:literal;)*) => {
        /// A table of names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Lookup {
            $(
                #[doc = concat!("`", $table, "`: `", $label, "` by `", $key, "`.")]
                $name,
            )*
        }

        impl Lookup {
            const ALL: &'static [Lookup] = &[$(Lookup::$name),*];

            pub(super) fn table(self) -> &'static Table {
                match self {
                    $(Lookup::$name => {
                        static TABLE: Table = Table {
                            name: $table,
                            key: $key,
                            required: &[$label],
                            optional: &[],
                        };
                        &TABLE
                    })*
                }
            }

            fn label(self) -> &'static str {
                match self {
                    $(Lookup::$name => $label,)*
                }
            }
        }
    };
}

lookups! {
    Countries = "countries", "country_id", "iso2";
    CustomerGroups = "customers_groups", "id", "name";
    LeadStatuses = "leads_status", "id", "name";
    LeadSources = "leads_sources", "id", "name";
    TicketStatuses = "tickets_status", "ticketstatusid", "name";
    TicketPriorities = "tickets_priorities", "priorityid", "name";
    Departments = "departments", "departmentid", "name";
    Services = "services", "serviceid", "name";
    Staff = "staff", "staffid", "email";
    PaymentModes = "payment_modes", "id", "name";
}

/// Currencies; `name` is the ISO code.
pub(super) static CURRENCIES: Table = Table {
    name: "currencies",
    key: "id",
    required: &["name", "isdefault"],
    optional: &[],
};

/// Fields of the owner's own.
pub(super) static CUSTOM_FIELDS: Table = Table {
    name: "customfields",
    key: "id",
    required: &["fieldto", "slug", "active"],
    optional: &[],
};

/// A reference into a lookup that found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Miss {
    /// No such name.
    Name(Lookup, i64),
    /// No such currency.
    Currency(i64),
    /// No such custom field.
    CustomField(i64),
}

/// What is known of the CRM besides its records; taken at the start of a listing.
pub(super) struct Snapshot {
    pub(super) schema: Schema,
    pub(super) settings: Settings,
    names: HashMap<(Lookup, i64), String>,
    currencies: HashMap<i64, String>,
    base_currency: Option<String>,
    custom_fields: HashMap<i64, String>,
    /// What was looked for in vain right before this snapshot was taken: no reason for another.
    pub(super) dangling: BTreeSet<Miss>,
}

impl Snapshot {
    /// Reads everything anew.
    pub(super) async fn load(
        db: &Db,
        session: &mut Session,
        prefix: &str,
        zone: Option<&TimeZone>,
        custom_fields: bool,
    ) -> Result<Self, Error> {
        let dialect = db.dialect();
        let schema = Schema::load(session, dialect, prefix).await?;
        let settings = Settings::load(session, dialect, &schema, zone).await?;
        let mut snapshot = Self {
            schema,
            settings,
            names: HashMap::new(),
            currencies: HashMap::new(),
            base_currency: None,
            custom_fields: HashMap::new(),
            dangling: BTreeSet::new(),
        };
        for lookup in Lookup::ALL.iter().copied() {
            for row in snapshot.all(db, session, lookup.table()).await? {
                // An entry that cannot be read is the same as one that is not there.
                if let (Ok(Some(id)), Ok(Some(name))) =
                    (row.int(lookup.table().key), row.text(lookup.label()))
                {
                    snapshot.names.insert((lookup, id), name);
                }
            }
        }
        for row in snapshot.all(db, session, &CURRENCIES).await? {
            if let (Ok(Some(id)), Ok(Some(code))) = (row.int("id"), row.text("name")) {
                let code = code.trim().to_owned();
                if matches!(row.flag("isdefault"), Ok(Some(true)))
                    && snapshot.base_currency.is_none()
                {
                    snapshot.base_currency = Some(code.clone());
                }
                snapshot.currencies.insert(id, code);
            }
        }
        if custom_fields {
            for row in snapshot.all(db, session, &CUSTOM_FIELDS).await? {
                if let (Ok(Some(id)), Ok(Some(slug)), Ok(Some(true))) =
                    (row.int("id"), row.text("slug"), row.flag("active"))
                {
                    snapshot.custom_fields.insert(id, slug);
                }
            }
        }
        Ok(snapshot)
    }

    async fn all(&self, db: &Db, session: &mut Session, table: &Table) -> Result<Vec<Row>, Error> {
        if !self.schema.has(table) {
            return Ok(Vec::new());
        }
        let select = self.schema.select(db.dialect(), table);
        let sql = format!("{} ORDER BY `{}`", select.sql, table.key);
        let rows = session.rows(sql, Vec::new()).await?;
        Ok(rows
            .into_iter()
            .map(|cells| Row::new(select.columns.clone(), cells))
            .collect())
    }

    pub(super) fn name(&self, lookup: Lookup, id: i64) -> Option<&str> {
        self.names.get(&(lookup, id)).map(String::as_str)
    }

    pub(super) fn currency(&self, id: i64) -> Option<&str> {
        self.currencies.get(&id).map(String::as_str)
    }

    pub(super) fn base_currency(&self) -> Option<&str> {
        self.base_currency.as_deref()
    }

    pub(super) fn custom_field(&self, id: i64) -> Option<&str> {
        self.custom_fields.get(&id).map(String::as_str)
    }
}

/// Looks ids up and notes those that are unknown.
pub(super) struct Names<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) misses: BTreeSet<Miss>,
}

impl<'a> Names<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            misses: BTreeSet::new(),
        }
    }

    /// The name behind an id; nothing without an id or for an id that leads nowhere.
    pub(super) fn name(&mut self, lookup: Lookup, id: Option<i64>) -> Option<String> {
        let id = id.filter(|id| *id > 0)?;
        let found = self.snapshot.name(lookup, id);
        if found.is_none() {
            self.misses.insert(Miss::Name(lookup, id));
        }
        found.map(str::to_owned)
    }

    /// The ISO code of a currency; id 0 is the base currency.
    pub(super) fn currency(&mut self, id: Option<i64>) -> Option<String> {
        match id.filter(|id| *id > 0) {
            None => self.snapshot.base_currency().map(str::to_owned),
            Some(id) => {
                let found = self.snapshot.currency(id);
                if found.is_none() {
                    self.misses.insert(Miss::Currency(id));
                }
                found.map(str::to_owned)
            }
        }
    }

    /// The slug of a custom field; nothing for one that is switched off.
    pub(super) fn custom_field(&mut self, id: i64) -> Option<String> {
        let found = self.snapshot.custom_field(id);
        if found.is_none() {
            self.misses.insert(Miss::CustomField(id));
        }
        found.map(str::to_owned)
    }
}
