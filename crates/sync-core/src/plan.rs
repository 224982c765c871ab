//! Planning: what is to be done with a record. Pure functions, without effects.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::store::{Known, ParkReason};
use crate::{ContentHash, EntityCapabilities, FieldName, Fields, Lifecycle, RunId, Value};

/// What is to be done with a source record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Create it in the target.
    Create,
    /// Bring the target record up to date.
    Update,
    /// Both sides agree.
    Unchanged {
        /// Whether this run has counted it already (it wrote it, was interrupted and reads it
        /// again).
        counted: bool,
    },
    /// A person linked it to a record that may not be changed: it is taken to agree with it.
    Adopt,
    /// It is not to be synced.
    Skip(&'static str),
    /// It stays set aside.
    StaysParked {
        /// Whether this run has counted it already.
        counted: bool,
    },
    /// It may not be written, whatever the mapping says.
    Refuse(&'static str),
}

/// What a decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// The hash of the mapped content, with the target's ids.
    pub hash: ContentHash,
    /// Whether the source record is in use.
    pub lifecycle: Lifecycle,
    /// What the store knows of it.
    pub known: Option<&'a Known>,
    /// What the target can do with this kind of record.
    pub target: &'a EntityCapabilities,
    /// The run under way.
    pub run: RunId,
}

/// Decides what is to be done with a record.
pub fn plan(input: PlanInput<'_>) -> Decision {
    let known = input.known;
    if let Some(why) = known.and_then(Known::kept_out) {
        return Decision::Skip(why);
    }
    if let Some((reason, run)) = known.and_then(|known| known.parked)
        && (reason.waits_for_person() || reason == ParkReason::Unknown)
    {
        return Decision::StaysParked {
            counted: run == input.run,
        };
    }
    let linked = known.is_some_and(|known| known.target_id.is_some());
    let base = known.and_then(|known| known.base_hash);
    match (linked, base) {
        (false, _) if input.lifecycle == Lifecycle::Ended => {
            Decision::Skip("it ended before it was synced")
        }
        (false, _) if !input.target.create => Decision::Skip("the target cannot create it"),
        (false, _) => Decision::Create,
        (true, Some(base)) if base == input.hash => Decision::Unchanged {
            counted: known.and_then(|k| k.base_run) == Some(input.run),
        },
        (true, Some(_))
            if known.is_some_and(|k| k.base_lifecycle == Lifecycle::Ended)
                && input.lifecycle == Lifecycle::Ended =>
        {
            Decision::Skip("it had ended when it was last synced")
        }
        (true, None) if input.target.append_only && known.is_some_and(Known::is_manual) => {
            Decision::Adopt
        }
        (true, Some(_)) if input.target.append_only => {
            Decision::Refuse("it is booked in the target and may not be changed there")
        }
        // It was begun, or found after its answer was lost, and never agreed upon: the target is
        // asked to finish it, or to say why it cannot.
        (true, None) if input.target.append_only => Decision::Update,
        (true, _) if !input.target.update => Decision::Skip("the target cannot update it"),
        (true, _) => Decision::Update,
    }
}

/// One field of an update.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field.
    pub field: FieldName,
    /// What is replaced.
    pub from: Value,
    /// What replaces it.
    pub to: Value,
    /// Whether somebody changed it in the target since it was last agreed.
    pub drift: bool,
}

/// What an update is to write.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdatePlan {
    /// The fields that differ, each with what it replaces.
    pub changes: Vec<FieldChange>,
    /// The whole content, with a null for each field that is to become empty.
    pub fields: Fields,
}

impl UpdatePlan {
    /// The names of the fields that differ.
    pub fn changed(&self) -> BTreeSet<FieldName> {
        self.changes
            .iter()
            .map(|change| change.field.clone())
            .collect()
    }

    /// Whether the target has the content already.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The target's values of the fields that are replaced.
    pub fn before(&self) -> Fields {
        self.changes
            .iter()
            .map(|change| (change.field.clone(), change.from.clone()))
            .collect()
    }

