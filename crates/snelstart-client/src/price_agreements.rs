//! The price of an article as it was agreed (`prijsafspraken`).

use rust_decimal::Decimal;

use crate::articles::ArticleId;
use crate::calls::handle;
use crate::filter::Filter;
use crate::id::Ref;
use crate::list::List;
use crate::model::{model, words};
use crate::operations::PRICE_AGREEMENTS_LIST;
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

handle! {
    /// The prices of articles as they were agreed (`prijsafspraken`).
    pub fn price_agreements -> PriceAgreements, "Agreed prices";
}

impl<'a> PriceAgreements<'a> {
    /// Asks for the price of an article.
    ///
    /// The article is part of every question, because the API answers none
    /// without (vendor documentation). [`List::filter`] adds the customer
    /// (`relation().id()`), the day and the quantity.
    ///
    /// ```no_run
    /// # async fn run(client: snelstart_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use snelstart_client::{Decimal, PriceAgreement};
    ///
    /// let article = "7e90b3d5-28c4-4a1f-b6e7-d5f3a0c91b28".parse()?;
    /// let six = PriceAgreement::fields().quantity().eq(Decimal::from(6));
    /// let price = client.price_agreements().of(&article).filter(six).first().await?;
    /// println!("{:?}", price.and_then(|agreed| agreed.price));
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(&self, article: &ArticleId) -> List<'a, PriceAgreement> {
        let of_article: Filter<PriceAgreement> =
            PriceAgreement::fields().article().id().eq(article);
        self.client
            .list_of(&PRICE_AGREEMENTS_LIST)
            .filter(of_article)
    }
}
