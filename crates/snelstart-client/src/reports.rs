//! Reports over the ledger accounts (`rapportages`).

use api_core::{Date, Error, ErrorKind, SendOutcome};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::ledgers::RgsCode;
use crate::model::{Model, model};
use crate::operations::{self as ops, Operation};
use crate::wall_time::WallTime;

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

handle! {
    /// Reports over the ledger accounts (`rapportages`).
    pub fn reports -> Reports, "Reports over the ledger accounts";
}

impl Reports<'_> {
    /// Fetches the column balance (`kolommenbalans`) over a period, both days
    /// counted in.
    ///
    /// # Errors
    ///
    /// `Validation` where the period ends before it starts, before anything is
    /// sent, and those of any call.
    pub async fn column_balance(
        &self,
        start: Date,
        end: Date,
    ) -> Result<Vec<ColumnBalanceRow>, Error> {
        self.report(&ops::REPORTS_COLUMN_BALANCE, start, end).await
    }

    /// Fetches the period balance (`periodebalans`) over a period, both days
    /// counted in.
    ///
    /// # Errors
    ///
    /// `Validation` where the period ends before it starts, before anything is
    /// sent, and those of any call.
    pub async fn period_balance(
        &self,
        start: Date,
        end: Date,
    ) -> Result<Vec<PeriodBalanceRow>, Error> {
        self.report(&ops::REPORTS_PERIOD_BALANCE, start, end).await
    }

    async fn report<M: Model>(
        &self,
        operation: &'static Operation,
        start: Date,
        end: Date,
    ) -> Result<Vec<M>, Error> {
        if end < start {
            return Err(Error::new(
                ErrorKind::Validation,
                format!("The period ends on {end}, before it starts on {start}."),
            )
            .operation(operation.name)
            .outcome(SendOutcome::NotSent));
        }
        let query = [("start", start), ("end", end)]
            .map(|(name, day)| (name, WallTime::from(day).to_string()));
        self.client.get_models(operation, &[], &query).await
    }
}
