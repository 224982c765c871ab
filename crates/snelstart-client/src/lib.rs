#![doc = include_str!("../README.md")]

mod address;
mod article_groups;
mod articles;
mod auth;
mod authorization;
mod bank_bookings;
mod bank_statement_files;
mod booking_lines;
mod builder;
mod calls;
mod cash_bookings;
mod client;
mod code;
mod company_info;
mod cost_centres;
mod countries;
mod custom_fields;
pub mod delivery;
mod documents;
mod echo;
mod error;
pub mod filter;
mod id;
mod journals;
mod ledger_mutations;
mod ledgers;
mod limits;
mod list;
mod memorial_bookings;
mod merge;
mod model;
mod operations;
mod order_templates;
mod price_agreements;
mod problems;
mod promotions;
mod purchase_bookings;
mod purchase_invoices;
mod quotes;
mod raw;
mod relations;
mod reports;
mod sales_bookings;
mod sales_invoices;
mod sales_orders;
mod scopes;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod value;
mod vat_rates;
mod vat_returns;
mod vat_tariffs;
mod wall_time;
mod warning;
mod wire;
mod write;

pub use address::{Address, AddressFields};
pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Guarded, Json, RetryPolicy, SecretString, SendOutcome,
    Timestamp,
};
pub use article_groups::{ArticleGroup, ArticleGroupFields, ArticleGroupId, ArticleGroups};
pub use articles::{
    Article, ArticleExtraField, ArticleExtraFieldFields, ArticleFields, ArticleId,
    ArticlePriceAgreements, ArticlePriceAgreementsFields, Articles, CustomerPrices,
    CustomerPricesFields, PriceEntry, PriceStatus, PriceStep, PriceStepFields, SubArticle,
    SubArticleFields,
};
pub use authorization::{AdministrationAccess, AdministrationAccessFields, Authorization};
pub use bank_bookings::{BankBooking, BankBookingFields, BankBookingId, BankBookings};
pub use bank_statement_files::{
    BankStatementError, BankStatementErrorFields, BankStatementFile, BankStatementFileFields,
    BankStatementFiles, BankStatementResult, BankStatementResultFields,
};
pub use booking_lines::{
    LedgerLine, LedgerLineFields, PurchaseSettlement, PurchaseSettlementFields, SalesSettlement,
    SalesSettlementFields, VatDirection, VatLine, VatLineFields, VatLineRate,
};
pub use builder::ClientBuilder;
pub use cash_bookings::{CashBooking, CashBookingFields, CashBookingId, CashBookings};
pub use client::Client;
pub use code::Code;
pub use company_info::{
    ArticleCodeKind, CompanyInfo, CompanyInfoFields, CompanyInfos, DiscountRule, FilingPeriod,
    ForeignVatRange, ForeignVatRangeFields, LegalForm, MarkingRule, SmallBusinessScheme,
    SmallBusinessSchemeFields, StockLevel, StockMoment, StockSystem, TextLineRule,
};
pub use cost_centres::{CostCentre, CostCentreFields, CostCentreId, CostCentres};
pub use countries::{Countries, Country, CountryFields, CountryId};
pub use custom_fields::{
    CustomField, CustomFieldDefinition, CustomFieldDefinitionFields, CustomFieldFields,
    CustomFieldProperty, CustomFieldPropertyFields, CustomFieldType, CustomFieldUpdate,
    CustomFieldUpdateFields, RelationCustomFieldUpdates, RelationCustomFieldUpdatesFields,
    RelationCustomFields, RelationCustomFieldsFields,
};
pub use documents::{
    Document, DocumentContent, DocumentContentFields, DocumentFields, DocumentId, DocumentKind,
    DocumentReference, DocumentReferenceFields, Documents,
};
pub use filter::{Collection, Filter, Literal, Property};
pub use id::{Id, ParseIdError, Ref, RefFields};
pub use journals::{Journal, JournalFields, JournalId, JournalKind, Journals};
pub use ledger_mutations::{
    Aggregate, AggregateRow, Aggregation, Apply, Group, LedgerMutation, LedgerMutationFields,
    LedgerMutationId, LedgerMutations, Measure,
};
pub use ledgers::{
    AccountKind, Ledger, LedgerFields, LedgerFunction, LedgerId, Ledgers, RgsCode, RgsCodeFields,
};
pub use limits::{Limits, Product};
pub use list::List;
pub use memorial_bookings::{
    MemorialBooking, MemorialBookingFields, MemorialBookingId, MemorialBookings, MemorialLine,
    MemorialLineFields, MemorialPurchaseLine, MemorialPurchaseLineFields, MemorialSalesLine,
    MemorialSalesLineFields,
};
pub use model::{Faults, Field, FieldInfo, FieldKind, Misread, Model, ModelInfo, Written};
pub use operations::Operation;
pub use order_templates::{
    OrderTemplate, OrderTemplateFields, OrderTemplateId, OrderTemplates, TemplateField,
    TemplateFieldFields, TemplateFieldKind,
};
pub use price_agreements::{PriceAgreement, PriceAgreementFields, PriceAgreements, PriceSource};
pub use promotions::{
    Promotion, PromotionArticle, PromotionArticleFields, PromotionFields, PromotionStep,
    PromotionStepFields, Promotions,
};
pub use purchase_bookings::{
    Attachment, AttachmentFields, AttachmentState, AttachmentStatus, AttachmentStatusFields,
    AttachmentTask, AttachmentTaskFields, PurchaseBooking, PurchaseBookingFields,
    PurchaseBookingId, PurchaseBookingLine, PurchaseBookingLineFields, PurchaseBookingVat,
    PurchaseBookingVatFields, PurchaseBookings, PurchaseVatKind, UblContent, UblContentFields,
};
pub use purchase_invoices::{
    PurchaseInvoice, PurchaseInvoiceFields, PurchaseInvoiceId, PurchaseInvoices,
};
pub use quotes::{Quote, QuoteFields, QuoteId, Quotes};
pub use raw::RawAnswer;
pub use relations::{
    DirectDebitKind, EmailDelivery, EmailDeliveryFields, Mandate, MandateFields, MandateId,
    Relation, RelationExtraField, RelationExtraFieldFields, RelationFields, RelationId,
    RelationKind, Relations, ReminderKind,
};
pub use reports::{
    ColumnBalanceRow, ColumnBalanceRowFields, PeriodBalanceRow, PeriodBalanceRowFields, Reports,
};
pub use rust_decimal::Decimal;
pub use sales_bookings::{
    OneOffMandate, OneOffMandateFields, SalesBooking, SalesBookingFields, SalesBookingId,
    SalesBookingLine, SalesBookingLineFields, SalesBookingVat, SalesBookingVatFields,
    SalesBookings, SalesVatKind,
};
pub use sales_invoices::{SalesInvoice, SalesInvoiceFields, SalesInvoiceId, SalesInvoices};
pub use sales_orders::{
    OrderExtraField, OrderExtraFieldFields, OrderLine, OrderLineFields, OrderStatus, PriceBasis,
    ProcessStatus, ProcessStatusUpdate, ProcessStatusUpdateFields, SalesOrder, SalesOrderFields,
    SalesOrderId, SalesOrders,
};
pub use scopes::Scopes;
pub use uuid::Uuid;
pub use value::{Base64, ParseBase64Error};
pub use vat_rates::{
    CountryCode, ParseCountryCodeError, VatRate, VatRateDefinition, VatRateDefinitionFields,
    VatRateDefinitions, VatRateFields, VatRates, VatRatesFields, VatRatesOfCountries,
};
pub use vat_returns::{
    FinancialYear, FinancialYearFields, VatReturn, VatReturnBox, VatReturnBoxFields,
    VatReturnFields, VatReturnFiling, VatReturnFilingFields, VatReturnId, VatReturnPeriod,
    VatReturnStatus, VatReturns,
};
pub use vat_tariffs::{VatKind, VatTable, VatTariff, VatTariffFields, VatTariffs};
pub use wall_time::{ParseWallTimeError, WallTime};
pub use warning::Warning;
pub use write::{Adopted, Difference, How};
