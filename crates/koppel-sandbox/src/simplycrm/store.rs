//! The records of a server, and its users.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::clock::Clock;
use super::generation::{Generation, SyncMode};
use super::inventory::Line;
use super::params::Upload;
use super::schema::{Module, Schema};

mod furnish;
mod past;

pub use past::JournalEntry;
pub(crate) use past::Past;

/// Prefix of users' ids.
pub(crate) const USERS: u32 = 19;

/// A user of the server.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) password: String,
    pub(crate) admin: bool,
    pub(crate) groups: BTreeSet<u64>,
    /// Modules this user may read but not write.
    pub(crate) read_only: BTreeSet<String>,
    /// Modules this user does not know.
    pub(crate) hidden: BTreeSet<String>,
}

impl User {
    pub(crate) fn ws_id(&self) -> String {
        format!("{USERS}x{}", self.id)
    }

    pub(crate) fn sees(&self, module: &Module) -> bool {
        !self.hidden.contains(module.name) && (self.admin || module.name != "Users")
    }

    pub(crate) fn writes(&self, module: &Module) -> bool {
        !self.read_only.contains(module.name) && self.sees(module)
    }
}

/// A record.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) number: u64,
    pub(crate) module: &'static str,
    /// What was set, as it is stored; empty values are left out.
    pub(crate) values: BTreeMap<String, String>,
    /// Seconds since 1970.
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) modified_by: u64,
    pub(crate) creator: u64,
    pub(crate) deleted: bool,
    /// A lead that became something else.
    pub(crate) converted: bool,
    pub(crate) stars: BTreeSet<u64>,
    pub(crate) lines: Vec<Line>,
    pub(crate) file: Option<Upload>,
    pub(crate) made: Instant,
}

impl Row {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }

    pub(crate) fn set(&mut self, field: &str, value: String) {
        if value.is_empty() {
            self.values.remove(field);
        } else {
            self.values.insert(field.to_owned(), value);
        }
    }

    /// Who it belongs to, such as `19x1`; its maker where the module has no field for it.
    pub(crate) fn owner(&self) -> Cow<'_, str> {
        match self.text("assigned_user_id") {
            "" => format!("{USERS}x{}", self.creator).into(),
            owner => owner.into(),
        }
    }

    /// Whether queries and syncs show it.
    pub(crate) fn is_live(&self) -> bool {
        !self.deleted && !self.converted
    }
}

/// Everything a server remembers.
pub(crate) struct Store {
    pub(crate) generation: Generation,
    pub(crate) schema: Arc<Schema>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) sync: SyncMode,
    pub(crate) users: Vec<User>,
    /// Modules whose records only their owners and admins see.
    pub(crate) private: BTreeSet<String>,
    /// Whether `convertlead` works.
    pub(crate) converts: bool,
    /// Whether logins are refused because of where they come from.
    pub(crate) whitelisted: bool,
    rows: HashMap<&'static str, BTreeMap<u64, Row>>,
    /// The module of each entity's number.
    whose: HashMap<u64, &'static str>,
    next: u64,
    pub(crate) next_line: u64,
    series: HashMap<&'static str, u64>,
    pub(crate) links: BTreeSet<(u64, u64)>,
    journal: Vec<JournalEntry>,
    history: VecDeque<Past>,
    /// Who has or had a value that may stand once alone.
    holders: HashMap<String, Vec<u64>>,
}

/// The field that numbers a module's records, and what numbers start with.
fn series(module: &str) -> Option<(&'static str, &'static str)> {
    Some(match module {
        "Accounts" => ("account_no", "ACC"),
        "Contacts" => ("contact_no", "CON"),
        "Leads" => ("lead_no", "LEA"),
        "Potentials" => ("potential_no", "POT"),
        "HelpDesk" => ("ticket_no", "TT"),
        "Products" => ("product_no", "PRO"),
        "Services" => ("service_no", "SER"),
        "Invoice" => ("invoice_no", "INV"),
        "Quotes" => ("quote_no", "QUO"),
        "SalesOrder" => ("salesorder_no", "SO"),
        "PurchaseOrder" => ("purchaseorder_no", "PO"),
        "Vendors" => ("vendor_no", "VEN"),
        "Campaigns" => ("campaign_no", "CAM"),
        "Documents" => ("note_no", "DOC"),
        "Faq" => ("faq_no", "FAQ"),
        "PriceBooks" => ("pricebook_no", "PB"),
        "Project" => ("project_no", "PROJ"),
        "ProjectTask" => ("projecttask_no", "PT"),
        "ProjectMilestone" => ("projectmilestone_no", "PM"),
        "Assets" => ("asset_no", "ASSET"),
        "ServiceContracts" => ("contract_no", "SERCON"),
        _ => return None,
    })
}

/// Whether a field holds a secret.
pub(crate) fn is_secret(field: &str) -> bool {
    matches!(field, "user_password" | "confirm_password" | "accesskey")
}

impl Store {
    pub(crate) fn new(schema: Schema, clock: Arc<Clock>, sync: SyncMode) -> Store {
        let generation = schema.generation;
        let mut store = Store {
            generation,
            schema: Arc::new(schema),
            clock,
            sync,
            users: Vec::new(),
            private: BTreeSet::new(),
            converts: generation == Generation::Simply,
            whitelisted: false,
            rows: HashMap::new(),
            whose: HashMap::new(),
            next: 2,
            next_line: 1,
            series: HashMap::new(),
            links: BTreeSet::new(),
            journal: Vec::new(),
            history: VecDeque::new(),
            holders: HashMap::new(),
        };
        store.furnish();
        store
    }

