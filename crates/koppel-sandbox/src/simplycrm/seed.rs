//! Plausible data with Dutch names.

use serde_json::{Value, json};

use super::server::{Refused, SimplyCrmServer};

/// How many records [`SimplyCrmServer::fill`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimplySize {
    /// Accounts: companies.
    pub accounts: u32,
    /// Contacts, spread over the accounts.
    pub contacts: u32,
    /// Leads.
    pub leads: u32,
    /// Products.
    pub products: u32,
    /// Projects.
    pub projects: u32,
    /// Tickets.
    pub tickets: u32,
    /// Invoices of one to three lines; without products there are none.
    pub invoices: u32,
}

impl SimplySize {
    /// Sizes in the proportions of a small company with so many contacts.
    #[must_use]
    pub fn of_contacts(contacts: u32) -> SimplySize {
        SimplySize {
            accounts: contacts.div_ceil(3),
            contacts,
            leads: contacts.div_ceil(5),
            products: contacts.div_ceil(10),
            projects: contacts.div_ceil(10),
            tickets: contacts.div_ceil(5),
            invoices: contacts.div_ceil(5),
        }
    }

    /// Nothing.
    #[must_use]
    pub fn empty() -> SimplySize {
        SimplySize::of_contacts(0)
    }
}

const FIRST: [&str; 24] = [
    "Daan", "Emma", "Sem", "Julia", "Lucas", "Mila", "Levi", "Tess", "Finn", "Zoë", "Bram",
    "Anouk", "Jesse", "Fleur", "Thijs", "Noor", "Ruben", "Sanne", "Lars", "Eva", "Mees", "Loïs",
    "Gijs", "Maartje",
];
const LAST: [&str; 24] = [
    "de Jong",
    "Jansen",
    "de Vries",
    "van den Berg",
    "Bakker",
    "van Dijk",
    "Visser",
    "Smit",
    "Meijer",
    "de Boer",
    "Mulder",
    "de Groot",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "van Leeuwen",
    "Dekker",
    "Brouwer",
    "O'Brien",
    "Dijkstra",
    "Citroën",
    "van 't Hof",
    "Kuiper",
];
const TRADE: [&str; 12] = [
    "Bouwbedrijf",
    "Garage",
    "Bakkerij",
    "Drukkerij",
    "Installatietechniek",
    "Tuincentrum",
    "Advies",
    "Transport",
    "Schildersbedrijf",
    "Webwinkel",
    "Meubelmakerij",
    "Loodgieters",
];
const CITY: [(&str, &str); 10] = [
    ("Utrecht", "3511 AB"),
    ("Amsterdam", "1012 JS"),
    ("Rotterdam", "3011 AD"),
    ("Den Haag", "2511 CV"),
    ("Eindhoven", "5611 EM"),
    ("Groningen", "9712 HM"),
    ("Tilburg", "5038 EA"),
    ("Zwolle", "8011 PK"),
    ("Arnhem", "6811 KL"),
    ("'s-Hertogenbosch", "5211 AP"),
];
const STREET: [&str; 8] = [
    "Kerkstraat",
    "Dorpsstraat",
    "Molenweg",
    "Stationsplein",
    "Nieuwegracht",
    "Oudezijds Kade",
    "Industrieweg",
    "Havenstraat",
];
const GOODS: [&str; 10] = [
    "Onderhoudsbeurt",
    "Zonnepaneel",
    "Laptop",
    "Kantoorstoel",
    "Werkbank",
    "Router",
    "Printer",
    "Koffiemachine",
    "Verlichting",
    "Boormachine",
];
const WORK: [&str; 6] = [
    "Verbouwing",
    "Nieuwe website",
    "Verhuizing",
    "Onderhoud",
    "Inrichting",
    "Campagne",
];
const TROUBLE: [&str; 6] = [
    "Factuur klopt niet",
    "Levering te laat",
    "Kan niet inloggen",
    "Product defect",
    "Vraag over garantie",
    "Adres gewijzigd",
];

struct Dice(fastrand::Rng);

impl Dice {
    fn pick<T: Copy>(&mut self, from: &[T], otherwise: T) -> T {
        let at = self.0.usize(0..from.len().max(1));
        from.get(at).copied().unwrap_or(otherwise)
    }

    fn phone(&mut self) -> String {
        format!(
            "+31 {:02} {:07}",
            self.0.u32(10..80),
            self.0.u32(0..10_000_000)
        )
    }

    fn day(&mut self) -> String {
        format!("2026-{:02}-{:02}", self.0.u32(1..=12), self.0.u32(1..=28))
    }

    fn address(&mut self) -> (String, &'static str, &'static str) {
        let street = format!("{} {}", self.pick(&STREET, ""), self.0.u32(1..200));
        let (city, code) = self.pick(&CITY, ("", ""));
        (street, city, code)
    }
}

