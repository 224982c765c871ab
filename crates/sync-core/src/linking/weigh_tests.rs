//! Every decision against every situation.

use api_core::Timestamp;

use super::{
    DecisionKind, DecisionRow, LinkDecision, LinkRule, LinkState, RecordState, Refusal, Situation,
    UndoSituation, weigh, weigh_undo,
};
use crate::RecordId;
use crate::store::LinkOrigin;

fn at() -> Timestamp {
    Timestamp::from_seconds(1_767_225_600)
}

fn linked(target: &str, origin: LinkOrigin) -> RecordState {
    RecordState {
        link: Some(LinkState {
            target_id: target.into(),
            origin,
            linked_at: at(),
        }),
        ..RecordState::default()
    }
}

fn ruled<const N: usize>(rules: [LinkRule; N]) -> RecordState {
    RecordState {
        link: None,
        rules: rules.into(),
    }
}

fn link(target: &str, merge: bool, replace: bool) -> LinkDecision {
    LinkDecision::Link {
        target_id: target.into(),
        merge,
        replace,
    }
}

fn decide(
    decision: &LinkDecision,
    state: &RecordState,
    owner: Option<&str>,
) -> Result<(DecisionKind, RecordState), Refusal> {
    let now = Situation {
        state: state.clone(),
        owner: owner.map(RecordId::from),
        in_doubt: false,
    };
    weigh(&"1".into(), decision, at(), &now)
}

#[test]
fn a_link_takes_the_place_of_every_other_rule_but_those_of_other_pairs() {
    let before = ruled([
        LinkRule::Never("a".into()),
        LinkRule::Never("b".into()),
        LinkRule::LeaveOut,
        LinkRule::Create,
    ]);
    let (kind, after) = decide(&link("a", false, false), &before, None).unwrap();
    assert_eq!(kind, DecisionKind::Link);
    assert_eq!(after.linked_to(), Some(&"a".into()));
    assert_eq!(after.rules, [LinkRule::Never("b".into())].into());
    assert_eq!(after.link.unwrap().origin, LinkOrigin::Manual);
}

#[test]
fn a_link_that_a_sync_made_can_be_confirmed_once() {
    let found = linked("a", LinkOrigin::Matched);
    let (_, after) = decide(&link("a", false, false), &found, Some("1")).unwrap();
    assert_eq!(after, linked("a", LinkOrigin::Manual));
    let again = decide(&link("a", false, false), &after, Some("1"));
    assert_eq!(again, Err(Refusal::Already));
}

#[test]
fn another_link_is_replaced_only_when_told() {
    let before = linked("a", LinkOrigin::Created);
    let refused = decide(&link("b", true, false), &before, None);
    assert_eq!(
        refused,
        Err(Refusal::LinkedTo {
            target_id: "a".into()
        })
    );
    let (_, after) = decide(&link("b", false, true), &before, None).unwrap();
    assert_eq!(after.linked_to(), Some(&"b".into()));
}

#[test]
fn two_records_become_one_only_when_told() {
    let before = RecordState::default();
    let refused = decide(&link("a", false, true), &before, Some("2"));
    assert_eq!(
        refused,
        Err(Refusal::TargetTaken {
            source_id: "2".into()
        })
    );
    let (kind, after) = decide(&link("a", true, false), &before, Some("2")).unwrap();
    assert_eq!(kind, DecisionKind::Merge);
    assert_eq!(
        (after.linked_to(), after.merged_into()),
        (None, Some(&"a".into()))
    );
    assert!(after.is_kept_out());
    let again = decide(&link("a", true, false), &after, Some("2"));
    assert_eq!(again, Err(Refusal::Already));
    // The other one is gone: now it can be linked itself.
    let (kind, after) = decide(&link("a", false, false), &after, None).unwrap();
    assert_eq!(kind, DecisionKind::Link);
    assert!(!after.is_kept_out());
}

#[test]
fn what_is_unlinked_is_never_linked_again() {
    let (_, after) = decide(
        &LinkDecision::Unlink,
        &linked("a", LinkOrigin::Manual),
        None,
    )
    .unwrap();
    assert_eq!(after, ruled([LinkRule::Never("a".into())]));
    let merged = ruled([LinkRule::Merged("a".into())]);
    let (_, after) = decide(&LinkDecision::Unlink, &merged, Some("2")).unwrap();
    assert_eq!(after, ruled([LinkRule::Never("a".into())]));
    let nothing = decide(&LinkDecision::Unlink, &RecordState::default(), None);
    assert_eq!(nothing, Err(Refusal::NotLinked));
}

