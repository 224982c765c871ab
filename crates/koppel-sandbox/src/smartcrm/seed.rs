//! A catalogue to import: products, prices, stock, discounts and orders, the same for a seed.

use fastrand::Rng;
use serde_json::{Value, json};

use super::server::{InsertError, SmartCrmServer};
use crate::crm::CrmSize;
use crate::crm::generator::{Generator, pick, slug};
use crate::crm::money::Cents;
use crate::crm::words::{CURRENCIES, GROUPS, ITEM_GROUPS, LOCALES, UNITS, WAREHOUSES};

mod sales;

/// How much a seeded catalogue holds.
///
/// ```
/// use koppel_sandbox::smartcrm::CatalogueSize;
///
/// let small = CatalogueSize { warehouses: 1, ..CatalogueSize::scaled(50) };
/// assert_eq!(small.products, 50);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueSize {
    /// Product groups.
    pub product_groups: u32,
    /// Products.
    pub products: u32,
    /// Warehouses; a product lies in some of them.
    pub warehouses: u32,
    /// Discounts of groups of customers: on a product, on a group of products, or on everything.
    pub discounts: u32,
    /// Sales orders.
    pub orders: u32,
    /// Customers with one contact each, made where there are fewer.
    pub customers: u32,
    /// Invoices, most with one or two payments.
    pub invoices: u32,
}

impl CatalogueSize {
    /// Sensible proportions for so many products.
    #[must_use]
    pub fn scaled(products: u32) -> CatalogueSize {
        CatalogueSize {
            product_groups: (products / 20).clamp(1, 200),
            products,
            warehouses: 3,
            discounts: products / 10 + 1,
            orders: products / 2 + 1,
            customers: products / 4 + 1,
            invoices: products / 2 + 1,
        }
    }
}

struct Seeder<'a> {
    server: &'a SmartCrmServer,
    seed: u64,
    clients: Vec<(String, String)>,
    groups: Vec<String>,
    products: Vec<Product>,
}

struct Product {
    id: String,
    name: String,
    price: Cents,
    unit: &'static str,
    taxes: Vec<(&'static str, i64)>,
}

pub(super) fn fill(
    server: &SmartCrmServer,
    size: &CatalogueSize,
    seed: u64,
) -> Result<(), InsertError> {
    let mut seeder = Seeder {
        server,
        seed,
        clients: Vec::new(),
        groups: Vec::new(),
        products: Vec::new(),
    };
    seeder.product_groups(size.product_groups)?;
    seeder.products(size.products)?;
    seeder.customers(size.customers)?;
    seeder.discounts(size.discounts)?;
    seeder.stock(size.warehouses)?;
    seeder.orders(size.orders)?;
    seeder.invoices(size.invoices)
}

impl Seeder<'_> {
    fn rng(&self, stream: u64, n: u32) -> Rng {
        let mix = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (stream << 40) ^ u64::from(n);
        let mut rng = Rng::with_seed(mix);
        // Neighbouring seeds begin alike.
        rng.u64(..);
        rng
    }

    fn product_groups(&mut self, count: u32) -> Result<(), InsertError> {
        for n in 0..count {
            let word = ITEM_GROUPS[n as usize % ITEM_GROUPS.len()];
            let round = n as usize / ITEM_GROUPS.len();
            let name = match round {
                0 => word.to_owned(),
                round => format!("{word} {}", round + 1),
            };
            let id = self
                .server
                .insert("product_groups", &json!({"name": name}))?;
            self.groups.push(id);
        }
        Ok(())
    }

    fn products(&mut self, count: u32) -> Result<(), InsertError> {
        for n in 0..count {
            let mut rng = self.rng(1, n);
            let locale = &LOCALES[rng.usize(0..LOCALES.len())];
            let name = format!("{} {:04}", pick(&mut rng, locale.goods), n + 1);
            // Quarters of a price stay exact.
            let price = Cents(rng.i64(25..40_000) * 4);
            let unit = pick(&mut rng, UNITS);
            let taxes = match rng.u32(0..8) {
                0 => Vec::new(),
                1 => vec![locale.taxes[1]],
                _ => vec![locale.taxes[0]],
            };
            let group = (rng.u32(0..10) > 0 && !self.groups.is_empty())
                .then(|| self.groups[rng.usize(0..self.groups.len())].clone());
            let long = rng
                .bool()
                .then_some("Levering binnen 5 dagen / livrare în 5 zile");
            let id = self.server.insert(
                "products",
                &json!({
                    "code": format!("P-{:05}", n + 1),
                    "name": name,
                    "description": long,
                    "price": price.to_string(),
                    // A price list has one currency, as in a CRM.
                    "currency": currency(0),
                    "unit": unit,
                    "group_id": group,
                    "active": rng.u32(0..20) > 0,
                    "taxes": taxes_json(&taxes),
                }),
            )?;
            self.products.push(Product {
                id,
                name,
                price,
                unit,
                taxes,
            });
        }
        Ok(())
    }

