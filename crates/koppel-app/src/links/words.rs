//! What is said of decisions: what was done, and why something cannot be.

use sync_core::linking::{DecisionKind, LinkDecision, Refusal};
use sync_core::{EntityKind, Flow, RecordId};

use super::LinkChange;
use crate::error::AppError;

/// What cannot be done, and what can be done about that.
pub(super) fn refused(
    flow: &Flow,
    about: Option<(EntityKind, &RecordId, &LinkDecision)>,
    refusal: &Refusal,
) -> AppError {
    let name = flow.name();
    let what = about.map_or_else(
        || "the decision cannot be undone".to_owned(),
        |(entity, id, _)| format!("{entity} `{id}`"),
    );
    let links = matches!(about, Some((_, _, LinkDecision::Link { .. })));
    let help = match refusal {
        Refusal::InDoubt => format!("`koppel sync {name}` looks it up; decide after that"),
        Refusal::TargetTaken { source_id } if links => format!(
            "if both are the same, add `--merge`: what refers to this one then goes to that of \
             `{source_id}`; else give `{source_id}` another link first"
        ),
        Refusal::TargetTaken { source_id } => {
            format!("give `{source_id}` another link first, or remove it")
        }
        Refusal::LinkedTo { .. } if links => {
            "add `--replace` to link it to the other one instead".to_owned()
        }
        Refusal::LinkedTo { .. } => "`koppel link remove` takes the link away".to_owned(),
        Refusal::Later { id } => format!("`koppel link undo {id}` first"),
        Refusal::NotLinked => "`koppel link list` shows what is linked".to_owned(),
        Refusal::Changed => {
            "`koppel link list` shows what it is linked to now; set or remove that".to_owned()
        }
        _ => "`koppel link list --decisions` shows what was decided".to_owned(),
    };
    AppError::Asked {
        message: format!("{what}: {refusal}"),
        help,
    }
}

impl LinkChange {
    /// A sentence about what was decided, for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let row = &self.decision;
        let with_name = |id: &RecordId, name: &Option<String>| match name {
            Some(name) => format!("{id} ({name})"),
            None => id.to_string(),
        };
        let source = format!(
            "{} {}",
            row.entity,
            with_name(&row.source_id, &self.source_name)
        );
        let target = row
            .target_id
            .as_ref()
            .map_or_else(String::new, |id| with_name(id, &self.target_name));
        if row.undone_at.is_some() {
            return format!("Decision {} about {source} is undone.", row.id);
        }
        match row.kind {
            DecisionKind::Link => {
                format!("{source} is linked to {target}; the next sync brings it up to date.")
            }
            DecisionKind::Merge => format!(
                "{source} is merged into {target}: what refers to it goes there, and its own \
                 content is not written."
            ),
            DecisionKind::Unlink => format!(
                "{source} is not linked to {target} any more, and is set aside until you link it, \
                 ignore it or let it be created (`koppel link set {} {} --new --flow {}`).",
                row.entity, row.source_id, row.flow
            ),
            DecisionKind::Never => format!("{source} is never linked to {target}."),
            DecisionKind::LeaveOut => format!("{source} is left out."),
            DecisionKind::Create => format!("The next sync creates {source}."),
            _ => format!("Decision {} about {source} is stored.", row.id),
        }
    }
}
