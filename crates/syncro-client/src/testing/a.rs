//! Customers, leads, tickets, appointments, and what belongs to them.

use crate::model::{FilterInfo, ModelInfo};
use crate::{
    Appointment, AppointmentFilter, AppointmentType, Caller, CannedResponse,
    CannedResponseCategory, CannedResponseFilter, CannedResponseSettings, Comment, CommentFilter,
    Contact, ContactFilter, Customer, CustomerFilter, FileUrl, FormAppointment, FormCustomer,
    FormEntry, FormOutcome, FormTicket, Lead, LeadFilter, NewComment, NewTicketForm, Phone,
    PortalUser, PortalUserFilter, RawTicket, SearchAnswer, SearchHit, SearchRow, Ticket,
    TicketCommentFilter, TicketFilter, TicketLineItem, TicketTimer, Timelog, TimelogFilter,
    TimerEntry, TimerFilter, WorksheetField, WorksheetResult,
};

pub(super) fn models() -> Vec<ModelInfo> {
    vec![
        ModelInfo::of::<AppointmentType>(),
        ModelInfo::of::<Appointment>(),
        ModelInfo::of::<Caller>(),
        ModelInfo::of::<CannedResponse>(),
        ModelInfo::of::<CannedResponseCategory>(),
        ModelInfo::of::<CannedResponseSettings>(),
        ModelInfo::of::<Comment>(),
        ModelInfo::of::<NewComment>(),
        ModelInfo::of::<Contact>(),
        ModelInfo::of::<Customer>(),
        ModelInfo::of::<Lead>(),
        ModelInfo::of::<FormAppointment>(),
        ModelInfo::of::<FormCustomer>(),
        ModelInfo::of::<FormEntry>(),
        ModelInfo::of::<FormOutcome>(),
        ModelInfo::of::<FormTicket>(),
        ModelInfo::of::<NewTicketForm>(),
        ModelInfo::of::<RawTicket>(),
        ModelInfo::of::<Phone>(),
        ModelInfo::of::<PortalUser>(),
        ModelInfo::of::<SearchAnswer>(),
        ModelInfo::of::<SearchHit>(),
        ModelInfo::of::<SearchRow>(),
        ModelInfo::of::<TicketLineItem>(),
        ModelInfo::of::<FileUrl>(),
        ModelInfo::of::<Ticket>(),
        ModelInfo::of::<Timelog>(),
        ModelInfo::of::<TicketTimer>(),
        ModelInfo::of::<TimerEntry>(),
        ModelInfo::of::<WorksheetField>(),
        ModelInfo::of::<WorksheetResult>(),
    ]
}

pub(super) fn filters() -> Vec<FilterInfo> {
    vec![
        FilterInfo::of::<AppointmentFilter>(),
        FilterInfo::of::<CannedResponseFilter>(),
        FilterInfo::of::<CommentFilter>(),
        FilterInfo::of::<TicketCommentFilter>(),
        FilterInfo::of::<ContactFilter>(),
        FilterInfo::of::<CustomerFilter>(),
        FilterInfo::of::<LeadFilter>(),
        FilterInfo::of::<PortalUserFilter>(),
        FilterInfo::of::<TicketFilter>(),
        FilterInfo::of::<TimelogFilter>(),
        FilterInfo::of::<TimerFilter>(),
    ]
}
