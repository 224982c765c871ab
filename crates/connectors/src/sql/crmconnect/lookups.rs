//! Small tables that other tables refer to, kept in memory for a listing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api_core::Error;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::options::Settings;
use super::query::Query;
use super::schema::{Schema, Table};
use crate::sql::db::Db;
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

            pub(super) fn label(self) -> &'static str {
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
    Warehouses = "warehouse", "warehouse_id", "warehouse_name";
}

/// Taxes: name and rate.
pub(super) static TAX_RATES: Table = Table {
    name: "taxes",
    key: "id",
    required: &["name", "taxrate"],
    optional: &[],
};

/// A tax of the CRM's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tax {
    pub(super) name: String,
    pub(super) rate: Decimal,
}

/// What a search by name found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// One entry.
    One(i64),
    /// Nothing.
    None,
    /// More than one.
    Several,
}

fn hit(mut ids: impl Iterator<Item = i64>) -> Hit {
    match (ids.next(), ids.next()) {
        (None, _) => Hit::None,
        (Some(id), None) => Hit::One(id),
        (Some(_), Some(_)) => Hit::Several,
    }
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
    /// No such tax.
    Tax(i64),
}

/// What is known of the CRM besides its records; taken at the start of a listing.
pub(super) struct Snapshot {
    pub(super) schema: Schema,
    pub(super) settings: Settings,
    names: HashMap<(Lookup, i64), String>,
    currencies: HashMap<i64, String>,
    base_currency: Option<String>,
    custom_fields: BTreeMap<i64, (String, String)>,
    taxes: BTreeMap<i64, Tax>,
    /// What was looked for in vain right before this snapshot was taken: no reason for another.
    pub(super) dangling: BTreeSet<Miss>,
}

impl Snapshot {
    /// Reads everything anew.
    pub(super) async fn load(
        db: &Db,
        session: &mut dyn Query,
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
            custom_fields: BTreeMap::new(),
            taxes: BTreeMap::new(),
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
        for row in snapshot.all(db, session, &TAX_RATES).await? {
            if let (Ok(Some(id)), Ok(Some(name)), Ok(Some(rate))) =
                (row.int("id"), row.text("name"), row.decimal("taxrate"))
            {
                snapshot.taxes.insert(id, Tax { name, rate });
            }
        }
        if custom_fields {
            for row in snapshot.all(db, session, &CUSTOM_FIELDS).await? {
                if let (Ok(Some(id)), Ok(Some(slug)), Ok(Some(of)), Ok(Some(true))) = (
                    row.int("id"),
                    row.text("slug"),
                    row.text("fieldto"),
                    row.flag("active"),
                ) {
                    snapshot.custom_fields.insert(id, (of, slug));
                }
            }
        }
        Ok(snapshot)
    }

    async fn all(
        &self,
        db: &Db,
        session: &mut dyn Query,
        table: &Table,
    ) -> Result<Vec<Row>, Error> {
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
        self.custom_fields.get(&id).map(|(_, slug)| slug.as_str())
    }

    pub(super) fn tax(&self, id: i64) -> Option<&Tax> {
        self.taxes.get(&id)
    }

    /// The entries of this very name.
    pub(super) fn id_of(&self, lookup: Lookup, name: &str) -> Hit {
        let same = |(key, known): (&(Lookup, i64), &String)| {
            (key.0 == lookup && known.trim() == name.trim()).then_some(key.1)
        };
        hit(self.names.iter().filter_map(same))
    }

    /// The currencies of this ISO code.
    pub(super) fn currency_of(&self, code: &str) -> Hit {
        let same = |(id, known): (&i64, &String)| (known == code.trim()).then_some(*id);
        hit(self.currencies.iter().filter_map(same))
    }

    /// All currencies: id and ISO code.
    pub(super) fn currencies(&self) -> Vec<(i64, &str)> {
        let mut all: Vec<(i64, &str)> = self
            .currencies
            .iter()
            .map(|(id, code)| (*id, code.as_str()))
            .collect();
        all.sort_unstable();
        all
    }

    /// The first tax of this name and rate; several that agree in both are the same.
    pub(super) fn tax_of(&self, name: &str, rate: Decimal) -> Option<i64> {
        self.taxes
            .iter()
            .find(|(_, tax)| tax.name.trim() == name.trim() && tax.rate == rate)
            .map(|(id, _)| *id)
    }

    /// The first field of the owner's own with this slug, for this kind of record.
    pub(super) fn custom_field_of(&self, of: &str, slug: &str) -> Option<i64> {
        self.custom_fields
            .iter()
            .find(|(_, known)| known.0 == of && known.1 == slug)
            .map(|(id, _)| *id)
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

    /// The tax behind an id; nothing without an id or for an id that leads nowhere.
    pub(super) fn tax(&mut self, id: Option<i64>) -> Option<Tax> {
        let id = id.filter(|id| *id > 0)?;
        let found = self.snapshot.tax(id);
        if found.is_none() {
            self.misses.insert(Miss::Tax(id));
        }
        found.cloned()
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
