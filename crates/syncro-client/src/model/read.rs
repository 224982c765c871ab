//! Reading members.

use api_core::Json;
use api_core::reading::Misread;

use super::field::Field;
use super::info::FieldKind;

/// Puts a member into its field; `null` is nothing, and so is an empty text where
/// something else belongs, as frameworks write it (inferred).
pub(crate) fn assign<T: Field>(
    slot: &mut Option<T>,
    name: &str,
    value: &Json,
) -> Result<(), Misread> {
    *slot = match value {
        Json::Null => None,
        Json::Text(text) if text.trim().is_empty() && !takes_text(T::KIND) => None,
        value => Some(T::read(value).map_err(|misread| misread.under(name))?),
    };
    Ok(())
}

fn takes_text(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Text | FieldKind::Words(_) | FieldKind::Any | FieldKind::List(_)
    )
}

/// Gives the columns of a row their names: `[1, "Jo Doe"]` as `{"id": 1,
/// "name": "Jo Doe"}`.
pub(crate) fn row(columns: &[&str], json: &Json) -> Option<Json> {
    let cells = json.as_list().filter(|_| !columns.is_empty())?;
    let named = columns.iter().map(|name| (*name).to_owned());
    Some(Json::Map(named.zip(cells.iter().cloned()).collect()))
}
