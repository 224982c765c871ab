//! What a delivery told, without what must not be shown.

use api_core::{Timestamp, redact};
use serde::Serialize;
use serde_json::Value as Json;
use url::Url;

use super::classify::Classifier;
use super::delivery::Delivery;
use super::kind::{EventKind, Resource};

/// The longest link that is kept, in characters.
const LINK: usize = 500;

/// Something that happened in Syncro, as far as a delivery tells.
///
/// It is a hint: anybody who knows the address may have sent it, and it may be late, doubled or
/// out of order. Read the records that it names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// What it is about.
    pub entity: Option<Resource>,
    /// The record's id.
    pub id: Option<i64>,
    /// The status of a ticket, in the account's own words.
    pub status: Option<String>,
    /// The first line of the text.
    pub text: String,
    /// Where a person finds the record: without query, fragment and login.
    pub link: Option<String>,
    /// The record as it was sent, without what is secret in it; not shown and not to be relied on.
    #[serde(skip)]
    pub attributes: Attributes,
    /// A second record that it names: the invoice that the link of a payment leads to.
    #[serde(skip)]
    pub also: Option<(Resource, i64)>,
    /// When it came in.
    pub received_at: Timestamp,
}

/// Attributes of a delivery, that no `Debug` shows.
#[derive(Clone, PartialEq, Default)]
pub struct Attributes(Json);

impl Attributes {
    /// The JSON.
    pub fn json(&self) -> &Json {
        &self.0
    }
}

impl std::fmt::Debug for Attributes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attributes(..)")
    }
}

impl Event {
    /// Tells what a delivery says.
    pub fn of(delivery: Delivery, classifier: &Classifier, received_at: Timestamp) -> Self {
        let (kind, status) = classifier.classify(&delivery);
        let link = delivery.link.as_deref().and_then(link_of);
        let linked = link.as_ref().and_then(record_of);
        let main = main_record(&delivery, &kind, linked);
        let also = linked
            .filter(|(resource, _)| main.is_some_and(|(main, _)| main != *resource))
            .and_then(|(resource, id)| Some((resource, id?)));
        let text = redact::text(&delivery.first_line());
        let mut attributes = Json::Object(delivery.attributes);
        hide(&mut attributes);
        Self {
            kind,
            entity: main.map(|(resource, _)| resource),
            id: main.and_then(|(_, id)| id),
            status: status.map(|word| redact::cap_chars(&redact::one_line(&word), 100)),
            text,
            link: link.map(|link| redact::cap_chars(link.as_str(), LINK)),
            attributes: Attributes(attributes),
            also,
            received_at,
        }
    }

    /// The records that it names, to be read by their ids.
    pub fn records(&self) -> Vec<(Resource, i64)> {
        let main = self.entity.zip(self.id);
        main.into_iter().chain(self.also).collect()
    }
}

/// The record that a delivery is about.
///
/// A ticket's comment has an id of its own and the id of its ticket. Else, where the attributes
/// look like what the event is about, their `id` is its id (measured by client authors); then
/// comes the link, which is taken to carry ids and not numbers (inferred).
fn main_record(
    delivery: &Delivery,
    kind: &EventKind,
    linked: Option<(Resource, Option<i64>)>,
) -> Option<(Resource, Option<i64>)> {
    let has = |name: &str| delivery.attributes.contains_key(name);
    let about = kind.resource();
    if *kind == EventKind::TicketCommented {
        let on_link = linked.and_then(|(resource, id)| id.filter(|_| resource == Resource::Ticket));
        let ticket = delivery.id("ticket_id").or(on_link);
        return Some((Resource::Ticket, ticket));
    }
    let looks_like = if has("payment_amount") {
        Some(Resource::Payment)
    } else if has("computer_name") || has("formatted_output") {
        Some(Resource::RmmAlert)
    } else if has("problem_type") && has("subject") {
        Some(Resource::Ticket)
    } else if has("subtotal") && has("due_date") {
        Some(Resource::Invoice)
    } else if has("business_and_full_name") || has("business_name") {
        Some(Resource::Customer)
    } else {
        None
    };
    if let (Some(shape), Some(id)) = (looks_like, delivery.id("id"))
        && about.is_none_or(|about| about == shape)
    {
        return Some((shape, Some(id)));
    }
    match (linked, about) {
        (Some((resource, Some(id))), _) => Some((resource, Some(id))),
        (Some((resource, None)), about) if about.is_none_or(|about| about == resource) => {
            Some((resource, delivery.id("id")))
        }
        (_, Some(about)) => Some((about, delivery.id("id").filter(|_| linked.is_none()))),
        (linked, None) => linked,
    }
}

/// The address of a link without what could be secret in it.
pub(super) fn link_of(text: &str) -> Option<Url> {
    let mut link = Url::parse(text.trim()).ok()?;
    if !matches!(link.scheme(), "http" | "https") {
        return None;
    }
    link.set_query(None);
    link.set_fragment(None);
    // Both fail only for addresses without a host, which http has not.
    (link.set_username("").is_ok() && link.set_password(None).is_ok()).then_some(link)
}

/// What the path of a link leads to: `/tickets/5`, also below other segments.
pub(super) fn record_of(link: &Url) -> Option<(Resource, Option<i64>)> {
    let segments: Vec<&str> = link.path_segments()?.collect();
    let (at, resource) = (segments.iter().enumerate().rev())
        .find_map(|(at, segment)| Some((at, Resource::of_path(segment)?)))?;
    let id = segments.get(at + 1).and_then(|segment| {
        let digits = segment.split(['-', '.']).next().unwrap_or_default();
        digits.parse().ok().filter(|id: &i64| *id > 0)
    });
    Some((resource, id))
}

/// Takes out what is secret by its name, and the queries of all addresses.
fn hide(value: &mut Json) {
    redact::value(value);
    cut_addresses(value);
}

fn cut_addresses(value: &mut Json) {
    match value {
        Json::String(text) if text.contains("://") => {
            *text = match link_of(text) {
                Some(link) => link.into(),
                None => redact::text(text),
            };
        }
        Json::Array(items) => items.iter_mut().for_each(cut_addresses),
        Json::Object(members) => members.values_mut().for_each(cut_addresses),
        _ => {}
    }
}
