//! Article groups (`artikelomzetgroepen`): which ledger revenue goes to.

use api_core::Error;

use crate::calls::handle;
use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::model::{ids, model};
use crate::operations::{ARTICLE_GROUPS_GET, ARTICLE_GROUPS_LIST};
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

handle! {
    /// Article groups by revenue (`artikelomzetgroepen`).
    pub fn article_groups -> ArticleGroups, "Article groups";
}

impl ArticleGroups<'_> {
    /// Lists all article groups; one answer, no pages.
    ///
    /// # Errors
    ///
    /// Those of any call, and `Decode` where one cannot be read.
    pub async fn list(&self) -> Result<Vec<ArticleGroup>, Error> {
        self.client.get_models(&ARTICLE_GROUPS_LIST, &[], &[]).await
    }

    /// Fetches an article group.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: &ArticleGroupId) -> Result<ArticleGroup, Error> {
        self.client
            .get_model(&ARTICLE_GROUPS_GET, &[&id.to_string()], &[])
            .await
    }
}
