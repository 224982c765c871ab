//! Customers: from the shared vocabulary to a relation.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};
use snelstart_client::{Address, CountryId, Ref, Relation, RelationKind};
use sync_core::fields::{Address as OurAddress, FieldType as _};
use sync_core::{Fields, Value};

/// The longest name (`naam`, OpenAPI document).
pub(super) const MAX_NAME: usize = 50;
/// Everything that a customer is written with.
pub(super) const FIELDS: [&str; 10] = [
    "active",
    "address",
    "billing_address",
    "email",
    "name",
    "number",
    "phone",
    "registration_number",
    "vat_number",
    "website",
];

/// Finds a country by its code of two letters.
pub(super) type FindCountry<'a> = &'a (dyn Fn(&str) -> Option<CountryId> + Sync);

/// A new customer with this content.
pub(super) fn new_relation(fields: &Fields, countries: FindCountry<'_>) -> Result<Relation, Error> {
    let mut relation = Relation {
        kinds: Some(vec![RelationKind::Customer]),
        ..Relation::default()
    };
    for name in FIELDS {
        let value = fields.get(name);
        if name == "name" || !value.is_empty() {
            put(&mut relation, name, value, countries)?;
        }
    }
    Ok(relation)
}

/// Puts the fields that changed into a customer as the server has it.
pub(super) fn revise<'a>(
    relation: &mut Relation,
    fields: &Fields,
    changed: impl Iterator<Item = &'a str>,
    countries: FindCountry<'_>,
) -> Result<(), Error> {
    for name in changed.filter(|name| FIELDS.contains(name)) {
        put(relation, name, fields.get(name), countries)?;
    }
    Ok(())
}

/// Puts one field into its place; an empty value clears it.
fn put(
    relation: &mut Relation,
    name: &str,
    value: &Value,
    countries: FindCountry<'_>,
) -> Result<(), Error> {
    let text = |max| text(name, value, max);
    match name {
        "name" => {
            let name = text(MAX_NAME)?;
            if name.is_none() {
                return Err(rejected("name", "is empty, and SnelStart wants one"));
            }
            relation.name = name;
        }
        "number" => {
            // A number that is gone elsewhere is not taken away from the books.
            if let Some(number) = text(10)? {
                let number = code_of(&number);
                let refused = || rejected("number", "is no number from 1 to 2147483647");
                relation.code = Some(number.ok_or_else(refused)?);
            }
        }
        "email" => {
            let now = relation.email.take();
            relation.email = first_of(now.as_deref(), text(250)?);
            if let Some(all) = relation.email.as_deref() {
                let all = Value::from(all);
                self::text(name, &all, 250)?;
            }
        }
        "phone" => relation.phone = text(25)?,
        "website" => relation.website = text(100)?,
        "vat_number" => relation.vat_number = text(50)?,
        "registration_number" => relation.registration_number = text(12)?,
        "active" => {
            relation.inactive = match value {
                Value::Bool(active) => Some(!active),
                Value::Null => relation.inactive,
                other => return Err(typed(name, other, "a boolean")),
            }
        }
        "address" => {
            let now = relation.address.take();
            relation.address = address(name, value, now, countries)?;
        }
        "billing_address" => {
            let now = relation.postal_address.take();
            relation.postal_address = address(name, value, now, countries)?;
        }
        _ => {}
    }
    Ok(())
}

/// The number of a relation (`relatiecode`) that a text is; those of the system are negative.
pub(super) fn code_of(text: &str) -> Option<i32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|code| digits && *code > 0)
}

/// An address of electronic mail in the place of the first one; those behind it stay.
fn first_of(now: Option<&str>, first: Option<String>) -> Option<String> {
    let first = first?;
    let rest = now.into_iter().flat_map(|all| all.split([';', ',']));
    let rest = rest
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .skip(1)
        .filter(|one| !one.eq_ignore_ascii_case(&first));
    let all: Vec<&str> = std::iter::once(first.as_str()).chain(rest).collect();
    Some(all.join(";"))
}

fn text(name: &str, value: &Value, max: usize) -> Result<Option<String>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => {
            let text = text.trim();
            let long = text.chars().count();
            if long > max {
                return Err(rejected(
                    name,
                    &format!("has {long} characters, and SnelStart takes {max}"),
                ));
            }
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }
        other => Err(typed(name, other, "text")),
    }
}

/// An address with its country, the person to ask for kept as it is.
fn address(
    name: &str,
    value: &Value,
    now: Option<Address>,
    countries: FindCountry<'_>,
) -> Result<Option<Address>, Error> {
    let mut address = Address {
        contact: now.as_ref().and_then(|now| now.contact.clone()),
        other: now
            .as_ref()
            .map(|now| now.other.clone())
            .unwrap_or_default(),
        ..Address::default()
    };
    if value.is_empty() {
        // The country alone may stay: the server fills it in itself (measured by client authors).
        address.country = now.and_then(|now| now.country);
        return Ok(Some(address));
    }
    let Some(ours) = OurAddress::from_value(value) else {
        return Err(typed(name, value, "an address"));
    };
    let part = |part: &str, text: Option<String>, max: usize| {
        let text = text.unwrap_or_default();
        let long = text.chars().count();
        if long > max {
            let problem = format!("has a {part} of {long} characters, and SnelStart takes {max}");
            return Err(rejected(name, &problem));
        }
        Ok((!text.is_empty()).then_some(text))
    };
    address.street = part("street", ours.street, 50)?;
    address.postal_code = part("postal code", ours.postal_code, 25)?;
    address.city = part("town", ours.city, 50)?;
    let missing: Vec<&str> = [
        ("street", &address.street),
        ("postal_code", &address.postal_code),
        ("city", &address.city),
    ]
    .into_iter()
    .filter(|(_, part)| part.is_none())
    .map(|(part, _)| part)
    .collect();
    if !missing.is_empty() && missing.len() < 3 {
        return Err(rejected(
            name,
            &format!(
                "has no {}, and SnelStart takes an address whole or not at all",
                missing.join(" and no ")
            ),
        )
        .help("Complete the address where it comes from, or let incomplete ones be left out."));
    }
    address.country = match ours.country.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(code) => Some(Ref::to(country(name, code, countries)?)),
    };
    Ok(Some(address))
}

fn country(name: &str, code: &str, countries: FindCountry<'_>) -> Result<CountryId, Error> {
    countries(code).ok_or_else(|| {
        rejected(
            name,
            &format!("names the country `{code}`, which SnelStart does not have"),
        )
        .help("Countries are told by their two letters, such as NL.")
    })
}

pub(super) fn typed(name: &str, value: &Value, expected: &str) -> Error {
    let problem = format!("should be {expected}, not {}", value.type_name());
    rejected(name, &problem)
}

/// A record that cannot be written because of one field; nothing was sent.
pub(super) fn rejected(field: &str, problem: &str) -> Error {
    Error::new(
        ErrorKind::Validation,
        format!("The field `{field}` {problem}."),
    )
    .operation("snelstart.push")
    .outcome(SendOutcome::NotSent)
    .fields(BTreeMap::from([(field.to_owned(), problem.to_owned())]))
}

#[cfg(test)]
mod tests;
