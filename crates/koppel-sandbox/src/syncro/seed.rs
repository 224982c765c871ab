//! Records of an account that has been in use for a while.

use serde_json::{Value, json};

use super::schema::Resource;
use super::store::{Ask, Store};
use super::values::told;
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, ToSpan as _};

/// How much of what an account is filled with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Size {
    /// Customers.
    pub customers: u32,
    /// Contacts; they need customers.
    pub contacts: u32,
    /// Tickets; they need customers.
    pub tickets: u32,
    /// Leads.
    pub leads: u32,
    /// Invoices of one to four lines; they need customers.
    pub invoices: u32,
    /// Payments, each of one invoice in whole; they need invoices.
    pub payments: u32,
    /// Products.
    pub products: u32,
    /// Assets; they need customers.
    pub assets: u32,
    /// RMM alerts; they need assets.
    pub alerts: u32,
}

impl Size {
    /// So many customers, and the rest in the proportions of a small service company.
    #[must_use]
    pub fn of_customers(customers: u32) -> Size {
        Size {
            customers,
            contacts: customers,
            tickets: customers.saturating_mul(2),
            leads: customers / 4,
            invoices: customers,
            payments: customers / 2,
            products: 12.min(customers),
            assets: customers,
            alerts: customers / 5,
        }
    }
}

const FIRST: &[&str] = &[
    "Noor", "Daan", "Sanne", "Bram", "Fleur", "Jesse", "Roos", "Thijs", "Isa", "Luuk",
];
const LAST: &[&str] = &[
    "de Boer", "Jansen", "Vermeer", "Smit", "Mulder", "Bos", "Peters", "van Dijk", "Kok",
];
const TRADES: &[&str] = &[
    "Bakkerij",
    "Garage",
    "Praktijk",
    "Drukkerij",
    "Kwekerij",
    "Bouwbedrijf",
    "Atelier",
];
const PLACES: &[(&str, &str)] = &[
    ("Utrecht", "3511"),
    ("Zwolle", "8011"),
    ("Breda", "4811"),
    ("Leiden", "2311"),
];
const TROUBLES: &[&str] = &[
    "Printer does not print",
    "Laptop is slow",
    "Mailbox is full",
    "VPN does not connect",
    "New workstation",
    "Backup failed",
];
const STATUSES: &[&str] = &["New", "In Progress", "Waiting on Customer", "Resolved"];
const GOODS: &[(&str, &str)] = &[
    ("Labour", "95.00"),
    ("Managed workstation", "39.50"),
    ("Firewall", "449.00"),
    ("Backup 1 TB", "24.95"),
    ("Keyboard", "59.99"),
    ("Licence office", "11.70"),
];

fn pick<T>(from: &[T], n: u64) -> &T {
    // The lists above are never empty.
    &from[usize::try_from(n).unwrap_or(0) % from.len()]
}

/// A moment of the year before, later for higher numbers.
fn moment(n: u32) -> String {
    let start: DateTime = date(2025, 1, 6).at(8, 30, 0, 0);
    let time = start
        .checked_add(SignedDuration::from_mins(i64::from(n) * 7))
        .unwrap_or(start);
    told(time)
}

