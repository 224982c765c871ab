//! The administration and its settings (`companyInfo`).

use api_core::Error;

use crate::calls::handle;
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

handle! {
    /// The administration that the koppelsleutel belongs to (`companyInfo`).
    pub fn company_info -> CompanyInfos, "The administration";
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
