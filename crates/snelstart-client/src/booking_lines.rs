//! What bank and cash bookings share: members, lines, and what must hold for
//! them.

mod check;
mod money;

use rust_decimal::Decimal;

use crate::cost_centres::CostCentreId;
use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::model::{model, words};
use crate::purchase_bookings::PurchaseBookingId;
use crate::sales_bookings::SalesBookingId;
use crate::vat_tariffs::VatKind;

pub(crate) use money::money_booking;

model! {
    /// An amount on a ledger account (grootboekboekingsregel).
    pub struct LedgerLine, fields LedgerLineFields, wire "GrootboekBoekingsRegelModel" {
        /// What it is for (`omschrijving`), at most 250 characters; required.
        description: String = "omschrijving" [max 250, required],
        /// The ledger account (`grootboek`); required.
        ledger: Ref<LedgerId> = "grootboek" [required],
        /// The cost centre (`kostenplaats`), which some ledgers require.
        cost_centre: Ref<CostCentreId> = "kostenplaats",
        /// The amount debited (`debet`), in euros; 0 where `credit` is not.
        debit: Decimal = "debet",
        /// The amount credited (`credit`), in euros; 0 where `debit` is not.
        credit: Decimal = "credit",
        /// The VAT rate (`btwSoort`).
        vat_kind: VatKind = "btwSoort",
    }
}

model! {
    /// An amount that settles a purchase booking (verantwoordingsregel).
    pub struct PurchaseSettlement, fields PurchaseSettlementFields,
        wire "InkoopBoekingVerantwoordingsRegelModel"
    {
        /// The booking it settles (`boekingId`); required.
        booking: Ref<PurchaseBookingId> = "boekingId" [required],
        /// What it is for (`omschrijving`).
        description: String = "omschrijving",
        /// The amount debited (`debet`), in euros: what is paid.
        debit: Decimal = "debet",
        /// The amount credited (`credit`), in euros: what is paid back.
        credit: Decimal = "credit",
    }
}

model! {
    /// An amount that settles a sales booking (verantwoordingsregel).
    pub struct SalesSettlement, fields SalesSettlementFields,
        wire "VerkoopBoekingVerantwoordingsRegelModel"
    {
        /// The booking it settles (`boekingId`): the sales booking, not the
        /// sales invoice (measured by client authors).
        booking: Ref<SalesBookingId> = "boekingId",
        /// What it is for (`omschrijving`).
        description: String = "omschrijving",
        /// The amount debited (`debet`), in euros: what is paid back.
        debit: Decimal = "debet",
        /// The amount credited (`credit`), in euros: what is received.
        credit: Decimal = "credit",
    }
}

words! {
    /// Whether VAT is owed or claimed back (`type`).
    pub enum VatDirection {
        /// To be claimed back (`TeVorderenBtwType`).
        Claimable = "TeVorderenBtwType",
        /// To be paid (`AfTeDragenBtwType`).
        Payable = "AfTeDragenBtwType",
    }
}

words! {
    /// The rate of a VAT line (`tarief`).
    pub enum VatLineRate {
        /// The standard rate (`Hoog`).
        High = "Hoog",
        /// The reduced rate (`Laag`).
        Low = "Laag",
        /// Another rate (`Overig`).
        OtherRate = "Overig",
    }
}

model! {
    /// The VAT in a bank or cash booking (btw-boekingsregel).
    pub struct VatLine, fields VatLineFields, wire "BtwBoekingregelModel" {
        /// The amount debited (`debet`), in euros.
        debit: Decimal = "debet",
        /// The amount credited (`credit`), in euros.
        credit: Decimal = "credit",
        /// Owed or claimed back (`type`); required.
        direction: VatDirection = "type" [required],
        /// The rate (`tarief`); required.
        rate: VatLineRate = "tarief" [required],
    }
}
