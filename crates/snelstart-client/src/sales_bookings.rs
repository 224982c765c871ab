//! Sales bookings: invoices as they stand in the books (`verkoopboekingen`).

mod adopt;
mod check;

use rust_decimal::Decimal;

use crate::calls::{handle, verified_calls};
use crate::cost_centres::CostCentreId;
use crate::documents::Document;
use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::model::{ids, model, words};
use crate::operations as ops;
use crate::relations::{MandateId, RelationId};
use crate::vat_tariffs::VatKind;
use crate::wall_time::WallTime;

ids! {
    /// The id of a sales booking (verkoopboeking).
    SalesBookingId "/verkoopboekingen"
}

words! {
    /// To which VAT account a sum of a sales booking goes (`btw[].btwSoort`).
    ///
    /// Another vocabulary than [`VatKind`]; mixing them up is refused by the
    /// server with BOE-0082 (vendor documentation).
    pub enum SalesVatKind {
        /// No VAT (`Geen`).
        None = "Geen",
        /// Sales at the reduced rate (`VerkopenLaag`).
        SalesLow = "VerkopenLaag",
        /// Sales at the standard rate (`VerkopenHoog`).
        SalesHigh = "VerkopenHoog",
        /// Sales at another rate (`VerkopenOverig`).
        SalesOther = "VerkopenOverig",
        /// Sales with reverse charge (`VerkopenVerlegd`), the amount being 0.
        SalesReverseCharge = "VerkopenVerlegd",
        /// Purchases at the reduced rate (`InkopenLaag`).
        PurchasesLow = "InkopenLaag",
        /// Purchases at the standard rate (`InkopenHoog`).
        PurchasesHigh = "InkopenHoog",
        /// Purchases at another rate (`InkopenOverig`).
        PurchasesOther = "InkopenOverig",
    }
}

model! {
    /// A line of a sales booking: turnover without VAT (boekingsregel).
    pub struct SalesBookingLine, fields SalesBookingLineFields, wire "VerkoopBoekingRegelModel" {
        /// What it is for (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// The ledger account it is booked on (`grootboek`); required.
        ledger: Ref<LedgerId> = "grootboek" [required],
        /// The cost centre (`kostenplaats`), which some ledgers require.
        cost_centre: Ref<CostCentreId> = "kostenplaats",
        /// The amount without VAT (`bedrag`), in euros.
        amount: Decimal = "bedrag",
        /// The VAT rate (`btwSoort`); must fit the ledger.
        vat_kind: VatKind = "btwSoort",
    }
}

model! {
    /// The VAT of a sales booking under one rate (`btw`).
    pub struct SalesBookingVat, fields SalesBookingVatFields, wire "VerkoopBoekingBtwRegelModel" {
        /// Where it is booked (`btwSoort`).
        vat_kind: SalesVatKind = "btwSoort",
        /// How much (`btwBedrag`), in euros.
        amount: Decimal = "btwBedrag",
    }
}

model! {
    /// A direct debit mandate for one invoice (eenmalige incassomachtiging).
    pub struct OneOffMandate, fields OneOffMandateFields,
        wire "VerkoopBoekingEenmaligeIncassoMachtigingModel"
    {
        /// Its reference (`kenmerk`), at most 50 characters.
        reference: String = "kenmerk" [max 50],
        /// What it is for (`omschrijving`), at most 250 characters; required.
        description: String = "omschrijving" [max 250, required],
        /// The day of the mandate (`datum`); required.
        date: WallTime = "datum" [required],
    }
}

model! {
    /// An invoice as it stands in the books (verkoopboeking).
    ///
    /// The server makes one sales invoice of each (measured by client authors);
    /// the due date is [`date`](Self::date) plus
    /// [`payment_term_days`](Self::payment_term_days) and shows there alone.
    pub struct SalesBooking, fields SalesBookingFields, wire "VerkoopBoekingModel" {
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// The voucher's number (`boekstuk`), at most 25 characters.
        voucher_number: String = "boekstuk" [max 25],
        /// Whether the accountant changed it (`gewijzigdDoorAccountant`).
        changed_by_accountant: bool = "gewijzigdDoorAccountant",
        /// Whether it is marked for attention (`markering`).
        marked: bool = "markering",
        /// The day of the invoice and of the booking (`factuurdatum`).
        date: WallTime = "factuurdatum",
        /// The invoice's number (`factuurnummer`), 1 to 25 characters; unique.
        number: String = "factuurnummer" [max 25, required],
        /// Who is charged (`klant`); required.
        customer: Ref<RelationId> = "klant" [required],
        /// What it is for (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// The total with VAT (`factuurbedrag`), in euros.
        invoice_amount: Decimal = "factuurbedrag",
        /// Days until it is due (`betalingstermijn`), 0 to 999.
        payment_term_days: i32 = "betalingstermijn",
        /// A mandate for this invoice alone (`eenmaligeIncassoMachtiging`).
        one_off_mandate: OneOffMandate = "eenmaligeIncassoMachtiging",
        /// The customer's standing mandate (`doorlopendeIncassoMachtiging`).
        standing_mandate: Ref<MandateId> = "doorlopendeIncassoMachtiging",
        /// The turnover without VAT (`boekingsregels`); at least one.
        lines: Vec<SalesBookingLine> = "boekingsregels" [required],
        /// The VAT under each rate (`btw`); none where exempt.
        vat: Vec<SalesBookingVat> = "btw",
        /// Its attachments (`documents`).
        documents: Vec<Document> = "documents",
        /// Its id (`id`).
        id: SalesBookingId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Sales bookings (`verkoopboekingen`); the API has no list of them.
    pub fn sales_bookings -> SalesBookings, "Sales bookings";
}

verified_calls! {
    impl SalesBookings, "a sales booking" as booking: SalesBooking by SalesBookingId,
        refused where "the booking does not hold";

    get ops::SALES_BOOKINGS_GET;
    /// [`create_or_adopt`](Self::create_or_adopt) does.
    create ops::SALES_BOOKINGS_CREATE;
    replace ops::SALES_BOOKINGS_REPLACE;
    /// Refused when it is paid or in a VAT return (BOE-0046, BOE-0083).
    delete ops::SALES_BOOKINGS_DELETE;
}
