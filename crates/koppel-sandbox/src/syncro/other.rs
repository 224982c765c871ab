//! What the server fills in for the smaller resources, and what it refuses there.

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::schema::Resource;
use super::show::price;
use super::store::{Ask, Store};
use super::values::{Read as _, Record, float, int, time_of};

type Faults = Vec<(String, String)>;

/// How often a recurring invoice may run.
const FREQUENCIES: &[&str] = &[
    "Daily",
    "Weekly",
    "Biweekly",
    "Monthly",
    "Quarterly",
    "Semi-Annually",
    "Annually",
    "Biennially",
    "Triennially",
];

fn default(record: &mut Record, name: &str, value: Value) {
    if record.blank(name) {
        record.insert(name.into(), value);
    }
}

impl Store {
    pub(crate) fn prepare_other(
        &mut self,
        resource: Resource,
        record: &mut Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        match resource {
            Resource::Products => {
                let category = record.get("product_category").cloned().unwrap_or_default();
                record.insert("category_path".into(), category);
            }
            Resource::Serials => {
                default(record, "status", json!("In Stock"));
                for (shows, of) in [
                    ("instance_price_cost", "price_cost_cents"),
                    ("instance_price_retail", "price_retail_cents"),
                ] {
                    if let Some(cents) = record.number(of) {
                        record.insert(shows.into(), price(Some(cents)));
                    }
                }
            }
            Resource::Skus => {
                let sku = record.get("value").cloned().unwrap_or_default();
                record.insert("sku".into(), sku);
            }
            Resource::Categories => {
                let name = record.get("name").cloned().unwrap_or_default();
                record.insert("names_depth_cache".into(), name);
            }
            Resource::Assets => self.prepare_asset(record, before, ask),
            Resource::Appointments => self.prepare_appointment(record, ask),
            Resource::AppointmentTypes => {
                // A number when it is written, a word when it is read.
                let word = match record.text("location_type") {
                    "0" => Some("in_shop"),
                    "1" => Some("customer_address"),
                    "2" => Some("manual_entry"),
                    _ => None,
                };
                if let Some(word) = word {
                    record.insert("location_type".into(), json!(word));
                }
            }
            Resource::Alerts => {
                let asset = self.linked(record, "asset_id", Resource::Assets);
                let name = asset.map(|asset| asset.text("name").to_owned());
                if let Some(name) = name {
                    default(record, "computer_name", json!(name));
                }
            }
            Resource::Contracts => default(record, "status", json!("Opportunity")),
            Resource::Wiki => {
                let slug = record.text("name").to_lowercase().replace(' ', "-");
                default(record, "slug", json!(slug));
                let body = record.get("body").cloned().unwrap_or_default();
                record.insert("interpolated_body".into(), body);
            }
            Resource::Orders => {
                let account = self.settings.account.clone();
                record.insert("account_subdomain".into(), json!(account));
                default(record, "status", json!("Open"));
                if record.blank("number") {
                    let number = self.invoice_number();
                    record.insert("number".into(), json!(number));
                }
                for (shows, of) in [("other", "other_cents"), ("shipping", "shipping_cents")] {
                    record.insert(shows.into(), price(record.number(of).or(Some(0))));
                }
                self.total_of_order(record);
            }
            Resource::OrderLines => {
                let product = self.linked(record, "product_id", Resource::Products);
                let cost = product
                    .map(|product| product.sum("price_cost"))
                    .unwrap_or_default();
                let cents = i64::try_from((cost * Decimal::ONE_HUNDRED).round()).unwrap_or(0);
                let count = record.number("quantity").unwrap_or(0);
                record.insert("cost_cents".into(), json!(cents));
                record.insert("total_cents".into(), json!(cents * count));
            }
            Resource::Canned => {
                default(record, "category_name", json!("General"));
                default(record, "canned_response_category_id", json!(1));
            }
            Resource::Worksheets => {
                let title = record.get("title").cloned().unwrap_or_default();
                let name = if title.is_null() {
                    json!("Worksheet")
                } else {
                    title
                };
                default(record, "name", name);
                default(record, "worksheet_template_id", json!(1));
            }
            Resource::PaymentProfiles => default(record, "used_gateway", json!("authorize_net")),
            Resource::Devices => {
                let user = self.first_user();
                default(record, "user_id", user);
            }
            Resource::Timelogs => {
                let user = self.first_user();
                default(record, "user_id", user);
                if before.is_some() {
                    record.insert("manually_updated".into(), json!(true));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn total_of_order(&self, record: &mut Record) {
        let id = record.number("id").unwrap_or(0);
        let lines: i64 = self
            .children(Resource::OrderLines, "purchase_order_id", id)
            .into_iter()
            .filter_map(|line| line.number("total_cents"))
            .sum();
        let more = ["other_cents", "shipping_cents"];
        let more: i64 = more.iter().filter_map(|name| record.number(name)).sum();
        record.insert("total".into(), float(Decimal::new(lines + more, 2)));
    }

    fn prepare_asset(&mut self, record: &mut Record, before: Option<&Record>, ask: &Ask<'_>) {
        // Measured by client authors: custom fields of a create are lost, those of a PUT are kept.
        if before.is_none() && ask.rules {
            record.insert("properties".into(), json!({}));
        }
        let types = self.asset_types();
        let wanted = record.number("asset_type_id");
        let name = match (ask.says("asset_type_name"), wanted) {
            (true, _) => record.text("asset_type_name").to_owned(),
            (false, Some(id)) => {
                let known = types.into_iter().find(|(known, _)| *known == id);
                known.map(|(_, name)| name).unwrap_or_default()
            }
            (false, None) => return,
        };
        record.insert("asset_type".into(), json!(name));
    }

    fn asset_types(&self) -> Vec<(i64, String)> {
        self.settings
            .settings
            .pointer("/assets/asset_types")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|kind| {
                Some((
                    int(kind.get("id")?)?,
                    kind.get("name")?.as_str()?.to_owned(),
                ))
            })
            .collect()
    }

    fn prepare_appointment(&mut self, record: &mut Record, ask: &Ask<'_>) {
        let start = time_of(record.text("start_at"));
        let end = time_of(record.text("end_at"));
        if let (Some(start), Some(end)) = (start, end) {
            record.insert("duration".into(), json!(hours(start, end)));
        }
        if let Some(start) = start {
            let label = start.strftime("%a %m-%d-%y %I:%M %p").to_string();
            record.insert("start_at_label".into(), json!(label));
        }
        // The customer's details are put behind the description.
        let customer = self
            .linked(record, "customer_id", Resource::Customers)
            .map(|customer| customer.text("business_then_name").to_owned());
        if let Some(customer) = customer
            && ask.rules
            && ask.body.get("description").is_some()
        {
            let text = record.text("description");
            let text = format!("Notes:\n {text}\n\n Contact: \n{customer} \n");
            record.insert("description".into(), json!(text));
        }
    }

    pub(crate) fn settle_product(&mut self, id: i64, ask: &Ask<'_>) -> Result<(), Refusal> {
        let skus = match ask.get("product_skus_attributes") {
            Some(Value::Array(skus)) => skus.clone(),
            _ => Vec::new(),
        };
        for sku in &skus {
            let ask = ask.with(sku);
            let quiet = Ask { request: 0, ..ask };
            self.create(Resource::Skus, Some(id), &quiet)?;
        }
        Ok(())
    }

    /// What is wrong that only one resource knows of.
    pub(crate) fn check_other(
        &self,
        resource: Resource,
        record: &Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
        faults: &mut Faults,
    ) {
        let mut fault = |field: &str, text: &str| faults.push((field.to_owned(), text.to_owned()));
        match resource {
            Resource::Customers => {
                let names = ["business_name", "firstname", "lastname", "email"];
                if names.iter().all(|name| record.blank(name)) {
                    fault("firstname", "Firstname can't be blank");
                }
            }
            Resource::Serials => {
                let serial = record.text("serial_number");
                let own = record.number("id");
                let product = record.number("product_id").unwrap_or(0);
                let taken = self
                    .children(Resource::Serials, "product_id", product)
                    .into_iter()
                    .any(|other| {
                        other.text("serial_number") == serial && other.number("id") != own
                    });
                if !serial.is_empty() && taken {
                    fault("serial_number", "Serial number has already been taken");
                }
            }
            Resource::Assets => {
                let kind = record.text("asset_type");
                let known = self.asset_types().iter().any(|(_, name)| name == kind);
                if !known && (before.is_none() || ask.says("asset_type_name")) {
                    fault("asset_type", "Asset type can't be blank");
                    if before.is_none() && kind.is_empty() {
                        let text = "Name You must have an asset type first, please go create one";
                        fault("name", text);
                    }
                }
            }
            Resource::Schedules if !FREQUENCIES.contains(&record.text("frequency")) => {
                let text = "Frequency Must be a valid selection".to_owned();
                faults.insert(0, ("frequency".to_owned(), text));
            }
            Resource::PortalUsers => {
                let text = |name: &str| ask.body.get(name).and_then(Value::as_str);
                if text("password") != text("password_confirmation")
                    && (ask.says("password") || ask.says("password_confirmation"))
                {
                    fault(
                        "password_confirmation",
                        "Password confirmation doesn't match Password",
                    );
                }
            }
            _ => {}
        }
    }
}

fn hours(start: DateTime, end: DateTime) -> i64 {
    start.duration_until(end).as_hours()
}
