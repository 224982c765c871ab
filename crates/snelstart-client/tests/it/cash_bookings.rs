use crate::money_bookings::tests;

tests! { CashBooking, cash_bookings, "/kasboekingen", "cash_bookings", CASH_BOOKING }
