//! The small tables: statuses, currencies, staff, options.

use super::generator::{Generator, Stream, pick, slug};
use super::money::Cents;
use super::rows::Shape;
use super::words::{
    COUNTRIES, CURRENCIES, CUSTOM_FIELDS, DEPARTMENTS, EXTRA_TAX, GROUPS, LEAD_SOURCES,
    LEAD_STATUSES, LOCALES, PAYMENT_MODES, TICKET_PRIORITIES, TICKET_STATUSES, WAREHOUSES,
};

/// How many people work at the firm that owns the database.
pub(crate) const STAFF: u32 = 12;

const fn shape(table: &'static str, columns: &'static str) -> Shape {
    Shape { table, columns }
}

/// The e-mail of a member of staff is unique and known by the number alone.
fn staff_email(n: u32, first: &str, last: &str) -> String {
    format!("{}.{}{n}@ons-kantoor.example", slug(first), slug(last))
}

/// A small list: its values and their ids from 1.
fn numbered<T>(list: &[T]) -> impl Iterator<Item = (u32, &T)> {
    (1..).zip(list)
}

pub(crate) fn fill(g: &mut Generator) {
    lists(g);
    money(g);
    staff(g);
    custom_fields(g);
    options(g);
}

fn lists(g: &mut Generator) {
    for (id, [iso2, short, long, iso3, number, calling, domain]) in numbered(COUNTRIES) {
        let shape = shape(
            "countries",
            "country_id,iso2,short_name,long_name,iso3,numcode,un_member,calling_code,cctld",
        );
        g.rows
            .row(shape)
            .int(id)
            .text(iso2)
            .text(short)
            .text(long)
            .text(iso3)
            .text(number)
            .text("yes")
            .text(calling)
            .text(domain)
            .end();
    }
    for (id, name) in numbered(LEAD_STATUSES) {
        let shape = shape("leads_status", "id,name,statusorder,color,isdefault");
        let row = g.rows.row(shape).int(id).text(name).int(id * 10);
        row.text("#28B8DA").int(u32::from(id == 1)).end();
    }
    for (id, name) in numbered(LEAD_SOURCES) {
        g.rows
            .row(shape("leads_sources", "id,name"))
            .int(id)
            .text(name)
            .end();
    }
    for (id, name) in numbered(TICKET_STATUSES) {
        let shape = shape(
            "tickets_status",
            "ticketstatusid,name,isdefault,statuscolor,statusorder",
        );
        let row = g.rows.row(shape).int(id).text(name);
        row.int(u32::from(id <= 5)).text("#ff2d42").int(id).end();
    }
    for (id, name) in numbered(TICKET_PRIORITIES) {
        g.rows
            .row(shape("tickets_priorities", "priorityid,name"))
            .int(id)
            .text(name)
            .end();
    }
    for (id, name) in numbered(DEPARTMENTS) {
        let shape = shape(
            "departments",
            "departmentid,name,email,host,password,calendar_id",
        );
        let row = g.rows.row(shape).int(id).text(name);
        row.text(&format!("{}@ons-kantoor.example", slug(name)))
            .text("imap.ons-kantoor.example")
            .text(&format!("PLANTED-SECRET-imap-{id}"))
            .null()
            .end();
    }
    for (id, name) in numbered(GROUPS) {
        g.rows
            .row(shape("customers_groups", "id,name"))
            .int(id)
            .text(name)
            .end();
    }
    for (id, name) in numbered(WAREHOUSES) {
        let shape = shape(
            "warehouse",
            "warehouse_id,warehouse_code,warehouse_name,display",
        );
        let row = g.rows.row(shape).int(id);
        row.plain(format_args!("W{id:02}")).text(name).int(1).end();
    }
    for (id, name) in numbered(PAYMENT_MODES) {
        let shape = shape("payment_modes", "id,name,description,show_on_pdf,active");
        let row = g.rows.row(shape).int(id).text(name).null();
        row.int(0).int(1).end();
    }
}

