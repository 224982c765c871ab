//! Bank bookings: money through a bank account (`bankboekingen`).

use crate::booking_lines::money_booking;
use crate::calls::{handle, verified_calls};
use crate::list::List;
use crate::model::ids;
use crate::operations as ops;

ids! {
    /// The id of a bank booking (bankboeking).
    BankBookingId "/bankboekingen"
}

money_booking! {
    /// A bank booking: money in or out, and what it is for (bankboeking).
    pub struct BankBooking, fields BankBookingFields, wire "BankboekingModel", id BankBookingId;
}

handle! {
    /// Bank bookings (`bankboekingen`).
    pub fn bank_bookings -> BankBookings, "Bank bookings";
}

impl<'c> BankBookings<'c> {
    /// Lists bank bookings; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, BankBooking> {
        self.client.list_of(&ops::BANK_BOOKINGS_LIST)
    }
}

verified_calls! {
    impl BankBookings, "a bank booking" as booking: BankBooking by BankBookingId,
        refused where "the booking does not hold";

    get ops::BANK_BOOKINGS_GET;
    create ops::BANK_BOOKINGS_CREATE;
    replace ops::BANK_BOOKINGS_REPLACE;
    delete ops::BANK_BOOKINGS_DELETE;
}
