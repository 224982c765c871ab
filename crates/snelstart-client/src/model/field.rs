//! What can stand in a field.

use api_core::Json;
use api_core::reading::{Faults, Misread};

use super::info::FieldKind;
use crate::filter::{Collection, Path};

/// What is written: what a write sends, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Without what only the server sets.
    ToSend,
    /// Everything.
    Whole,
}

/// A type that can stand in a field of a record.
pub trait Field: Sized + Clone {
    /// What it is.
    const KIND: FieldKind;

    /// What stands for it in a filter over records `M`.
    type Property<M>;

    /// Names it in a filter.
    fn property<M>(path: Path) -> Self::Property<M>;

    /// Reads it; `null` never comes here.
    ///
    /// # Errors
    ///
    /// Where the value is wrong, and what was expected.
    fn read(json: &Json) -> Result<Self, Misread>;

    /// Writes it.
    fn write(&self, how: Written) -> Json;

    /// Notes what the API is known to refuse.
    fn inspect(&self, _whole: bool, _max: Option<u32>, _faults: &mut Faults) {}
}

impl<T: Field> Field for Vec<T> {
    const KIND: FieldKind = FieldKind::List(&T::KIND);

    type Property<M> = Collection<M, T>;

    fn property<M>(path: Path) -> Collection<M, T> {
        Collection::new(path)
    }

    fn read(json: &Json) -> Result<Self, Misread> {
        let Some(items) = json.as_list() else {
            return Err(Misread::expected("a list", json));
        };
        items
            .iter()
            .enumerate()
            .filter(|(_, item)| !item.is_null())
            .map(|(index, item)| T::read(item).map_err(|misread| misread.at(index)))
            .collect()
    }

    fn write(&self, how: Written) -> Json {
        Json::List(self.iter().map(|item| item.write(how)).collect())
    }

    fn inspect(&self, whole: bool, max: Option<u32>, faults: &mut Faults) {
        for (index, item) in self.iter().enumerate() {
            faults.within(&format!("[{index}]"), |faults| {
                item.inspect(whole, max, faults);
            });
        }
    }
}
