//! The operations that are no plain list, read or write.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answer::{Answer, Refusal};
use super::handler::{id_of, one};
use super::list;
use super::other::check_status;
use super::report;
use super::resource::Resource;
use super::routes::Call;
use super::row::{Cell, Row};
use super::store::{Ask, Store};
use super::{base64, ubl};
use crate::common::Action;

/// Most bytes of a file that becomes a purchase booking.
const MOST: usize = 5 * 1024 * 1024;

pub(crate) fn run(
    store: &mut Store,
    handler: &str,
    call: &Call,
    pairs: &[(String, String)],
    ask: &Ask<'_>,
) -> Result<Answer, Refusal> {
    let query = |name: &str| {
        pairs
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    };
    match handler {
        "echo" => Ok(echo(call)),
        "user_access" => Ok(Answer::json(
            200,
            &json!({"hasAccess": query("userIdentifier").is_some_and(|id| id.parse::<Uuid>().is_ok())}),
        )),
        "company" => company(store),
        "change_company" => change_company(store, ask),
        "mandates" => of_relation(store, call, Resource::Mandates, "klant"),
        "sales_of" => of_relation(store, call, Resource::SalesBookings, "klant"),
        "purchases_of" => of_relation(store, call, Resource::PurchaseBookings, "leverancier"),
        "custom_fields" => custom_fields(store, call),
        "change_custom_fields" => change_custom_fields(store, call, ask),
        "documents_of" => documents_of(store, call),
        "create_document" => create_document(store, call, ask),
        "replace_document" => replace_document(store, call, ask),
        "statements" => statements(store, ask),
        "purchase_ubl" => {
            let id = ubl::read_purchase(store, ask)?;
            Ok(one(200, store, Resource::PurchaseBookings, id))
        }
        "invoice_ubl" => {
            let text = ubl::invoice(store, id_of(call)?)?;
            Ok(Answer::raw(200, text.into()).of_kind("application/xml; charset=utf-8"))
        }
        "create_from_attachment" => attachment(store, ask),
        "attachment_status" => Ok(attachment_status(store, query("instanceId"))),
        "vat_rates" => vat_rates(store, call),
        "file_return" => file_return(store, call, ask),
        "process_status" => process_status(store, call, ask),
        "column_balance" => report::columns(store, query("start"), query("end")),
        "period_balance" => report::periods(store, query("start"), query("end")),
        _ => Err(Refusal::Broken),
    }
}

fn echo(call: &Call) -> Answer {
    match call.values.first().filter(|text| !text.trim().is_empty()) {
        Some(text) => Answer::json(200, text),
        None => Answer::raw(204, Bytes::new()),
    }
}

fn company(store: &Store) -> Result<Answer, Refusal> {
    let found = store.table(Resource::Company).rows().next();
    let (id, _) = found.ok_or(Refusal::Broken)?;
    Ok(one(200, store, Resource::Company, id))
}

/// One property can be written; the others are swallowed.
fn change_company(store: &mut Store, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let change = store.bound(Resource::Company, ask.body, ask)?;
    let found = store.table(Resource::Company).rows().next();
    let id = found.map(|(id, _)| id).ok_or(Refusal::Broken)?;
    store.change(Resource::Company, id, |row| {
        let flag = change.is("factureerBuitenlandsBtw");
        row.set("factureerBuitenlandsBtw", Cell::Bool(flag));
    });
    store.note(ask, Resource::Company, Action::Update, id);
    company(store)
}

fn of_relation(
    store: &Store,
    call: &Call,
    resource: Resource,
    party: &str,
) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    if resource == Resource::Mandates {
        store.find(Resource::Relations, id)?;
    }
    let rows = store.table(resource).rows().map(|(_, row)| row);
    let of = rows.filter(|row| row.id(party) == Some(id));
    Ok(list::shown(resource, of, None))
}

/// Where an operation on custom fields stands.
fn customised(call: &Call) -> Resource {
    call.operation
        .and_then(|operation| operation.resource)
        .unwrap_or(Resource::Relations)
}

fn custom_fields(store: &Store, call: &Call) -> Result<Answer, Refusal> {
    let (resource, id) = (customised(call), id_of(call)?);
    store.find(resource, id)?;
    let kept = store.custom_fields.get(&id).cloned();
    let empty = match resource {
        Resource::Relations => json!({"klantCustomFields": [], "leverancierCustomFields": []}),
        _ => json!([]),
    };
    Ok(Answer::json(200, &kept.unwrap_or(empty)))
}

