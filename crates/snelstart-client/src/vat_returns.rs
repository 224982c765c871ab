//! VAT returns (`btwaangiftes`).

use api_core::Error;
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::list::List;
use crate::model::{ids, model, words};
use crate::operations as ops;
use crate::wall_time::WallTime;

ids! {
    /// The id of a VAT return (btw-aangifte).
    VatReturnId "/btwaangiftes"
}

words! {
    /// The span of a VAT return (`btwAangiftePeriode`).
    pub enum VatReturnPeriod {
        /// Not known (`Onbekend`).
        Unknown = "Onbekend",
        /// A month (`Maand`).
        Month = "Maand",
        /// A quarter (`Kwartaal`).
        Quarter = "Kwartaal",
        /// A year (`Jaar`).
        Year = "Jaar",
    }
}

words! {
    /// What has become of a VAT return (`btwAangifteStatus`).
    pub enum VatReturnStatus {
        /// Not sent (`NietVerzonden`).
        NotSent = "NietVerzonden",
        /// Sent (`Verzonden`).
        Sent = "Verzonden",
        /// Accepted (`Geaccepteerd`).
        Accepted = "Geaccepteerd",
        /// Refused (`Fout`).
        Failed = "Fout",
        /// Accepted, then worked out again (`GeaccepteerdEnHerberekend`).
        AcceptedAndRecalculated = "GeaccepteerdEnHerberekend",
        /// Filed outside SnelStart (`GeaccepteerdExtern`).
        AcceptedElsewhere = "GeaccepteerdExtern",
    }
}

model! {
    /// A financial year (boekjaar).
    pub struct FinancialYear, fields FinancialYearFields, wire "BoekjaarModel" {
        /// Its first day (`startDate`).
        start_date: WallTime = "startDate",
        /// Its last day (`endDate`).
        end_date: WallTime = "endDate",
    }
}

model! {
    /// A box of a VAT return, in whole euros (rubriek).
    pub struct VatReturnBox, fields VatReturnBoxFields, wire "BtwAangifteRubriekModel" {
        /// The VAT (`btw`), in euros.
        vat: i32 = "btw",
        /// The turnover (`omzet`), in euros.
        turnover: i32 = "omzet",
        /// The VAT by estimate (`btwSchatting`), in euros.
        estimated_vat: i32 = "btwSchatting",
        /// The turnover by estimate (`omzetSchatting`), in euros.
        estimated_turnover: i32 = "omzetSchatting",
    }
}

