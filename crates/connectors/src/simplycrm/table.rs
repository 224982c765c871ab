//! Which canonical field is which field of which module.
//!
//! Source: the modules that recorded vtiger 5.4.0 and 7.1.0 servers describe. What an installation
//! has more, it has in custom fields; [`SimplyCrmBuilder::field`](super::SimplyCrmBuilder::field)
//! says which of them holds a canonical field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sync_core::EntityKind;

use super::words::{INVOICE_STATUSES, PROJECT_STATUSES};
use crate::words::Words;

/// The module that keeps what Koppel has no word for, and never names itself.
pub(super) const MODULES: [(EntityKind, &str); 7] = [
    (EntityKind::Product, "Products"),
    (EntityKind::Customer, "Accounts"),
    (EntityKind::Contact, "Contacts"),
    (EntityKind::Lead, "Leads"),
    (EntityKind::Project, "Project"),
    (EntityKind::Ticket, "HelpDesk"),
    (EntityKind::Invoice, "Invoice"),
];

/// The module that holds records of a kind.
pub(super) fn module_of(kind: EntityKind) -> Option<&'static str> {
    MODULES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, module)| *module)
}

/// The kind of record that a module holds.
pub(super) fn kind_of(module: &str) -> Option<EntityKind> {
    MODULES
        .iter()
        .find(|(_, known)| *known == module)
        .map(|(kind, _)| *kind)
}

/// How a field looks on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text; a value of the list where the module says that it is a picklist.
    Text,
    /// `0` or `1`.
    Bool,
    /// A whole number.
    Int,
    /// A number with a point.
    Decimal,
    /// An amount that is nothing where it is zero.
    Amount,
    /// A number in a field of text: what is none reads as nothing.
    Budget,
    /// Tenths, as a picklist of `10%` to `100%`; nothing is 0.
    Percent,
    /// `YYYY-MM-DD`.
    Date,
    /// A moment of which the day is kept.
    Day,
    /// `YYYY-MM-DD HH:MM:SS` in the zone of the server.
    Timestamp,
    /// The day of such a time.
    DayOf,
    /// `NNxID`.
    Ref(EntityKind),
    /// Street, city, state, postal code and country, each in a field of its own.
    Address([&'static str; 5]),
    /// One name, kept whole in the last name; the other field is what a person put in front.
    Name {
        /// The field of the first name.
        first: &'static str,
    },
    /// A reference to the module Currency, in words its code.
    Currency,
    /// The currency of a price, which is the base currency of the installation.
    BaseCurrency,
    /// A sum that the server makes of the lines.
    Total,
    /// The sum of the lines without taxes.
    Subtotal,
    /// Total less what is due before taxes.
    TaxTotal,
    /// Line items.
    Lines,
    /// Fields that the owner added.
    Custom,
}

/// One canonical field and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The canonical name.
    pub(super) ours: Cow<'static, str>,
    /// The name in the module; empty where the shape names several.
    pub(super) wire: Cow<'static, str>,
    /// How it looks there.
    pub(super) shape: Shape,
    /// Whether the server alone writes it.
    pub(super) read_only: bool,
}

const fn both(ours: &'static str, wire: &'static str, shape: Shape) -> Entry {
    Entry {
        ours: Cow::Borrowed(ours),
        wire: Cow::Borrowed(wire),
        shape,
        read_only: false,
    }
}

const fn read(ours: &'static str, wire: &'static str, shape: Shape) -> Entry {
    Entry {
        ours: Cow::Borrowed(ours),
        wire: Cow::Borrowed(wire),
        shape,
        read_only: true,
    }
}

use Shape::{Bool, Budget, Custom, Date, Day, DayOf, Decimal, Percent, Text, Timestamp};

const CUSTOMER: &[Entry] = &[
    read("number", "account_no", Text),
    both("name", "accountname", Text),
    both("email", "email1", Text),
    both("phone", "phone", Text),
    both("website", "website", Text),
    both("address", "", Shape::Address(BILLING)),
    both("shipping_address", "", Shape::Address(SHIPPING)),
    read("created_at", "createdtime", Timestamp),
    both("custom_fields", "", Custom),
];

const BILLING: [&str; 5] = [
    "bill_street",
    "bill_city",
    "bill_state",
    "bill_code",
    "bill_country",
];
const SHIPPING: [&str; 5] = [
    "ship_street",
    "ship_city",
    "ship_state",
    "ship_code",
    "ship_country",
];