pub(crate) fn fill(store: &mut Store, size: &Size, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x5f3c);
    let put = |store: &mut Store, resource: Resource, body: Value| {
        let made = store.create(resource, None, &Ask::direct(&body));
        made.unwrap_or_default()
    };
    let customers: Vec<i64> = (0..size.customers)
        .map(|n| {
            let body = customer(n, &mut rng);
            put(store, Resource::Customers, body)
        })
        .collect();
    let of = |n: u32| -> Option<i64> {
        let count = u32::try_from(customers.len())
            .ok()
            .filter(|count| *count > 0)?;
        customers.get(usize::try_from(n % count).ok()?).copied()
    };
    for n in 0..size.contacts {
        let Some(customer) = of(n) else { break };
        let (first, last) = (*pick(FIRST, rng.u64(..)), *pick(LAST, rng.u64(..)));
        let body = json!({
            "customer_id": customer,
            "name": format!("{first} {last}"),
            "email": format!("{}.{n}@contact.example", first.to_lowercase()),
            "phone": format!("030 - 55{n:05}"),
            "created_at": moment(n), "updated_at": moment(n),
        });
        put(store, Resource::Contacts, body);
    }
    for n in 0..size.leads {
        let (first, last) = (*pick(FIRST, rng.u64(..)), *pick(LAST, rng.u64(..)));
        let body = json!({
            "first_name": first, "last_name": last,
            "email": format!("{}.{n}@lead.example", first.to_lowercase()),
            "business_name": format!("{} {last} {n}", pick(TRADES, rng.u64(..))),
            "ticket_subject": pick(TROUBLES, rng.u64(..)),
            "ticket_description": "Would like to be called back.",
            "likelihood": rng.i64(1..10) * 10,
            "created_at": moment(n), "updated_at": moment(n),
        });
        put(store, Resource::Leads, body);
    }
    let products: Vec<i64> = (0..size.products)
        .map(|n| {
            let (name, price) = *pick(GOODS, n.into());
            let body = json!({
                "name": format!("{name} {}", n + 1), "description": format!("{name}, kind {}", n + 1),
                "price_retail": price, "price_cost": "10.00", "upc_code": format!("87100{n:08}"),
                "quantity": rng.i64(0..50), "taxable": true,
                "created_at": moment(n), "updated_at": moment(n),
            });
            put(store, Resource::Products, body)
        })
        .collect();
    for n in 0..size.tickets {
        let Some(customer) = of(n) else { break };
        let trouble = *pick(TROUBLES, rng.u64(..));
        let comment = json!({"subject": "Initial Issue", "body": format!("{trouble} since this morning."),
            "do_not_email": true, "created_at": moment(n), "updated_at": moment(n)});
        let status = *pick(STATUSES, rng.u64(..));
        let resolved = (status == "Resolved").then(|| moment(n));
        let body = json!({
            "customer_id": customer, "subject": trouble, "status": status, "resolved_at": resolved,
            "problem_type": "Hardware", "priority": "2 Normal", "comments_attributes": [comment],
            "due_date": moment(n + 600), "created_at": moment(n), "updated_at": moment(n),
        });
        let id = put(store, Resource::Tickets, body);
        // The comment moved it.
        store.change(Resource::Tickets, id, |record| {
            record.insert("updated_at".into(), json!(moment(n)));
        });
    }
    let mut invoices: Vec<i64> = Vec::new();
    for n in 0..size.invoices {
        let Some(customer) = of(n) else { break };
        let lines: Vec<Value> = (0..rng.u32(1..=4))
            .map(|line| line_of(line, &products, &mut rng))
            .collect();
        let day = date(2026, 1, 5).saturating_add(i64::from(n % 250).days());
        let body = json!({
            "customer_id": customer, "date": day.to_string(),
            "due_date": day.saturating_add(14.days()).to_string(), "line_items": lines,
            "created_at": moment(n), "updated_at": moment(n),
        });
        let id = put(store, Resource::Invoices, body);
        store.change(Resource::Invoices, id, |record| {
            record.insert("updated_at".into(), json!(moment(n)));
        });
        invoices.push(id);
    }
    for (n, invoice) in (0..size.payments).zip(invoices) {
        let total = store
            .get(Resource::Invoices, invoice)
            .map(|record| super::values::Read::sum(record, "total"))
            .unwrap_or_default();
        let cents =
            i64::try_from((total * rust_decimal::Decimal::ONE_HUNDRED).round()).unwrap_or(0);
        let body = json!({"invoice_id": invoice, "amount_cents": cents, "ref_num": format!("T{n:05}"),
            "payment_method": "Bank Transfer", "created_at": moment(n), "updated_at": moment(n)});
        put(store, Resource::Payments, body);
        // The payment moved it.
        store.change(Resource::Invoices, invoice, |record| {
            record.insert("updated_at".into(), json!(moment(n)));
        });
    }
    let mut assets: Vec<(i64, i64)> = Vec::new();
    for n in 0..size.assets {
        let Some(customer) = of(n) else { break };
        let body = json!({"customer_id": customer, "name": format!("WS-{n:04}"),
            "asset_type_name": "Syncro Device", "asset_serial": format!("ZB{n:06}"),
            "properties": {"OS": "Windows 11"}, "created_at": moment(n), "updated_at": moment(n)});
        assets.push((put(store, Resource::Assets, body), customer));
    }
    for (n, (asset, customer)) in (0..size.alerts).zip(assets.into_iter().cycle()) {
        let body = json!({"customer_id": customer, "asset_id": asset,
            "description": "Low disk space", "formatted_output": "Drive C has 3 % left.",
            "properties": {"trigger": "low_hd_space_trigger"}, "status": "active",
            "created_at": moment(n), "updated_at": moment(n)});
        put(store, Resource::Alerts, body);
    }
}

fn customer(n: u32, rng: &mut fastrand::Rng) -> Value {
    let (first, last) = (*pick(FIRST, rng.u64(..)), *pick(LAST, rng.u64(..)));
    let (city, zip) = *pick(PLACES, rng.u64(..));
    let business = format!("{} {last} {}", pick(TRADES, rng.u64(..)), n + 1);
    // Every fifth is a person without a business.
    let business = if n % 5 == 4 {
        Value::Null
    } else {
        json!(business)
    };
    json!({
        "business_name": business, "firstname": first, "lastname": last,
        "email": format!("customer{}@klant.example", n + 1),
        "phone": format!("030 - 44{n:05}"),
        "address": format!("Dorpsstraat {}", n + 1), "city": city, "zip": format!("{zip} AB"),
        "properties": {"Region": "Midden"},
        "created_at": moment(n), "updated_at": moment(n),
    })
}

fn line_of(n: u32, products: &[i64], rng: &mut fastrand::Rng) -> Value {
    let quantity = rng.i64(1..=5);
    if let Some(product) = products.get(rng.usize(..products.len().max(1))) {
        return json!({"product_id": product, "quantity": quantity});
    }
    let (name, price) = *pick(GOODS, rng.u64(..));
    json!({"item": name, "name": format!("{name}, part {}", n + 1), "price": price, "quantity": quantity,
        "taxable": true})
}
