//! What a CRM holds lands in the relatives of SmartCRM, and reads the same as far as they keep it.

use std::collections::{BTreeMap, HashMap};

use api_core::SecretString;
use connectors::smartcrm::SmartCrm;
use connectors::sql::CrmConnect;
use koppel_sandbox::smartcrm::lookup;
use koppel_sandbox::{CrmSize, Dialect};
use serde_json::json;
use smartcrm_client::{Client, Entity, Profile};
use sync_core::testing::conformance::{create, push, read_all};
use sync_core::{Connector, EntityKind, Fields, Lifecycle, Outcome, Record, Ref, Value};

use crate::smartcrm_profiles::perfex;
use crate::support::KINDS;

/// What a record of the CRM is to this target: its own ids, and no field that it has no place for.
fn held(target: &SmartCrm, record: &Record, ids: &HashMap<Ref, Ref>) -> Fields {
    let mut fields = record.fields.clone();
    target.hold(record.entity, &mut fields);
    // The one thing a mapping has to say: who of theirs is who of ours.
    if target.client().profile().named.contains_key(&Entity::Leads) {
        match record.entity {
            EntityKind::Lead => fields.set("assigned_to", lookup("staff")[0].1),
            EntityKind::Ticket => drop(fields.remove("assigned_to")),
            _ => {}
        }
    }
    for value in fields.values_mut() {
        value.replace_refs(&mut |reference| Value::from(ids.get(reference).cloned()));
    }
    fields
}

/// Sends everything; gives back how many were refused, by kind and by what the refusal names.
async fn land(dialect: Dialect, profile: Profile) -> BTreeMap<(EntityKind, String), usize> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.db");
    koppel_sandbox::generate_sqlite(&path, &CrmSize::scaled(60), 20_260_301, "tbl")
        .await
        .unwrap();
    let source = CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .connect()
        .await
        .unwrap();
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(dialect)
        .start()
        .await
        .unwrap();
    let client = Client::builder(&server.url(), SecretString::from("demo".to_owned()))
        .profile(profile)
        .max_retries(0);
    let target = SmartCrm::new(client.build().unwrap());
    let most = target.describe().batch.max_items;
    let mut ids: HashMap<Ref, Ref> = HashMap::new();
    let mut refused: BTreeMap<(EntityKind, String), usize> = BTreeMap::new();
    for kind in KINDS {
        let mut expected = HashMap::new();
        let mut records = read_all(&source, kind, 200).await;
        records.retain(|record| record.lifecycle == Lifecycle::Active);
        assert!(!records.is_empty(), "{kind}");
        for page in records.chunks(most) {
            let contents: Vec<Fields> = page.iter().map(|r| held(&target, r, &ids)).collect();
            let ops = contents.iter().map(|f| create(kind, f.clone())).collect();
            let outcomes = push(&target, kind, ops).await;
            for ((record, fields), outcome) in page.iter().zip(contents).zip(outcomes) {
                match outcome {
                    Outcome::Written(id) => {
                        let here = Ref::new(kind, record.id.as_str());
                        ids.insert(here, Ref::new(kind, id.as_str()));
                        expected.insert(id, fields);
                    }
                    Outcome::Rejected(error) => {
                        let named: Vec<&str> =
                            error.field_errors().keys().map(String::as_str).collect();
                        *refused.entry((kind, named.join("+"))).or_default() += 1;
                    }
                    other => panic!("{record:#?}: {other:?}"),
                }
            }
        }
        assert!(!expected.is_empty(), "{kind}");
        let landed = read_all(&target, kind, 100).await;
        assert_eq!(landed.len(), expected.len(), "{kind}");
        for record in landed {
            for (name, sent) in expected[&record.id].iter() {
                let now = record.fields.get(name.as_str());
                assert!(
                    now.same_content(sent),
                    "{kind} {}: `{name}` was {sent:?} and reads {now:?}",
                    record.id
                );
            }
        }
    }
    assert!(server.welcome_mails().is_empty(), "somebody got a letter");
    refused
}

#[tokio::test]
async fn everything_the_crm_holds_lands_in_rise() {
    let refused = land(Dialect::Rise, Profile::rise()).await;
    assert_eq!(refused, BTreeMap::new());
}

#[tokio::test]
async fn what_the_crm_holds_lands_in_perfex_or_is_refused_by_name() {
    let refused = land(Dialect::Perfex, perfex(&json!({}))).await;
    let named: Vec<(EntityKind, &str)> = refused
        .keys()
        .map(|(kind, named)| (*kind, named.as_str()))
        .collect();
    // Tickets of nobody, which Perfex does not take, and numbers in another form than it prints.
    assert_eq!(
        named,
        [
            (EntityKind::Ticket, "contactid+userid"),
            (EntityKind::Invoice, "number")
        ],
        "{refused:?}"
    );
}
