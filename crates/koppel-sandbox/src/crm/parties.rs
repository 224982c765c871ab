//! Customers with their contacts, and leads.

use fastrand::Rng;

use super::fixed::STAFF;
use super::generator::{CLOCK_CHANGES, Generator, Party, Stream, TODAY, pick, slug};
use super::rows::Shape;
use super::words::{COUNTRIES, GROUPS, LEAD_SOURCES, LEAD_STATUSES, LOCALES, Locale};

/// Every so many customers one came from a lead.
const CONVERTED: u32 = 20;

const CLIENT: Shape = Shape {
    table: "clients",
    columns: "userid,company,vat,phonenumber,country,city,zip,state,address,website,datecreated,\
              active,leadid,billing_street,billing_city,billing_state,billing_zip,billing_country,\
              shipping_street,shipping_city,shipping_state,shipping_zip,shipping_country,\
              default_language,default_currency,registration_confirmed,addedfrom",
};
const CONTACT: Shape = Shape {
    table: "contacts",
    columns: "id,userid,is_primary,firstname,lastname,email,phonenumber,title,datecreated,password,\
              new_pass_key,email_verification_key,last_ip,last_login,active,direction,\
              invoice_emails,ticket_emails",
};
const LEAD: Shape = Shape {
    table: "leads",
    columns: "id,hash,name,title,company,description,country,zip,city,state,address,assigned,\
              dateadded,status,source,lastcontact,dateassigned,last_status_change,addedfrom,email,\
              website,phonenumber,date_converted,lost,junk,is_public,default_language,client_id,\
              lead_value",
};

/// A place to live or to send things to.
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) zip: String,
    pub(crate) country: u32,
}

pub(crate) fn address(rng: &mut Rng, locale: &'static Locale) -> Address {
    let (city, state) = pick(rng, locale.cities);
    let street = pick(rng, locale.streets);
    let number = rng.u32(1..240);
    let street = match locale.language {
        "english" => format!("{number} {street}"),
        "romanian" => format!("{street} nr. {number}"),
        _ => format!("{street} {number}"),
    };
    let letter = |rng: &mut Rng| char::from(rng.u8(b'A'..=b'Z'));
    let zip = match locale.language {
        "english" => {
            let (a, b) = (letter(rng), letter(rng));
            format!("{a}{} {}{b}{a}", rng.u32(1..20), rng.u32(1..10))
        }
        "romanian" => format!("{:06}", rng.u32(10_000..999_999)),
        _ => {
            let (a, b) = (letter(rng), letter(rng));
            format!("{} {a}{b}", rng.u32(1_000..9_999))
        }
    };
    let country = match rng.u32(0..100) {
        0..3 => 0,
        3..8 => rng.u32(4..=u32::try_from(COUNTRIES.len()).unwrap_or(4)),
        _ => locale.country,
    };
    Address {
        street,
        city,
        state,
        zip,
        country,
    }
}

fn phone(rng: &mut Rng, locale: &Locale) -> String {
    let (a, b) = (rng.u32(20..80), rng.u32(1_000_000..9_999_999));
    match rng.u32(0..4) {
        0 => format!("0{a}-{b}"),
        1 => format!("{} (0){a} {b}", locale.calling),
        _ => format!("{} {a} {b}", locale.calling),
    }
}

