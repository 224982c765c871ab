//! Reports over the ledger accounts (`rapportages`).

use rust_decimal::Decimal;

use crate::ledgers::RgsCode;
use crate::model::model;

model! {
    /// A row of the column balance: one ledger account (kolommenbalans).
    pub struct ColumnBalanceRow, fields ColumnBalanceRowFields,
        wire "KolommenbalansRegelModel"
    {
        /// The ledger account (`grootboekIdentifier`).
        ledger: Ref<LedgerId> = "grootboekIdentifier",
        /// Its name (`grootboekOmschrijving`).
        ledger_description: String = "grootboekOmschrijving",
        /// Its number (`grootboekNummer`).
        ledger_number: i32 = "grootboekNummer",
        /// Loss (`verliesEnWinstDebet`), in euros.
        profit_and_loss_debit: Decimal = "verliesEnWinstDebet",
        /// Profit (`verliesEnWinstCredit`), in euros.
        profit_and_loss_credit: Decimal = "verliesEnWinstCredit",
        /// Assets (`balansDebet`), in euros.
        balance_debit: Decimal = "balansDebet",
        /// Liabilities (`balansCredit`), in euros.
        balance_credit: Decimal = "balansCredit",
        /// Its codes in the national chart (`rgsCode`).
        rgs_codes: Vec<RgsCode> = "rgsCode",
    }
}

model! {
    /// A row of the period balance: one ledger account (periodebalans).
    pub struct PeriodBalanceRow, fields PeriodBalanceRowFields,
        wire "PeriodebalansRegelModel"
    {
        /// The ledger account (`grootboekIdentifier`).
        ledger: Ref<LedgerId> = "grootboekIdentifier",
        /// Its name (`grootboekOmschrijving`).
        ledger_description: String = "grootboekOmschrijving",
        /// Its number (`grootboekNummer`).
        ledger_number: i32 = "grootboekNummer",
        /// What was debited (`debet`), in euros.
        debit: Decimal = "debet",
        /// What was credited (`credit`), in euros.
        credit: Decimal = "credit",
        /// Its balance as the period began (`startSaldoPeriode`), in euros.
        period_start_balance: Decimal = "startSaldoPeriode",
        /// Its balance as the period ended (`eindSaldoPeriode`), in euros.
        period_end_balance: Decimal = "eindSaldoPeriode",
        /// Its balance as the year began (`startSaldoBoekjaar`), in euros.
        year_start_balance: Decimal = "startSaldoBoekjaar",
        /// Its codes in the national chart (`rgsCode`).
        rgs_codes: Vec<RgsCode> = "rgsCode",
    }
}
