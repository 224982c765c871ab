//! Every operation of the API, named once: the calls themselves use this table.
//!
//! Paths, methods and scopes are those of the OpenAPI document.

use api_core::Safety;
use http::Method;

/// The most rows that a page holds where nothing less is documented (vendor
/// documentation).
pub(crate) const CAP: u32 = 500;

/// The most rows that the OpenAPI document allows for a page of articles and
/// of their price agreements.
const ARTICLES_CAP: u32 = 25;

/// One operation of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Its name in errors, logs and exchanges, such as `relations.list`.
    pub name: &'static str,
    /// Its HTTP method.
    pub method: Method,
    /// Its path below the API's address, with placeholders.
    pub path: &'static str,
    /// The scopes that the OpenAPI document asks for; all of them.
    pub scopes: &'static [&'static str],
    /// Whether it takes `$filter`, `$top` and `$skip`.
    pub odata: bool,
    /// The most rows of a page.
    pub cap: u32,
}

impl Operation {
    /// What may happen when it is sent twice.
    ///
    /// Only reads are repeated after an unknown outcome. A write goes out once
    /// more only when it never left or was refused: the API has no idempotency
    /// key, and a slow write may still be under way (measured by client
    /// authors).
    #[must_use]
    pub fn safety(&self) -> Safety {
        if self.method == Method::GET {
            Safety::Idempotent
        } else {
            Safety::Create
        }
    }
}

/// Declares the operations and the table of all of them.
macro_rules! operations {
    ($($name:ident = $called:literal $method:ident $path:literal [$($scope:literal),*] $(odata $cap:ident)?;)+) => {
        $(pub(crate) const $name: Operation = Operation {
            name: $called,
            method: Method::$method,
            path: $path,
            scopes: &[$($scope),*],
            odata: operations!(@is $($cap)?),
            cap: operations!(@cap $($cap)?),
        };)+

        /// Every operation, in the order of the resources.
        #[cfg(any(test, feature = "testing"))]
        pub(crate) const OPERATIONS: &[Operation] = &[$($name),+];
    };
    (@is) => { false };
    (@is $cap:ident) => { true };
    (@cap) => { CAP };
    (@cap $cap:ident) => { $cap };
}