const CONTACT: &[Entry] = &[
    both("customer", "account_id", Shape::Ref(EntityKind::Customer)),
    both("first_name", "firstname", Text),
    both("last_name", "lastname", Text),
    both("email", "email", Text),
    both("phone", "phone", Text),
    both("title", "title", Text),
    read("created_at", "createdtime", Timestamp),
    both("custom_fields", "", Custom),
];

const LEAD: &[Entry] = &[
    both("name", "lastname", Shape::Name { first: "firstname" }),
    both("title", "designation", Text),
    both("company", "company", Text),
    both("email", "email", Text),
    both("phone", "phone", Text),
    both("website", "website", Text),
    both(
        "address",
        "",
        Shape::Address(["lane", "city", "state", "code", "country"]),
    ),
    both("status", "leadstatus", Text),
    both("source", "leadsource", Text),
    both("description", "description", Text),
    read("created_at", "createdtime", Timestamp),
    both("custom_fields", "", Custom),
];

const PROJECT: &[Entry] = &[
    both("name", "projectname", Text),
    both(
        "customer",
        "linktoaccountscontacts",
        Shape::Ref(EntityKind::Customer),
    ),
    both("status", "projectstatus", Text),
    both("start_date", "startdate", Date),
    both("deadline", "targetenddate", Date),
    both("finished_at", "actualenddate", Day),
    both("progress", "progress", Percent),
    both("cost", "targetbudget", Budget),
    both("description", "description", Text),
    read("created_on", "createdtime", DayOf),
    both("custom_fields", "", Custom),
];

const TICKET: &[Entry] = &[
    both("subject", "ticket_title", Text),
    both("customer", "parent_id", Shape::Ref(EntityKind::Customer)),
    both("contact", "contact_id", Shape::Ref(EntityKind::Contact)),
    both("priority", "ticketpriorities", Text),
    both("status", "ticketstatus", Text),
    both("message", "description", Text),
    read("created_at", "createdtime", Timestamp),
    both("custom_fields", "", Custom),
];

const INVOICE: &[Entry] = &[
    both("number", "subject", Text),
    both("customer", "account_id", Shape::Ref(EntityKind::Customer)),
    both("date", "invoicedate", Date),
    both("due_date", "duedate", Date),
    both("currency", "currency_id", Shape::Currency),
    both("status", "invoicestatus", Text),
    both("subtotal", "hdnSubTotal", Shape::Subtotal),
    both("discount", "hdnDiscountAmount", Shape::Amount),
    both("adjustment", "txtAdjustment", Shape::Amount),
    both("tax_total", "pre_tax_total", Shape::TaxTotal),
    both("total", "hdnGrandTotal", Shape::Total),
    both("lines", "LineItems", Shape::Lines),
    both("note", "description", Text),
    both("terms", "terms_conditions", Text),
    read("created_at", "createdtime", Timestamp),
    both("custom_fields", "", Custom),
];

const PRODUCT: &[Entry] = &[
    both("code", "productcode", Text),
    both("name", "productname", Text),
    both("description", "description", Text),
    both("price", "unit_price", Decimal),
    both("currency", "currency_id", Shape::BaseCurrency),
    both("unit", "usageunit", Text),
    both("active", "discontinued", Bool),
    both("custom_fields", "", Custom),
];

fn standard(kind: EntityKind) -> &'static [Entry] {
    match kind {
        EntityKind::Product => PRODUCT,
        EntityKind::Customer => CUSTOMER,
        EntityKind::Contact => CONTACT,
        EntityKind::Lead => LEAD,
        EntityKind::Project => PROJECT,
        EntityKind::Ticket => TICKET,
        EntityKind::Invoice => INVOICE,
        _ => &[],
    }
}

/// The places of every kind of record, as an installation has them.
#[derive(Debug, Clone)]
pub(super) struct Table {
    entries: BTreeMap<EntityKind, Vec<Entry>>,
    words: BTreeMap<(EntityKind, String), Words>,
}

impl Table {
    /// What a fresh installation has.
    pub(super) fn standard() -> Self {
        let entries = MODULES.map(|(kind, _)| (kind, standard(kind).to_vec()));
        let mut table = Self {
            entries: BTreeMap::from(entries),
            words: BTreeMap::new(),
        };
        for (kind, pairs) in [
            (EntityKind::Project, PROJECT_STATUSES.as_slice()),
            (EntityKind::Invoice, INVOICE_STATUSES.as_slice()),
        ] {
            for (ours, theirs) in pairs.iter().rev() {
                table.word(kind, "status", ours, theirs);
            }
        }
        table
    }

