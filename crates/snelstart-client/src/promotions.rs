//! Promotions (`actieprijzen`): prices for a while.

use rust_decimal::Decimal;

use crate::articles::{PriceEntry, PriceStatus};
use crate::calls::handle;
use crate::list::List;
use crate::model::model;
use crate::operations::PROMOTIONS_LIST;
use crate::wall_time::WallTime;

model! {
    /// A step of a promotion's price (`PrijsModel`).
    pub struct PromotionStep, fields PromotionStepFields, wire "PrijsModel" {
        /// From which quantity on (`vanaf`).
        from_quantity: Decimal = "vanaf",
        /// Discount (`korting`), in per cent.
        discount: Decimal = "korting",
        /// Selling price (`verkoopprijs`).
        price: Decimal = "verkoopprijs",
        /// The price without the promotion (`basisprijs`).
        base_price: Decimal = "basisprijs",
    }
}

model! {
    /// An article in a promotion (`ArtikelPrijsModel`).
    pub struct PromotionArticle, fields PromotionArticleFields, wire "ArtikelPrijsModel" {
        /// The article's code (`artikelcode`).
        article_code: String = "artikelcode",
        /// What the article is (`artikelOmschrijving`).
        article_description: String = "artikelOmschrijving",
        /// How the price is given (`prijsIngave`).
        entry: PriceEntry = "prijsIngave",
        /// The prices by quantity (`prijzen`).
        steps: Vec<PromotionStep> = "prijzen",
    }
}

model! {
    /// A promotion (`ActieprijzenModel`), which has no id.
    pub struct Promotion, fields PromotionFields, wire "ActieprijzenModel" {
        /// What it is called (`omschrijving`).
        description: String = "omschrijving",
        /// From when (`startdatum`).
        from: WallTime = "startdatum",
        /// Until when (`einddatum`).
        until: WallTime = "einddatum",
        /// Whether it is in force (`status`).
        status: PriceStatus = "status",
        /// The articles in it (`artikelPrijzen`).
        articles: Vec<PromotionArticle> = "artikelPrijzen",
    }
}

handle! {
    /// Promotions: prices for a while (`actieprijzen`).
    pub fn promotions -> Promotions, "Promotions";
}

impl<'a> Promotions<'a> {
    /// Lists promotions, past and planned ones among them.
    pub fn list(&self) -> List<'a, Promotion> {
        self.client.list_of(&PROMOTIONS_LIST)
    }
}
