//! Paths with parts in braces.

/// A path of an API's description, such as `/customers/{id}`.
#[derive(Debug)]
pub(crate) struct Template(Vec<&'static str>);

impl Template {
    pub(crate) fn new(path: &'static str) -> Template {
        Template(path.trim_matches('/').split('/').collect())
    }

    /// What stands for the parts in braces; none where the path is another one.
    pub(crate) fn values(&self, path: &str) -> Option<Vec<String>> {
        let parts: Vec<&str> = path.split('/').collect();
        if parts.len() != self.0.len() {
            return None;
        }
        let mut values = Vec::new();
        for (segment, part) in self.0.iter().zip(parts) {
            if segment.starts_with('{') {
                values.push(part.to_owned());
            } else if !segment.eq_ignore_ascii_case(part) {
                return None;
            }
        }
        Some(values)
    }
}