impl Generator {
    /// Customer `n` (id n + 1) with its contacts, groups and custom fields.
    pub(crate) fn client(&mut self, n: u32) {
        let id = n + 1;
        let party = self.party(n);
        let mut rng = self.rng(Stream::Client, n);
        let home = address(&mut rng, party.locale);
        let created_day = rng.u32(0..TODAY);
        let created = match n % 97 {
            5 => CLOCK_CHANGES[(n as usize / 97) % CLOCK_CHANGES.len()].to_owned(),
            _ => self.stamp(&mut rng, created_day),
        };
        let lead = n / CONVERTED + 1;
        let from_lead = n.is_multiple_of(CONVERTED) && lead <= self.size.leads;
        let website =
            (!party.person && rng.u32(0..4) > 0).then(|| format!("https://www.{}/", party.domain));
        let same_billing = rng.u32(0..5) > 0;
        let other = address(&mut rng, party.locale);
        let billing = if same_billing { &home } else { &other };
        let ships = rng.u32(0..3) == 0;
        let company = match (party.person, rng.bool()) {
            (false, _) => Some(party.company.as_str()),
            (true, true) => Some(""),
            (true, false) => None,
        };
        let tel = phone(&mut rng, party.locale);
        let row = self
            .rows
            .row(CLIENT)
            .int(id)
            .opt(company)
            .opt(party.vat.as_deref())
            .opt((rng.u32(0..12) > 0).then_some(tel.as_str()))
            .int(home.country)
            .text(home.city)
            .text(&home.zip)
            .opt((rng.u32(0..8) > 0).then_some(home.state))
            .text(&home.street)
            .opt(website.as_deref())
            .plain(&created)
            .int(u32::from(rng.u32(0..100) >= 4))
            .opt_int(from_lead.then_some(lead))
            .text(&billing.street)
            .text(billing.city)
            .text(billing.state)
            .text(&billing.zip)
            .int(billing.country);
        let row = if ships {
            row.text(&other.street)
                .text(other.city)
                .text(other.state)
                .text(&other.zip)
                .int(other.country)
        } else {
            row.text("").text("").text("").null().int(0)
        };
        row.opt((rng.u32(0..3) > 0).then_some(party.locale.language))
            .int(party.currency)
            .int(1)
            .int(rng.u32(0..=STAFF))
            .end();
        self.contacts(n, &party, &created, &mut rng);
        self.client_extras(id, &mut rng);
        self.summary.customers += 1;
        self.summary.persons += u64::from(party.person);
    }

    fn contacts(&mut self, n: u32, party: &Party, created: &str, rng: &mut Rng) {
        self.first_contact.push(self.ids.contact + 1);
        let wanted = match rng.u32(0..10) {
            0..5 => 1,
            5..9 => 2,
            _ => 3,
        };
        for place in 0..wanted.min(self.size.contacts_per_customer.max(1)) {
            self.ids.contact += 1;
            let id = self.ids.contact;
            let (first, last) = if place == 0 {
                (party.first.clone(), party.last.clone())
            } else {
                let locale = party.locale;
                (
                    pick(rng, locale.first).to_owned(),
                    pick(rng, locale.last).to_owned(),
                )
            };
            if !self.is_double(Stream::Client, id) {
                self.previous.contact_email = format!(
                    "{}.{}.{id}@{}",
                    slug(&first),
                    slug(&last),
                    mail_domain(party)
                );
            }
            let tel = phone(rng, party.locale);
            let login = (rng.u32(0..3) == 0).then_some(created);
            self.rows
                .row(CONTACT)
                .int(id)
                .int(n + 1)
                .int(u32::from(place == 0))
                .text(&first)
                .text(&last)
                .text(&self.previous.contact_email)
                .text(if rng.u32(0..6) == 0 { "" } else { &tel })
                .opt((rng.u32(0..3) > 0).then(|| pick(rng, party.locale.titles)))
                .plain(created)
                .plain(format_args!("PLANTED-SECRET-contact-password-{id}"))
                .plain(format_args!("PLANTED-SECRET-passkey-{id}"))
                .plain(format_args!("PLANTED-SECRET-mailkey-{id}"))
                .plain(format_args!("PLANTED-SECRET-ip-{id}"))
                .opt_plain(login)
                .int(u32::from(place == 0 || rng.u32(0..10) > 0))
                .null()
                .int(1)
                .int(rng.u32(0..2))
                .end();
            self.summary.contacts += 1;
            if rng.u32(0..8) == 0 {
                let day = format!(
                    "19{}-0{}-1{}",
                    rng.u32(50..99),
                    rng.u32(1..10),
                    rng.u32(0..10)
                );
                self.field_value(id, 3, "contacts", &day);
            }
        }
    }

    /// The group memberships and custom field values of a customer.
    fn client_extras(&mut self, id: u32, rng: &mut Rng) {
        let groups = match rng.u32(0..10) {
            0..4 => 0,
            4..9 => 1,
            _ => 2,
        };
        let count = u32::try_from(GROUPS.len()).unwrap_or(1);
        let first = rng.u32(0..count);
        for place in 0..groups {
            self.ids.group_link += 1;
            let shape = Shape {
                table: "customer_groups",
                columns: "id,groupid,customer_id",
            };
            let group = (first + place) % count + 1;
            let row = self.rows.row(shape).int(self.ids.group_link);
            row.int(group).int(id).end();
        }
        if rng.u32(0..10) < 4 {
            let sector = pick(rng, &["Bouw", "Handel", "IT", "Zorg"]);
            self.field_value(id, 1, "customers", sector);
        }
        if rng.u32(0..10) < 3 {
            let number = rng.u32(10_000_000..99_999_999).to_string();
            self.field_value(id, 2, "customers", &number);
        }
        if rng.u32(0..10) == 0 {
            let code = format!("OLD-{id}");
            self.field_value(id, 8, "customers", &code);
        }
    }

