//! Tickets and products.

use api_core::Error;
use sync_core::Value;
use syncro_client::{NewComment, Notify, Product, Ticket};

use super::{Content, Told, put};
use crate::syncro::outcome::rejected;

/// What the first comment of a ticket is called; comments must be called something (measured by
/// client authors).
const DESCRIPTION: &str = "Description";

/// A ticket without its words; what is to be changed of one, for an update. The words of the
/// account are looked up by the caller.
pub(in crate::syncro) fn ticket(content: &Content<'_>, notify: bool) -> Result<Ticket, Error> {
    let mut ticket = Ticket::default();
    if content.is_new() {
        for name in ["subject", "customer"] {
            if content.fields.get(name).is_empty() {
                return Err(rejected(name, "is empty, and every ticket has one"));
            }
        }
        if let Some(message) = content.whole("message") {
            let who = match notify {
                true => Notify::Mail,
                false => Notify::Quietly,
            };
            let comment = NewComment::new(DESCRIPTION, message).notify(who);
            ticket.comments_attributes = Some(vec![comment]);
        }
    }
    for name in ["subject", "customer"] {
        if content.writes(name) && content.fields.get(name).is_empty() {
            return Err(rejected(name, "is empty, and every ticket has one"));
        }
    }
    put!(ticket.subject = "subject", content.text("subject")?);
    put!(ticket.customer_id = "customer_id", content.id("customer")?);
    put!(ticket.contact_id = "contact_id", content.id("contact")?);
    Ok(ticket)
}

/// A product; what is to be changed of one, for an update.
pub(in crate::syncro) fn product(content: &Content<'_>) -> Result<Product, Error> {
    let mut product = Product::default();
    let name = content.whole("name");
    if name.is_none() && (content.is_new() || content.writes("name")) {
        return Err(rejected("name", "is empty, and every product has one"));
    }
    put!(product.name = "name", content.text("name")?);
    put!(product.upc_code = "upc_code", content.text("code")?);
    put!(
        product.price_retail = "price_retail",
        content.amount("price")?
    );
    if content.is_new() || content.writes("description") {
        // Every product has one (OpenAPI document).
        let description = content.whole("description").or(name);
        product.description = description.map(str::to_owned);
    }
    if let Told::Is(active) = content.flag("active")? {
        product.disabled = Some(!active);
    }
    if content.is_new()
        && let Value::List(taxes) = content.fields.get("taxes")
    {
        product.taxable = Some(!taxes.is_empty());
    }
    Ok(product)
}