    fn customers(&mut self, wanted: u32) -> Result<(), InsertError> {
        let text = |record: &Value, name: &str| {
            record
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        for record in self.server.records("clients") {
            self.clients
                .push((text(&record, "id"), text(&record, "currency")));
        }
        let there = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        let people = Generator::new(&CrmSize::scaled(wanted), self.seed, "");
        for n in there..wanted {
            let party = people.party(n);
            let mut rng = self.rng(2, n);
            let group = pick(&mut rng, GROUPS);
            let code = currency(party.currency);
            let id = self.server.insert(
                "clients",
                &json!({
                    "number": format!("C-{:05}", n + 1),
                    "company": party.company,
                    "is_person": party.person,
                    "vat": party.vat,
                    "currency": code,
                    "default_language": party.locale.language,
                    "active": true,
                    "groups": [group],
                }),
            )?;
            let email = format!(
                "{}.{}@{}",
                slug(&party.first),
                slug(&party.last),
                party.domain
            );
            self.server.insert(
                "contacts",
                &json!({
                    "client_id": id,
                    "firstname": party.first,
                    "lastname": party.last,
                    "email": email,
                    "is_primary": true,
                    "active": true,
                }),
            )?;
            self.clients.push((id, code.to_owned()));
        }
        Ok(())
    }

    fn discounts(&self, count: u32) -> Result<(), InsertError> {
        for n in 0..count {
            let mut rng = self.rng(3, n);
            let (product, group) = match rng.u32(0..5) {
                0 | 1 if !self.products.is_empty() => {
                    let at = rng.usize(0..self.products.len());
                    (Some(self.products[at].id.clone()), None)
                }
                2 | 3 if !self.groups.is_empty() => {
                    let at = rng.usize(0..self.groups.len());
                    (None, Some(self.groups[at].clone()))
                }
                _ => (None, None),
            };
            let dated = rng.bool();
            self.server.insert(
                "discounts",
                &json!({
                    "customer_group": GROUPS[n as usize % GROUPS.len()],
                    "product_id": product,
                    "product_group_id": group,
                    "percent": Cents(rng.i64(4..120) * 25).to_string(),
                    "valid_from": dated.then_some("2026-01-01"),
                    "valid_until": (dated && rng.bool()).then_some("2026-12-31"),
                }),
            )?;
        }
        Ok(())
    }

    fn stock(&self, warehouses: u32) -> Result<(), InsertError> {
        for (n, product) in (0u32..).zip(&self.products) {
            let mut rng = self.rng(4, n);
            for house in 0..warehouses {
                if rng.u32(0..3) == 0 {
                    continue;
                }
                let name = WAREHOUSES[house as usize % WAREHOUSES.len()];
                let name = match house as usize / WAREHOUSES.len() {
                    0 => name.to_owned(),
                    round => format!("{name} {}", round + 1),
                };
                self.server.insert(
                    "stock",
                    &json!({
                        "product_id": product.id,
                        "warehouse": name,
                        "quantity": Cents(rng.i64(0..40_000) * 25).to_string(),
                    }),
                )?;
            }
        }
        Ok(())
    }
}

/// The code of a currency by its number in the words; 0 is the base currency.
fn currency(number: u32) -> &'static str {
    let at = number.saturating_sub(1) as usize;
    CURRENCIES.get(at).map_or("EUR", |currency| currency[1])
}

fn taxes_json(taxes: &[(&str, i64)]) -> Vec<Value> {
    taxes
        .iter()
        .map(|(name, rate)| json!({"name": name, "rate": Cents(*rate).to_string()}))
        .collect()
}
