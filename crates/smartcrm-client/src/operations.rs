//! Batches whose operations name a tool each, and whose results come in their order.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::batch::{BatchRecord, BatchResult, judge, object, unknown};
use crate::envelope::ResultItem;

/// The names of a server's tools for one kind of record.
pub(crate) struct Tools {
    pub(crate) create: String,
    pub(crate) update: String,
}

/// The body of a batch whose operations name a tool each.
pub(crate) fn body(
    records: &[BatchRecord],
    tools: &Tools,
    args: impl Fn(&BatchRecord) -> Map<String, Value>,
) -> Value {
    let operations: Vec<Value> = records
        .iter()
        .map(|record| {
            let mut args = args(record);
            let tool = match &record.id {
                Some(id) => {
                    args.insert("id".to_owned(), Value::String(id.as_str().to_owned()));
                    &tools.update
                }
                None => &tools.create,
            };
            object([
                ("tool", Value::String(tool.clone())),
                ("args", Value::Object(args)),
            ])
        })
        .collect();
    object([("operations", Value::Array(operations))])
}

/// Gives every record its result by its place, for answers that carry no keys.
///
/// Results that are too few or too many tell nothing of any record.
pub(crate) fn match_in_order(
    operation: &str,
    records: &[BatchRecord],
    results: &[Box<RawValue>],
) -> Vec<BatchResult> {
    let complete = records.len() == results.len();
    records
        .iter()
        .enumerate()
        .map(|(index, record)| {
            let item: Option<ResultItem> = results
                .get(index)
                .filter(|_| complete)
                .and_then(|raw| serde_json::from_str(raw.get()).ok());
            let outcome = match item {
                Some(item) => judge(operation, record, &item),
                None if complete => {
                    unknown(operation, "The result of this record is not a JSON object.")
                }
                None => unknown(
                    operation,
                    &format!(
                        "{} operations were answered with {} results.",
                        records.len(),
                        results.len()
                    ),
                ),
            };
            BatchResult {
                external_id: record.external_id.clone(),
                outcome,
            }
        })
        .collect()
}
