#![doc = include_str!("../README.md")]

mod auth;
mod bank_bookings;
mod bank_statement_files;
mod booking_lines;
mod builder;
mod cash_bookings;
mod client;
mod code;
pub mod delivery;
mod cost_centres;
mod countries;
mod documents;
mod error;
pub mod filter;
mod id;
mod journals;
mod ledger_mutations;
mod ledgers;
mod limits;
mod list;
mod memorial_bookings;
mod model;
mod operations;
mod problems;
mod purchase_bookings;
mod purchase_invoices;
mod raw;
mod relations {
    crate::model::ids! {
        /// The id of a relation.
        RelationId "/relaties"
    }
    crate::model::ids! {
        /// The id of a mandate for direct debit.
        MandateId "/doorlopendeincassomachtigingen"
    }
}
mod reports;
mod sales_bookings;
mod sales_invoices;
mod sales_orders {
    crate::model::ids! {
        /// The id of a sales order.
        SalesOrderId "/verkooporders"
    }
}
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

pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Guarded, Json, RetryPolicy, SecretString, SendOutcome,
    Timestamp,
};
pub use bank_bookings::{BankBooking, BankBookingFields, BankBookingId, BankBookings};
pub use bank_statement_files::{
    BankStatementError, BankStatementErrorFields, BankStatementFile, BankStatementFileFields,
    BankStatementFiles, BankStatementResult, BankStatementResultFields,
};
pub use booking_lines::{
    LedgerLine, LedgerLineFields, PurchaseSettlement, PurchaseSettlementFields, SalesSettlement,
    SalesSettlementFields, VatDirection, VatLine, VatLineFields, VatLineRate,
};
pub use cash_bookings::{CashBooking, CashBookingFields, CashBookingId, CashBookings};
pub use cost_centres::{CostCentre, CostCentreFields, CostCentreId, CostCentres};
pub use countries::{Countries, Country, CountryFields, CountryId};
pub use documents::{
    Document, DocumentContent, DocumentContentFields, DocumentFields, DocumentId, DocumentKind,
    DocumentReference, DocumentReferenceFields, Documents,
};
pub use journals::{Journal, JournalFields, JournalId, JournalKind, Journals};
pub use ledger_mutations::{
    Aggregate, AggregateRow, Aggregation, Apply, Group, LedgerMutation, LedgerMutationFields,
    LedgerMutationId, LedgerMutations, Measure,
};
pub use ledgers::{
    AccountKind, Ledger, LedgerFields, LedgerFunction, LedgerId, Ledgers, RgsCode, RgsCodeFields,
};
pub use memorial_bookings::{
    MemorialBooking, MemorialBookingFields, MemorialBookingId, MemorialBookings, MemorialLine,
    MemorialLineFields, MemorialPurchaseLine, MemorialPurchaseLineFields, MemorialSalesLine,
    MemorialSalesLineFields,
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
pub use relations::{MandateId, RelationId};
pub use reports::{
    ColumnBalanceRow, ColumnBalanceRowFields, PeriodBalanceRow, PeriodBalanceRowFields, Reports,
};
pub use sales_bookings::{
    OneOffMandate, OneOffMandateFields, SalesBooking, SalesBookingFields, SalesBookingId,
    SalesBookingLine, SalesBookingLineFields, SalesBookingVat, SalesBookingVatFields,
    SalesBookings, SalesVatKind,
};
pub use sales_invoices::{SalesInvoice, SalesInvoiceFields, SalesInvoiceId, SalesInvoices};
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
pub use builder::ClientBuilder;
pub use client::Client;
pub use code::Code;
pub use filter::{Collection, Filter, Literal, Property};
pub use id::{Id, ParseIdError, Ref, RefFields};
pub use limits::{Limits, Product};
pub use list::List;
pub use model::{Faults, Field, FieldInfo, FieldKind, Misread, Model, ModelInfo, Written};
pub use operations::Operation;
pub use raw::RawAnswer;
pub use rust_decimal::Decimal;
pub use sales_orders::SalesOrderId;
pub use scopes::Scopes;
pub use uuid::Uuid;
pub use value::{Base64, ParseBase64Error};
pub use wall_time::{ParseWallTimeError, WallTime};
pub use warning::Warning;
pub use write::{Adopted, Difference, How};
