//! Quotes (`offertes`).

use crate::calls::handle;
use crate::list::List;
use crate::model::ids;
use crate::operations as ops;
use crate::sales_orders::{order, order_calls};

ids! {
    /// A quote's id.
    QuoteId "/offertes"
}

order! {
    /// A quote (`OfferteModel`).
    pub struct Quote, fields QuoteFields, wire "OfferteModel", id QuoteId;

    /// Its number (`nummer`), given by the server.
    number;
    after payment_days {}
    after invoice {}
    after totals {
        /// Whether it is a quote still (`isOfferte`).
        is_quote: bool = "isOfferte",
    }
}

handle! {
    /// Quotes (`offertes`).
    pub fn quotes -> Quotes, "Quotes";
}

impl<'c> Quotes<'c> {
    /// Lists quotes.
    pub fn list(&self) -> List<'c, Quote> {
        self.client.list_of(&ops::QUOTES_LIST)
    }
}

order_calls! {
    impl Quotes, "a quote" as quote: Quote by QuoteId;

    get ops::QUOTES_GET;
    create ops::QUOTES_CREATE;
    replace ops::QUOTES_REPLACE;
    delete ops::QUOTES_DELETE;
}
