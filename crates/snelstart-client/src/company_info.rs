//! The administration and its settings (`companyInfo`).

use api_core::Error;

use crate::client::Client;
use crate::operations::{COMPANY_INFO_GET, COMPANY_INFO_REPLACE};

mod model;
mod words;

pub use model::{
    CompanyInfo, CompanyInfoFields, ForeignVatRange, ForeignVatRangeFields, SmallBusinessScheme,
    SmallBusinessSchemeFields,
};
pub use words::{
    ArticleCodeKind, DiscountRule, FilingPeriod, LegalForm, MarkingRule, StockLevel, StockMoment,
    StockSystem, TextLineRule,
};

/// The administration; see [`Client::company_info`].
#[derive(Debug, Clone, Copy)]
pub struct CompanyInfos<'a> {
    client: &'a Client,
}

impl Client {
    /// The administration that the koppelsleutel belongs to (`companyInfo`).
    #[must_use]
    pub fn company_info(&self) -> CompanyInfos<'_> {
        CompanyInfos { client: self }
    }
}

impl CompanyInfos<'_> {
    /// Reads the administration and its settings: the test of a connection,
    /// since it proves both keys and says which administration they open.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn get(&self) -> Result<CompanyInfo, Error> {
        self.client.get_model(&COMPANY_INFO_GET, &[], &[]).await
    }

    /// Sets whether foreign VAT is invoiced (`factureerBuitenlandsBtw`): the
    /// one setting that can be written (vendor documentation).
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn set_foreign_vat(&self, invoiced: bool) -> Result<CompanyInfo, Error> {
        let settings = CompanyInfo {
            invoices_foreign_vat: Some(invoiced),
            ..CompanyInfo::default()
        };
        self.client
            .put_model(&COMPANY_INFO_REPLACE, &[], &settings)
            .await
    }
}
