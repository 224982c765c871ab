#![doc = include_str!("../README.md")]

mod address;
mod appointment_types;
mod appointments;
mod assets;
mod auth;
mod builder;
mod callerid;
mod calls;
mod canned_responses;
mod changed;
mod client;
mod comments;
mod contacts;
mod contracts;
mod customers;
mod envelope;
mod error;
mod estimates;
pub mod filter;
mod id;
mod invoices;
mod items;
mod leads;
mod limits;
mod line_items;
mod list;
mod me;
mod model;
mod new_ticket_forms;
mod operations;
mod otp;
mod patches;
mod payment_methods;
mod payment_profiles;
mod payments;
mod phones;
mod portal_users;
mod product_serials;
mod product_skus;
mod products;
mod purchase_orders;
mod raw;
mod records;
mod redact;
mod rmm_alerts;
mod schedules;
mod scripts;
mod search;
mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod ticket_lines;
mod ticket_settings;
mod tickets;
mod timelogs;
mod timers;
mod user_devices;
mod users;
mod vendors;
mod warning;
pub mod webhook;
mod wiki;
mod wire;
mod worksheets;

pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Guarded, Json, RetryPolicy, SecretString, SendOutcome,
    Timestamp,
};
pub use appointment_types::{AppointmentType, AppointmentTypes};
pub use appointments::{Appointment, AppointmentFilter, Appointments};
pub use assets::{
    Address, Asset, AssetFilter, Assets, InstalledApplication, RmmStore, RmmTriggers,
};
pub use builder::ClientBuilder;
pub use callerid::Caller;
pub use canned_responses::{
    CannedResponse, CannedResponseCategory, CannedResponseFilter, CannedResponseSettings,
    CannedResponses,
};
pub use changed::{Changed, Probe};
pub use client::Client;
pub use comments::{
    Comment, CommentFilter, CommentFormat, NewComment, Notify, TicketCommentFilter, TicketComments,
};
pub use contacts::{Contact, ContactFilter, Contacts};
pub use contracts::{Contract, Contracts, PriceOverride};
pub use customers::{Customer, CustomerFilter, Customers};
pub use estimates::{
    Estimate, EstimateFilter, EstimateLineAdded, EstimateRow, EstimateStatus, Estimates,
};
pub use filter::{Filter, Order, Sort};
pub use id::*;
pub use invoices::{Invoice, InvoiceFilter, Invoices};
pub use items::{PartOrder, PartOrderFilter, PartOrders};
pub use leads::{Lead, LeadFilter, Leads};
pub use line_items::{LineItem, LineItemFilter, LineItems};
pub use list::List;
pub use me::{Access, Me, Permissions, ScriptAccess, WorksheetAccess};
pub use model::{
    Cents, Field, FieldInfo, FieldKind, FilterInfo, Misread, Model, ModelInfo, Properties, Written,
};
pub use new_ticket_forms::{
    FormAppointment, FormCustomer, FormEntry, FormOutcome, FormTicket, NewTicketForm,
    NewTicketForms, RawTicket,
};
pub use operations::{ChangedFilter, Operation, operation};
pub use otp::OtpSession;
pub use patches::{AvailablePatch, InstalledPatch, PatchPages, Patches};
pub use payment_methods::{PaymentMethod, PaymentMethods};
pub use payment_profiles::{PaymentProfile, PaymentProfiles};
pub use payments::{Payment, PaymentFilter, Payments};
pub use phones::{Phone, Phones};
pub use portal_users::{PortalUser, PortalUserFilter, PortalUsers};
pub use product_serials::{
    ProductSerial, ProductSerialFilter, ProductSerials, SerialAttachment, SerialLineKind,
    SerialStatus,
};
pub use product_skus::{ProductSku, ProductSkus};
pub use products::{LocationQuantity, Product, ProductCategory, ProductFilter, Products};
pub use purchase_orders::{PurchaseOrder, PurchaseOrderLine, PurchaseOrders};
pub use raw::RawAnswer;
pub use rmm_alerts::{AlertStatus, MuteFor, RmmAlert, RmmAlertFilter, RmmAlerts};
pub use rust_decimal::Decimal;
pub use schedules::{Frequency, Schedule, ScheduleFilter, ScheduleLine, Schedules};
pub use scripts::{ScriptRun, Scripts};
pub use search::{SearchAnswer, SearchHit, SearchRow};
pub use settings::{
    AccountSettings, AssetSettings, AssetType, BusinessHours, CustomerSettings, FieldAnswer,
    FieldDefinition, Locale, PrintingSettings, Settings, Tabs, TicketWords,
};
pub use ticket_lines::{TicketLineItem, TicketLines};
pub use ticket_settings::{TicketField, TicketFieldAnswer, TicketSettings, TicketType};
pub use tickets::{FileUrl, Ticket, TicketFilter, Tickets};
pub use timelogs::{Timelog, TimelogFilter, Timelogs};
pub use timers::{TicketTimer, TimerEntry, TimerFilter, Timers};
pub use user_devices::{UserDevice, UserDevices};
pub use users::{User, Users};
pub use vendors::{Vendor, Vendors};
pub use warning::Warning;
pub use wiki::{WikiPage, WikiPages};
pub use wire::Acknowledged;
pub use worksheets::{WorksheetField, WorksheetResult, Worksheets};
