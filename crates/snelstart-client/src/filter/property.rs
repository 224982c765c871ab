//! Names of properties, made from the typed fields.

use std::fmt;
use std::marker::PhantomData;

use crate::filter::{Compare, Filter, Literal, Node};
use crate::model::Field;
use crate::wall_time::WallTime;

/// The way to a property, from a record or from an item of one of its lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path {
    /// Which list's item it begins at; `None` for the record.
    item: Option<u8>,
    depth: u8,
    members: Vec<&'static str>,
}

impl Path {
    /// The record itself.
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// The item of a list that is looked into.
    fn of_item(depth: u8) -> Self {
        Self {
            item: Some(depth),
            depth: depth.saturating_add(1),
            members: Vec::new(),
        }
    }

    /// A member of what is here, by its wire name.
    pub(crate) fn join(&self, member: &'static str) -> Self {
        let mut path = self.clone();
        path.members.push(member);
        path
    }

    pub(crate) fn item(&self) -> Option<u8> {
        self.item
    }

    pub(crate) fn members(&self) -> &[&'static str] {
        &self.members
    }
}

/// The name of a list's item: `x`, and `x1`, `x2` within each other.
pub(crate) fn item(depth: u8) -> String {
    match depth {
        0 => "x".to_owned(),
        depth => format!("x{depth}"),
    }
}

/// Writes a wire name with its first letter in upper case.
pub(crate) fn upper_first(member: &str) -> String {
    let mut letters = member.chars();
    match letters.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
        None => String::new(),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = self.item.map(item);
        let parts: Vec<String> = item
            .into_iter()
            .chain(self.members.iter().map(|member| upper_first(member)))
            .collect();
        f.write_str(&parts.join("/"))
    }
}

/// A property of records `M` that holds a `T`.
pub struct Property<M, T> {
    path: Path,
    types: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Property<M, T> {
    pub(crate) fn new(path: Path) -> Self {
        Self {
            path,
            types: PhantomData,
        }
    }

    /// The property's name as filters and `$select` write it.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.to_string()
    }

    fn compare(&self, how: Compare, value: impl Literal<T>) -> Filter<M> {
        Filter::of(Node::Compare(self.path.clone(), how, value.literal()))
    }

    /// Equal to a value.
    #[must_use]
    pub fn eq(&self, value: impl Literal<T>) -> Filter<M> {
        self.compare(Compare::Eq, value)
    }

    /// Other than a value.
    #[must_use]
    pub fn ne(&self, value: impl Literal<T>) -> Filter<M> {
        self.compare(Compare::Ne, value)
    }

    /// Greater than a value.
    #[must_use]
    pub fn gt(&self, value: impl Literal<T>) -> Filter<M> {
        self.compare(Compare::Gt, value)
    }

    /// Greater than a value, or equal to it.
    #[must_use]
    pub fn ge(&self, value: impl Literal<T>) -> Filter<M> {
        self.compare(Compare::Ge, value)
    }

    /// Less than a value.
    #[must_use]
    pub fn lt(&self, value: impl Literal<T>) -> Filter<M> {
        self.compare(Compare::Lt, value)
    }

    /// Less than a value, or equal to it.
    #[must_use]
    pub fn le(&self, value: impl Literal<T>) -> Filter<M> {
        self.compare(Compare::Le, value)
    }

    /// Without a value.
    #[must_use]
    pub fn is_null(&self) -> Filter<M> {
        Filter::of(Node::Null(self.path.clone(), true))
    }

    /// With a value.
    #[must_use]
    pub fn not_null(&self) -> Filter<M> {
        Filter::of(Node::Null(self.path.clone(), false))
    }
}

impl<M> Property<M, String> {
    /// Beginning with a text.
    #[must_use]
    pub fn starts_with(&self, text: impl Into<String>) -> Filter<M> {
        Filter::of(Node::StartsWith(self.path.clone(), text.into()))
    }

    /// Containing a text.
    #[must_use]
    pub fn contains(&self, text: impl Into<String>) -> Filter<M> {
        Filter::of(Node::Contains(self.path.clone(), text.into()))
    }
}

impl<M> Property<M, WallTime> {
    /// In a year.
    #[must_use]
    pub fn year(&self, year: i32) -> Filter<M> {
        Filter::of(Node::Year(self.path.clone(), Compare::Eq, year))
    }
}

impl<M, T> Clone for Property<M, T> {
    fn clone(&self) -> Self {
        Self::new(self.path.clone())
    }
}

impl<M, T> fmt::Debug for Property<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Property").field(&self.name()).finish()
    }
}

/// A property of records `M` that holds several `T`.
pub struct Collection<M, T> {
    path: Path,
    types: PhantomData<fn() -> (M, T)>,
}

impl<M, T: Field> Collection<M, T> {
    pub(crate) fn new(path: Path) -> Self {
        Self {
            path,
            types: PhantomData,
        }
    }

    /// The property's name as filters and `$select` write it.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.to_string()
    }

    /// With at least one item that meets a condition.
    #[must_use]
    pub fn any(&self, condition: impl FnOnce(T::Property<M>) -> Filter<M>) -> Filter<M> {
        let depth = self.path.depth;
        let inner = condition(T::property(Path::of_item(depth)));
        Filter::of(Node::Any(self.path.clone(), depth, Box::new(inner.node)))
    }
}

impl<M, T> fmt::Debug for Collection<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Collection")
            .field(&self.path.to_string())
            .finish()
    }
}
