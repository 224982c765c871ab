//! Links by hand and by tier: what a person decides holds, whatever a sync would find.

mod decisions;
mod holding;
mod merging;
mod suggesting;
mod tiers;

use sync_core::engine::FlowBuilder;
use sync_core::linking::{Decided, DecisionRow, LinkDecision, Refusal};
use sync_core::{
    EntityKind, FieldName, Fields, Flow, MemorySystem, Record, RecordId, RunOptions, StateStore,
};

use crate::kit::{CUSTOMER, INVOICE, World, total};

/// A target that can be searched by everything that identifies a customer.
fn books() -> MemorySystem {
    MemorySystem::new([CUSTOMER, INVOICE]).can(CUSTOMER, |can| {
        can.natural_keys = [
            "registration_number",
            "vat_number",
            "number",
            "email",
            "name",
        ]
        .map(|name| vec![FieldName::known(name)])
        .into();
    })
}

fn record(entity: EntityKind, id: &str, fields: &[(&'static str, &str)]) -> Record {
    let fields = (fields.iter()).fold(Fields::new(), |all, (name, value)| all.with(*name, *value));
    Record::new(entity, id, fields)
}

fn customer(id: &str, fields: &[(&'static str, &str)]) -> Record {
    record(CUSTOMER, id, fields)
}

fn link(target: &str) -> LinkDecision {
    LinkDecision::Link {
        target_id: target.into(),
        merge: false,
        replace: false,
    }
}

impl World {
    fn flow_with(&self, change: impl FnOnce(FlowBuilder) -> FlowBuilder) -> Flow {
        let builder = Flow::builder("push")
            .from("crm", self.crm.clone())
            .to("books", self.books.clone())
            .page_size(7);
        change(builder).build().unwrap()
    }

    async fn sync_with(
        &self,
        change: impl FnOnce(FlowBuilder) -> FlowBuilder,
    ) -> sync_core::Counts {
        let engine = self.engine_on(self.store.clone());
        let flow = self.flow_with(change);
        let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
        assert!(report.error.is_none(), "{:?}", report.error);
        total(&report)
    }

    async fn try_decide(&self, source: &str, decision: &LinkDecision) -> Decided {
        let engine = self.engine_on(self.store.clone());
        let record = (CUSTOMER, &RecordId::from(source));
        engine.decide(&self.flow(), record, decision).await.unwrap()
    }

    async fn decide(&self, source: &str, decision: LinkDecision) -> DecisionRow {
        match self.try_decide(source, &decision).await {
            Decided::Done(row) => *row,
            other => panic!("{decision:?} of {source}: {other:?}"),
        }
    }

    async fn refused(&self, source: &str, decision: LinkDecision) -> Refusal {
        match self.try_decide(source, &decision).await {
            Decided::Refused(why) => why,
            other => panic!("{decision:?} of {source}: {other:?}"),
        }
    }

    async fn undo(&self) -> Decided {
        let engine = self.engine_on(self.store.clone());
        engine.undo_decision(&self.flow(), None).await.unwrap()
    }

    async fn undone(&self) {
        let decided = self.undo().await;
        assert!(matches!(decided, Decided::Done(_)), "{decided:?}");
    }

    /// Which customer of the source is linked to which of the target.
    async fn linked(&self) -> Vec<(String, String)> {
        let name = "push".into();
        let links = self.store.links(&name, Some(CUSTOMER), None, 100).await;
        let pair = |link: sync_core::store::LinkRow| {
            (link.source_id.into_string(), link.target_id.into_string())
        };
        links.unwrap().into_iter().map(pair).collect()
    }

    async fn suggested(&self) -> Vec<(String, String, u8, String)> {
        let name = "push".into();
        let rows = self.store.suggestions(&name, None, 100).await.unwrap();
        rows.into_iter()
            .map(|row| {
                let why = row.suggestion.reasons.join(", ");
                (
                    row.source_id.into_string(),
                    row.suggestion.target_id.into_string(),
                    row.suggestion.score,
                    why,
                )
            })
            .collect()
    }

    fn book(&self, id: &str) -> Fields {
        let all = self.books.records(CUSTOMER);
        let record = all.into_iter().find(|record| record.id.as_str() == id);
        record.unwrap_or_else(|| panic!("no {id}")).fields
    }
}
