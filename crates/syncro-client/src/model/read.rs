//! Reading members.

use api_core::Json;
use api_core::reading::Misread;

use super::field::Field;

/// Puts a member into its field; `null` is nothing.
pub(crate) fn assign<T: Field>(
    slot: &mut Option<T>,
    name: &str,
    value: &Json,
) -> Result<(), Misread> {
    *slot = match value {
        Json::Null => None,
        value => Some(T::read(value).map_err(|misread| misread.under(name))?),
    };
    Ok(())
}

/// Gives the columns of a row their names: `[1, "Jo Doe"]` as `{"id": 1,
/// "name": "Jo Doe"}`.
pub(crate) fn row(columns: &[&str], json: &Json) -> Option<Json> {
    let cells = json.as_list().filter(|_| !columns.is_empty())?;
    let named = columns.iter().map(|name| (*name).to_owned());
    Some(Json::Map(named.zip(cells.iter().cloned()).collect()))
}
