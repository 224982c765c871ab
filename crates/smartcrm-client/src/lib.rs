#![doc = include_str!("../README.md")]

mod auth;
mod batch;
mod builder;
mod client;
mod clients;
mod contacts;
mod discounts;
mod envelope;
mod error;
mod exact;
mod field;
mod handle;
mod invoices;
mod leads;
mod list;
mod model;
mod operations;
mod orders;
mod payments;
mod probe;
mod product_groups;
mod products;
mod profile;
mod projects;
mod push;
mod raw;
mod reading;
mod request;
mod resource;
mod settle;
mod stock;
mod tickets;
pub mod webhook;

pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Guarded, SecretString, SendOutcome, Timestamp,
};
pub use batch::{Action, BatchOutcome, BatchRecord, BatchResult};
pub use builder::ClientBuilder;
pub use client::{Client, Pong};
pub use clients::{ClientId, ClientPatch, ClientRecord, Clients, NewClient};
pub use contacts::{Contact, ContactId, ContactPatch, Contacts, NewContact};
pub use discounts::{Discount, DiscountId, DiscountPatch, Discounts, NewDiscount};
pub use field::{Change, CustomFields, WireField};
pub use handle::Handle;
pub use invoices::{
    Invoice, InvoiceId, InvoiceLine, InvoicePatch, InvoicePayment, InvoiceStatus, Invoices,
    LineTax, NewInvoice,
};
pub use leads::{Lead, LeadId, LeadPatch, Leads, NewLead};
pub use list::{ListParams, Page};
pub use model::{FromRecord, Kind, RecordId, RecordMembers, ToFields};
pub use orders::{NewOrder, Order, OrderId, OrderPatch, OrderStatus, Orders};
pub use payments::{NewPayment, Payment, PaymentId, PaymentPatch, Payments};
pub use probe::BatchSupport;
pub use product_groups::{
    NewProductGroup, ProductGroup, ProductGroupId, ProductGroupPatch, ProductGroups,
};
pub use products::{NewProduct, Product, ProductId, ProductPatch, Products};
pub use profile::{
    AuthStyle, BodyEncoding, Dialect, Entity, ExternalIdMode, NameList, Numbering, Paging,
    PagingMode, Profile, ProfileError, Push, PushMode, Search,
};
pub use projects::{
    BillingType, NewProject, Project, ProjectId, ProjectPatch, ProjectStatus, Projects,
};
pub use raw::RawAnswer;
pub use resource::{CreateOptions, Created, Fields, Resource};
pub use stock::{NewStockLevel, Stock, StockId, StockLevel, StockLevelPatch};
pub use tickets::{NewTicket, Ticket, TicketId, TicketPatch, Tickets};
