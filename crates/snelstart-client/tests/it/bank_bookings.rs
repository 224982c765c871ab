use crate::money_bookings::tests;

tests! { BankBooking, bank_bookings, "/bankboekingen", "bank_bookings", BANK_BOOKING }
