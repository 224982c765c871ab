//! Which ledger takes which turnover, and which journal the payments.

use api_core::{Error, ErrorKind, SendOutcome};

use super::vat::VatKind;

/// Which ledger is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LedgerChoice {
    /// The one with the lowest number that has the function for it (`grootboekfunctie`).
    #[default]
    Auto,
    /// The one with this number (`nummer`).
    Number(i32),
    /// The one with this id.
    Id(uuid::Uuid),
}

/// Which journal is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum JournalChoice {
    /// The one there is; several are a question to be answered in the settings.
    #[default]
    Auto,
    /// The one with this number (`nummer`).
    Number(i32),
    /// The one with this id.
    Id(uuid::Uuid),
}

/// Which ledger takes the turnover with each kind of VAT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct LedgerRules {
    high: LedgerChoice,
    low: LedgerChoice,
    other: LedgerChoice,
    none: LedgerChoice,
    reverse_charge: LedgerChoice,
}

impl LedgerRules {
    /// Every ledger by its function.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the ledger of turnover at the high rate.
    pub fn high(self, choice: LedgerChoice) -> Self {
        self.set(VatKind::High, choice)
    }

    /// Sets the ledger of turnover at the low rate.
    pub fn low(self, choice: LedgerChoice) -> Self {
        self.set(VatKind::Low, choice)
    }

    /// Sets the ledger of turnover at any other rate.
    pub fn other(self, choice: LedgerChoice) -> Self {
        self.set(VatKind::Other, choice)
    }

    /// Sets the ledger of turnover without VAT.
    pub fn none(self, choice: LedgerChoice) -> Self {
        self.set(VatKind::None, choice)
    }

    /// Sets the ledger of turnover whose VAT the customer owes.
    pub fn reverse_charge(self, choice: LedgerChoice) -> Self {
        self.set(VatKind::ReverseCharge, choice)
    }

    /// Sets the ledger of turnover with this kind of VAT.
    pub fn set(mut self, kind: VatKind, choice: LedgerChoice) -> Self {
        match kind {
            VatKind::High => self.high = choice,
            VatKind::Low => self.low = choice,
            VatKind::Other => self.other = choice,
            VatKind::None => self.none = choice,
            VatKind::ReverseCharge => self.reverse_charge = choice,
        }
        self
    }

    fn choice(&self, kind: VatKind) -> LedgerChoice {
        match kind {
            VatKind::High => self.high,
            VatKind::Low => self.low,
            VatKind::Other => self.other,
            VatKind::None => self.none,
            VatKind::ReverseCharge => self.reverse_charge,
        }
    }
}

/// What is known about a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownLedger {
    pub(super) id: uuid::Uuid,
    pub(super) number: Option<i32>,
    pub(super) function: Option<String>,
    /// The kinds of VAT that lines on it may have; all where it names none.
    pub(super) kinds: Vec<String>,
    pub(super) active: bool,
}

impl KnownLedger {
    fn takes(&self, kind: VatKind) -> bool {
        let word = kind.on_line();
        self.kinds.is_empty()
            || self
                .kinds
                .iter()
                .any(|known| known.eq_ignore_ascii_case(word))
    }

    fn shown(&self) -> String {
        match self.number {
            Some(number) => number.to_string(),
            None => self.id.to_string(),
        }
    }
}

/// The functions of the ledgers that take turnover with this kind of VAT, best first (the words
/// are those of the OpenAPI document; which of them takes turnover without VAT is inferred).
fn functions(kind: VatKind) -> &'static [&'static str] {
    match kind {
        VatKind::High => &["VerkopenOmzetHoog"],
        VatKind::Low => &["VerkopenOmzetLaag"],
        VatKind::Other => &["VerkopenOmzetOverig"],
        VatKind::None => &[
            "VerkopenBtwVrij",
            "VerkopenOmzetOnbelastVerlegd",
            "VerkopenOmzetOverig",
        ],
        VatKind::ReverseCharge => &["VerkopenOmzetOnbelastVerlegd"],
    }
}

