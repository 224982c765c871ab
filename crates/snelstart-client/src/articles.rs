//! Articles, and what they cost whom (`artikelen`).

use api_core::{Error, Json};

use crate::calls::handle;
use crate::custom_fields::{CustomField, CustomFieldUpdate};
use crate::list::List;
use crate::operations::{
    ARTICLES_CREATE, ARTICLES_CUSTOM_FIELDS, ARTICLES_DELETE, ARTICLES_GET, ARTICLES_LIST,
    ARTICLES_PRICE_AGREEMENTS, ARTICLES_REPLACE, ARTICLES_SET_CUSTOM_FIELDS,
};
use crate::relations::RelationId;

mod model;

pub use model::{
    Article, ArticleExtraField, ArticleExtraFieldFields, ArticleFields, ArticleId,
    ArticlePriceAgreements, ArticlePriceAgreementsFields, CustomerPrices, CustomerPricesFields,
    PriceEntry, PriceStatus, PriceStep, PriceStepFields, SubArticle, SubArticleFields,
};

handle! {
    /// Articles (`artikelen`).
    pub fn articles -> Articles, "Articles";
}

impl<'a> Articles<'a> {
    /// Lists articles at their own prices, 25 a page (OpenAPI document).
    pub fn list(&self) -> List<'a, Article> {
        self.client.list_of(&ARTICLES_LIST)
    }

    /// Lists articles at a customer's prices, for a quantity where one is
    /// given (`relatieId`, `aantal`).
    pub fn list_for(&self, customer: &RelationId, quantity: Option<i32>) -> List<'a, Article> {
        let mut list = self.list();
        for (name, value) in price_of(customer, quantity) {
            list = list.param(name, value);
        }
        list
    }

    /// Fetches an article at its own price.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: &ArticleId) -> Result<Article, Error> {
        self.client
            .get_model(&ARTICLES_GET, &[&id.to_string()], &[])
            .await
    }

    /// Fetches an article at a customer's price, for a quantity where one is
    /// given (`relatieId`, `aantal`).
    ///
    /// # Errors
    ///
    /// `NotFound` where there is no such article or customer, and those of
    /// any call.
    pub async fn get_for(
        &self,
        id: &ArticleId,
        customer: &RelationId,
        quantity: Option<i32>,
    ) -> Result<Article, Error> {
        let query = price_of(customer, quantity);
        self.client
            .get_model(&ARTICLES_GET, &[&id.to_string()], &query)
            .await
    }

    /// Makes an article; sent once.
    ///
    /// What a code may be is a setting of the administration: see
    /// `article_code_kind` and `article_code_length` of its company info.
    ///
    /// # Errors
    ///
    /// `Validation` before sending where a member is too long, and those of
    /// any call; an outcome that is not known is `SendOutcome::Unknown`.
    pub async fn create(&self, article: &Article) -> Result<Article, Error> {
        self.client.post_model(&ARTICLES_CREATE, &[], article).await
    }

    /// Replaces an article as a whole; [`revise`](Self::revise) keeps what is
    /// not named.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and `NotFound`.
    pub async fn replace(&self, id: &ArticleId, article: &Article) -> Result<Article, Error> {
        self.client
            .put_model(&ARTICLES_REPLACE, &[&id.to_string()], article)
            .await
    }

    /// Changes what is named and keeps the rest: read, changed, written back.
    ///
    /// Nothing is written where nothing changes.
    ///
    /// # Errors
    ///
    /// As [`replace`](Self::replace).
    pub async fn revise(&self, id: &ArticleId, change: &Article) -> Result<Article, Error> {
        self.client
            .revise_whole(&ARTICLES_GET, &ARTICLES_REPLACE, &id.to_string(), change)
            .await
    }

    /// Deletes an article.
    ///
    /// # Errors
    ///
    /// `Validation` where it is in use (`ART-0010` to `ART-0015`), `NotFound`,
    /// and those of any call.
    pub async fn delete(&self, id: &ArticleId) -> Result<(), Error> {
        self.client
            .delete_at(&ARTICLES_DELETE, &[&id.to_string()])
            .await
    }

    /// Lists an article's extra fields; one answer, no pages.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call; `Decode` where one cannot be read.
    pub async fn custom_fields(&self, id: &ArticleId) -> Result<Vec<CustomField>, Error> {
        self.client
            .get_models(&ARTICLES_CUSTOM_FIELDS, &[&id.to_string()], &[])
            .await
    }

    /// Sets extra fields of an article, by their names; returns all of them.
    ///
    /// # Errors
    ///
    /// `Validation` where a value does not fit its field (`REF-…`),
    /// `NotFound`, and those of any call.
    pub async fn set_custom_fields(
        &self,
        id: &ArticleId,
        updates: &[CustomFieldUpdate],
    ) -> Result<Vec<CustomField>, Error> {
        let body = Json::List(updates.iter().map(CustomFieldUpdate::to_json).collect());
        let operation = &ARTICLES_SET_CUSTOM_FIELDS;
        self.client
            .send(operation, &[&id.to_string()], &[], Some(&body))
            .await?
            .models()
    }

    /// Lists what is agreed about prices, article by article, 25 a page
    /// (OpenAPI document).
    pub fn price_agreements(&self) -> List<'a, ArticlePriceAgreements> {
        self.client.list_of(&ARTICLES_PRICE_AGREEMENTS)
    }
}

/// The parameters that ask for a customer's price.
fn price_of(customer: &RelationId, quantity: Option<i32>) -> Vec<(&'static str, String)> {
    let quantity = quantity.map(|quantity| ("aantal", quantity.to_string()));
    std::iter::once(("relatieId", customer.to_string()))
        .chain(quantity)
        .collect()
}