    /// The places of a kind of record.
    pub(super) fn entries(&self, kind: EntityKind) -> &[Entry] {
        self.entries.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The place of one field.
    pub(super) fn entry(&self, kind: EntityKind, ours: &str) -> Option<&Entry> {
        self.entries(kind).iter().find(|entry| entry.ours == ours)
    }

    /// The words of a field.
    pub(super) fn words(&self, kind: EntityKind, ours: &str) -> Option<&Words> {
        self.words.get(&(kind, ours.to_owned()))
    }

    /// Says what one word is there; it goes before what was said so far.
    pub(super) fn word(&mut self, kind: EntityKind, field: &str, ours: &str, theirs: &str) {
        self.words
            .entry((kind, field.to_owned()))
            .or_default()
            .prefer(ours, theirs);
    }

    /// Gives a canonical field its place in the module. `false` when there is no such field, or
    /// it is of a type that one field of a module cannot hold.
    pub(super) fn place(&mut self, kind: EntityKind, ours: &str, wire: &str) -> bool {
        let spec = sync_core::fields::schema(kind)
            .iter()
            .find(|spec| spec.name == ours);
        let shape = match spec.map(|spec| spec.expected) {
            Some("text") => Text,
            Some("a boolean") => Bool,
            Some("a whole number") => Shape::Int,
            Some("a decimal number") => Decimal,
            Some("a date") => Date,
            Some("a time stamp") => Timestamp,
            _ => return false,
        };
        let entries = self.entries.entry(kind).or_default();
        entries.retain(|entry| entry.ours != ours);
        entries.push(Entry {
            ours: Cow::Owned(ours.to_owned()),
            wire: Cow::Owned(wire.to_owned()),
            shape,
            read_only: false,
        });
        true
    }

    /// The names in the module that canonical fields have.
    pub(super) fn wires(&self, kind: EntityKind) -> Vec<&str> {
        let mut wires = Vec::new();
        for entry in self.entries(kind) {
            match &entry.shape {
                Shape::Address(parts) => wires.extend(parts.iter().copied()),
                Shape::Custom => {}
                Shape::Name { first } => wires.extend([entry.wire.as_ref(), first]),
                _ => wires.push(entry.wire.as_ref()),
            }
        }
        wires
    }

    /// The canonical fields of a kind of record that are not written.
    pub(super) fn dropped(&self, kind: EntityKind) -> Vec<&'static str> {
        sync_core::fields::schema(kind)
            .iter()
            .map(|spec| spec.name)
            .filter(|name| self.entry(kind, name).is_none_or(|entry| entry.read_only))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_is_a_canonical_field_and_no_place_is_taken_twice() {
        let table = Table::standard();
        for (kind, module) in MODULES {
            let known: BTreeSet<&str> = sync_core::fields::schema(kind)
                .iter()
                .map(|spec| spec.name)
                .collect();
            for entry in table.entries(kind) {
                assert!(known.contains(entry.ours.as_ref()), "{kind}.{}", entry.ours);
            }
            let wires = table.wires(kind);
            let mut different: BTreeSet<&str> = wires.iter().copied().collect();
            // The day and the time of entry are one field of theirs.
            different.insert("");
            assert_eq!(different.len(), wires.len() + 1, "{module}: {wires:?}");
            assert_eq!(kind_of(module), Some(kind));
            assert_eq!(module_of(kind), Some(module));
        }
        assert_eq!(module_of(EntityKind::Stock), None);
        assert_eq!(kind_of("Potentials"), None);
    }

    #[test]
    fn a_canonical_field_without_a_place_is_given_one() {
        let mut table = Table::standard();
        let kind = EntityKind::Customer;
        assert!(table.dropped(kind).contains(&"vat_number"));
        assert!(table.place(kind, "vat_number", "cf_907"));
        assert!(!table.dropped(kind).contains(&"vat_number"));
        assert!(table.wires(kind).contains(&"cf_907"));
        assert!(!table.place(kind, "groups", "cf_908"), "a list");
        assert!(!table.place(kind, "colour", "cf_909"), "no field");
    }
}
