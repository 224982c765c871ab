//! The price of an article as it was agreed (`prijsafspraken`).

use rust_decimal::Decimal;

use crate::articles::ArticleId;
use crate::id::Ref;
use crate::model::{model, words};
use crate::relations::RelationId;
use crate::wall_time::WallTime;

words! {
    /// Where a price comes from (`prijsBepalingSoort`).
    pub enum PriceSource {
        /// The article's own price.
        Normal = "NormaleVerkoopprijs",
        /// A promotion of the article.
        ArticlePromotion = "ActieprijzenPerArtikel",
        /// A promotion of the article's discount group.
        ArticleGroupPromotion = "ActieprijzenPerArtikelkortingsgroep",
        /// An agreement of the article with the customer.
        ArticleAndCustomer = "AfspraakPerArtikelklant",
        /// An agreement of the article with the customer's discount group.
        ArticleAndCustomerGroup = "AfspraakPerArtikelPerKlantkortingsgroep",
        /// An agreement of the article's discount group with the customer.
        ArticleGroupAndCustomer = "AfspraakPerKlantPerArtikelkortingsgroep",
        /// An agreement between two discount groups.
        ArticleGroupAndCustomerGroup = "AfspraakPerArtikelkortingsgroepPerKlantkortingsgroep",
    }
}

model! {
    /// What an article costs on a day, in a quantity, for a customer (`PrijsafspraakModel`).
    pub struct PriceAgreement, fields PriceAgreementFields, wire "PrijsafspraakModel" {
        /// For whom (`relatie`).
        relation: Ref<RelationId> = "relatie",
        /// Of which article (`artikel`).
        article: Ref<ArticleId> = "artikel",
        /// On which day (`datum`).
        date: WallTime = "datum",
        /// In which quantity (`aantal`).
        quantity: Decimal = "aantal",
        /// Discount (`korting`), in per cent.
        discount: Decimal = "korting" [read_only],
        /// The price agreed (`verkoopprijs`).
        price: Decimal = "verkoopprijs",
        /// The price without any agreement (`basisprijs`).
        base_price: Decimal = "basisprijs",
        /// From when it is so (`datumVanaf`).
        from: WallTime = "datumVanaf",
        /// Until when, that day included (`datumTotEnMet`).
        until: WallTime = "datumTotEnMet",
        /// Where the price comes from (`prijsBepalingSoort`).
        source: PriceSource = "prijsBepalingSoort",
    }
}
