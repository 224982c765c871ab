//! The three ways in which servers of this family speak.

use std::fmt;

use jiff::tz::TimeZone;

use super::schema::Resource;
use crate::crm::words::{
    COUNTRIES, DEPARTMENTS, GROUPS, LEAD_SOURCES, LEAD_STATUSES, PAYMENT_MODES, TICKET_PRIORITIES,
    TICKET_STATUSES,
};

/// Which API the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// The inferred contract of SmartCRM.
    #[default]
    SmartCrm,
    /// The REST module of Perfex, as its public API documents say.
    Perfex,
    /// The REST plugin of RISE CRM, as seen in a public client.
    Rise,
}

impl Dialect {
    /// The dialect's name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::SmartCrm => "smartcrm",
            Dialect::Perfex => "perfex",
            Dialect::Rise => "rise",
        }
    }

    /// The path below the host at which the API stands.
    pub(crate) fn base(self) -> &'static str {
        match self {
            Dialect::SmartCrm | Dialect::Rise => "/index.php/api/",
            Dialect::Perfex => "/api/",
        }
    }

    /// The resource of that path segment, if the dialect has one.
    pub(crate) fn resource(self, path: &str) -> Option<Resource> {
        Resource::ALL
            .into_iter()
            .find(|resource| resource.path(self) == Some(path))
    }

    /// The resource a test means: by the dialect's own name or by SmartCRM's.
    pub(crate) fn meant(self, name: &str) -> Option<Resource> {
        self.resource(name)
            .or_else(|| Resource::parse(name).filter(|resource| resource.path(self).is_some()))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How this server speaks: dialect, version and the zone of its naive times.
#[derive(Debug, Clone)]
pub(crate) struct Face {
    pub(crate) dialect: Dialect,
    /// Perfex only: 2 or 3.
    pub(crate) version: u8,
    pub(crate) zone: TimeZone,
}

impl Default for Face {
    fn default() -> Face {
        Face {
            dialect: Dialect::SmartCrm,
            version: 3,
            zone: TimeZone::UTC,
        }
    }
}

impl Face {
    /// Whether it is Perfex's REST module before version 3.
    pub(crate) fn is_legacy(&self) -> bool {
        self.dialect == Dialect::Perfex && self.version < 3
    }

    /// Whether form bodies are understood besides JSON.
    pub(crate) fn takes_forms(&self) -> bool {
        self.dialect != Dialect::SmartCrm
    }

    /// Microseconds since 1970 as `2026-03-01 10:00:00` in the server's zone.
    pub(crate) fn naive(&self, micros: i64) -> String {
        self.local(micros)
            .map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
            .unwrap_or_default()
    }

    /// The day of a moment in the server's zone.
    pub(crate) fn day(&self, micros: i64) -> String {
        self.local(micros)
            .map(|at| at.date().to_string())
            .unwrap_or_default()
    }

    fn local(&self, micros: i64) -> Option<jiff::Zoned> {
        jiff::Timestamp::from_second(micros.div_euclid(1_000_000))
            .ok()
            .map(|at| at.to_zoned(self.zone.clone()))
    }
}

/// A list of things that a Perfex server names by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Countries,
    Currencies,
    LeadStatuses,
    LeadSources,
    Departments,
    Priorities,
    TicketStatuses,
    ProjectStatuses,
    BillingTypes,
    EstimateStatuses,
    Staff,
    Groups,
    PaymentModes,
    ItemGroups,
    Taxes,
}

impl Lookup {
    pub(crate) const ALL: [(&'static str, Lookup); 15] = [
        ("countries", Lookup::Countries),
        ("currencies", Lookup::Currencies),
        ("lead_statuses", Lookup::LeadStatuses),
        ("lead_sources", Lookup::LeadSources),
        ("departments", Lookup::Departments),
        ("priorities", Lookup::Priorities),
        ("ticket_statuses", Lookup::TicketStatuses),
        ("project_statuses", Lookup::ProjectStatuses),
        ("billing_types", Lookup::BillingTypes),
        ("estimate_statuses", Lookup::EstimateStatuses),
        ("staff", Lookup::Staff),
        ("groups", Lookup::Groups),
        ("payment_modes", Lookup::PaymentModes),
        ("item_groups", Lookup::ItemGroups),
        ("taxes", Lookup::Taxes),
    ];

    /// Numbers and names. The numbers are not those of a generated CRM database.
    pub(crate) fn rows(self) -> Vec<(u32, &'static str)> {
        let from =
            |first: u32, names: &[&'static str]| (first..).zip(names.iter().copied()).collect();
        match self {
            Lookup::Countries => (0u32..)
                .zip(COUNTRIES)
                .map(|(n, country)| (20 + 3 * n, country[0]))
                .collect(),
            Lookup::Currencies => vec![(1, "USD"), (2, "EUR"), (3, "GBP"), (5, "RON")],
            Lookup::LeadStatuses => from(11, LEAD_STATUSES),
            Lookup::LeadSources => from(21, LEAD_SOURCES),
            Lookup::Departments => from(31, DEPARTMENTS),
            Lookup::Priorities => from(1, TICKET_PRIORITIES),
            Lookup::TicketStatuses => from(1, TICKET_STATUSES),
            Lookup::ProjectStatuses => from(
                1,
                &[
                    "not_started",
                    "in_progress",
                    "on_hold",
                    "finished",
                    "cancelled",
                ],
            ),
            Lookup::BillingTypes => from(1, &["fixed", "project_hours", "task_hours"]),
            Lookup::EstimateStatuses => {
                from(1, &["draft", "sent", "declined", "accepted", "expired"])
            }
            Lookup::Staff => from(
                61,
                &["anna@crm.example", "bram@crm.example", "carmen@crm.example"],
            ),
            Lookup::Groups => from(41, GROUPS),
            Lookup::PaymentModes => from(51, PAYMENT_MODES),
            Lookup::ItemGroups => from(71, ITEM_GROUPS),
            Lookup::Taxes => from(1, &["BTW 21", "BTW 9", "TVA 19", "VAT 20"]),
        }
    }

    pub(crate) fn has(self, id: &str) -> bool {
        id.parse::<u32>()
            .is_ok_and(|id| self.rows().iter().any(|(known, _)| *known == id))
    }
}

const ITEM_GROUPS: &[&str] = &["Diensten", "Hardware", "Materiale"];

/// The numbers and names a Perfex server of the sandbox has in one of its lists.
///
/// Lists: `countries` (ISO codes), `currencies`, `lead_statuses`, `lead_sources`, `departments`,
/// `priorities`, `ticket_statuses`, `project_statuses`, `billing_types`, `estimate_statuses`,
/// `staff` (e-mail), `groups`, `payment_modes`, `item_groups`, `taxes`; another name gives nothing.
#[must_use]
pub fn lookup(list: &str) -> Vec<(u32, &'static str)> {
    Lookup::ALL
        .into_iter()
        .find(|(name, _)| *name == list)
        .map(|(_, lookup)| lookup.rows())
        .unwrap_or_default()
}
