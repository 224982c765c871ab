//! The operations that stand alone: stock, assets, alerts, forms.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal};
use super::routes::Call;
use super::schema::{Resource, Shape};
use super::special::{Done, priced};
use super::store::{Ask, Store};
use super::values::{Read as _, int};
use crate::common::Action;

/// How long an alert can be muted.
const MUTES: &[&str] = &[
    "1-hour", "1-day", "2-days", "1-week", "2-weeks", "1-month", "forever",
];

impl Store {
    pub(crate) fn canned_settings(&self) -> Answer {
        let mut subjects: Vec<&str> = self
            .table(Resource::Canned)
            .records()
            .map(|canned| canned.text("subject"))
            .filter(|subject| !subject.is_empty())
            .collect();
        subjects.sort_unstable();
        subjects.dedup();
        Answer::json(
            200,
            &json!({
                "canned_response_categories": [{"id": 1, "name": "General"}],
                "subjects": subjects,
                "can_manage": true,
            }),
        )
    }

    /// The customer that was made last.
    pub(crate) fn latest(&self) -> Done {
        let table = self.table(Resource::Customers);
        let newest = table.records().max_by_key(|record| record.number("id"));
        let newest = newest.ok_or(Refusal::Missing(Some(Resource::Customers)))?;
        let shown = self.item(Resource::Customers, newest);
        Ok(Answer::json(200, &json!({"customer": shown})))
    }

    pub(crate) fn autocomplete(&self, call: &Call) -> Answer {
        let text = call.parameter("query").unwrap_or_default().to_lowercase();
        let found: Vec<Value> = self
            .table(Resource::Customers)
            .records()
            .filter(|record| !record.flag("disabled"))
            .filter(|record| {
                let name = record.text("business_and_full_name").to_lowercase();
                !text.is_empty() && name.contains(&text)
            })
            .take(20)
            .map(|record| self.item(Resource::Customers, record))
            .collect();
        Answer::json(200, &json!({"customers": found}))
    }

    pub(crate) fn invitation(&self, ask: &Ask<'_>) -> Done {
        let contact = ask
            .get("id")
            .and_then(int)
            .and_then(|id| self.get(Resource::Contacts, id));
        if contact.is_none_or(|contact| !contact.text("email").contains('@')) {
            let text = "Invalid email, correct the contact's email and try to resend.";
            return Err(Refusal::json(
                422,
                &json!({"success": false, "message": text}),
            ));
        }
        let text = "All set, we BCC'd you on that invitation.";
        Ok(Answer::json(
            200,
            &json!({"success": true, "message": text}),
        ))
    }

    pub(crate) fn chat(&self, call: &Call) -> Answer {
        let assets: Vec<Value> = call
            .parameters("ids")
            .into_iter()
            .filter_map(|id| self.get(Resource::Assets, id.parse().ok()?))
            .map(|asset| {
                let customer = self.linked(asset, "customer_id", Resource::Customers);
                let customer = customer.map(|customer| {
                    json!({
                        "id": customer.get("id"),
                        "fullname": customer.get("fullname"),
                        "business_name": customer.get("business_name"),
                    })
                });
                json!({"id": asset.get("id"), "name": asset.get("name"), "customer": customer})
            })
            .collect();
        Answer::json(200, &json!({"assets": assets}))
    }

    pub(crate) fn patches(&self, id: i64) -> Done {
        self.find(Resource::Assets, id)?;
        let body = json!({
            "installed_patches": [{
                "kb": "KB5030001",
                "title": "Update for the platform's antivirus",
                "category": "Security Updates",
                "status": "Recently Installed",
                "installed_at": "2026-02-03T04:05:06.000Z",
            }],
            "available_patches": [{
                "kb": null,
                "title": "Driver update for the display",
                "category": null,
                "status": "Missing Patches",
                "evaluated_at": "2026-03-04T05:06:07.000Z",
            }],
            "available_patches_meta": {
                "page": 1, "per_page": 50, "total_pages": 1, "total_entries": 1,
            },
        });
        Ok(Answer::json(200, &body))
    }

