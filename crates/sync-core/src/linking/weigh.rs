//! What a decision makes of what there is: pure functions.

use api_core::Timestamp;

use super::{DecisionKind, DecisionRow, LinkDecision, LinkRule, LinkState, RecordState, Refusal};
use crate::RecordId;
use crate::store::LinkOrigin;

/// What a decision is weighed against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Situation {
    /// Link and rules of the record.
    pub state: RecordState,
    /// The record of the source that the decision's target is linked to.
    pub owner: Option<RecordId>,
    /// Whether a write of the record is open.
    pub in_doubt: bool,
}

/// What the record's link and rules become, and what that is called.
///
/// # Errors
/// Why they stay as they are.
pub fn weigh(
    source_id: &RecordId,
    decision: &LinkDecision,
    at: Timestamp,
    now: &Situation,
) -> Result<(DecisionKind, RecordState), Refusal> {
    if now.in_doubt {
        return Err(Refusal::InDoubt);
    }
    let mut after = now.state.clone();
    let held = now.state.linked_to().or(now.state.merged_into()).cloned();
    let kind = match decision {
        LinkDecision::Link {
            target_id,
            merge,
            replace,
        } => {
            if let Some(target_id) = held.filter(|held| held != target_id && !replace) {
                return Err(Refusal::LinkedTo { target_id });
            }
            let other = now.owner.as_ref().filter(|owner| *owner != source_id);
            after.rules.retain(|rule| match rule {
                LinkRule::Never(id) => id != target_id,
                _ => false,
            });
            match other {
                None => {
                    let same = now
                        .state
                        .link
                        .as_ref()
                        .filter(|l| l.target_id == *target_id);
                    let manual = same.is_some_and(|link| link.origin == LinkOrigin::Manual);
                    if manual && after == now.state {
                        return Err(Refusal::Already);
                    }
                    after.link = Some(LinkState {
                        target_id: target_id.clone(),
                        origin: LinkOrigin::Manual,
                        linked_at: at,
                    });
                    DecisionKind::Link
                }
                Some(_) if now.state.merged_into() == Some(target_id) => {
                    return Err(Refusal::Already);
                }
                Some(owner) if !merge => {
                    return Err(Refusal::TargetTaken {
                        source_id: owner.clone(),
                    });
                }
                Some(_) => {
                    after.link = None;
                    after.rules.insert(LinkRule::Merged(target_id.clone()));
                    DecisionKind::Merge
                }
            }
        }
        LinkDecision::Unlink => {
            let target_id = held.ok_or(Refusal::NotLinked)?;
            after.link = None;
            after.rules.remove(&LinkRule::Merged(target_id.clone()));
            after.rules.insert(LinkRule::Never(target_id));
            DecisionKind::Unlink
        }
        LinkDecision::Never { target_id } => {
            if held.as_ref() == Some(target_id) {
                return Err(Refusal::LinkedTo {
                    target_id: target_id.clone(),
                });
            }
            if !after.rules.insert(LinkRule::Never(target_id.clone())) {
                return Err(Refusal::Already);
            }
            DecisionKind::Never
        }
        LinkDecision::LeaveOut => {
            if now.state.merged_into().is_some() || !after.rules.insert(LinkRule::LeaveOut) {
                return Err(Refusal::Already);
            }
            after.rules.remove(&LinkRule::Create);
            DecisionKind::LeaveOut
        }
        LinkDecision::Create => {
            if let Some(target_id) = held {
                return Err(Refusal::LinkedTo { target_id });
            }
            if !after.rules.insert(LinkRule::Create) {
                return Err(Refusal::Already);
            }
            after.rules.remove(&LinkRule::LeaveOut);
            DecisionKind::Create
        }
    };
    Ok((kind, after))
}

/// What undoing a decision is weighed against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoSituation {
    /// Link and rules of the record now.
    pub state: RecordState,
    /// The record of the source that the target to be linked again is linked to.
    pub owner: Option<RecordId>,
    /// The latest decision about the record that was not undone.
    pub latest: Option<i64>,
    /// Whether a write of the record is open.
    pub in_doubt: bool,
}

/// What the record's link and rules become when a decision is undone: what they were before.
///
/// # Errors
/// Why the decision stays.
pub fn weigh_undo(row: &DecisionRow, now: &UndoSituation) -> Result<RecordState, Refusal> {
    if row.undone_at.is_some() {
        return Err(Refusal::Undone { id: row.id });
    }
    if let Some(id) = now.latest.filter(|latest| *latest != row.id) {
        return Err(Refusal::Later { id });
    }
    if now.in_doubt {
        return Err(Refusal::InDoubt);
    }
    // What a sync has linked meanwhile stays, where the decision was not about the link.
    let about_link = matches!(
        row.kind,
        DecisionKind::Link | DecisionKind::Merge | DecisionKind::Unlink
    );
    if !about_link {
        if now.state.rules != row.after.rules {
            return Err(Refusal::Changed);
        }
        return Ok(RecordState {
            link: now.state.link.clone(),
            rules: row.before.rules.clone(),
        });
    }
    if !now.state.agrees_with(&row.after) {
        return Err(Refusal::Changed);
    }
    if let (Some(_), Some(owner)) = (&row.before.link, &now.owner)
        && *owner != row.source_id
    {
        return Err(Refusal::TargetTaken {
            source_id: owner.clone(),
        });
    }
    Ok(row.before.clone())
}
