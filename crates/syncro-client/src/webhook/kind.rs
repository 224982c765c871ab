//! Kinds of event and of record.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// What happened in Syncro.
///
/// Deliveries do not name their event: which first lines are known and which are assumed stands
/// in the table of [`Classifier::standard`](super::Classifier::standard).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A customer is new.
    CustomerCreated,
    /// A customer was changed.
    CustomerUpdated,
    /// A contact is new.
    ContactCreated,
    /// A lead is new.
    LeadCreated,
    /// A ticket is new.
    TicketCreated,
    /// A ticket was changed.
    TicketUpdated,
    /// A ticket is resolved.
    TicketResolved,
    /// A ticket has another status; [`Event::status`](super::Event::status) has the word.
    TicketStatusChanged,
    /// A ticket has one more comment.
    TicketCommented,
    /// An invoice is new.
    InvoiceCreated,
    /// An invoice was changed.
    InvoiceUpdated,
    /// A payment came in.
    PaymentReceived,
    /// An estimate is new.
    EstimateCreated,
    /// An appointment is new.
    AppointmentCreated,
    /// A contract is new.
    ContractCreated,
    /// A purchase order is new.
    PurchaseOrderCreated,
    /// A product is new.
    ProductCreated,
    /// A monitored machine raised an alert, or one is over.
    RmmAlert {
        /// Whether it is over.
        resolved: bool,
    },
    /// Something else, with the first line of the delivery's text.
    Other(String),
}

/// The kinds that have a name, each with its word and what it is about.
const NAMED: [(EventKind, &str, Resource); 19] = {
    use EventKind as E;
    [
        (E::CustomerCreated, "customer_created", Resource::Customer),
        (E::CustomerUpdated, "customer_updated", Resource::Customer),
        (E::ContactCreated, "contact_created", Resource::Contact),
        (E::LeadCreated, "lead_created", Resource::Lead),
        (E::TicketCreated, "ticket_created", Resource::Ticket),
        (E::TicketUpdated, "ticket_updated", Resource::Ticket),
        (E::TicketResolved, "ticket_resolved", Resource::Ticket),
        (
            E::TicketStatusChanged,
            "ticket_status_changed",
            Resource::Ticket,
        ),
        (E::TicketCommented, "ticket_commented", Resource::Ticket),
        (E::InvoiceCreated, "invoice_created", Resource::Invoice),
        (E::InvoiceUpdated, "invoice_updated", Resource::Invoice),
        (E::PaymentReceived, "payment_received", Resource::Payment),
        (E::EstimateCreated, "estimate_created", Resource::Estimate),
        (
            E::AppointmentCreated,
            "appointment_created",
            Resource::Appointment,
        ),
        (E::ContractCreated, "contract_created", Resource::Contract),
        (
            E::PurchaseOrderCreated,
            "purchase_order_created",
            Resource::PurchaseOrder,
        ),
        (E::ProductCreated, "product_created", Resource::Product),
        (
            E::RmmAlert { resolved: false },
            "rmm_alert",
            Resource::RmmAlert,
        ),
        (
            E::RmmAlert { resolved: true },
            "rmm_alert_resolved",
            Resource::RmmAlert,
        ),
    ]
};

impl EventKind {
    /// All kinds that have a name.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMED.into_iter().map(|(kind, _, _)| kind)
    }

    fn named(&self) -> Option<&'static (EventKind, &'static str, Resource)> {
        static TABLE: [(EventKind, &str, Resource); 19] = NAMED;
        TABLE.iter().find(|(kind, _, _)| kind == self)
    }

    /// Its word, such as `ticket_created`; `other` for what is not known.
    pub fn as_str(&self) -> &'static str {
        self.named().map_or("other", |(_, word, _)| word)
    }

    /// What it is about.
    pub fn resource(&self) -> Option<Resource> {
        self.named().map(|(_, _, resource)| *resource)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// A word that names no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEvent(String);

impl fmt::Display for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = NAMED.iter().map(|(_, word, _)| *word).collect();
        write!(
            f,
            "`{}` is no event; there are {}",
            self.0,
            words.join(", ")
        )
    }
}

impl std::error::Error for UnknownEvent {}

impl FromStr for EventKind {
    type Err = UnknownEvent;

    /// Reads a word; `-`, `.` and spaces count as `_`.
    fn from_str(word: &str) -> Result<Self, UnknownEvent> {
        let plain = (word.trim().to_ascii_lowercase()).replace(['-', '.', ' '], "_");
        NAMED
            .into_iter()
            .find(|(_, known, _)| *known == plain)
            .map(|(kind, _, _)| kind)
            .ok_or_else(|| UnknownEvent(word.to_owned()))
    }
}

/// What a delivery is about, by the place that its link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Resource {
    /// A customer.
    Customer,
    /// A contact.
    Contact,
    /// A lead.
    Lead,
    /// A ticket.
    Ticket,
    /// An invoice.
    Invoice,
    /// A payment.
    Payment,
    /// An estimate.
    Estimate,
    /// An appointment.
    Appointment,
    /// A contract.
    Contract,
    /// A purchase order.
    PurchaseOrder,
    /// A product.
    Product,
    /// An alert of a monitored machine.
    RmmAlert,
    /// A machine or other asset of a customer.
    Asset,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Customer,
        Self::Contact,
        Self::Lead,
        Self::Ticket,
        Self::Invoice,
        Self::Payment,
        Self::Estimate,
        Self::Appointment,
        Self::Contract,
        Self::PurchaseOrder,
        Self::Product,
        Self::RmmAlert,
        Self::Asset,
    ];

    /// The word that Syncro puts into paths for it, such as `tickets`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Customer => "customers",
            Self::Contact => "contacts",
            Self::Lead => "leads",
            Self::Ticket => "tickets",
            Self::Invoice => "invoices",
            Self::Payment => "payments",
            Self::Estimate => "estimates",
            Self::Appointment => "appointments",
            Self::Contract => "contracts",
            Self::PurchaseOrder => "purchase_orders",
            Self::Product => "products",
            Self::RmmAlert => "rmm_alerts",
            Self::Asset => "customer_assets",
        }
    }

    /// Its word, such as `ticket`.
    pub fn as_str(self) -> &'static str {
        let path = self.path();
        path.strip_suffix('s').unwrap_or(path)
    }

    /// What a segment of a path stands for.
    pub(super) fn of_path(segment: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|resource| resource.path() == segment)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}
