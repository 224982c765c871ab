//! Article groups (`artikelomzetgroepen`): which ledger revenue goes to.

use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::model::{ids, model};
use crate::vat_tariffs::VatKind;

ids! {
    /// An article group's id.
    ArticleGroupId "/artikelomzetgroepen"
}

model! {
    /// A group of articles by revenue (`ArtikelOmzetGroepModel`).
    pub struct ArticleGroup, fields ArticleGroupFields, wire "ArtikelOmzetGroepModel" {
        /// Its id (`id`).
        id: ArticleGroupId = "id",
        /// Its number (`nummer`).
        number: i32 = "nummer",
        /// Its name (`omschrijving`), at most 50 characters.
        description: String = "omschrijving" [max 50],
        /// The ledger of revenue in the Netherlands
        /// (`verkoopGrootboekNederlandIdentifier`).
        sales_ledger: Ref<LedgerId> = "verkoopGrootboekNederlandIdentifier",
        /// The VAT on sales in the Netherlands (`verkoopNederlandBtwSoort`).
        sales_vat: VatKind = "verkoopNederlandBtwSoort",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}