fn plain(text: &str) -> String {
    super::vtql::collated(text)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

pub(super) fn fill(server: &SimplyCrmServer, size: &SimplySize, seed: u64) -> Result<(), Refused> {
    let mut dice = Dice(fastrand::Rng::with_seed(seed));
    let mut made: Vec<String> = Vec::new();
    let mut put = |module: &str, fields: Value| -> Result<String, Refused> {
        let id = server.insert(module, &fields)?;
        made.push(id.clone());
        Ok(id)
    };
    let mut accounts = Vec::new();
    for n in 0..size.accounts {
        let owner = dice.pick(&LAST, "");
        let (street, city, code) = dice.address();
        let fields = json!({
            "accountname": format!("{} {owner} {}", dice.pick(&TRADE, ""), n + 1),
            "phone": dice.phone(),
            "website": format!("https://{}{}.example.test", plain(owner), n + 1),
            "email1": format!("info@{}{}.example.test", plain(owner), n + 1),
            "bill_street": street, "bill_city": city, "bill_code": code,
            "bill_country": "Nederland",
        });
        accounts.push(put("Accounts", fields)?);
    }
    let account = |n: u32| -> Value {
        let at = usize::try_from(n).unwrap_or_default() % accounts.len().max(1);
        accounts
            .get(at)
            .map_or(Value::Null, |id| id.as_str().into())
    };
    let mut contacts = Vec::new();
    for n in 0..size.contacts {
        let (first, last) = (dice.pick(&FIRST, ""), dice.pick(&LAST, ""));
        let (street, city, code) = dice.address();
        let fields = json!({
            "firstname": first, "lastname": last,
            "email": format!("{}.{}{}@example.test", plain(first), plain(last), n + 1),
            "phone": dice.phone(), "mobile": dice.phone(),
            "account_id": account(n),
            "mailingstreet": street, "mailingcity": city, "mailingzip": code,
            "mailingcountry": "Nederland",
        });
        contacts.push(put("Contacts", fields)?);
    }
    for n in 0..size.leads {
        let (first, last) = (dice.pick(&FIRST, ""), dice.pick(&LAST, ""));
        let fields = json!({
            "firstname": first, "lastname": last,
            "company": format!("{} {last}", dice.pick(&TRADE, "")),
            "email": format!("{}.lead{}@example.test", plain(last), n + 1),
            "phone": dice.phone(),
            "leadstatus": "Contacted",
        });
        put("Leads", fields)?;
    }
    let mut products = Vec::new();
    for n in 0..size.products {
        let fields = json!({
            "productname": format!("{} {}", dice.pick(&GOODS, ""), n + 1),
            "productcode": format!("ART-{:05}", n + 1),
            "unit_price": format!("{}.{:02}", dice.0.u32(5..2_000), dice.0.u32(0..100)),
            "discontinued": "1",
        });
        products.push(put("Products", fields)?);
    }
    for n in 0..size.projects {
        let fields = json!({
            "projectname": format!("{} {}", dice.pick(&WORK, ""), n + 1),
            "startdate": dice.day(), "targetenddate": dice.day(),
            "projectstatus": "in progress",
            "linktoaccountscontacts": account(n),
        });
        put("Project", fields)?;
    }
    for n in 0..size.tickets {
        let fields = json!({
            "ticket_title": format!("{} ({})", dice.pick(&TROUBLE, ""), n + 1),
            "ticketstatus": "Open", "ticketpriorities": "Normal",
            "parent_id": account(n),
        });
        put("HelpDesk", fields)?;
    }
    for n in 0..size.invoices {
        let lines: Vec<Value> = (0..dice.0.usize(1..=3))
            .filter_map(|_| {
                let at = dice.0.usize(0..products.len().max(1));
                let product = products.get(at)?;
                Some(json!({
                    "productid": product,
                    "quantity": dice.0.u32(1..10),
                    "listprice": format!("{}.{:02}", dice.0.u32(5..500), dice.0.u32(0..100)),
                }))
            })
            .collect();
        let Some(first) = lines
            .first()
            .and_then(|line| line.get("productid"))
            .cloned()
        else {
            break;
        };
        let at = usize::try_from(n).unwrap_or_default() % accounts.len().max(1);
        if accounts.is_empty() {
            break;
        }
        let (street, city, _) = dice.address();
        let fields = json!({
            "subject": format!("Factuur 2026-{:04}", n + 1),
            "account_id": accounts.get(at),
            "invoicedate": dice.day(), "duedate": dice.day(),
            "invoicestatus": "Created",
            "bill_street": street, "ship_street": street, "bill_city": city,
            "currency_id": "21x1", "conversion_rate": "1", "hdnTaxType": "group",
            "productid": first, "LineItems": lines,
        });
        // The newest generation refuses every invoice.
        if server.generation().is_newest() {
            break;
        }
        put("Invoice", fields)?;
    }
    let now = server.now().as_second();
    for (age, id) in (1_i64..).zip(made.iter().rev()) {
        let at = jiff::Timestamp::from_second(now.saturating_sub(age.saturating_mul(60)));
        if let Ok(at) = at {
            server.set_modified(id, at)?;
        }
    }
    Ok(())
}
