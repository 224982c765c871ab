//! Projects and tickets.

use fastrand::Rng;

use super::fixed::STAFF;
use super::generator::{CLOCK_CHANGES, Generator, Stream, TODAY, pick, slug};
use super::money::Cents;
use super::rows::Shape;
use super::words::{DEPARTMENTS, LOCALES, TICKET_PRIORITIES};

const PROJECT: Shape = Shape {
    table: "projects",
    columns: "id,name,description,status,clientid,billing_type,start_date,deadline,\
              project_created,date_finished,progress,progress_from_tasks,project_cost,\
              project_rate_per_hour,estimated_hours,addedfrom",
};
const TICKET: Shape = Shape {
    table: "tickets",
    columns: "ticketid,userid,contactid,merged_ticket_id,email,name,department,priority,status,\
              service,ticketkey,subject,message,admin,date,project_id,lastreply,clientread,\
              adminread,assigned,cc",
};
const REPLY: Shape = Shape {
    table: "ticket_replies",
    columns: "id,ticketid,userid,contactid,name,email,date,message,admin",
};
impl Generator {
    /// Project `n` (id n + 1).
    pub(crate) fn project(&mut self, n: u32) {
        let id = n + 1;
        let mut rng = self.rng(Stream::Project, n);
        if !self.is_double(Stream::Project, n) {
            let client = rng.u32(0..self.size.customers);
            let party = self.party(client);
            let what = pick(&mut rng, party.locale.projects);
            self.previous.project = (format!("{what} – P{id:05}"), client + 1);
        }
        let client = self.previous.project.1;
        self.project_client.push(client);
        let status = match rng.u32(0..100) {
            0..15 => 1,
            15..48 => 2,
            48..60 => 3,
            60..86 => 4,
            _ => 5u32,
        };
        let start = rng.u32(1_200..TODAY);
        let finished = (status == 4).then(|| {
            let day = (start + rng.u32(5..300)).min(TODAY);
            self.stamp(&mut rng, day)
        });
        let deadline = match rng.u32(0..20) {
            0 => Some("0000-00-00"),
            1..6 => None,
            _ => Some(self.days.of(start + rng.u32(20..400))),
        };
        let billing = rng.u32(1..=3);
        let cost = (billing == 1).then(|| Cents(rng.i64(50_000..9_000_000)));
        let rate = (billing == 2).then(|| Cents(rng.i64(40..140) * 100));
        let hours = (rng.bool()).then(|| Cents(rng.i64(4..800) * 25));
        let progress = match status {
            1 => 0,
            4 => 100,
            _ => rng.u32(0..100),
        };
        let start = self.days.of(start);
        self.rows
            .row(PROJECT)
            .int(id)
            .text(&self.previous.project.0)
            .opt((rng.u32(0..3) > 0).then_some("<p>Fasen: <b>ontwerp</b> &amp; bouw</p>"))
            .int(status)
            .int(client)
            .int(billing)
            .plain(start)
            .opt_plain(deadline)
            .plain(start)
            .opt_plain(finished)
            .int(progress)
            .int(0)
            .opt_plain(cost)
            .opt_plain(rate)
            .opt_plain(hours)
            .int(rng.u32(1..=STAFF))
            .end();
        if rng.u32(0..4) == 0 {
            self.field_value(id, 5, "projects", &format!("CI-{id:04}"));
        }
        self.summary.projects += 1;
        self.summary.active_projects += u64::from(status < 4);
    }

    /// A customer and one of its contacts.
    fn contact_of(&self, rng: &mut Rng, client: u32) -> u32 {
        let place = client as usize - 1;
        let first = self.first_contact.get(place).copied().unwrap_or(0);
        let next = self
            .first_contact
            .get(place + 1)
            .copied()
            .unwrap_or(self.ids.contact + 1);
        if next > first {
            rng.u32(first..next)
        } else {
            first
        }
    }

