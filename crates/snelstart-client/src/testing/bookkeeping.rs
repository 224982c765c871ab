//! The records of the bookkeeping.

use crate::bank_bookings::BankBooking;
use crate::bank_statement_files::{BankStatementError, BankStatementFile, BankStatementResult};
use crate::booking_lines::{LedgerLine, PurchaseSettlement, SalesSettlement, VatLine};
use crate::cash_bookings::CashBooking;
use crate::cost_centres::CostCentre;
use crate::countries::Country;
use crate::documents::{Document, DocumentContent, DocumentReference};
use crate::journals::Journal;
use crate::ledger_mutations::LedgerMutation;
use crate::ledgers::{Ledger, RgsCode};
use crate::memorial_bookings::{
    MemorialBooking, MemorialLine, MemorialPurchaseLine, MemorialSalesLine,
};
use crate::model::ModelInfo;
use crate::purchase_bookings::{
    Attachment, AttachmentStatus, AttachmentTask, PurchaseBooking, PurchaseBookingLine,
    PurchaseBookingVat, UblContent,
};
use crate::purchase_invoices::PurchaseInvoice;
use crate::reports::{ColumnBalanceRow, PeriodBalanceRow};
use crate::sales_bookings::{OneOffMandate, SalesBooking, SalesBookingLine, SalesBookingVat};
use crate::sales_invoices::SalesInvoice;
use crate::vat_rates::{VatRate, VatRateDefinition, VatRates};
use crate::vat_returns::{FinancialYear, VatReturn, VatReturnBox, VatReturnFiling};
use crate::vat_tariffs::VatTariff;

pub(super) const MODELS: &[ModelInfo] = &[
    ModelInfo::of::<BankBooking>(),
    ModelInfo::of::<BankStatementFile>(),
    ModelInfo::of::<BankStatementError>(),
    ModelInfo::of::<BankStatementResult>(),
    ModelInfo::of::<LedgerLine>(),
    ModelInfo::of::<PurchaseSettlement>(),
    ModelInfo::of::<SalesSettlement>(),
    ModelInfo::of::<VatLine>(),
    ModelInfo::of::<CashBooking>(),
    ModelInfo::of::<CostCentre>(),
    ModelInfo::of::<Country>(),
    ModelInfo::of::<Document>(),
    ModelInfo::of::<DocumentContent>(),
    ModelInfo::of::<DocumentReference>(),
    ModelInfo::of::<Journal>(),
    ModelInfo::of::<LedgerMutation>(),
    ModelInfo::of::<RgsCode>(),
    ModelInfo::of::<Ledger>(),
    ModelInfo::of::<MemorialLine>(),
    ModelInfo::of::<MemorialPurchaseLine>(),
    ModelInfo::of::<MemorialSalesLine>(),
    ModelInfo::of::<MemorialBooking>(),
    ModelInfo::of::<PurchaseBookingLine>(),
    ModelInfo::of::<PurchaseBookingVat>(),
    ModelInfo::of::<PurchaseBooking>(),
    ModelInfo::of::<UblContent>(),
    ModelInfo::of::<Attachment>(),
    ModelInfo::of::<AttachmentTask>(),
    ModelInfo::of::<AttachmentStatus>(),
    ModelInfo::of::<PurchaseInvoice>(),
    ModelInfo::of::<ColumnBalanceRow>(),
    ModelInfo::of::<PeriodBalanceRow>(),
    ModelInfo::of::<SalesBookingLine>(),
    ModelInfo::of::<SalesBookingVat>(),
    ModelInfo::of::<OneOffMandate>(),
    ModelInfo::of::<SalesBooking>(),
    ModelInfo::of::<SalesInvoice>(),
    ModelInfo::of::<VatRate>(),
    ModelInfo::of::<VatRates>(),
    ModelInfo::of::<VatRateDefinition>(),
    ModelInfo::of::<FinancialYear>(),
    ModelInfo::of::<VatReturnBox>(),
    ModelInfo::of::<VatReturn>(),
    ModelInfo::of::<VatReturnFiling>(),
    ModelInfo::of::<VatTariff>(),
];
