//! Writing customers: a new relation, or a change to one, everything else in it kept.

use snelstart_client::{Relation, RelationId};
use sync_core::{Op, Outcome, RecordId};

use super::SnelStart;
use super::encode::{new_relation, revise};
use super::hold::vat_number;
use super::outcome::{conflict, not_found, of_error, unsent};

impl SnelStart {
    pub(super) async fn create_relation(&self, op: &Op) -> Outcome {
        let countries = match self.countries().await {
            Ok(countries) => countries,
            Err(error) => return unsent(error),
        };
        let relation = match new_relation(&op.fields, &|code| countries.id(code)) {
            Ok(relation) => relation,
            Err(error) => return unsent(error),
        };
        match self
            .inner
            .client
            .relations()
            .create_or_adopt(&relation)
            .await
        {
            Ok(adopted) => {
                // The number was there: it is this customer, or somebody else has it.
                if let Some(differs) = differs(&relation, &adopted.record) {
                    return Outcome::Rejected(differs);
                }
                match adopted.record.id {
                    Some(id) => Outcome::Written(RecordId::new(id.to_string())),
                    None => Outcome::Unknown(super::outcome::no_id("customer")),
                }
            }
            Err(error) => of_error(error),
        }
    }

    pub(super) async fn revise_relation(&self, op: &Op, id: &RecordId) -> Outcome {
        let Ok(relation) = id.as_str().parse::<RelationId>() else {
            return Outcome::Rejected(not_found("customer", id));
        };
        let client = &self.inner.client;
        let countries = match self.countries().await {
            Ok(countries) => countries,
            Err(error) => return unsent(error),
        };
        // One out of use the list alone has (vendor documentation).
        let mut now = match self.relation(relation).await {
            Ok(Some(now)) => now,
            Ok(None) => return Outcome::Rejected(not_found("customer", id)),
            Err(error) => return unsent(error),
        };
        let before = now.clone();
        let changed = op.fields_to_write().map(|(name, _)| name.as_str());
        // What was told empty stands in the list of changes only.
        let cleared = op.changed.iter().flatten().map(|name| name.as_str());
        let names: std::collections::BTreeSet<&str> = changed.chain(cleared).collect();
        if let Err(error) = revise(&mut now, &op.fields, names.into_iter(), &|code| {
            countries.id(code)
        }) {
            return unsent(error);
        }
        if now == before {
            return Outcome::Written(id.clone());
        }
        // A PUT replaces the whole relation: what was read and not touched goes back as it was.
        match client.relations().replace(&relation, &now).await {
            Ok(_) => Outcome::Written(id.clone()),
            Err(error) => of_error(error),
        }
    }
}

/// What tells a relation that was found under the number from the one that was to be made.
fn differs(sent: &Relation, found: &Relation) -> Option<api_core::Error> {
    let name = |relation: &Relation| {
        relation
            .name
            .as_deref()
            .map(|name| name.trim().to_lowercase())
    };
    let vat = |relation: &Relation| relation.vat_number.as_deref().map(vat_number);
    let register = |relation: &Relation| relation.registration_number.clone();
    let mut other = Vec::new();
    for (what, sent, found) in [
        ("name", name(sent), name(found)),
        ("vat_number", vat(sent), vat(found)),
        ("registration_number", register(sent), register(found)),
    ] {
        if let (Some(sent), Some(found)) = (sent, found)
            && sent != found
        {
            other.push(what);
        }
    }
    if found.kinds.is_some() && !found.is_customer() {
        other.push("kind: it is no customer");
    }
    if other.is_empty() {
        return None;
    }
    let code = sent.code.unwrap_or_default();
    Some(conflict(
        "number",
        format!(
            "SnelStart has another relation under the number {code}: it differs in {}.",
            other.join(", ")
        ),
        "Link the two by hand if they are the same, or give one of them another number.",
    ))
}

#[cfg(test)]
mod tests {
    use api_core::ErrorKind;
    use snelstart_client::RelationKind;

    use super::*;

    #[test]
    fn a_relation_with_the_number_is_the_same_unless_what_identifies_it_differs() {
        let relation = |name: &str, vat: Option<&str>| Relation {
            code: Some(7),
            name: Some(name.to_owned()),
            vat_number: vat.map(str::to_owned),
            ..Relation::default()
        };
        let sent = relation("Jansen", Some("NL123456789B01"));
        assert!(differs(&sent, &relation("JANSEN ", Some("123456789B01"))).is_none());
        assert!(differs(&sent, &relation("Jansen", None)).is_none());
        let error = differs(&sent, &relation("De Boer", Some("NL999999999B01"))).unwrap();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.message().contains("name, vat_number"), "{error}");
        assert!(!error.send_outcome().may_be_applied());
        let supplier = Relation {
            kinds: Some(vec![RelationKind::Supplier]),
            ..sent.clone()
        };
        let error = differs(&sent, &supplier).unwrap();
        assert!(error.message().contains("no customer"), "{error}");
    }
}
