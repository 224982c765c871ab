//! Quotes (`offertes`).

use api_core::Error;
use rust_decimal::Decimal;

use crate::address::Address;
use crate::client::Client;
use crate::cost_centres::CostCentreId;
use crate::id::Ref;
use crate::list::List;
use crate::model::{ids, model};
use crate::operations::{QUOTES_CREATE, QUOTES_DELETE, QUOTES_GET, QUOTES_LIST, QUOTES_REPLACE};
use crate::relations::{MandateId, RelationId};
use crate::sales_invoices::SalesInvoiceId;
use crate::sales_orders::{OrderLine, PriceBasis, ProcessStatus, offered};
use crate::wall_time::WallTime;

ids! {
    /// A quote's id.
    QuoteId "/offertes"
}

model! {
    /// A quote (`OfferteModel`).
    pub struct Quote, fields QuoteFields, wire "OfferteModel" {
        /// Its id (`id`), given by the server.
        id: QuoteId = "id",
        /// For whom (`relatie`); needed to write.
        relation: Ref<RelationId> = "relatie" [required],
        /// How far it is (`procesStatus`).
        process_status: ProcessStatus = "procesStatus",
        /// Its number (`nummer`), given by the server.
        number: i32 = "nummer",
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// Its day (`datum`); needed to write.
        date: WallTime = "datum" [required],
        /// Days to pay (`krediettermijn`), from 0 to 100; the customer's own
        /// where it is left out.
        payment_days: i32 = "krediettermijn",
        /// What it is (`omschrijving`).
        description: String = "omschrijving",
        /// Reference for its payment (`betalingskenmerk`).
        payment_reference: String = "betalingskenmerk",
        /// The mandate by which it is collected (`incassomachtiging`).
        mandate: Ref<MandateId> = "incassomachtiging",
        /// Where the goods go (`afleveradres`).
        delivery_address: Address = "afleveradres",
        /// Where the invoice goes (`factuuradres`).
        invoice_address: Address = "factuuradres",
        /// Whether its prices hold VAT (`verkooporderBtwIngaveModel`).
        price_basis: PriceBasis = "verkooporderBtwIngaveModel",
        /// The cost centre (`kostenplaats`).
        cost_centre: Ref<CostCentreId> = "kostenplaats",
        /// Its lines (`regels`).
        lines: Vec<OrderLine> = "regels",
        /// Notes (`memo`).
        memo: String = "memo",
        /// The customer's own reference (`orderreferentie`), printed on the invoice.
        order_reference: String = "orderreferentie",
        /// Discount on the invoice (`factuurkorting`), in per cent.
        invoice_discount: Decimal = "factuurkorting",
        /// The invoice it became (`verkoopfactuur`).
        invoice: Ref<SalesInvoiceId> = "verkoopfactuur",
        /// Total without VAT (`totaalExclusiefBtw`).
        total_without_vat: Decimal = "totaalExclusiefBtw",
        /// Total with VAT (`totaalInclusiefBtw`).
        total_with_vat: Decimal = "totaalInclusiefBtw",
        /// Whether it is a quote still (`isOfferte`).
        is_quote: bool = "isOfferte",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}

/// Quotes; see [`Client::quotes`].
#[derive(Debug, Clone, Copy)]
pub struct Quotes<'a> {
    client: &'a Client,
}

impl Client {
    /// Quotes (`offertes`).
    #[must_use]
    pub fn quotes(&self) -> Quotes<'_> {
        Quotes { client: self }
    }
}

impl<'a> Quotes<'a> {
    /// Lists quotes.
    pub fn list(&self) -> List<'a, Quote> {
        self.client.list_of(&QUOTES_LIST)
    }

    /// Fetches a quote.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: &QuoteId) -> Result<Quote, Error> {
        self.client
            .get_model(&QUOTES_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a quote; sent once.
    ///
    /// The API has no natural key to look a quote up by, and one of many lines
    /// may be made after its caller gave up (measured by client authors): see
    /// to what an unknown outcome left before sending it again.
    ///
    /// # Errors
    ///
    /// `Validation` before sending where the customer or the day is missing,
    /// a member is too long or the status is none the API offers; and those of
    /// any call; an outcome that is not known is `SendOutcome::Unknown`.
    pub async fn create(&self, quote: &Quote) -> Result<Quote, Error> {
        offered(quote.process_status.as_ref(), QUOTES_CREATE.name)?;
        self.client.post_model(&QUOTES_CREATE, &[], quote).await
    }

    /// Replaces a quote as a whole; [`revise`](Self::revise) keeps what is not
    /// named.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and `NotFound`.
    pub async fn replace(&self, id: &QuoteId, quote: &Quote) -> Result<Quote, Error> {
        self.client
            .put_model(&QUOTES_REPLACE, &[&id.to_string()], quote)
            .await
    }

    /// Changes what is named and keeps the rest: read, changed, written back.
    ///
    /// Lists, such as the lines, are replaced as a whole where they are named.
    /// Nothing is written where nothing changes.
    ///
    /// # Errors
    ///
    /// As [`replace`](Self::replace).
    pub async fn revise(&self, id: &QuoteId, change: &Quote) -> Result<Quote, Error> {
        self.client
            .revise_whole(&QUOTES_GET, &QUOTES_REPLACE, &id.to_string(), change)
            .await
    }

    /// Deletes a quote.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: &QuoteId) -> Result<(), Error> {
        self.client
            .delete_at(&QUOTES_DELETE, &[&id.to_string()])
            .await
    }
}