model! {
    /// A VAT return with its boxes (btw-aangifte).
    pub struct VatReturn, fields VatReturnFields, wire "BtwAangifteModel" {
        /// The financial year (`boekjaar`).
        financial_year: FinancialYear = "boekjaar",
        /// The day by which it is paid (`betalenVoor`).
        pay_before: WallTime = "betalenVoor",
        /// The first day of its period (`aangiftePeriodeBeginDatum`).
        period_start: WallTime = "aangiftePeriodeBeginDatum",
        /// How long its period is (`btwAangiftePeriode`).
        period: VatReturnPeriod = "btwAangiftePeriode",
        /// When it was worked out (`datumTijdBerekening`).
        calculated_on: WallTime = "datumTijdBerekening",
        /// When it was sent, if it was (`datumTijdVerzending`).
        sent_on: WallTime = "datumTijdVerzending",
        /// Whether it corrects an earlier one (`isSuppletie`).
        is_correction: bool = "isSuppletie",
        /// Whether it is an estimate (`isAangifteGeschat`).
        is_estimate: bool = "isAangifteGeschat",
        /// The standard rate in percent (`btwPercentageHoog`).
        high_percentage: Decimal = "btwPercentageHoog",
        /// The reduced rate in percent (`btwPercentageLaag`).
        low_percentage: Decimal = "btwPercentageLaag",
        /// The other rate in percent (`btwPercentageOverig`).
        other_percentage: Decimal = "btwPercentageOverig",
        /// What to write with the payment (`betalingskenmerk`).
        payment_reference: String = "betalingskenmerk",
        /// Why it failed, if it did (`foutBericht`).
        error_message: String = "foutBericht",
        /// What has become of it (`btwAangifteStatus`).
        status: VatReturnStatus = "btwAangifteStatus",
        /// The VAT number it is under (`btwNummer`).
        vat_number: String = "btwNummer",
        /// Box 1a (`rubriek1A`): domestic supplies at the standard rate.
        box_1a: VatReturnBox = "rubriek1A",
        /// Box 1b (`rubriek1B`): domestic supplies at the reduced rate.
        box_1b: VatReturnBox = "rubriek1B",
        /// Box 1c (`rubriek1C`): domestic supplies at other rates.
        box_1c: VatReturnBox = "rubriek1C",
        /// Box 1d (`rubriek1D`): private use.
        box_1d: VatReturnBox = "rubriek1D",
        /// Box 1e (`rubriek1E`): domestic supplies at 0 % or not taxed here.
        box_1e: VatReturnBox = "rubriek1E",
        /// Box 2a (`rubriek2A`): domestic supplies with the VAT reversed to you.
        box_2a: VatReturnBox = "rubriek2A",
        /// Box 3a (`rubriek3A`): supplies to countries outside the EU.
        box_3a: VatReturnBox = "rubriek3A",
        /// Box 3b (`rubriek3B`): supplies to countries within the EU.
        box_3b: VatReturnBox = "rubriek3B",
        /// Box 3c (`rubriek3C`): installation or distance sales within the EU.
        box_3c: VatReturnBox = "rubriek3C",
        /// Box 4a (`rubriek4A`): supplies from countries outside the EU.
        box_4a: VatReturnBox = "rubriek4A",
        /// Box 4b (`rubriek4B`): supplies from countries within the EU.
        box_4b: VatReturnBox = "rubriek4B",
        /// Box 5a (`rubriek5A`): VAT owed, the sum of 1 to 4.
        box_5a: VatReturnBox = "rubriek5A",
        /// Box 5b (`rubriek5B`): input VAT.
        box_5b: VatReturnBox = "rubriek5B",
        /// Box 5c (`rubriek5C`): 5A less 5B.
        box_5c: VatReturnBox = "rubriek5C",
        /// Box 5d (`rubriek5D`): relief for small businesses.
        box_5d: VatReturnBox = "rubriek5D",
        /// Box 5e (`rubriek5E`): estimate of an earlier return.
        box_5e: VatReturnBox = "rubriek5E",
        /// Box 5f (`rubriek5F`): estimate of this return.
        box_5f: VatReturnBox = "rubriek5F",
        /// Box 5g (`rubriek5G`): the total.
        box_5g: VatReturnBox = "rubriek5G",
        /// Its id (`id`).
        id: VatReturnId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

model! {
    /// Whether a VAT return was filed outside SnelStart.
    pub struct VatReturnFiling, fields VatReturnFilingFields,
        wire "UpdateBtwAangifteStatusModel"
    {
        /// Whether it was filed elsewhere (`isExternAangegeven`).
        filed_elsewhere: bool = "isExternAangegeven",
    }
}

handle! {
    /// VAT returns (`btwaangiftes`).
    pub fn vat_returns -> VatReturns, "VAT returns";
}

impl<'c> VatReturns<'c> {
    /// Lists VAT returns; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, VatReturn> {
        self.client.list_of(&ops::VAT_RETURNS_LIST)
    }

    /// Fetches a VAT return.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &VatReturnId) -> Result<VatReturn, Error> {
        self.client
            .get_model(&ops::VAT_RETURNS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Tells whether a VAT return was filed outside SnelStart
    /// (`externAangeven`).
    ///
    /// # Errors
    ///
    /// A refusal by the server, as for one already accepted (BTW-0001), and
    /// those of any call.
    pub async fn declare_externally(
        &self,
        id: &VatReturnId,
        filed_elsewhere: bool,
    ) -> Result<(), Error> {
        let body = VatReturnFiling {
            filed_elsewhere: Some(filed_elsewhere),
            ..VatReturnFiling::default()
        };
        let operation = &ops::VAT_RETURNS_DECLARE_EXTERNALLY;
        let (id, body) = (id.to_string(), body.to_json());
        let answer = self.client.send(operation, &[&id], &[], Some(&body)).await;
        answer.map(|_| ())
    }
}
