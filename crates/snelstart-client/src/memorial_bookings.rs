//! Memorial bookings: everything without money moving (`memoriaalboekingen`).

mod check;

use rust_decimal::Decimal;

use crate::calls::{handle, verified_calls};
use crate::cost_centres::CostCentreId;
use crate::id::Ref;
use crate::journals::JournalId;
use crate::ledgers::LedgerId;
use crate::model::{ids, model};
use crate::operations as ops;
use crate::purchase_bookings::PurchaseBookingId;
use crate::sales_bookings::SalesBookingId;
use crate::wall_time::WallTime;

ids! {
    /// The id of a memorial booking (memoriaalboeking).
    MemorialBookingId "/memoriaalboekingen"
}

model! {
    /// An amount on a ledger account (memoriaalboekingsregel).
    pub struct MemorialLine, fields MemorialLineFields,
        wire "MemoriaalboekingModel.MemoriaalBoekingsRegelModel"
    {
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
    }
}

model! {
    /// An amount that settles a purchase booking (verantwoordingsregel).
    pub struct MemorialPurchaseLine, fields MemorialPurchaseLineFields,
        wire "MemoriaalboekingModel.InkoopBoekingVerantwoordingsRegelModel"
    {
        /// The booking it settles (`boekingId`); required.
        booking: Ref<PurchaseBookingId> = "boekingId" [required],
        /// What it is for (`omschrijving`), at most 250 characters; required.
        description: String = "omschrijving" [max 250, required],
        /// The amount (`bedrag`), in euros; required.
        amount: Decimal = "bedrag" [required],
    }
}

model! {
    /// An amount that settles a sales booking (verantwoordingsregel).
    pub struct MemorialSalesLine, fields MemorialSalesLineFields,
        wire "MemoriaalboekingModel.VerkoopBoekingVerantwoordingsRegelModel"
    {
        /// The booking it settles (`boekingId`); required.
        booking: Ref<SalesBookingId> = "boekingId" [required],
        /// What it is for (`omschrijving`), at most 250 characters; required.
        description: String = "omschrijving" [max 250, required],
        /// The amount (`bedrag`), in euros; required.
        amount: Decimal = "bedrag" [required],
    }
}

model! {
    /// A booking without money moving, such as a correction (memoriaalboeking).
    pub struct MemorialBooking, fields MemorialBookingFields, wire "MemoriaalboekingModel" {
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// The day of the booking (`datum`); required.
        date: WallTime = "datum" [required],
        /// Whether it is marked for attention (`markering`).
        marked: bool = "markering",
        /// The voucher's number (`boekstuk`), at most 25 characters.
        voucher_number: String = "boekstuk" [max 25],
        /// Whether the accountant changed it (`gewijzigdDoorAccountant`).
        changed_by_accountant: bool = "gewijzigdDoorAccountant",
        /// What it is for (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// Amounts on ledger accounts (`memoriaalBoekingsRegels`).
        ledger_lines: Vec<MemorialLine> = "memoriaalBoekingsRegels",
        /// Purchase bookings it settles (`inkoopboekingBoekingsRegels`).
        purchase_lines: Vec<MemorialPurchaseLine> = "inkoopboekingBoekingsRegels",
        /// Sales bookings it settles (`verkoopboekingBoekingsRegels`).
        sales_lines: Vec<MemorialSalesLine> = "verkoopboekingBoekingsRegels",
        /// The journal it is booked in (`dagboek`); required.
        journal: Ref<JournalId> = "dagboek" [required],
        /// Its id (`id`).
        id: MemorialBookingId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Memorial bookings (`memoriaalboekingen`); the API has no list of them.
    pub fn memorial_bookings -> MemorialBookings, "Memorial bookings";
}

verified_calls! {
    impl MemorialBookings, "a memorial booking" as booking: MemorialBooking by MemorialBookingId,
        refused where "the booking does not hold";

    get ops::MEMORIAL_BOOKINGS_GET;
    create ops::MEMORIAL_BOOKINGS_CREATE;
    replace ops::MEMORIAL_BOOKINGS_REPLACE;
    delete ops::MEMORIAL_BOOKINGS_DELETE;
}