    /// Ticket `n` (id n + 1) with its replies.
    pub(crate) fn ticket(&mut self, n: u32) {
        let id = n + 1;
        let mut rng = self.rng(Stream::Ticket, n);
        let mut project = 0;
        if !self.is_double(Stream::Ticket, n) {
            let client = match rng.u32(0..100) {
                0..15 => 0,
                15..25 if !self.project_client.is_empty() => {
                    let place = rng.usize(0..self.project_client.len());
                    project = u32::try_from(place).unwrap_or(0) + 1;
                    self.project_client[place]
                }
                _ if self.size.customers > 0 => rng.u32(1..=self.size.customers),
                _ => 0,
            };
            let locale = match client {
                0 => &LOCALES[rng.usize(0..LOCALES.len())],
                client => self.party(client - 1).locale,
            };
            let subject = format!("{} [T{id:06}]", pick(&mut rng, locale.subjects));
            self.previous.ticket = (subject, client);
        }
        let client = self.previous.ticket.1;
        let locale = match client {
            0 => &LOCALES[n as usize % LOCALES.len()],
            client => self.party(client - 1).locale,
        };
        let stranger = (client == 0).then(|| {
            let (first, last) = (pick(&mut rng, locale.first), pick(&mut rng, locale.last));
            let email = format!("{}.{}.t{id}@post.example", slug(first), slug(last));
            (format!("{first} {last}"), email)
        });
        let contact = if client == 0 {
            0
        } else {
            self.contact_of(&mut rng, client)
        };
        let merged = (n > 0 && rng.u32(0..50) == 0).then(|| rng.u32(1..id));
        let status = if merged.is_some() { 5 } else { rng.u32(1..=6) };
        let day = rng.u32(1_500..TODAY - 20);
        let opened = match n % 89 {
            3 => CLOCK_CHANGES[(n as usize / 89) % CLOCK_CHANGES.len()].to_owned(),
            _ => self.stamp(&mut rng, day),
        };
        let replies = rng.u32(0..3);
        let last_reply = (replies > 0).then(|| self.stamp(&mut rng, day + replies));
        let message = pick(&mut rng, locale.messages);
        let count = |list: &[&str]| u32::try_from(list.len()).unwrap_or(1);
        self.rows
            .row(TICKET)
            .int(id)
            .int(client)
            .int(contact)
            .opt_int(merged)
            .opt(stranger.as_ref().map(|(_, email)| email.as_str()))
            .opt(stranger.as_ref().map(|(name, _)| name.as_str()))
            .int(rng.u32(1..=count(DEPARTMENTS)))
            .int(rng.u32(1..=count(TICKET_PRIORITIES)))
            .int(status)
            .opt_int((rng.u32(0..5) == 0).then_some(1))
            .plain(format_args!("PLANTED-SECRET-tk-{id}"))
            .text(&self.previous.ticket.0)
            .opt((rng.u32(0..40) > 0).then_some(message))
            .opt_int((rng.u32(0..6) == 0).then_some(1))
            .plain(&opened)
            .int(project)
            .opt_plain(last_reply.as_ref())
            .int(1)
            .int(1)
            .int(rng.u32(0..=STAFF))
            .opt((rng.u32(0..10) == 0).then_some("cc@post.example"))
            .end();
        for place in 0..replies {
            self.ids.reply += 1;
            let at = match &last_reply {
                Some(at) if place + 1 == replies => at.clone(),
                _ => self.stamp(&mut rng, day + place),
            };
            let from_staff = place % 2 == 0;
            let row = self.rows.row(REPLY).int(self.ids.reply).int(id);
            row.int(client)
                .int(contact)
                .opt(stranger.as_ref().map(|(name, _)| name.as_str()))
                .opt(stranger.as_ref().map(|(_, email)| email.as_str()))
                .plain(at)
                .text(pick(&mut rng, locale.messages))
                .opt_int(from_staff.then(|| rng.u32(1..=STAFF)))
                .end();
        }
        if rng.u32(0..6) == 0 {
            self.field_value(id, 6, "tickets", "Laptop \"X1\"");
        }
        self.summary.tickets += 1;
        self.summary.merged_tickets += u64::from(merged.is_some());
    }
}
