//! The models of the API: their properties, types and limits.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a property holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Time,
    Money,
    Int,
    Bool,
    Uuid,
    /// Made from the record's id.
    Uri,
    /// Base64.
    Bytes,
    Any,
    /// One of these words.
    Word(Vec<&'static str>),
    /// An object with an id, and where those stand.
    Ref(&'static str),
    /// Another model.
    Object(&'static str),
    List(Box<Kind>),
}

/// One property of a model.
#[derive(Debug)]
pub(crate) struct Prop {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) read_only: bool,
    pub(crate) max: Option<usize>,
}

/// One model of the API.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) props: Vec<Prop>,
}

impl Model {
    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.props.iter().position(|prop| prop.name == name)
    }

    /// The property as .NET binds it: in whatever case.
    pub(crate) fn bound(&self, name: &str) -> Option<usize> {
        self.index(name).or_else(|| {
            self.props
                .iter()
                .position(|prop| prop.name.eq_ignore_ascii_case(name))
        })
    }
}

static MODELS: LazyLock<HashMap<&'static str, Model>> =
    LazyLock::new(|| parse(include_str!("data/models.txt")));
static NONE: LazyLock<Model> = LazyLock::new(Model::default);

/// The model of that name; one without properties where there is none.
pub(crate) fn model(name: &str) -> &'static Model {
    MODELS.get(name).unwrap_or(&NONE)
}

fn parse(text: &'static str) -> HashMap<&'static str, Model> {
    let mut models: HashMap<&'static str, Model> = HashMap::new();
    let mut open = Model::default();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(line) = line.strip_prefix("  ") {
            if let Some(prop) = property(line) {
                open.props.push(prop);
            }
        } else if !line.is_empty() {
            let done = std::mem::replace(
                &mut open,
                Model {
                    name: line,
                    ..Model::default()
                },
            );
            models.insert(done.name, done);
        }
    }
    models.insert(open.name, open);
    models
}

fn property(line: &'static str) -> Option<Prop> {
    let (name, rest) = line.split_once(": ")?;
    let (kind, flags) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut prop = Prop {
        name,
        kind: kind_of(kind),
        required: false,
        read_only: false,
        max: None,
    };
    for flag in flags.split(' ') {
        match flag {
            "required" => prop.required = true,
            "readonly" => prop.read_only = true,
            flag => prop.max = flag.strip_prefix("max=").and_then(|n| n.parse().ok()),
        }
    }
    Some(prop)
}

fn kind_of(text: &'static str) -> Kind {
    let inside = |open: &str, close: char| text.strip_prefix(open)?.strip_suffix(close);
    if let Some(inner) = inside("[", ']') {
        return Kind::List(Box::new(kind_of(inner)));
    }
    if let Some(words) = inside("enum(", ')') {
        return Kind::Word(words.split('|').collect());
    }
    if let Some(path) = inside("ref(", ')') {
        return Kind::Ref(path);
    }
    match text {
        "text" => Kind::Text,
        "time" => Kind::Time,
        "money" | "double" => Kind::Money,
        "int" => Kind::Int,
        "bool" => Kind::Bool,
        "uuid" => Kind::Uuid,
        "uri" => Kind::Uri,
        "bytes" => Kind::Bytes,
        "any" => Kind::Any,
        name => Kind::Object(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(kind: &Kind) -> bool {
        match kind {
            Kind::List(inner) => known(inner),
            Kind::Object(name) => !model(name).props.is_empty(),
            _ => true,
        }
    }

    #[test]
    fn every_model_that_is_named_exists() {
        assert!(MODELS.len() > 70);
        for model in MODELS.values() {
            for prop in &model.props {
                assert!(known(&prop.kind), "{}.{}", model.name, prop.name);
            }
        }
    }

    #[test]
    fn limits_and_required_properties_are_read() {
        let booking = model("VerkoopBoekingModel");
        let number = &booking.props[booking.bound("FactuurNummer").expect("the number")];
        assert_eq!(number.name, "factuurnummer");
        assert!(number.required && !number.read_only);
        assert_eq!(number.max, Some(25));
        assert_eq!(booking.index("factuurNummer"), None);
    }
}
