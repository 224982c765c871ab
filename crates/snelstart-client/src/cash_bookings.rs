//! Cash bookings: money through the till (`kasboekingen`).

use crate::booking_lines::money_booking;
use crate::calls::{handle, verified_calls};
use crate::list::List;
use crate::model::ids;
use crate::operations as ops;

ids! {
    /// The id of a cash booking (kasboeking).
    CashBookingId "/kasboekingen"
}

money_booking! {
    /// A cash booking: money in or out, and what it is for (kasboeking).
    pub struct CashBooking, fields CashBookingFields, wire "KasboekingModel", id CashBookingId;
}

handle! {
    /// Cash bookings (`kasboekingen`).
    pub fn cash_bookings -> CashBookings, "Cash bookings";
}

impl<'c> CashBookings<'c> {
    /// Lists cash bookings; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, CashBooking> {
        self.client.list_of(&ops::CASH_BOOKINGS_LIST)
    }
}

verified_calls! {
    impl CashBookings, "a cash booking" as booking: CashBooking by CashBookingId,
        refused where "the booking does not hold";

    get ops::CASH_BOOKINGS_GET;
    create ops::CASH_BOOKINGS_CREATE;
    replace ops::CASH_BOOKINGS_REPLACE;
    delete ops::CASH_BOOKINGS_DELETE;
}