    pub(crate) fn applications(&self, id: i64, call: &Call) -> Done {
        self.find(Resource::Assets, id)?;
        let all: Vec<Value> = (1..=7)
            .map(|n| {
                json!({
                    "name": format!("Application {n}"),
                    "vendor": "Zonnebloem Software",
                    "version": format!("{n}.0.{}", n * 3),
                    "installed_at": "2026-01-02T03:04:05.000Z",
                })
            })
            .collect();
        let number = |name: &str, unsaid: usize| {
            let said = call.parameter(name).and_then(|text| text.parse().ok());
            said.unwrap_or(unsaid).max(1)
        };
        let (page, size) = (number("page", 1), number("per_page", 25));
        let rows: Vec<&Value> = all.iter().skip((page - 1) * size).take(size).collect();
        let meta = json!({
            "total_pages": all.len().div_ceil(size), "total_entries": all.len(),
            "per_page": size, "page": page,
        });
        Ok(Answer::json(
            200,
            &json!({"installed_applications": rows, "meta": meta}),
        ))
    }

    pub(crate) fn barcode(&self, call: &Call) -> Done {
        let code = call.parameter("barcode").unwrap_or_default();
        let ids = self.by(Resource::Products, "upc_code", code);
        let product = ids.first().and_then(|id| self.get(Resource::Products, *id));
        let product = product.ok_or(Refusal::Missing(Some(Resource::Products)))?;
        let shown = self.brief(Resource::Products, product);
        Ok(Answer::json(200, &json!({"product": shown})))
    }

    pub(crate) fn add_images(&mut self, id: i64, ask: &Ask<'_>) -> Done {
        self.find(Resource::Products, id)?;
        let files = match ask.get("files") {
            Some(Value::Array(files)) => files.clone(),
            _ if ask.says("url") => vec![ask.body.clone()],
            _ => Vec::new(),
        };
        if files.is_empty() || files.iter().any(|file| file.get("url").is_none()) {
            let text = "Please pass 'url' & 'filename' or 'files([{}])' parameter.";
            return Err(Refusal::of(Shape::Error, "files", text));
        }
        for file in files {
            let photo = self.new_id();
            self.change(Resource::Products, id, |product| {
                if let Some(photos) = product.get_mut("photos").and_then(Value::as_array_mut) {
                    let url = file.get("url").cloned().unwrap_or_default();
                    photos.push(json!({"id": photo, "photo_url": url, "thumbnail_url": url}));
                }
            });
        }
        self.note(ask, Resource::Products, Action::Update, id);
        let text = "Success! Those will be added shortly in background workers.";
        Ok(Answer::json(200, &json!({"message": text})))
    }

    pub(crate) fn delete_image(&mut self, id: i64, call: &Call, ask: &Ask<'_>) -> Done {
        let product = self.find(Resource::Products, id)?;
        let wanted: i64 = call
            .parameter("photo_id")
            .and_then(|id| id.parse().ok())
            .unwrap_or(0);
        let is = |photo: &Value| photo.get("id").and_then(Value::as_i64) == Some(wanted);
        let photos = product.get("photos").and_then(Value::as_array);
        if !photos.into_iter().flatten().any(is) {
            return Err(Refusal::json(404, &json!({"message": "Photo Not Found."})));
        }
        self.change(Resource::Products, id, |product| {
            if let Some(photos) = product.get_mut("photos").and_then(Value::as_array_mut) {
                photos.retain(|photo| photo.get("id").and_then(Value::as_i64) != Some(wanted));
            }
        });
        self.note(ask, Resource::Products, Action::Delete, id);
        Ok(Answer::json(
            200,
            &json!({"message": "Success! Image removed."}),
        ))
    }

    pub(crate) fn location_quantities(&mut self, id: i64, ask: &Ask<'_>) -> Done {
        self.find(Resource::Products, id)?;
        let quantity = ask.get("quantity").and_then(int).unwrap_or(0);
        let place = ask.get("location_quantity_id").and_then(int).unwrap_or(1);
        let now = self.now();
        self.change(Resource::Products, id, |product| {
            product.insert("quantity".into(), json!(quantity));
        });
        self.note(ask, Resource::Products, Action::Update, id);
        Ok(Answer::json(
            200,
            &json!({
                "product_id": id, "id": place, "quantity": quantity, "price_cost_cents": null,
                "price_retail_cents": null, "location_id": 1, "tax_rate_id": null,
                "created_at": now, "updated_at": now, "reorder_at": null,
                "desired_stock_level": 0,
            }),
        ))
    }

