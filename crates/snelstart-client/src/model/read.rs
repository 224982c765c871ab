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