fn change_custom_fields(store: &mut Store, call: &Call, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let (resource, id) = (customised(call), id_of(call)?);
    store.find(resource, id)?;
    let kept = match (resource, ask.body) {
        (Resource::Relations, Value::Object(lists)) => {
            let of = |name: &str| {
                let list = lists.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                custom(list.and_then(|(_, list)| list.as_array()))
            };
            let (customer, supplier) = (of("klantCustomFields")?, of("leverancierCustomFields")?);
            json!({"klantCustomFields": customer, "leverancierCustomFields": supplier})
        }
        (Resource::Articles, Value::Array(list)) => custom(Some(list))?,
        _ => return Refusal::rule("ALG-0106", "De inhoud ontbreekt"),
    };
    store.custom_fields.insert(id, kept);
    store.note(ask, resource, Action::Update, id);
    custom_fields(store, call)
}

/// Fields as they are read, from fields as they are written.
fn custom(list: Option<&Vec<Value>>) -> Result<Value, Refusal> {
    let mut fields = Vec::new();
    for field in list.into_iter().flatten() {
        let member = |name: &str| {
            let object = field.as_object()?;
            let found = object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        };
        let name = member("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            return Refusal::rule("REF-0001", "De naam van het veld ontbreekt");
        }
        let value = member("value").cloned().unwrap_or_default();
        let kind = match &value {
            Value::Bool(_) => "Boolean",
            Value::Number(number) if number.is_i64() => "Integer",
            Value::Number(_) => "Money",
            _ => "Text",
        };
        fields.push(json!({
            "value": value,
            "definition": {"name": name, "type": kind, "properties": []},
        }));
    }
    Ok(Value::Array(fields))
}

/// What a document can hang on.
fn parents(call: &Call) -> Result<Resource, Refusal> {
    let name = call.values.first().map_or("", String::as_str);
    let known = [
        Resource::PurchaseBookings,
        Resource::SalesBookings,
        Resource::Relations,
    ];
    known
        .into_iter()
        .find(|resource| resource.path().eq_ignore_ascii_case(name))
        .ok_or(Refusal::Rule(
            "BLG-0002",
            "Het documenttype bestaat niet".into(),
        ))
}

fn documents_of(store: &Store, call: &Call) -> Result<Answer, Refusal> {
    let resource = parents(call)?;
    let parent = call.values.get(1).and_then(|id| id.parse::<Uuid>().ok());
    let Some(parent) = parent else {
        return Refusal::rule("ALG-0103", "Het id is ongeldig");
    };
    store.find(resource, parent)?;
    let member = match resource {
        Resource::PurchaseBookings => "inkoopBoekingId",
        Resource::SalesBookings => "verkoopBoekingId",
        _ => "relatieId",
    };
    let found: Vec<Value> = store
        .table(Resource::Documents)
        .rows()
        .filter(|(_, row)| row.id("parentIdentifier") == Some(parent))
        .map(|(id, row)| {
            json!({
                member: parent.to_string(), "parentIdentifier": parent.to_string(),
                "fileName": row.text("fileName"), "readOnly": row.is("readOnly"),
                "id": id.to_string(), "uri": format!("/documenten/{id}"),
            })
        })
        .collect();
    Ok(Answer::json(200, &found))
}

fn create_document(store: &mut Store, call: &Call, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let resource = parents(call)?;
    let row = store.bound(Resource::Documents, ask.body, ask)?;
    if let Some(parent) = row.id("parentIdentifier")
        && store.get(resource, parent).is_none()
    {
        return Refusal::rule("BLG-0005", "De boeking of relatie bestaat niet");
    }
    let id = store.create(Resource::Documents, ask.body, ask)?;
    link(store, id, row.id("parentIdentifier"), resource);
    Ok(named(201, id))
}

/// Shows the document on the record it hangs on.
fn link(store: &mut Store, id: Uuid, parent: Option<Uuid>, resource: Resource) {
    let name = store
        .get(Resource::Documents, id)
        .map(|row| row.get("fileName").clone())
        .unwrap_or_default();
    if let Some(parent) = parent {
        let document = Row::new("DocumentModel")
            .with("id", Cell::Id(id))
            .with("parentIdentifier", Cell::Id(parent))
            .with("fileName", name);
        store.change(resource, parent, |row| {
            let mut all = row.list("documents").to_vec();
            all.push(Cell::Object(Box::new(document)));
            row.set("documents", Cell::List(all));
        });
    }
}

fn replace_document(store: &mut Store, call: &Call, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    store.replace(Resource::Documents, id, ask.body, ask)?;
    Ok(named(200, id))
}

fn named(status: u16, id: Uuid) -> Answer {
    Answer::json(
        status,
        &json!({"id": id.to_string(), "uri": format!("/documenten/{id}")}),
    )
}