#[test]
fn a_pair_that_is_linked_is_not_forbidden_and_a_linked_record_not_created() {
    let before = linked("a", LinkOrigin::Created);
    let never = |id: &str| LinkDecision::Never {
        target_id: id.into(),
    };
    let refused = Err(Refusal::LinkedTo {
        target_id: "a".into(),
    });
    assert_eq!(decide(&never("a"), &before, Some("1")), refused);
    assert_eq!(decide(&LinkDecision::Create, &before, None), refused);
    let (_, after) = decide(&never("b"), &before, None).unwrap();
    assert_eq!(after.linked_to(), Some(&"a".into()));
    assert_eq!(decide(&never("b"), &after, None), Err(Refusal::Already));
}

#[test]
fn to_leave_out_and_to_create_exclude_each_other() {
    let (_, out) = decide(&LinkDecision::LeaveOut, &RecordState::default(), None).unwrap();
    assert!(out.is_kept_out());
    assert_eq!(
        decide(&LinkDecision::LeaveOut, &out, None),
        Err(Refusal::Already)
    );
    let (_, new) = decide(&LinkDecision::Create, &out, None).unwrap();
    assert_eq!(new, ruled([LinkRule::Create]));
    assert_eq!(
        decide(&LinkDecision::Create, &new, None),
        Err(Refusal::Already)
    );
    let (_, out) = decide(&LinkDecision::LeaveOut, &new, None).unwrap();
    assert_eq!(out, ruled([LinkRule::LeaveOut]));
}

#[test]
fn nothing_is_decided_while_a_write_is_in_doubt() {
    let now = Situation {
        in_doubt: true,
        ..Situation::default()
    };
    let decided = weigh(&"1".into(), &LinkDecision::LeaveOut, at(), &now);
    assert_eq!(decided, Err(Refusal::InDoubt));
}

fn row(kind: DecisionKind, before: RecordState, after: RecordState) -> DecisionRow {
    DecisionRow {
        id: 3,
        at: at(),
        flow: "sync".into(),
        kind,
        entity: crate::EntityKind::Customer,
        source_id: "1".into(),
        target_id: None,
        before,
        after,
        undone_at: None,
    }
}

#[test]
fn only_the_last_decision_about_a_record_is_undone_and_only_if_it_still_holds() {
    let row = row(
        DecisionKind::Link,
        linked("a", LinkOrigin::Created),
        linked("b", LinkOrigin::Manual),
    );
    let now = UndoSituation {
        state: row.after.clone(),
        latest: Some(3),
        ..UndoSituation::default()
    };
    assert_eq!(weigh_undo(&row, &now), Ok(row.before.clone()));
    let later = UndoSituation {
        latest: Some(4),
        ..now.clone()
    };
    assert_eq!(weigh_undo(&row, &later), Err(Refusal::Later { id: 4 }));
    let changed = UndoSituation {
        state: linked("c", LinkOrigin::Created),
        ..now.clone()
    };
    assert_eq!(weigh_undo(&row, &changed), Err(Refusal::Changed));
    let taken = UndoSituation {
        owner: Some("2".into()),
        ..now.clone()
    };
    assert_eq!(
        weigh_undo(&row, &taken),
        Err(Refusal::TargetTaken {
            source_id: "2".into()
        })
    );
    let open = UndoSituation {
        in_doubt: true,
        ..now.clone()
    };
    assert_eq!(weigh_undo(&row, &open), Err(Refusal::InDoubt));
    let undone = DecisionRow {
        undone_at: Some(at()),
        ..row
    };
    assert_eq!(weigh_undo(&undone, &now), Err(Refusal::Undone { id: 3 }));
}

#[test]
fn a_record_that_was_created_meanwhile_keeps_its_link() {
    let row = row(
        DecisionKind::Create,
        RecordState::default(),
        ruled([LinkRule::Create]),
    );
    let created = RecordState {
        rules: row.after.rules.clone(),
        ..linked("n", LinkOrigin::Created)
    };
    let now = UndoSituation {
        state: created,
        latest: Some(3),
        ..UndoSituation::default()
    };
    let after = weigh_undo(&row, &now).unwrap();
    assert_eq!(after, linked("n", LinkOrigin::Created));
}
