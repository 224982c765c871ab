//! What bank and cash bookings are made of: the same members for both.

/// Declares a booking of money, through a bank account or through the till.
macro_rules! money_booking {
    (
        $(#[$meta:meta])*
        pub struct $Booking:ident, fields $Fields:ident, wire $wire:literal, id $Id:ident;
    ) => {
        $crate::model::model! {
            $(#[$meta])*
            ///
            /// What is received less what is spent is the sum of the lines' credit less
            /// their debit.
            pub struct $Booking, fields $Fields, wire $wire {
                /// When it changed last (`modifiedOn`), set by the server.
                modified_on: $crate::wall_time::WallTime = "modifiedOn" [read_only],
                /// The day of the booking (`datum`); required.
                date: $crate::wall_time::WallTime = "datum" [required],
                /// Whether it is marked for attention (`markering`).
                marked: bool = "markering",
                /// The voucher's number (`boekstuk`), at most 25 characters.
                voucher_number: String = "boekstuk" [max 25],
                /// Whether the accountant changed it (`gewijzigdDoorAccountant`).
                changed_by_accountant: bool = "gewijzigdDoorAccountant",
                /// What it is for (`omschrijving`), at most 250 characters.
                description: String = "omschrijving" [max 250],
                /// Amounts on ledger accounts (`grootboekBoekingsRegels`).
                ledger_lines: Vec<$crate::booking_lines::LedgerLine> = "grootboekBoekingsRegels",
                /// Purchase bookings it settles (`inkoopboekingBoekingsRegels`).
                purchase_lines: Vec<$crate::booking_lines::PurchaseSettlement> =
                    "inkoopboekingBoekingsRegels",
                /// Sales bookings it settles (`verkoopboekingBoekingsRegels`).
                sales_lines: Vec<$crate::booking_lines::SalesSettlement> =
                    "verkoopboekingBoekingsRegels",
                /// VAT in it (`btwBoekingsregels`).
                vat_lines: Vec<$crate::booking_lines::VatLine> = "btwBoekingsregels",
                /// What is spent (`bedragUitgegeven`), in euros; required.
                amount_spent: ::rust_decimal::Decimal = "bedragUitgegeven" [required],
                /// What is received (`bedragOntvangen`), in euros; required.
                amount_received: ::rust_decimal::Decimal = "bedragOntvangen" [required],
                /// The journal it is booked in (`dagboek`); required.
                journal: $crate::id::Ref<$crate::journals::JournalId> = "dagboek" [required],
                /// Its id (`id`).
                id: $Id = "id",
                /// Its address (`uri`), set by the server.
                uri: String = "uri" [read_only],
            }
        }
    };
}

pub(crate) use money_booking;
