//! A client of the Syncro REST API.

mod address;
mod appointment_types;
mod appointments;
mod builder;
mod callerid;
mod calls;
mod canned_responses;
mod changed;
mod client;
mod comments;
mod contacts;
mod customers;
mod envelope;
mod error;
pub mod filter;
mod id;
mod leads;
mod limits;
mod list;
mod model;
mod new_ticket_forms;
mod operations;
mod phones;
mod portal_users;
mod redact;
mod search;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod ticket_lines;
mod tickets;
mod timelogs;
mod timers;
mod vendors;
mod warning;
pub mod webhook;
mod wire;
mod worksheets;

pub use api_core::{
    Date, Error, ErrorKind, ExposeSecret, Guarded, Json, RetryPolicy, SecretString, SendOutcome,
    Timestamp,
};
pub use appointment_types::{AppointmentType, AppointmentTypes};
pub use appointments::{Appointment, AppointmentFilter, Appointments};
pub use builder::ClientBuilder;
pub use callerid::Caller;
pub use canned_responses::{
    CannedResponse, CannedResponseCategory, CannedResponseFilter, CannedResponseSettings,
    CannedResponses,
};
pub use changed::Probe;
pub use client::Client;
pub use comments::{
    Comment, CommentFilter, CommentFormat, NewComment, Notify, TicketCommentFilter, TicketComments,
};
pub use contacts::{Contact, ContactFilter, Contacts};
pub use customers::{Customer, CustomerFilter, Customers};
pub use filter::{Filter, Order, Sort};
pub use id::*;
pub use leads::{Lead, LeadFilter, Leads};
pub use list::List;
pub use model::{
    Cents, Field, FieldInfo, FieldKind, FilterInfo, Misread, Model, ModelInfo, Properties, Written,
};
pub use new_ticket_forms::{
    FormAppointment, FormCustomer, FormEntry, FormOutcome, FormTicket, NewTicketForm,
    NewTicketForms, RawTicket,
};
pub use operations::{ChangedFilter, Operation};
pub use phones::{Phone, Phones};
pub use portal_users::{PortalUser, PortalUserFilter, PortalUsers};
pub use rust_decimal::Decimal;
pub use search::{SearchAnswer, SearchHit, SearchRow};
pub use ticket_lines::{TicketLineItem, TicketLines};
pub use tickets::{FileUrl, Ticket, TicketFilter, Tickets};
pub use timelogs::{Timelog, TimelogFilter, Timelogs};
pub use timers::{TicketTimer, TimerEntry, TimerFilter, Timers};
pub use vendors::{Vendor, Vendors};
pub use warning::Warning;
pub use wire::Acknowledged;
pub use worksheets::{WorksheetField, WorksheetResult, Worksheets};
