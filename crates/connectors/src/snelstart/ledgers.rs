//! Which ledger takes which turnover, and which journal the payments.

use api_core::{Error, ErrorKind, SendOutcome};
use snelstart_client::{JournalId, Ledger, LedgerFunction, LedgerId, VatKind as LineVatKind};

use super::vat::VatKind;

/// Which ledger is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LedgerChoice {
    /// The one with the lowest number that has the function for it (`grootboekfunctie`).
    #[default]
    Auto,
    /// The one with this number (`nummer`).
    Number(i32),
    /// The one with this id.
    Id(LedgerId),
    /// The one with the lowest number that has this function (`VerkopenExportBuitenEU`).
    Function(LedgerFunction),
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
    Id(JournalId),
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

    fn choice(&self, kind: VatKind) -> &LedgerChoice {
        match kind {
            VatKind::High => &self.high,
            VatKind::Low => &self.low,
            VatKind::Other => &self.other,
            VatKind::None => &self.none,
            VatKind::ReverseCharge => &self.reverse_charge,
        }
    }
}

/// The functions of the ledgers that take turnover with this kind of VAT, best first (the words
/// are those of the OpenAPI document; which of them takes turnover without VAT is inferred).
fn functions(kind: VatKind) -> &'static [LedgerFunction] {
    match kind {
        VatKind::High => &[LedgerFunction::SalesHigh],
        VatKind::Low => &[LedgerFunction::SalesLow],
        VatKind::Other => &[LedgerFunction::SalesOther],
        VatKind::None => &[
            LedgerFunction::SalesExempt,
            LedgerFunction::SalesUntaxedOrReversed,
            LedgerFunction::SalesOther,
        ],
        VatKind::ReverseCharge => &[LedgerFunction::SalesUntaxedOrReversed],
    }
}

/// Whether lines on a ledger may have this kind of VAT; all where it names none.
fn takes(ledger: &Ledger, kind: VatKind) -> bool {
    let kinds = ledger.vat_kinds.as_deref().unwrap_or_default();
    kinds.is_empty() || kinds.contains(&kind.on_line())
}

fn in_use(ledger: &Ledger) -> bool {
    ledger.inactive != Some(true)
}

fn shown(ledger: &Ledger) -> String {
    match (ledger.number, ledger.id) {
        (Some(number), _) => number.to_string(),
        (None, Some(id)) => id.to_string(),
        (None, None) => "without a number".to_owned(),
    }
}

/// The ledger that takes turnover with this kind of VAT.
pub(super) fn revenue(
    ledgers: &[Ledger],
    rules: &LedgerRules,
    kind: VatKind,
) -> Result<LedgerId, Error> {
    let by_function = |functions: &[LedgerFunction]| {
        let lowest = |function: &LedgerFunction| {
            ledgers
                .iter()
                .filter(|ledger| {
                    ledger.function.as_ref() == Some(function)
                        && in_use(ledger)
                        && takes(ledger, kind)
                })
                .min_by_key(|ledger| ledger.number.unwrap_or(i32::MAX))
        };
        functions.iter().find_map(lowest).ok_or_else(|| {
            let functions: Vec<&str> = functions.iter().map(LedgerFunction::as_str).collect();
            let what = format!(
                "No ledger in use has the function for turnover with the VAT `{kind}` ({}).",
                functions.join(", ")
            );
            no_ledger(kind, what)
        })
    };
    let found = match rules.choice(kind) {
        LedgerChoice::Auto => by_function(functions(kind))?,
        LedgerChoice::Function(function) => by_function(std::slice::from_ref(function))?,
        LedgerChoice::Number(number) => {
            let found = ledgers.iter().find(|ledger| ledger.number == Some(*number));
            fitting(found, &number.to_string(), kind)?
        }
        LedgerChoice::Id(id) => {
            let found = ledgers.iter().find(|ledger| ledger.id == Some(*id));
            fitting(found, &found.map_or_else(|| id.to_string(), shown), kind)?
        }
    };
    found
        .id
        .ok_or_else(|| no_ledger(kind, format!("The ledger {} has no id.", shown(found))))
}