    /// Puts a row that is no entity in place.
    pub(crate) fn put(
        &mut self,
        module: &'static str,
        number: u64,
        values: BTreeMap<String, String>,
        at: i64,
    ) {
        let row = Row {
            number,
            module,
            values,
            created: at,
            modified: at,
            modified_by: 1,
            creator: 1,
            deleted: false,
            converted: false,
            stars: BTreeSet::new(),
            lines: Vec::new(),
            file: None,
            made: Instant::now(),
        };
        self.rows.entry(module).or_default().insert(number, row);
    }

    /// A new record with the next number; not journalled.
    pub(crate) fn add(
        &mut self,
        module: &Module,
        mut values: BTreeMap<String, String>,
        user: u64,
    ) -> u64 {
        let number = self.next;
        self.next += 1;
        if let Some((field, prefix)) = series(module.name) {
            let count = self.series.entry(module.name).or_insert(0);
            *count += 1;
            values.insert(field.to_owned(), format!("{prefix}{count}"));
        }
        let now = self.clock.now();
        self.put(module.name, number, values, now);
        self.whose.insert(number, module.name);
        if let Some(row) = self.row_mut(module.name, number) {
            row.creator = user;
            row.modified_by = user;
        }
        number
    }

    pub(crate) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn row(&self, module: &str, number: u64) -> Option<&Row> {
        self.rows.get(module)?.get(&number)
    }

    pub(crate) fn row_mut(&mut self, module: &str, number: u64) -> Option<&mut Row> {
        self.rows.get_mut(module)?.get_mut(&number)
    }

    /// The module of an entity's number.
    pub(crate) fn whose(&self, number: u64) -> Option<&'static str> {
        self.whose.get(&number).copied()
    }

    /// An entity by its number alone.
    pub(crate) fn entity(&self, number: u64) -> Option<&Row> {
        self.row(self.whose(number)?, number)
    }

    /// All rows of a module above a number, by number.
    pub(crate) fn above(&self, module: &str, number: u64) -> impl Iterator<Item = &Row> {
        let from = (
            std::ops::Bound::Excluded(number),
            std::ops::Bound::Unbounded,
        );
        self.rows
            .get(module)
            .into_iter()
            .flat_map(move |rows| rows.range(from).map(|(_, row)| row))
    }

    pub(crate) fn all(&self, module: &str) -> impl Iterator<Item = &Row> {
        self.above(module, 0)
    }

    /// Whether the user may see the record.
    pub(crate) fn may_read(&self, user: &User, row: &Row) -> bool {
        if user.admin || !self.private.contains(row.module) {
            return true;
        }
        let owner = row.owner();
        owner == user.ws_id()
            || owner
                .strip_prefix("20x")
                .and_then(|group| group.parse().ok())
                .is_some_and(|group| user.groups.contains(&group))
    }

    pub(crate) fn id_of(&self, row: &Row) -> String {
        let prefix = self
            .schema
            .module(row.module)
            .map_or(0, |module| module.prefix);
        format!("{prefix}x{}", row.number)
    }

    /// What a record is called elsewhere.
    pub(crate) fn label_of(&self, row: &Row) -> String {
        let Some(module) = self.schema.module(row.module) else {
            return String::new();
        };
        module
            .label_fields()
            .map(|field| row.text(field))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether a reference leads to something that is there.
    pub(crate) fn leads_somewhere(&self, id: &str) -> bool {
        self.target(id).is_some()
    }

    /// The live record a reference means.
    pub(crate) fn target(&self, id: &str) -> Option<&Row> {
        let (prefix, number) = id.split_once('x')?;
        let module = self.schema.by_prefix(prefix.parse().ok()?)?;
        let row = self.row(module.name, number.parse().ok()?)?;
        (!row.deleted).then_some(row)
    }

    /// The stored text of a field as comparisons see it; `id` is the bare number.
    pub(crate) fn stored<'a>(&self, row: &'a Row, module: &Module, field: &str) -> Cow<'a, str> {
        match field {
            "id" => Cow::Owned(row.number.to_string()),
            "createdtime" => Cow::Owned(self.clock.text(row.created)),
            "modifiedtime" => Cow::Owned(self.clock.text(row.modified)),
            "modifiedby" => Cow::Owned(format!("{USERS}x{}", row.modified_by)),
            _ => match row.values.get(field) {
                Some(value) => Cow::Borrowed(value.as_str()),
                None if module
                    .field(field)
                    .is_some_and(|f| f.kind == super::schema::Kind::Boolean) =>
                {
                    Cow::Borrowed("0")
                }
                None => Cow::Borrowed(""),
            },
        }
    }

    pub(crate) fn holders(&self, key: &str) -> &[u64] {
        self.holders.get(key).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn add_holder(&mut self, key: String, number: u64) {
        let holders = self.holders.entry(key).or_default();
        if !holders.contains(&number) {
            holders.push(number);
        }
    }
}

/// Who does something, and with which request.
#[derive(Debug, Clone)]
pub(crate) struct By {
    pub(crate) user: User,
    pub(crate) request: u64,
}
