//! Syncs customers from one system in memory to another, twice.

use std::sync::Arc;

use sync_core::{
    Engine, EntityKind, Fields, Flow, MemoryStore, MemorySystem, Record, RunOptions, SyncError,
    mapping,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let crm = Arc::new(MemorySystem::new([EntityKind::Customer]));
    for (id, name) in [
        ("1", "Bakkerij Jansen"),
        ("2", "Fietsen de Boer"),
        ("3", "Café Zuid"),
    ] {
        crm.insert(Record::new(
            EntityKind::Customer,
            id,
            Fields::new().with("name", name),
        ));
    }
    let books = Arc::new(MemorySystem::new([EntityKind::Customer]));
    let flow = Flow::builder("customers")
        .from("crm", crm.clone())
        .to("books", books.clone())
        .map(EntityKind::Customer, mapping::identity())
        .build()?;
    let engine = Engine::new(Arc::new(MemoryStore::new()));

    report(&engine, &flow).await?;
    crm.edit(EntityKind::Customer, "2", |fields| {
        fields.set("name", "Fietsen & Zonen")
    });
    report(&engine, &flow).await?;

    assert_eq!(books.records(EntityKind::Customer).len(), 3);
    assert_eq!(books.journal().len(), 4, "three creates and one update");
    Ok(())
}

async fn report(engine: &Engine, flow: &Flow) -> Result<(), SyncError> {
    let report = engine.sync(flow, &RunOptions::default()).await?;
    for (entity, counts) in &report.run.counts {
        println!(
            "{}: {} read, {} created, {} updated, {} unchanged",
            entity.plural(),
            counts.read,
            counts.created,
            counts.updated,
            counts.unchanged
        );
    }
    Ok(())
}
