//! What an article is made of.

use api_core::Json;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::article_groups::ArticleGroupId;
use crate::id::Ref;
use crate::model::{ids, model, words};
use crate::relations::RelationId;
use crate::wall_time::WallTime;

ids! {
    /// An article's id.
    ArticleId "/artikelen"
}

words! {
    /// How an agreed price is given (`prijsIngave`).
    pub enum PriceEntry {
        /// As an amount (`Bedrag`).
        Amount = "Bedrag",
        /// As an amount by quantity (`StaffelBedrag`).
        TieredAmount = "StaffelBedrag",
        /// As a discount (`Korting`).
        Discount = "Korting",
        /// As a discount by quantity (`StaffelKorting`).
        TieredDiscount = "StaffelKorting",
    }
}

words! {
    /// Whether an agreed price is in force (`status`).
    pub enum PriceStatus {
        /// No longer (`Verlopen`).
        Expired = "Verlopen",
        /// Not yet (`Gepland`).
        Planned = "Gepland",
        /// Now (`Actief`).
        Active = "Actief",
    }
}

model! {
    /// An extra field of an article (`ExtraVeldArtikelModel`).
    pub struct ArticleExtraField, fields ArticleExtraFieldFields, wire "ExtraVeldArtikelModel" {
        /// Its name (`naam`).
        name: String = "naam",
        /// Its value (`waarde`); the OpenAPI document says text, servers also
        /// send numbers and booleans (measured by client authors).
        value: Json = "waarde",
    }
}

model! {
    /// An article that is part of another (`SubartikelModel`).
    pub struct SubArticle, fields SubArticleFields, wire "SubartikelModel" {
        /// Its id (`id`).
        id: ArticleId = "id",
        /// Its code (`artikelcode`).
        code: String = "artikelcode",
        /// How many of it go into one (`aantal`).
        quantity: Decimal = "aantal",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}

model! {
    /// An article (`ArtikelModel`, and `ArtikelQueryModel` when read).
    ///
    /// Whether codes are numbers, and how long they may be, is a setting of
    /// the administration: see `article_code_kind` of its company info.
    pub struct Article, fields ArticleFields, wire "ArtikelQueryModel" {
        /// Its id (`id`), given by the server.
        id: ArticleId = "id",
        /// Whether it is made up of others (`isHoofdartikel`).
        is_composed: bool = "isHoofdartikel" [read_only],
        /// The articles it is made up of (`subartikelen`); a write has no place for them.
        parts: Vec<SubArticle> = "subartikelen" [read_only],
        /// Its code (`artikelcode`).
        code: String = "artikelcode",
        /// What it is (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// The group whose ledger its revenue goes to (`artikelOmzetgroep`).
        group: Ref<ArticleGroupId> = "artikelOmzetgroep",
        /// Selling price (`verkoopprijs`), with or without VAT by a setting of
        /// the administration; the customer's own where one was asked for.
        price: Decimal = "verkoopprijs",
        /// Purchase price (`inkoopprijs`).
        cost: Decimal = "inkoopprijs",
        /// Unit (`eenheid`).
        unit: String = "eenheid",
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// Its supplier, or the customer whose price was asked for (`relatie`).
        relation: Ref<RelationId> = "relatie",
        /// Whether it is out of use (`isNonActief`).
        inactive: bool = "isNonActief",
        /// Whether its stock is kept (`voorraadControle`).
        keeps_stock: bool = "voorraadControle",
        /// What lies in stock (`technischeVoorraad`).
        stock: Decimal = "technischeVoorraad" [read_only],
        /// What of it is not promised to anybody (`vrijeVoorraad`).
        free_stock: Decimal = "vrijeVoorraad" [read_only],
        /// Its extra fields (`extraVelden`).
        extra_fields: Vec<ArticleExtraField> = "extraVelden",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}

model! {
    /// A step of an agreed price (`PrijsAfspraakModel`).
    pub struct PriceStep, fields PriceStepFields, wire "PrijsAfspraakModel" {
        /// From which quantity on (`vanaf`).
        from_quantity: Decimal = "vanaf",
        /// Discount (`korting`), in per cent.
        discount: Decimal = "korting",
        /// Selling price (`verkoopprijs`).
        price: Decimal = "verkoopprijs",
    }
}

model! {
    /// What is agreed with one customer (`KlantAfsprakenModel`).
    pub struct CustomerPrices, fields CustomerPricesFields, wire "KlantAfsprakenModel" {
        /// The customer's id (`relatiePublicIdentifier`), a bare one.
        relation: Uuid = "relatiePublicIdentifier",
        /// The customer's number (`relatieCode`).
        relation_code: i32 = "relatieCode",
        /// The customer's name (`relatieNaam`).
        relation_name: String = "relatieNaam",
        /// From when (`startdatum`).
        from: WallTime = "startdatum",
        /// Until when (`einddatum`).
        until: WallTime = "einddatum",
        /// How the price is given (`prijsIngave`).
        entry: PriceEntry = "prijsIngave",
        /// Whether it is in force (`status`).
        status: PriceStatus = "status",
        /// The prices by quantity (`prijsAfspraken`).
        steps: Vec<PriceStep> = "prijsAfspraken",
    }
}

model! {
    /// What is agreed about an article's price (`ArtikelPrijsAfsprakenModel`).
    pub struct ArticlePriceAgreements, fields ArticlePriceAgreementsFields, wire "ArtikelPrijsAfsprakenModel" {
        /// The article's code (`artikelCode`, here with a capital).
        article_code: String = "artikelCode",
        /// What the article is (`artikelOmschrijving`).
        article_description: String = "artikelOmschrijving",
        /// Its price without agreements (`basisprijs`).
        base_price: Decimal = "basisprijs",
        /// What is agreed with whom (`klantAfspraken`).
        customers: Vec<CustomerPrices> = "klantAfspraken",
    }
}