/// A ledger that the settings name, if it can be booked on.
fn fitting<'a>(found: Option<&'a Ledger>, what: &str, kind: VatKind) -> Result<&'a Ledger, Error> {
    let problem = match found {
        None => format!("There is no ledger {what}."),
        Some(ledger) if !in_use(ledger) => {
            format!("The ledger {what} is not in use any more.")
        }
        Some(ledger) if !takes(ledger, kind) => {
            let kinds = ledger.vat_kinds.iter().flatten();
            let kinds: Vec<&str> = kinds.map(LineVatKind::as_str).collect();
            format!(
                "The ledger {what} takes no turnover with the VAT `{}` (it takes {}).",
                kind.on_line(),
                kinds.join(", ")
            )
        }
        Some(ledger) => return Ok(ledger),
    };
    Err(no_ledger(kind, problem))
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

    fn ledger(number: i32, function: LedgerFunction, kinds: &[LineVatKind]) -> Ledger {
        Ledger {
            id: Some(id(number)),
            number: Some(number),
            function: Some(function),
            vat_kinds: Some(kinds.to_vec()),
            ..Ledger::default()
        }
    }

    fn id(number: i32) -> LedgerId {
        uuid::Uuid::from_u128(number.unsigned_abs().into()).into()
    }

    fn chart() -> Vec<Ledger> {
        use LedgerFunction as Function;
        vec![
            ledger(8210, Function::SalesHigh, &[LineVatKind::High]),
            ledger(8200, Function::SalesHigh, &[LineVatKind::High]),
            ledger(8100, Function::SalesLow, &[LineVatKind::Low]),
            ledger(8250, Function::SalesUntaxedOrReversed, &[LineVatKind::None]),
            ledger(8260, Function::ExportOutsideEu, &[LineVatKind::None]),
            ledger(1300, Function::SalesJournal, &[]),
        ]
    }

    fn booked_on(rules: &LedgerRules, kind: VatKind, number: i32) {
        assert_eq!(revenue(&chart(), rules, kind).unwrap(), id(number));
    }

    #[test]
    fn the_lowest_number_with_the_function_is_taken() {
        let rules = LedgerRules::new();
        booked_on(&rules, VatKind::High, 8200);
        booked_on(&rules, VatKind::Low, 8100);
        booked_on(&rules, VatKind::ReverseCharge, 8250);
        booked_on(&rules, VatKind::None, 8250);
        let error = revenue(&chart(), &rules, VatKind::Other).unwrap_err();
        assert!(error.message().contains("VerkopenOmzetOverig"), "{error}");
        assert!(error.help_text().unwrap().contains("ledgers.other"));
    }

    #[test]
    fn a_ledger_that_is_set_must_be_there_in_use_and_fit_the_vat() {
        let rules = |number| LedgerRules::new().high(LedgerChoice::Number(number));
        booked_on(&rules(8210), VatKind::High, 8210);
        for (set, says) in [(8100, "`Hoog`"), (8999, "no ledger 8999")] {
            let error = revenue(&chart(), &rules(set), VatKind::High).unwrap_err();
            assert!(error.message().contains(says), "{error}");
        }
        let mut closed = chart();
        closed[0].inactive = Some(true);
        let error = revenue(&closed, &rules(8210), VatKind::High).unwrap_err();
        assert!(error.message().contains("not in use"), "{error}");
        let by_id = LedgerRules::new().high(LedgerChoice::Id(id(8210)));
        booked_on(&by_id, VatKind::High, 8210);
        let export = LedgerChoice::Function(LedgerFunction::ExportOutsideEu);
        booked_on(&LedgerRules::new().none(export), VatKind::None, 8260);
    }
}
