//! Templates of sales orders (`verkoopordersjablonen`), read only.

use api_core::Error;

use crate::calls::handle;
use crate::model::{ids, model, words};
use crate::operations::{ORDER_TEMPLATES_GET, ORDER_TEMPLATES_LIST};

ids! {
    /// An order template's id.
    OrderTemplateId "/verkoopordersjablonen"
}

words! {
    /// What an extra field of a template holds (`soortVeld`).
    pub enum TemplateFieldKind {
        /// A whole number (`GeheelGetal`).
        Integer = "GeheelGetal",
        /// An amount (`Bedrag`).
        Amount = "Bedrag",
        /// A date (`Datum`).
        Date = "Datum",
        /// Text (`Tekst`).
        Text = "Tekst",
        /// A customer (`Klant`).
        Customer = "Klant",
        /// A supplier (`Leverancier`).
        Supplier = "Leverancier",
        /// An article (`Artikel`).
        Article = "Artikel",
        /// An article group (`Artikelgroep`).
        ArticleGroup = "Artikelgroep",
        /// A country (`Land`).
        Country = "Land",
        /// An invoice (`Factuur`).
        Invoice = "Factuur",
        /// A ledger (`Grootboekrekening`).
        Ledger = "Grootboekrekening",
    }
}

model! {
    /// An extra field that a template defines (`IngaveGegevenSjabloonModel`).
    pub struct TemplateField, fields TemplateFieldFields, wire "IngaveGegevenSjabloonModel" {
        /// Its number (`veldNummer`), by which an order gives its value.
        number: i32 = "veldNummer",
        /// Its name (`omschrijving`).
        description: String = "omschrijving",
        /// How it is typed in (`ingaveMasker`).
        input_mask: String = "ingaveMasker",
        /// What it holds (`soortVeld`).
        kind: TemplateFieldKind = "soortVeld",
        /// How long its text may be (`maximumTekstLengte`), in characters.
        max_length: i32 = "maximumTekstLengte",
    }
}

model! {
    /// A template for sales orders (`VerkoopOrderSjabloonModel`).
    pub struct OrderTemplate, fields OrderTemplateFields, wire "VerkoopOrderSjabloonModel" {
        /// Its id (`id`).
        id: OrderTemplateId = "id",
        /// Its name (`omschrijving`).
        description: String = "omschrijving",
        /// Whether it is out of use (`nonactief`): as good as deleted.
        inactive: bool = "nonactief",
        /// Whether prices are without VAT (`prijsIngaveExclusiefBtw`).
        prices_without_vat: bool = "prijsIngaveExclusiefBtw",
        /// Whether new orders are held up (`nieuweOrdersBlokkeren`).
        blocks_new_orders: bool = "nieuweOrdersBlokkeren",
        /// Extra fields of an order (`extraHoofdVelden`), experimental.
        order_fields: Vec<TemplateField> = "extraHoofdVelden",
        /// Extra fields of a line (`extraRegelVelden`), experimental.
        line_fields: Vec<TemplateField> = "extraRegelVelden",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Templates of sales orders (`verkoopordersjablonen`).
    pub fn order_templates -> OrderTemplates, "Order templates";
}

impl OrderTemplates<'_> {
    /// Lists all templates, inactive ones among them; one answer, no pages.
    ///
    /// # Errors
    ///
    /// Those of any call, and `Decode` where one cannot be read.
    pub async fn list(&self) -> Result<Vec<OrderTemplate>, Error> {
        self.client
            .get_models(&ORDER_TEMPLATES_LIST, &[], &[])
            .await
    }

    /// Fetches a template.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: &OrderTemplateId) -> Result<OrderTemplate, Error> {
        self.client
            .get_model(&ORDER_TEMPLATES_GET, &[&id.to_string()], &[])
            .await
    }
}
