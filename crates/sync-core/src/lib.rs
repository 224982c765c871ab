#![doc = include_str!("../README.md")]

mod batch;
mod cancel;
mod capability;
mod connector;
pub mod context;
pub mod engine;
mod entity;
mod event;
pub mod fields;
mod ids;
pub mod linking;
pub mod mapping;
pub mod normal;
mod plan;
mod private;
mod progress;
mod record;
pub mod store;
mod system;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod value;

pub use api_core::{Date, Timestamp};
pub use batch::{Batcher, estimated_bytes};
pub use cancel::Cancel;
pub use capability::{
    BatchLimits, Capabilities, ChangeSource, DeleteVisibility, EntityCapabilities,
    IdempotencySupport, MarkerSupport,
};
pub use connector::{
    Action, Answer, Batch, CheckReport, CheckStep, Completed, Connector, FindKey, Marker, Op,
    Outcome, Page, Unreadable,
};
pub use engine::{Announced, Engine, Flow, RunOptions, RunReport, SyncError};
pub use entity::{EntityKind, UnknownEntity};
pub use event::{Event, EventName, Level};
pub use ids::{ConnectionName, Cursor, EventId, FieldName, FlowName, OpId, RecordId, RunId};
pub use plan::{Decision, FieldChange, PlanInput, UpdatePlan, plan, plan_update};
pub use progress::Progress;
pub use record::{ContentHash, Fields, Lifecycle, Record};
pub use store::{Counts, Known, MemoryStore, StateStore, StoreError};
pub use system::{Applied, Fault, MemorySystem};
pub use value::{Ref, Value};