    pub(crate) fn attach_serials(&mut self, product: i64, ask: &Ask<'_>) -> Done {
        self.find(Resource::Products, product)?;
        let line = ask.get("line_item_id").and_then(int).unwrap_or(0);
        let serials: Vec<i64> = ask
            .get("product_serial_ids")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(int)
            .collect();
        let free = |id: &i64| {
            let serial = self.get(Resource::Serials, *id);
            serial.is_some_and(|serial| serial.blank("line_item_id"))
        };
        if serials.is_empty() || !serials.iter().all(free) {
            let text = "One of the serial numbers has already been used. Please try again.";
            return Err(Refusal::json(
                422,
                &json!({"status": "attached", "errors": text}),
            ));
        }
        for id in serials {
            self.change(Resource::Serials, id, |serial| {
                serial.insert("line_item_id".into(), json!(line));
                serial.insert("status".into(), json!("Sold"));
            });
            self.note(ask, Resource::Serials, Action::Update, id);
        }
        Ok(Answer::json(200, &json!({"status": "attached"})))
    }

    pub(crate) fn receive(&mut self, order: i64, ask: &Ask<'_>) -> Done {
        self.find(Resource::Orders, order)?;
        let line = ask.get("line_item_id").and_then(int).unwrap_or(0);
        self.owned(Resource::OrderLines, "purchase_order_id", line, order)?;
        let (count, product) = {
            let record = self.find(Resource::OrderLines, line)?;
            (
                record.number("quantity").unwrap_or(0),
                record.number("product_id"),
            )
        };
        self.change(Resource::OrderLines, line, |record| {
            record.insert("received".into(), json!(true));
            record.insert("received_quantity".into(), json!(count));
        });
        if let Some(product) = product {
            self.change(Resource::Products, product, |record| {
                let stock = record.number("quantity").unwrap_or(0) + count;
                record.insert("quantity".into(), json!(stock));
            });
        }
        self.note(ask, Resource::Orders, Action::Update, order);
        let order = self.find(Resource::Orders, order)?;
        let shown = self.item(Resource::Orders, order);
        Ok(Answer::json(200, &json!({"purchase_order": shown})))
    }

    pub(crate) fn order_line(&mut self, order: i64, ask: &Ask<'_>) -> Done {
        let product = ask
            .get("product_id")
            .and_then(int)
            .and_then(|id| self.get(Resource::Products, id));
        if product.is_none_or(|product| !product.flag("maintain_stock")) {
            let text = "Error adding that item  - please ensure that the item you are trying to \
                        add is set to \u{2018}Maintain Stock\u{2019}.";
            return Err(Refusal::json(422, &json!({"errors": text})));
        }
        let line = self.create(Resource::OrderLines, Some(order), ask)?;
        let cents: i64 = self
            .children(Resource::OrderLines, "purchase_order_id", order)
            .into_iter()
            .filter_map(|line| line.number("total_cents"))
            .sum();
        self.change(Resource::Orders, order, |record| {
            let more = ["other_cents", "shipping_cents"];
            let more: i64 = more.iter().filter_map(|name| record.number(name)).sum();
            record.insert("total".into(), priced(cents + more));
        });
        self.shown(Resource::OrderLines, line)
    }

    pub(crate) fn mute(&mut self, id: i64, call: &Call, ask: &Ask<'_>) -> Done {
        self.find(Resource::Alerts, id)?;
        if !call
            .parameter("mute_for")
            .is_some_and(|text| MUTES.contains(&text))
        {
            let errors = json!({"mute_for": ["does not have a valid value"]});
            return Err(Refusal::json(422, &json!({"errors": errors})));
        }
        self.touch(Resource::Alerts, id);
        self.note(ask, Resource::Alerts, Action::Update, id);
        Ok(Answer::json(200, &json!({"success": "true"})))
    }
}
