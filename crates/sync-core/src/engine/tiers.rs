//! The tiers of the first link: by what, and in which order, a record is looked for.

use std::collections::HashSet;

use api_core::{Error, ErrorKind};

use super::lookup::{Key, key_text, natural_keys};
use super::matching::{Match, failed};
use super::process::is_of_record;
use super::suggest::Near;
use super::{Engine, Flow, SyncError};
use crate::linking::{Identity, LinkRule};
use crate::{
    EntityKind, FieldName, Fields, FindKey, Marker, MarkerSupport, Record, RecordId, Value, normal,
};

/// Looks for a new source record in the target: by marker, then by each natural key, best first.
pub(super) async fn find_new(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
    (id, fields, rules): (&RecordId, &Fields, &[LinkRule]),
    in_doubt: &HashSet<String>,
) -> Result<Match, SyncError> {
    let can = flow.target.connector.describe();
    let mut near = Near::default();
    let forbidden = |hit: &Record| rules.contains(&LinkRule::Never(hit.id.clone()));
    if can.marker_of(entity) != MarkerSupport::None {
        let key = FindKey::Marker(Marker::of(flow.source.name.as_str(), entity, id));
        let hits = match hits_of(flow, entity, vec![key]).await? {
            Ok(hits) => hits,
            Err(error) => return Ok(Match::Unreadable(error)),
        };
        let hits: Vec<Record> = hits.into_iter().filter(|hit| !forbidden(hit)).collect();
        match only_free(
            engine,
            flow,
            entity,
            hits,
            (fields, "same marker"),
            &mut near,
        )
        .await?
        {
            Free::None => {}
            Free::One(hit) => return Ok(Match::Record(hit)),
            Free::Several => return Ok(Match::Several(near)),
        }
    }
    if rules.contains(&LinkRule::Create) {
        return Ok(Match::Nothing(near));
    }
    let identity = Identity::of(fields);
    let natural = natural_keys(can, entity, fields);
    let doubtful = natural
        .iter()
        .any(|key| in_doubt.contains(&key_text(entity, key)));
    for (at, key) in natural.iter().enumerate() {
        let keys = match can.finds_normalised {
            true => vec![FindKey::Natural(key.clone())],
            false => spelt(key).into_iter().map(FindKey::Natural).collect(),
        };
        let hits = match hits_of(flow, entity, keys).await? {
            Ok(hits) => hits,
            Err(error) => return Ok(Match::Unreadable(error)),
        };
        // The same name with another VAT number is another company, and so is the same number
        // with quite another name.
        let better = natural.get(..at).unwrap_or_default();
        let (hits, others): (Vec<Record>, Vec<Record>) = hits
            .into_iter()
            .filter(|hit| !forbidden(hit))
            .partition(|hit| !contradicts(hit, better) && !is_another(entity, key, &identity, hit));
        for other in &others {
            near.add(fields, other, &reason(key));
        }
        match only_free(
            engine,
            flow,
            entity,
            hits,
            (fields, &reason(key)),
            &mut near,
        )
        .await?
        {
            Free::None => {}
            Free::One(_) | Free::Several if doubtful => return Ok(Match::InDoubt),
            Free::One(hit) => return Ok(Match::Record(hit)),
            Free::Several => return Ok(Match::Several(near)),
        }
    }
    Ok(Match::Nothing(near))
}

/// The hits of a tier, by what is linked to none of them yet.
enum Free {
    /// None, or each is linked: whoever has this key is another record (two people may share an
    /// address).
    None,
    /// One, and it is the only hit.
    One(Record),
    /// Several hits, one of them at least linked to nothing: the key matches nothing.
    Several,
}

async fn only_free(
    engine: &Engine,
    flow: &Flow,
    entity: EntityKind,
    hits: Vec<Record>,
    (fields, why): (&Fields, &str),
    near: &mut Near,
) -> Result<Free, SyncError> {
    let ids: Vec<RecordId> = hits.iter().map(|hit| hit.id.clone()).collect();
    if ids.is_empty() {
        return Ok(Free::None);
    }
    let (source, target) = (&flow.source.name, &flow.target.name);
    let owners = engine.store.sources(source, target, entity, &ids).await?;
    let total = hits.len();
    for hit in &hits {
        near.add(fields, hit, why);
    }
    let mut free: Vec<Record> = hits
        .into_iter()
        .filter(|hit| !owners.contains_key(&hit.id))
        .collect();
    Ok(match (free.pop(), total) {
        (None, _) => Free::None,
        (Some(hit), 1) => Free::One(hit),
        (Some(_), _) => {
            // What was near by an earlier key does not have this one.
            near.0.retain(|s| ids.contains(&s.target_id));
            Free::Several
        }
    })
}

/// Each record that the target has under one of these keys; the inner error is about a record.
async fn hits_of(
    flow: &Flow,
    entity: EntityKind,
    keys: Vec<FindKey>,
) -> Result<Result<Vec<Record>, Error>, SyncError> {
    let mut all: Vec<Record> = Vec::new();
    for key in keys {
        match flow.target.connector.find(entity, &key).await {
            Ok(hits) => {
                for hit in hits {
                    if !all.iter().any(|known| known.id == hit.id) {
                        all.push(hit);
                    }
                }
            }
            // By this key the target cannot be searched at all.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Config) => {}
            Err(error) if is_of_record(&error) => return Ok(Err(error)),
            Err(error) => return Err(failed(flow, error)),
        }
    }
    Ok(Ok(all))
}

/// A key in each spelling that its value may have in a system that compares texts as they are.
fn spelt(key: &Key) -> Vec<Key> {
    let [(name, Value::Text(text))] = key.as_slice() else {
        return vec![key.clone()];
    };
    normal::spellings(name.as_str(), text)
        .into_iter()
        .map(|text| vec![(name.clone(), Value::Text(text))])
        .collect()
}

/// Whether a customer that was found by its number, which each system gives by itself, is quite
/// another one.
pub(super) fn is_another(
    entity: EntityKind,
    key: &[(FieldName, Value)],
    wanted: &Identity,
    hit: &Record,
) -> bool {
    entity == EntityKind::Customer
        && matches!(key, [(name, _)] if name.as_str() == "number")
        && wanted.is_another_of_that_number(&Identity::of(&hit.fields))
}

/// What two records with the same key have in common, in words.
fn reason(key: &Key) -> String {
    let names: Vec<String> = key
        .iter()
        .map(|(name, _)| match name.as_str() {
            "vat_number" => "VAT number".to_owned(),
            "email" => "e-mail".to_owned(),
            other => other.replace('_', " "),
        })
        .collect();
    format!("same {}", names.join(" and "))
}

/// Whether a record has another value in a key that is better than the one it was found by.
fn contradicts(hit: &Record, better: &[Key]) -> bool {
    better.iter().any(|key| {
        let has_all = key
            .iter()
            .all(|(name, _)| !hit.fields.get(name.as_str()).is_empty());
        has_all
            && key.iter().any(|(name, value)| {
                !normal::same(name.as_str(), hit.fields.get(name.as_str()), value)
            })
    })
}
