//! Bank bookings: money through a bank account (`bankboekingen`).

use rust_decimal::Decimal;

use crate::booking_lines::{LedgerLine, PurchaseSettlement, SalesSettlement, VatLine};
use crate::model::{ids, model};
use crate::wall_time::WallTime;

ids! {
    /// The id of a bank booking (bankboeking).
    BankBookingId "/bankboekingen"
}

model! {
    /// A bank booking: money in or out, and what it is for (bankboeking).
    ///
    /// What is received less what is spent is the sum of the lines' credit less
    /// their debit.
    pub struct BankBooking, fields BankBookingFields, wire "BankboekingModel" {
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// The day of the booking (`datum`); required.
        date: WallTime = "datum",
        /// Whether it is marked for attention (`markering`).
        marked: bool = "markering",
        /// The voucher's number (`boekstuk`), at most 25 characters.
        voucher_number: String = "boekstuk" [max 25],
        /// Whether the accountant changed it (`gewijzigdDoorAccountant`).
        changed_by_accountant: bool = "gewijzigdDoorAccountant",
        /// What it is for (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// Amounts on ledger accounts (`grootboekBoekingsRegels`).
        ledger_lines: Vec<LedgerLine> = "grootboekBoekingsRegels",
        /// Purchase bookings it settles (`inkoopboekingBoekingsRegels`).
        purchase_lines: Vec<PurchaseSettlement> = "inkoopboekingBoekingsRegels",
        /// Sales bookings it settles (`verkoopboekingBoekingsRegels`).
        sales_lines: Vec<SalesSettlement> = "verkoopboekingBoekingsRegels",
        /// VAT in it (`btwBoekingsregels`).
        vat_lines: Vec<VatLine> = "btwBoekingsregels",
        /// What is spent (`bedragUitgegeven`), in euros; required.
        amount_spent: Decimal = "bedragUitgegeven",
        /// What is received (`bedragOntvangen`), in euros; required.
        amount_received: Decimal = "bedragOntvangen",
        /// The journal it is booked in (`dagboek`); required.
        journal: Ref<JournalId> = "dagboek",
        /// Its id (`id`).
        id: BankBookingId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}