/// The ledger that takes turnover with this kind of VAT.
pub(super) fn revenue<'a>(
    ledgers: &'a [KnownLedger],
    rules: &LedgerRules,
    kind: VatKind,
) -> Result<&'a KnownLedger, Error> {
    let choice = rules.choice(kind);
    let named = |what: String, found: Option<&'a KnownLedger>| match found {
        None => Err(no_ledger(kind, format!("There is no ledger {what}."))),
        Some(ledger) if !ledger.active => Err(no_ledger(
            kind,
            format!("The ledger {what} is not in use any more."),
        )),
        Some(ledger) if !ledger.takes(kind) => Err(no_ledger(
            kind,
            format!(
                "The ledger {what} takes no turnover with the VAT `{}` (it takes {}).",
                kind.on_line(),
                ledger.kinds.join(", ")
            ),
        )),
        Some(ledger) => Ok(ledger),
    };
    match choice {
        LedgerChoice::Number(number) => {
            let found = ledgers.iter().find(|ledger| ledger.number == Some(number));
            named(number.to_string(), found)
        }
        LedgerChoice::Id(id) => {
            let found = ledgers.iter().find(|ledger| ledger.id == id);
            let what = found.map_or_else(|| id.to_string(), KnownLedger::shown);
            named(what, found)
        }
        LedgerChoice::Auto => functions(kind)
            .iter()
            .find_map(|function| {
                ledgers
                    .iter()
                    .filter(|ledger| {
                        ledger.active
                            && ledger.takes(kind)
                            && ledger.function.as_deref() == Some(*function)
                    })
                    .min_by_key(|ledger| ledger.number.unwrap_or(i32::MAX))
            })
            .ok_or_else(|| {
                let functions = functions(kind).join(", ");
                let what = format!(
                    "No ledger in use has the function for turnover with the VAT `{kind}` \
                     ({functions})."
                );
                no_ledger(kind, what)
            }),
    }
}

fn no_ledger(kind: VatKind, what: String) -> Error {
    let setting = match kind {
        VatKind::High => "high",
        VatKind::Low => "low",
        VatKind::Other => "other",
        VatKind::None => "none",
        VatKind::ReverseCharge => "reverse_charge",
    };
    Error::new(ErrorKind::Validation, what)
        .operation("snelstart.push")
        .outcome(SendOutcome::NotSent)
        .help(format!(
            "Set `ledgers.{setting}` of the connection to the number of the ledger it should be."
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(number: i32, function: &str, kinds: &[&str]) -> KnownLedger {
        KnownLedger {
            id: uuid::Uuid::from_u128(number.unsigned_abs().into()),
            number: Some(number),
            function: Some(function.to_owned()),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            active: true,
        }
    }

    fn chart() -> Vec<KnownLedger> {
        vec![
            ledger(8210, "VerkopenOmzetHoog", &["Hoog"]),
            ledger(8200, "VerkopenOmzetHoog", &["Hoog"]),
            ledger(8100, "VerkopenOmzetLaag", &["Laag"]),
            ledger(8250, "VerkopenOmzetOnbelastVerlegd", &["Geen"]),
            ledger(1300, "DagboekVerkoop", &[]),
        ]
    }

    fn number(rules: &LedgerRules, kind: VatKind) -> Option<i32> {
        revenue(&chart(), rules, kind).unwrap().number
    }

    #[test]
    fn the_lowest_number_with_the_function_is_taken() {
        let rules = LedgerRules::new();
        assert_eq!(number(&rules, VatKind::High), Some(8200));
        assert_eq!(number(&rules, VatKind::Low), Some(8100));
        assert_eq!(number(&rules, VatKind::ReverseCharge), Some(8250));
        assert_eq!(number(&rules, VatKind::None), Some(8250));
        let error = revenue(&chart(), &rules, VatKind::Other).unwrap_err();
        assert!(error.message().contains("VerkopenOmzetOverig"), "{error}");
        assert!(error.help_text().unwrap().contains("ledgers.other"));
    }

    #[test]
    fn a_ledger_that_is_set_must_be_there_in_use_and_fit_the_vat() {
        let rules = |number| LedgerRules::new().high(LedgerChoice::Number(number));
        assert_eq!(number(&rules(8210), VatKind::High), Some(8210));
        for (set, says) in [(8100, "`Hoog`"), (8999, "no ledger 8999")] {
            let error = revenue(&chart(), &rules(set), VatKind::High).unwrap_err();
            assert!(error.message().contains(says), "{error}");
        }
        let mut closed = chart();
        closed[0].active = false;
        let error = revenue(&closed, &rules(8210), VatKind::High).unwrap_err();
        assert!(error.message().contains("not in use"), "{error}");
        let by_id = LedgerRules::new().high(LedgerChoice::Id(uuid::Uuid::from_u128(8210)));
        assert_eq!(number(&by_id, VatKind::High), Some(8210));
    }
}
