//! Calls every method of customers, leads and tickets once.

use syncro_client::{
    Client, CommentFilter, ContactFilter, CustomerFilter, FileUrl, LeadFilter, NewComment,
    TicketCommentFilter, TicketFilter, TimerFilter,
};

use super::calls::Called;

pub(super) async fn all(client: &Client, called: &mut Called) {
    customers(client, called).await;
    tickets(client, called).await;
    work(client, called).await;
    office(client, called).await;
}

async fn customers(client: &Client, called: &mut Called) {
    let customers = client.customers();
    called.left(customers.list(&CustomerFilter::new()).page(1).await);
    called.left(customers.create(&Default::default()).await);
    called.left(customers.get(4.into()).await);
    called.left(customers.update(4.into(), &Default::default()).await);
    called.left(customers.delete(4.into()).await);
    called.left(customers.latest().await);
    called.left(customers.autocomplete("koel").await);
    let phones = client.phones();
    called.left(phones.list(4.into()).page(1).await);
    called.left(phones.create(4.into(), &Default::default()).await);
    let phone = Default::default();
    called.left(phones.update(4.into(), 1.into(), &phone).await);
    called.left(phones.delete(4.into(), 1.into()).await);
    let contacts = client.contacts();
    called.left(contacts.list(&ContactFilter::new()).page(1).await);
    called.left(contacts.create(&Default::default()).await);
    called.left(contacts.get(1.into()).await);
    called.left(contacts.update(1.into(), &Default::default()).await);
    called.left(contacts.delete(1.into()).await);
    let leads = client.leads();
    called.left(leads.list(&LeadFilter::new()).page(1).await);
    called.left(leads.create(&Default::default()).await);
    called.left(leads.get(1.into()).await);
    called.left(leads.update(1.into(), &Default::default()).await);
    called.left(client.search("koel").await);
    called.left(client.caller_id("0515", true).await);
}

async fn tickets(client: &Client, called: &mut Called) {
    let tickets = client.tickets();
    called.left(tickets.list(&TicketFilter::new()).page(1).await);
    called.left(tickets.create(&Default::default()).await);
    called.left(tickets.get(1.into()).await);
    called.left(tickets.update(1.into(), &Default::default()).await);
    called.left(tickets.delete(1.into()).await);
    called.left(tickets.print(1.into()).await);
    let files = [FileUrl::new("https://example.com/a.jpg", "a.jpg")];
    called.left(tickets.attach(1.into(), &files).await);
    called.left(tickets.delete_attachment(1.into(), 2.into()).await);
    let comments = client.ticket_comments();
    called.left(comments.list(&TicketCommentFilter::new()).page(1).await);
    called.left(comments.of(1.into(), &CommentFilter::new()).page(1).await);
    let comment = NewComment::new("Koeling", "Werkt weer");
    called.left(comments.add(1.into(), &comment).await);
}

async fn work(client: &Client, called: &mut Called) {
    let timers = client.timers();
    let entry = Default::default();
    called.left(timers.list(&TimerFilter::new()).page(1).await);
    called.left(timers.set_billable(1.into(), true).await);
    called.left(timers.create(1.into(), &entry).await);
    called.left(timers.update(1.into(), 2.into(), &entry).await);
    called.left(timers.delete(1.into(), 2.into()).await);
    called.left(timers.charge(1.into(), 2.into()).await);
    let lines = client.ticket_lines();
    let line = syncro_client::TicketLineItem {
        name: Some("Uur".to_owned()),
        description: Some("Arbeid".to_owned()),
        ..Default::default()
    };
    called.left(lines.add(1.into(), &line).await);
    called.left(lines.update(1.into(), 2.into(), &line).await);
    called.left(lines.remove(1.into(), 2.into()).await);
    let worksheets = client.worksheets();
    let sheet = Default::default();
    called.left(worksheets.list(1.into()).page(1).await);
    called.left(worksheets.get(1.into(), 2.into()).await);
    called.left(worksheets.create(1.into(), &sheet).await);
    called.left(worksheets.update(1.into(), 2.into(), &sheet).await);
    called.left(worksheets.delete(1.into(), 2.into()).await);
}

async fn office(client: &Client, called: &mut Called) {
    let appointments = client.appointments();
    called.left(appointments.list(&Default::default()).page(1).await);
    called.left(appointments.create(&Default::default()).await);
    called.left(appointments.get(1.into()).await);
    called.left(appointments.update(1.into(), &Default::default()).await);
    called.left(appointments.delete(1.into()).await);
    let types = client.appointment_types();
    called.left(types.list().page(1).await);
    called.left(types.create(&Default::default()).await);
    called.left(types.get(1.into()).await);
    called.left(types.update(1.into(), &Default::default()).await);
    called.left(types.delete(1.into()).await);
    let canned = client.canned_responses();
    called.left(canned.list(&Default::default()).await);
    called.left(canned.create(&Default::default()).await);
    called.left(canned.update(1.into(), &Default::default()).await);
    called.left(canned.delete(1.into()).await);
    called.left(canned.settings().await);
    let forms = client.new_ticket_forms();
    called.left(forms.list().page(1).await);
    called.left(forms.get(1.into()).await);
    called.left(forms.process(1.into(), &Default::default()).await);
    let portal = client.portal_users();
    called.left(portal.list(&Default::default()).page(1).await);
    called.left(portal.create(&Default::default()).await);
    called.left(portal.update(1.into(), &Default::default()).await);
    called.left(portal.delete(1.into()).await);
    called.left(portal.invite(1.into()).await);
    let logs = client.timelogs();
    called.left(logs.list(&Default::default()).page(1).await);
    called.left(logs.last(Some(1.into())).await);
    called.left(logs.update(&Default::default()).await);
}