operations! {
    RELATIONS_LIST = "relations.list" GET "/relaties" ["relaties:read"] odata CAP;
    RELATIONS_CREATE = "relations.create" POST "/relaties" ["relaties:write"];
    RELATIONS_GET = "relations.get" GET "/relaties/{id}" ["relaties:read"];
    RELATIONS_REPLACE = "relations.replace" PUT "/relaties/{id}" ["relaties:write"];
    RELATIONS_DELETE = "relations.delete" DELETE "/relaties/{id}" ["relaties:write"];
    RELATIONS_MANDATES = "relations.mandates" GET "/relaties/{id}/doorlopendeincassomachtigingen" ["relaties:read"];
    RELATIONS_PURCHASE_BOOKINGS = "relations.purchase_bookings" GET "/relaties/{id}/inkoopboekingen" ["boekhouden:read", "relaties:read"];
    RELATIONS_SALES_BOOKINGS = "relations.sales_bookings" GET "/relaties/{id}/verkoopboekingen" ["boekhouden:read", "relaties:read"];
    RELATIONS_CUSTOM_FIELDS = "relations.custom_fields" GET "/relaties/{id}/customFields" ["relaties:read"];
    RELATIONS_SET_CUSTOM_FIELDS = "relations.set_custom_fields" PUT "/relaties/{id}/customFields" ["relaties:write"];
    SALES_INVOICES_GET = "sales_invoices.get" GET "/verkoopfacturen/{id}" ["orders:read"];
    SALES_INVOICES_UBL = "sales_invoices.ubl" GET "/verkoopfacturen/{id}/ubl" ["orders:read"];
    SALES_INVOICES_LIST = "sales_invoices.list" GET "/verkoopfacturen" ["orders:read"] odata CAP;
    SALES_BOOKINGS_GET = "sales_bookings.get" GET "/verkoopboekingen/{id}" ["boekhouden:read"];
    SALES_BOOKINGS_REPLACE = "sales_bookings.replace" PUT "/verkoopboekingen/{id}" ["boekhouden:write"];
    SALES_BOOKINGS_DELETE = "sales_bookings.delete" DELETE "/verkoopboekingen/{id}" ["boekhouden:write"];
    SALES_BOOKINGS_CREATE = "sales_bookings.create" POST "/verkoopboekingen" ["boekhouden:write"];
    PURCHASE_BOOKINGS_GET = "purchase_bookings.get" GET "/inkoopboekingen/{id}" ["boekhouden:read"];
    PURCHASE_BOOKINGS_REPLACE = "purchase_bookings.replace" PUT "/inkoopboekingen/{id}" ["boekhouden:write"];
    PURCHASE_BOOKINGS_DELETE = "purchase_bookings.delete" DELETE "/inkoopboekingen/{id}" ["boekhouden:write"];
    PURCHASE_BOOKINGS_CREATE = "purchase_bookings.create" POST "/inkoopboekingen" ["boekhouden:write"];
    PURCHASE_BOOKINGS_CREATE_FROM_UBL = "purchase_bookings.create_from_ubl" POST "/inkoopboekingen/ubl" ["boekhouden:write", "orders:write"];
    PURCHASE_BOOKINGS_CREATE_FROM_ATTACHMENT = "purchase_bookings.create_from_attachment" POST "/inkoopboekingen/CreateFromAttachment" ["boekhouden:write"];
    PURCHASE_BOOKINGS_ATTACHMENT_STATUS = "purchase_bookings.attachment_status" GET "/inkoopboekingen/GetCreateFromAttachmentStatus" ["boekhouden:write"];
    PURCHASE_INVOICES_LIST = "purchase_invoices.list" GET "/inkoopfacturen" ["orders:read"] odata CAP;
    BANK_BOOKINGS_GET = "bank_bookings.get" GET "/bankboekingen/{id}" ["bankieren:read"];
    BANK_BOOKINGS_REPLACE = "bank_bookings.replace" PUT "/bankboekingen/{id}" ["bankieren:write"];
    BANK_BOOKINGS_DELETE = "bank_bookings.delete" DELETE "/bankboekingen/{id}" ["bankieren:write"];
    BANK_BOOKINGS_CREATE = "bank_bookings.create" POST "/bankboekingen" ["bankieren:write"];
    BANK_BOOKINGS_LIST = "bank_bookings.list" GET "/bankboekingen" ["bankieren:read"] odata CAP;
    CASH_BOOKINGS_LIST = "cash_bookings.list" GET "/kasboekingen" ["kas:read"] odata CAP;
    CASH_BOOKINGS_GET = "cash_bookings.get" GET "/kasboekingen/{id}" ["kas:read"];
    CASH_BOOKINGS_REPLACE = "cash_bookings.replace" PUT "/kasboekingen/{id}" ["kas:write"];
    CASH_BOOKINGS_DELETE = "cash_bookings.delete" DELETE "/kasboekingen/{id}" ["kas:write"];
    CASH_BOOKINGS_CREATE = "cash_bookings.create" POST "/kasboekingen" ["kas:write"];
    MEMORIAL_BOOKINGS_GET = "memorial_bookings.get" GET "/memoriaalboekingen/{id}" ["memoriaal:read"];
    MEMORIAL_BOOKINGS_REPLACE = "memorial_bookings.replace" PUT "/memoriaalboekingen/{id}" ["memoriaal:write"];
    MEMORIAL_BOOKINGS_DELETE = "memorial_bookings.delete" DELETE "/memoriaalboekingen/{id}" ["memoriaal:write"];
    MEMORIAL_BOOKINGS_CREATE = "memorial_bookings.create" POST "/memoriaalboekingen" ["memoriaal:write"];
    BANK_STATEMENT_FILES_SEND = "bank_statement_files.send" POST "/bankafschriftbestanden" ["bankieren:write"];
    LEDGERS_LIST = "ledgers.list" GET "/grootboeken" ["boekhouden:read"] odata CAP;
    LEDGERS_CREATE = "ledgers.create" POST "/grootboeken" ["boekhouden:write"];
    LEDGERS_GET = "ledgers.get" GET "/grootboeken/{id}" ["boekhouden:read"];
    LEDGER_MUTATIONS_LIST = "ledger_mutations.list" GET "/grootboekmutaties" ["boekhouden:read"] odata CAP;
    LEDGER_MUTATIONS_GET = "ledger_mutations.get" GET "/grootboekmutaties/{id}" ["boekhouden:read"];
    JOURNALS_LIST = "journals.list" GET "/dagboeken" ["boekhouden:read"];
    DOCUMENTS_GET = "documents.get" GET "/documenten/{id}" ["documenten:read"];
    DOCUMENTS_REPLACE = "documents.replace" PUT "/documenten/{id}" ["boekhouden:write", "documenten:write"];
    DOCUMENTS_DELETE = "documents.delete" DELETE "/documenten/{id}" ["boekhouden:write", "documenten:write"];
    DOCUMENTS_LIST_OF_PARENT = "documents.list_of_parent" GET "/documenten/{documenttype}/{pid}" ["documenten:read"];
    DOCUMENTS_CREATE = "documents.create" POST "/documenten/{documenttype}" ["boekhouden:write", "documenten:write"];
    ARTICLES_CREATE = "articles.create" POST "/artikelen" ["artikelen:write"];
    ARTICLES_LIST = "articles.list" GET "/artikelen" ["artikelen:read"] odata ARTICLES_CAP;
    ARTICLES_GET = "articles.get" GET "/artikelen/{id}" ["artikelen:read"];
    ARTICLES_REPLACE = "articles.replace" PUT "/artikelen/{id}" ["artikelen:write"];
    ARTICLES_DELETE = "articles.delete" DELETE "/artikelen/{id}" ["artikelen:write"];
    ARTICLES_CUSTOM_FIELDS = "articles.custom_fields" GET "/artikelen/{id}/customFields" ["artikelen:read"];
    ARTICLES_SET_CUSTOM_FIELDS = "articles.set_custom_fields" PUT "/artikelen/{id}/customFields" ["artikelen:write"];
    ARTICLES_PRICE_AGREEMENTS = "articles.price_agreements" GET "/artikelen/prijsafspraken" ["artikelen:read"] odata ARTICLES_CAP;
    ARTICLE_GROUPS_LIST = "article_groups.list" GET "/artikelomzetgroepen" ["artikelen:read"];
    ARTICLE_GROUPS_GET = "article_groups.get" GET "/artikelomzetgroepen/{id}" ["artikelen:read"];
    PRICE_AGREEMENTS_LIST = "price_agreements.list" GET "/prijsafspraken" ["relaties:read"] odata CAP;
    PROMOTIONS_LIST = "promotions.list" GET "/actieprijzen" ["settings:read"] odata CAP;
    SALES_ORDERS_LIST = "sales_orders.list" GET "/verkooporders" ["orders:read"] odata CAP;
    SALES_ORDERS_CREATE = "sales_orders.create" POST "/verkooporders" ["orders:write"];
    SALES_ORDERS_GET = "sales_orders.get" GET "/verkooporders/{id}" ["orders:read"];
    SALES_ORDERS_REPLACE = "sales_orders.replace" PUT "/verkooporders/{id}" ["orders:write"];
    SALES_ORDERS_DELETE = "sales_orders.delete" DELETE "/verkooporders/{id}" ["orders:write"];
    SALES_ORDERS_SET_PROCESS_STATUS = "sales_orders.set_process_status" PUT "/verkooporders/{id}/ProcesStatus" ["orders:write"];
    QUOTES_LIST = "quotes.list" GET "/offertes" ["orders:read"] odata CAP;
    QUOTES_CREATE = "quotes.create" POST "/offertes" ["orders:write"];
    QUOTES_GET = "quotes.get" GET "/offertes/{id}" ["orders:read"];
    QUOTES_REPLACE = "quotes.replace" PUT "/offertes/{id}" ["orders:write"];
    QUOTES_DELETE = "quotes.delete" DELETE "/offertes/{id}" ["orders:write"];
    ORDER_TEMPLATES_LIST = "order_templates.list" GET "/verkoopordersjablonen" ["orders:read"];
    ORDER_TEMPLATES_GET = "order_templates.get" GET "/verkoopordersjablonen/{id}" ["orders:read"];
    COST_CENTRES_LIST = "cost_centres.list" GET "/kostenplaatsen" ["settings:read"];
    COST_CENTRES_CREATE = "cost_centres.create" POST "/kostenplaatsen" ["settings:write"];
    COST_CENTRES_GET = "cost_centres.get" GET "/kostenplaatsen/{id}" ["settings:read"];
    COST_CENTRES_REPLACE = "cost_centres.replace" PUT "/kostenplaatsen/{id}" ["settings:write"];
    COST_CENTRES_DELETE = "cost_centres.delete" DELETE "/kostenplaatsen/{id}" ["settings:write"];
    COUNTRIES_LIST = "countries.list" GET "/landen" ["settings:read"];
    COUNTRIES_GET = "countries.get" GET "/landen/{id}" ["settings:read"];
    VAT_TARIFFS_LIST = "vat_tariffs.list" GET "/btwtarieven" ["settings:read"];
    VAT_RATES_LIST = "vat_rates.list" GET "/vatrates" ["settings:read"] odata CAP;
    VAT_RATES_GET = "vat_rates.get" GET "/vatrates/{id}" ["settings:read"];
    VAT_RATE_DEFINITIONS_LIST = "vat_rate_definitions.list" GET "/vatratedefinitions" ["settings:read"] odata CAP;
    VAT_RETURNS_LIST = "vat_returns.list" GET "/btwaangiftes" ["btwaangiftes:read"] odata CAP;
    VAT_RETURNS_GET = "vat_returns.get" GET "/btwaangiftes/{id}" ["btwaangiftes:read"];
    VAT_RETURNS_DECLARE_EXTERNALLY = "vat_returns.declare_externally" PUT "/btwaangiftes/{id}/externAangeven" ["btwaangiftes:write"];
    COMPANY_INFO_GET = "company_info.get" GET "/companyInfo" ["settings:read"];
    COMPANY_INFO_REPLACE = "company_info.replace" PUT "/companyInfo" ["settings:write"];
    REPORTS_COLUMN_BALANCE = "reports.column_balance" GET "/rapportages/kolommenbalans" ["rapportage"];
    REPORTS_PERIOD_BALANCE = "reports.period_balance" GET "/rapportages/periodebalans" ["rapportage"];
    AUTHORIZATION_USER_ACCESS = "authorization.user_access" GET "/authorization/HasUserAccessToAdministration" [];
    ECHO = "echo" GET "/echo/{input}" [];
}
