//! The settings of writing.

use super::ledgers::{JournalChoice, LedgerRules};
use super::vat::VatRules;

/// What is done where the lines and the VAT of an invoice miss its total by one or two cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Rounding {
    /// The invoice is refused.
    #[default]
    Refuse,
    /// The largest line takes the difference.
    LargestLine,
}

/// What is done with an address of which SnelStart would refuse the whole customer: one that has
/// some of street, postal code and town, but not all (documented error REL-0060).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IncompleteAddress {
    /// The customer is refused.
    #[default]
    Refuse,
    /// The customer is written without the address.
    LeaveOut,
}

/// How records are written.
///
/// ```
/// use connectors::snelstart::{LedgerChoice, LedgerRules, Rounding, WriteRules};
///
/// let rules = WriteRules::new()
///     .rounding(Rounding::LargestLine)
///     .ledgers(LedgerRules::new().high(LedgerChoice::Number(8000)));
/// # let _ = rules;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct WriteRules {
    pub(super) truncate_names: bool,
    pub(super) rounding: Rounding,
    pub(super) incomplete_address: IncompleteAddress,
    pub(super) refunds: bool,
    pub(super) vat: VatRules,
    pub(super) ledgers: LedgerRules,
    pub(super) bank_journal: JournalChoice,
}

impl WriteRules {
    /// The rules unless told otherwise: what does not fit is refused.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cuts names beyond 50 characters instead of refusing them.
    pub fn truncate_names(mut self, truncate: bool) -> Self {
        self.truncate_names = truncate;
        self
    }

    /// Sets what is done with a cent or two that lines and VAT miss.
    pub fn rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Sets what is done with an incomplete address.
    pub fn incomplete_address(mut self, what: IncompleteAddress) -> Self {
        self.incomplete_address = what;
        self
    }

    /// Books money that is paid back, too; only money that comes in unless told.
    pub fn refunds(mut self, refunds: bool) -> Self {
        self.refunds = refunds;
        self
    }

    /// Says what the taxes of other systems are.
    pub fn vat(mut self, rules: VatRules) -> Self {
        self.vat = rules;
        self
    }

    /// Says which ledger takes which turnover.
    pub fn ledgers(mut self, rules: LedgerRules) -> Self {
        self.ledgers = rules;
        self
    }

    /// Sets the journal that payments are booked in.
    pub fn bank_journal(mut self, journal: JournalChoice) -> Self {
        self.bank_journal = journal;
        self
    }
}