/// Bank statements: an answer for each file, the status always the same.
fn statements(store: &mut Store, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let Value::Array(files) = ask.body else {
        return Refusal::rule("ALG-0106", "De inhoud ontbreekt");
    };
    let mut answers = Vec::new();
    for file in files {
        let member = |name: &str| -> Option<&str> {
            let object: &Map<String, Value> = file.as_object()?;
            let found = object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| value.as_str())
        };
        let name = member("name").unwrap_or_default();
        let content = member("base64EncodedContent").unwrap_or_default();
        let error = match base64::decode(content) {
            None => Some("Het bestand is niet leesbaar"),
            Some(bytes) if bytes.is_empty() => Some("Het bestand is leeg"),
            Some(bytes) if bytes.starts_with(b"\xEF\xBB\xBF") => {
                Some("Het bestand is niet leesbaar")
            }
            Some(_) if !store.statements.insert(content.to_owned()) => {
                Some("<b>1</b> afschriftregels die al eerder zijn ingelezen zijn overgeslagen")
            }
            Some(_) => None,
        };
        let errors: Vec<Value> = error
            .iter()
            .map(|error| json!({"description": error, "details": []}))
            .collect();
        answers.push(json!({"name": name, "errors": errors, "isSuccess": error.is_none()}));
    }
    Ok(Answer::json(201, &answers))
}

fn attachment(store: &mut Store, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let member = |name: &str| {
        let object = ask.body.as_object()?;
        let found = object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str())
    };
    let content = member("content")
        .and_then(base64::decode)
        .unwrap_or_default();
    if content.is_empty() {
        return Refusal::rule("BLG-0011", "De inhoud ontbreekt");
    }
    if content.len() > MOST {
        return Refusal::rule("BLG-0013", "Het bestand is groter dan 5 MB");
    }
    let id = ubl::from_attachment(store, member("fileName").unwrap_or("bijlage"));
    let instance = store.new_id().simple().to_string();
    store.attachments.insert(instance.clone(), id);
    store.note(ask, Resource::PurchaseBookings, Action::Create, id);
    Ok(Answer::json(200, &json!({"instanceId": instance})))
}

fn attachment_status(store: &Store, instance: Option<&str>) -> Answer {
    let found = instance.and_then(|instance| store.attachments.get(instance));
    let body = match found {
        Some(id) => json!({"status": "Completed", "inkoopboekingId": id.to_string()}),
        None => json!({"status": "NotFound", "inkoopboekingId": null}),
    };
    Answer::json(200, &body)
}

fn vat_rates(store: &Store, call: &Call) -> Result<Answer, Refusal> {
    let code = call.values.first().map_or("", String::as_str);
    let found = store.table(Resource::VatRates).rows().find(|(_, row)| {
        row.text("countryCode")
            .is_some_and(|country| country.eq_ignore_ascii_case(code))
    });
    let (id, _) = found.ok_or(Refusal::Missing(Resource::VatRates.missing()))?;
    Ok(one(200, store, Resource::VatRates, id))
}

fn file_return(store: &mut Store, call: &Call, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    let row = store.find(Resource::VatReturns, id)?;
    if row
        .text("btwAangifteStatus")
        .is_some_and(|status| status.starts_with("Geaccepteerd"))
    {
        return Refusal::rule("BTW-0001", "De aangifte is al geaccepteerd");
    }
    let filed = ask.body.as_object().and_then(|object| {
        let found = object
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("isExternAangegeven"));
        found.and_then(|(_, value)| value.as_bool())
    });
    let Some(filed) = filed else {
        return Refusal::rule("BTW-0002", "De status ontbreekt");
    };
    let status = if filed {
        "GeaccepteerdExtern"
    } else {
        "NietVerzonden"
    };
    store.change(Resource::VatReturns, id, |row| {
        row.set("btwAangifteStatus", Cell::text(status));
    });
    store.note(ask, Resource::VatReturns, Action::Update, id);
    Ok(Answer::raw(204, Bytes::new()))
}

fn process_status(store: &mut Store, call: &Call, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    store.find(Resource::SalesOrders, id)?;
    let change = store.bound(Resource::SalesOrders, ask.body, ask)?;
    if change.id("id").is_some_and(|sent| sent != id) {
        return Refusal::rule(
            "ALG-0101",
            "Het id in het adres is een ander dan in de inhoud",
        );
    }
    let Some(status) = change.text("procesStatus").map(str::to_owned) else {
        return Refusal::rule("VOR-0012", "De processtatus ontbreekt");
    };
    check_status(&status)?;
    let now = store.now();
    store.change(Resource::SalesOrders, id, |row| {
        row.set("procesStatus", Cell::text(&status));
        row.set("modifiedOn", Cell::Time(now));
    });
    store.note(ask, Resource::SalesOrders, Action::Update, id);
    Ok(Answer::raw(200, Bytes::new()))
}