    pub(crate) fn field_value(&mut self, of: u32, field: u32, kind: &str, value: &str) {
        self.ids.field_value += 1;
        let shape = Shape {
            table: "customfieldsvalues",
            columns: "id,relid,fieldid,fieldto,value",
        };
        let row = self.rows.row(shape).int(self.ids.field_value).int(of);
        row.int(field).text(kind).text(value).end();
    }

    /// Lead `n` (id n + 1).
    pub(crate) fn lead(&mut self, n: u32) {
        let id = n + 1;
        let mut rng = self.rng(Stream::Lead, n);
        let locale = &LOCALES[rng.usize(0..LOCALES.len())];
        let first = pick(&mut rng, locale.first);
        let last = pick(&mut rng, locale.last);
        let company = format!(
            "{} {} {}",
            pick(&mut rng, locale.trades),
            pick(&mut rng, locale.last),
            pick(&mut rng, locale.cities).0
        );
        if !self.is_double(Stream::Lead, n) {
            let email = format!(
                "{}.{}.lead{id}@{}.example",
                slug(first),
                slug(last),
                slug(&company)
            );
            self.previous.lead = (format!("{first} {last}"), company, email);
        }
        let home = address(&mut rng, locale);
        let day = rng.u32(1_000..TODAY);
        let added = self.stamp(&mut rng, day);
        let later_day = (day + rng.u32(0..40)).min(TODAY);
        let later = self.stamp(&mut rng, later_day);
        let converted = u64::from(n) * u64::from(CONVERTED) < u64::from(self.size.customers);
        let statuses = u32::try_from(LEAD_STATUSES.len()).unwrap_or(2);
        let status = if converted { 1 } else { rng.u32(2..=statuses) };
        let lost = !converted && rng.u32(0..12) == 0;
        let junk = !converted && !lost && rng.u32(0..15) == 0;
        let sources = u32::try_from(LEAD_SOURCES.len()).unwrap_or(1);
        let contacted = match rng.u32(0..20) {
            0 => Some("0000-00-00 00:00:00"),
            1..8 => None,
            _ => Some(later.as_str()),
        };
        let assigned_on = match rng.u32(0..20) {
            0 => Some("0000-00-00"),
            1..8 => None,
            _ => Some(self.days.of(day)),
        };
        let value = (rng.u32(0..3) > 0).then(|| super::money::Cents(rng.i64(5_000..5_000_000)));
        let tel = phone(&mut rng, locale);
        let from_client = match rng.u32(0..20) {
            0 if self.size.customers > 0 => rng.u32(1..=self.size.customers),
            _ => 0,
        };
        let (name, company, email) = &self.previous.lead;
        self.rows
            .row(LEAD)
            .int(id)
            .plain(format_args!("PLANTED-SECRET-lead-hash-{id}"))
            .text(name)
            .opt((rng.bool()).then(|| pick(&mut rng, locale.titles)))
            .opt((rng.u32(0..6) > 0).then_some(company.as_str()))
            .opt((rng.u32(0..3) == 0).then_some("Gesproken op de beurs 🤝<br />\nBel terug."))
            .int(home.country)
            .opt((rng.u32(0..4) > 0).then_some(home.zip.as_str()))
            .text(home.city)
            .text(home.state)
            .text(&home.street)
            .int(rng.u32(0..=STAFF))
            .plain(&added)
            .int(status)
            .int(rng.u32(1..=sources))
            .opt_plain(contacted)
            .opt_plain(assigned_on)
            .opt_plain((rng.bool()).then_some(&later))
            .int(rng.u32(1..=STAFF))
            .text(email)
            .opt((rng.u32(0..5) == 0).then_some("https://voorbeeld.example/"))
            .text(&tel)
            .opt_plain(converted.then_some(&later))
            .int(u32::from(lost))
            .int(u32::from(junk))
            .int(0)
            .opt((rng.bool()).then_some(locale.language))
            .int(from_client)
            .opt_plain(value)
            .end();
        if rng.u32(0..5) == 0 {
            let budget = rng.u32(1..90) * 500;
            self.field_value(id, 4, "leads", &budget.to_string());
        }
        self.summary.leads += 1;
    }
}

/// Persons have their mail elsewhere.
fn mail_domain(party: &Party) -> &str {
    if party.person {
        "post.example"
    } else {
        &party.domain
    }
}