fn money(g: &mut Generator) {
    for (id, [symbol, name, decimal, thousand, placement]) in numbered(CURRENCIES) {
        let shape = shape(
            "currencies",
            "id,symbol,name,decimal_separator,thousand_separator,placement,isdefault",
        );
        let row = g.rows.row(shape).int(id).text(symbol).text(name);
        row.text(decimal)
            .text(thousand)
            .text(placement)
            .int(u32::from(id == 1))
            .end();
    }
    let taxes = LOCALES.iter().flat_map(|locale| locale.taxes);
    for (id, (name, rate)) in (1u32..).zip(taxes.chain([&EXTRA_TAX])) {
        let row = g
            .rows
            .row(shape("taxes", "id,name,taxrate"))
            .int(id)
            .text(name);
        row.plain(Cents(*rate)).end();
    }
}

fn staff(g: &mut Generator) {
    for n in 1..=STAFF {
        let mut rng = g.rng(Stream::Staff, n);
        let locale = &LOCALES[rng.usize(0..LOCALES.len())];
        let first = pick(&mut rng, locale.first);
        let last = pick(&mut rng, locale.last);
        let shape = shape(
            "staff",
            "staffid,email,firstname,lastname,phonenumber,password,datecreated,last_ip,last_login,\
             new_pass_key,admin,active,is_not_staff,hourly_rate,two_factor_auth_enabled,\
             two_factor_auth_code,google_auth_secret",
        );
        let joined = g.stamp(&mut rng, 10 + n * 7);
        g.rows
            .row(shape)
            .int(n)
            .text(&staff_email(n, first, last))
            .text(first)
            .text(last)
            .null()
            .text(&format!("PLANTED-SECRET-staff-password-{n}"))
            .plain(joined)
            .text(&format!("PLANTED-SECRET-ip-{n}"))
            .null()
            .text(&format!("PLANTED-SECRET-passkey-{n}"))
            .int(u32::from(n == 1))
            .int(u32::from(n != STAFF))
            .int(0)
            .plain(Cents(4_500))
            .int(1)
            .text(&format!("PLANTED-SECRET-2fa-{n}"))
            .text(&format!("PLANTED-SECRET-google-{n}"))
            .end();
    }
}

fn custom_fields(g: &mut Generator) {
    for (id, (of, name, slug, kind, options, active)) in numbered(CUSTOM_FIELDS) {
        let shape = shape(
            "customfields",
            "id,fieldto,name,slug,type,options,active,field_order,show_on_client_portal",
        );
        let row = g.rows.row(shape).int(id).text(of).text(name).text(slug);
        row.text(kind)
            .text(options)
            .int(u32::from(*active))
            .int(id)
            .int(0)
            .end();
    }
}

fn options(g: &mut Generator) {
    let zone = if g.seed.is_multiple_of(2) {
        "Europe/Amsterdam"
    } else {
        "Europe/Bucharest"
    };
    zone.clone_into(&mut g.summary.timezone);
    let options = [
        ("default_timezone", zone),
        ("companyname", "Ons Kantoor"),
        ("invoice_prefix", "INV-"),
        ("number_padding_prefixes", "6"),
        ("next_invoice_number", "1"),
        ("last_cron_run", "1772355600"),
        // Nothing keeps a name from being there twice.
        ("last_cron_run", "1772355600"),
        (
            "smartcrm_api_url",
            "https://smartcrm.example/index.php/api/",
        ),
        ("smartcrm_auth_token", "PLANTED-SECRET-bearer"),
        ("smartcrm_client_token", "PLANTED-SECRET-client-token"),
        (
            "smartcrm_currency_mapping",
            r#"{"1":"1","2":"2","3":"3","4":"4"}"#,
        ),
        ("smartcrm_cron", "yes"),
        ("smartcrm_interval", "1"),
        ("smartcrm_batch_size", "50"),
        ("smartcrm_api_timeout", "30"),
        ("smartcrm_max_retries", "3"),
        ("smtp_password", "PLANTED-SECRET-smtp"),
        ("custom_css", ""),
        ("invoice_number_format", "1"),
        ("estimate_prefix", "SO-"),
        ("estimate_number_format", "1"),
    ];
    for (id, (name, value)) in numbered(&options) {
        let row = g
            .rows
            .row(shape("options", "id,name,value,autoload"))
            .int(id);
        row.text(name).text(value).int(1).end();
    }
}