    /// The values that replace them.
    pub fn after(&self) -> Fields {
        self.changes
            .iter()
            .map(|change| (change.field.clone(), change.to.clone()))
            .collect()
    }

    /// The fields that somebody changed in the target and that are now replaced.
    pub fn drifted(&self) -> Vec<&FieldName> {
        self.changes
            .iter()
            .filter(|change| change.drift)
            .map(|change| &change.field)
            .collect()
    }
}

/// Compares field by field what the source has with what was last agreed and, where it was read,
/// with what the target has now.
///
/// A field is written when the source changed it since the base and the target differs from it;
/// a field that only the target changed is left alone. Without a base, everything that the source
/// has and the target has otherwise is written.
pub fn plan_update(base: Option<&Fields>, source: &Fields, target: Option<&Fields>) -> UpdatePlan {
    let mut names: BTreeSet<&FieldName> = source.iter().map(|(name, _)| name).collect();
    names.extend(
        base.iter()
            .flat_map(|base| base.iter())
            .map(|(name, _)| name),
    );
    let mut plan = UpdatePlan {
        changes: Vec::new(),
        fields: source.clone(),
    };
    for name in names {
        let to = source.get(name.as_str());
        let agreed = base.map(|base| base.get(name.as_str()));
        if agreed.is_some_and(|agreed| agreed.same_content(to)) {
            continue;
        }
        if agreed.is_none() && !source.contains(name.as_str()) {
            continue;
        }
        // A target that does not report the field at all is taken to hold what was agreed.
        let now = target
            .filter(|target| target.contains(name.as_str()))
            .map(|target| target.get(name.as_str()));
        let from = now.or(agreed).cloned().unwrap_or_default();
        if from.same_content(to) {
            continue;
        }
        let drift = match (now, agreed) {
            (Some(now), Some(agreed)) => !now.same_content(agreed),
            _ => false,
        };
        plan.fields.set(name.clone(), to.clone());
        plan.changes.push(FieldChange {
            field: name.clone(),
            from,
            to: to.clone(),
            drift,
        });
    }
    plan
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ChangeSource, RecordId};

    #[test]
    fn what_was_begun_and_may_not_be_changed_is_finished() {
        let mut target = EntityCapabilities::read_write(ChangeSource::FullScan);
        (target.append_only, target.update) = (true, false);
        let fields = Fields::new().with("number", "1");
        let decide = |known: &Known| {
            plan(PlanInput {
                hash: fields.content_hash(),
                lifecycle: Lifecycle::Active,
                known: Some(known),
                target: &target,
                run: RunId::new(),
            })
        };
        let agreed = known(&Fields::new().with("number", "2"));
        assert!(matches!(decide(&agreed), Decision::Refuse(_)));
        let begun = Known {
            base_hash: None,
            ..agreed
        };
        assert_eq!(decide(&begun), Decision::Update);
    }

    fn known(base: &Fields) -> Known {
        Known {
            target_id: Some(RecordId::from("9")),
            base_hash: Some(base.content_hash()),
            ..Known::default()
        }
    }

    fn decide(fields: &Fields, lifecycle: Lifecycle, known: Option<&Known>) -> Decision {
        let target = EntityCapabilities::read_write(ChangeSource::FullScan);
        let run = RunId::new();
        plan(PlanInput {
            hash: fields.content_hash(),
            lifecycle,
            known,
            target: &target,
            run,
        })
    }

    #[test]
    fn each_case_of_the_one_way_truth_table_has_its_decision() {
        let (a, b) = (
            Fields::new().with("name", "a"),
            Fields::new().with("name", "b"),
        );
        assert_eq!(decide(&a, Lifecycle::Active, None), Decision::Create);
        assert!(matches!(
            decide(&a, Lifecycle::Ended, None),
            Decision::Skip(_)
        ));
        let mut linked = known(&a);
        let unchanged = Decision::Unchanged { counted: false };
        assert_eq!(decide(&a, Lifecycle::Active, Some(&linked)), unchanged);
        assert_eq!(
            decide(&b, Lifecycle::Active, Some(&linked)),
            Decision::Update
        );
        assert_eq!(
            decide(&b, Lifecycle::Ended, Some(&linked)),
            Decision::Update
        );
        linked.base_lifecycle = Lifecycle::Ended;
        assert!(matches!(
            decide(&b, Lifecycle::Ended, Some(&linked)),
            Decision::Skip(_)
        ));
        assert_eq!(
            decide(&b, Lifecycle::Active, Some(&linked)),
            Decision::Update
        );
        linked.base_hash = None;
        assert_eq!(
            decide(&a, Lifecycle::Active, Some(&linked)),
            Decision::Update
        );
        for reason in [
            ParkReason::NeedsPerson,
            ParkReason::Gone,
            ParkReason::Unknown,
        ] {
            linked.parked = Some((reason, RunId::new()));
            let stays = Decision::StaysParked { counted: false };
            assert_eq!(decide(&b, Lifecycle::Active, Some(&linked)), stays);
        }
        linked.parked = Some((ParkReason::Rejected, RunId::new()));
        assert_eq!(
            decide(&b, Lifecycle::Active, Some(&linked)),
            Decision::Update
        );
    }

    #[test]
    fn a_booked_document_is_never_updated() {
        let (a, b) = (
            Fields::new().with("total", 1),
            Fields::new().with("total", 2),
        );
        let mut target = EntityCapabilities::read_write(ChangeSource::FullScan);
        target.append_only = true;
        let linked = known(&a);
        let input = PlanInput {
            hash: b.content_hash(),
            lifecycle: Lifecycle::Active,
            known: Some(&linked),
            target: &target,
            run: RunId::new(),
        };
        assert!(matches!(plan(input), Decision::Refuse(_)));
    }

    #[test]
    fn only_what_the_source_changed_is_written_and_drift_is_seen() {
        let base = Fields::new()
            .with("name", "a")
            .with("phone", "1")
            .with("city", "x");
        let source = Fields::new()
            .with("name", "b")
            .with("phone", "1")
            .with("city", "y");
        let target = Fields::new()
            .with("name", "c")
            .with("phone", "2")
            .with("city", "y");
        let plan = plan_update(Some(&base), &source, Some(&target));
        assert_eq!(plan.changed(), BTreeSet::from([FieldName::known("name")]));
        assert_eq!(plan.drifted(), [&FieldName::known("name")]);
        assert_eq!(plan.before().text("name"), Some("c"));
    }

    #[test]
    fn a_field_that_the_source_lost_is_cleared() {
        let base = Fields::new().with("name", "a").with("phone", "1");
        let plan = plan_update(Some(&base), &Fields::new().with("name", "a"), None);
        assert_eq!(plan.fields.get("phone"), &Value::Null);
        assert!(plan.fields.contains("phone"));
        assert_eq!(plan.changed(), BTreeSet::from([FieldName::known("phone")]));
    }

    proptest! {
        #[test]
        fn writing_the_plan_makes_the_target_equal_and_a_second_plan_empty(
            base in fields(), source in fields(), target in fields(),
        ) {
            let plan = plan_update(Some(&base), &source, Some(&target));
            let mut after = target.clone();
            for change in &plan.changes {
                after.set(change.field.clone(), change.to.clone());
            }
            for change in &plan.changes {
                prop_assert!(after.get(change.field.as_str()).same_content(&change.to));
            }
            let again = plan_update(Some(&base), &source, Some(&after));
            prop_assert!(again.is_empty());
            prop_assert!(plan_update(Some(&source), &source, Some(&target)).is_empty());
        }
    }

    fn fields() -> impl Strategy<Value = Fields> {
        let value = prop_oneof![
            Just(Value::Null),
            "[a-c]{1,2}".prop_map(Value::Text),
            (0i64..3).prop_map(Value::Int),
        ];
        proptest::collection::btree_map("[a-e]", value, 0..5).prop_map(|map| {
            map.into_iter()
                .map(|(name, value)| (FieldName::new(name), value))
                .collect()
        })
    }
}
