//! Writes on their way: what is sent, and what its end means for the run's counts.

use crate::store::{Intent, LinkOrigin};
use crate::{Fields, Op, OpId, RunId};

/// How the end of a write changes the run's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountAs {
    /// As a record that is read now.
    Fresh,
    /// As a record that is set aside, and was counted so in this run.
    Parked(RunId),
}

/// A write whose intent is (about to be) stored.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) intent: Intent,
    pub(super) count: CountAs,
    pub(super) origin: LinkOrigin,
    /// Whether some of its further steps may be done already.
    pub(super) check_steps: bool,
    /// Whether it goes alone into a request: it may be what made an earlier one fail.
    pub(super) alone: bool,
}

impl Pending {
    /// What it is known to say: what is sent, and what it replaces.
    pub(super) fn contents(&self) -> impl Iterator<Item = &Fields> {
        let payload = &self.intent.payload;
        std::iter::once(&payload.fields).chain(&payload.before)
    }

    pub(super) fn op(&self) -> Op {
        Op {
            id: self.intent.op,
            action: self.intent.action.clone(),
            entity: self.intent.entity,
            fields: self.intent.payload.fields.clone(),
            changed: self.intent.payload.changed.clone(),
            marker: self.intent.marker.clone(),
        }
    }
}

/// Writes that go into one request, under one key.
pub(super) type Group = Vec<Pending>;

/// Gives a group a key of its own, which tells how many writes belong to it.
pub(super) fn keyed(mut group: Group) -> Group {
    let key = format!("{}-{}", OpId::new(), group.len());
    for write in &mut group {
        write.intent.batch_key.clone_from(&key);
    }
    group
}

/// Whether these are all the writes that were sent under their key.
pub(super) fn is_whole(group: &[Pending]) -> bool {
    let Some(first) = group.first() else {
        return false;
    };
    let size = first.intent.batch_key.rsplit('-').next();
    size.and_then(|size| size.parse().ok()) == Some(group.len())
}
