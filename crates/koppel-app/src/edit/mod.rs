//! Changing `koppel.toml` as a person would: comments, order and layout stay.
//!
//! What a change would make of the file is checked as a whole before it is saved; a file that
//! would be wrong is not written.
//!
//! ```
//! use koppel_app::edit::{ConfigFile, Part};
//!
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("koppel.toml");
//! std::fs::write(&path, "[connections.crm] # ours\nkind = \"crmconnect\"\nurl = \"sqlite:a.db\"\n")?;
//!
//! let mut file = ConfigFile::open(&path)?;
//! file.set(Part::Connection, "crm", "url", "sqlite:b.db")?;
//! file.save()?;
//! assert_eq!(
//!     std::fs::read_to_string(&path)?,
//!     "[connections.crm] # ours\nkind = \"crmconnect\"\nurl = \"sqlite:b.db\"\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod document;
mod save;
mod write;

use std::path::{Path, PathBuf};

use sync_core::ConnectionName;
use toml_edit::{DocumentMut, Item, Key};

use crate::audit::SettingChange;
use crate::config::{Config, ConfigError, ConnectionKind, FLOW_KEYS, is_name, suggestion};
use crate::error::AppError;
use crate::secrets::SecretRef;

pub use write::private_file;

/// What can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// `[connections.NAME]`.
    Connection,
    /// `[flows.NAME]`.
    Flow,
}

impl Part {
    const fn table(self) -> &'static str {
        match self {
            Self::Connection => "connections",
            Self::Flow => "flows",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Flow => "flow",
        }
    }
}

/// A key that was set by a text, to be read as what it is expected to be.
#[derive(Debug, Clone)]
struct Assigned {
    part: Part,
    name: String,
    path: Vec<String>,
    text: String,
}

/// A configuration file that is being changed.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    /// What it held when it was read; `None` for one that is not there yet.
    before: Option<String>,
    document: DocumentMut,
    assigned: Vec<Assigned>,
    changes: Vec<SettingChange>,
}

impl ConfigFile {
    /// Reads a file; one that is not there is begun.
    ///
    /// # Errors
    /// When it cannot be read, or is no TOML.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, AppError> {
        let path = path.as_ref();
        let before = match Config::text(path) {
            Ok(text) => Some(text),
            Err(ConfigError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                None
            }
            Err(error) => return Err(error.into()),
        };
        let text = before.clone().unwrap_or_default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let document = match text.parse() {
            Ok(document) => document,
            Err(error) => {
                // Our own reader says it better, and with all lines.
                Config::parse(text, path)?;
                return Err(AppError::Failed {
                    message: format!("{}: this is not TOML: {error}", path.display()),
                    help: "mend it in an editor; nothing was changed".to_owned(),
                });
            }
        };
        Ok(Self {
            path: path.to_path_buf(),
            before,
            document,
            assigned: Vec::new(),
            changes: Vec::new(),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is no such file yet.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// The names of all connections or flows, in the order of the file.
    #[must_use]
    pub fn names(&self, part: Part) -> Vec<String> {
        document::names(&self.document, part.table())
    }

    /// Begins a connection.
    ///
    /// # Errors
    /// When the name is taken, or does not fit.
    pub fn add_connection(&mut self, name: &str, kind: ConnectionKind) -> Result<(), AppError> {
        self.add(Part::Connection, name)?;
        self.text(Part::Connection, name, "kind", kind.as_str())
    }

    /// Begins a flow.
    ///
    /// # Errors
    /// When the name is taken, or does not fit.
    pub fn add_flow(&mut self, name: &str, from: &str, to: &str) -> Result<(), AppError> {
        self.add(Part::Flow, name)?;
        self.text(Part::Flow, name, "from", from)?;
        self.text(Part::Flow, name, "to", to)
    }

    fn add(&mut self, part: Part, name: &str) -> Result<(), AppError> {
        let word = part.word();
        if !is_name(name) {
            return Err(AppError::Asked {
                message: format!("`{name}` cannot be the name of a {word}"),
                help:
                    "a name has letters, digits, `-` and `_` and begins with a letter (64 at most)"
                        .to_owned(),
            });
        }
        if self.names(part).iter().any(|known| known == name) {
            return Err(AppError::Asked {
                message: format!("there is a {word} `{name}` already"),
                help: format!("change it: `koppel {word} set {name} KEY=VALUE`"),
            });
        }
        document::add(&mut self.document, part.table(), name).map_err(|table| self.odd(&table))
    }

    /// Sets a key to a text.
    ///
    /// # Errors
    /// When there is no such connection or flow, or the key cannot be one.
    pub fn text(&mut self, part: Part, name: &str, key: &str, value: &str) -> Result<(), AppError> {
        let path = self.path_of(part, key)?;
        self.put(part, name, &path, document::text(value))
    }

    /// Sets a key to a list of texts.
    ///
    /// # Errors
    /// When there is no such connection or flow, or the key cannot be one.
    pub fn texts(
        &mut self,
        part: Part,
        name: &str,
        key: &str,
        values: &[&str],
    ) -> Result<(), AppError> {
        let path = self.path_of(part, key)?;
        self.put(part, name, &path, document::texts(values.iter().copied()))
    }

    /// Sets a key by what somebody typed: a number, `true`, a list, or a text without quotes. Dots
    /// lead into tables (`profile.push.mode`).
    ///
    /// # Errors
    /// When there is no such connection or flow, or the key cannot be one.
    pub fn set(&mut self, part: Part, name: &str, key: &str, value: &str) -> Result<(), AppError> {
        let path = self.path_of(part, key)?;
        self.put(part, name, &path, document::typed(value))?;
        self.assigned.push(Assigned {
            part,
            name: name.to_owned(),
            path,
            text: value.to_owned(),
        });
        Ok(())
    }

    /// Takes a key out.
    ///
    /// # Errors
    /// When there is no such connection, flow or key.
    pub fn unset(&mut self, part: Part, name: &str, key: &str) -> Result<(), AppError> {
        let path = self.path_of(part, key)?;
        self.has(part, name)?;
        if document::unset(&mut self.document, part.table(), name, &path) {
            return Ok(());
        }
        let keys = document::keys(&self.document, part.table(), name);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        Err(AppError::Asked {
            message: format!("the {} `{name}` has no `{key}`", part.word()),
            help: suggestion(key, &keys, "it has").unwrap_or_default(),
        })
    }

    /// Puts tables into a connection, comments and all; what is there by these names is replaced.
    ///
    /// # Errors
    /// When there is no such connection, or `text` is no TOML.
    pub fn merge(&mut self, name: &str, text: &str) -> Result<(), AppError> {
        self.has(Part::Connection, name)?;
        let parsed: DocumentMut = text.parse().map_err(|error| AppError::Failed {
            message: format!("what was proposed cannot be written: {error}"),
            help: "write the tables by hand".to_owned(),
        })?;
        document::merge(&mut self.document, Part::Connection.table(), name, parsed)
            .map_err(|table| self.odd(&table))
    }

    /// Takes a connection or flow out.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn remove(&mut self, part: Part, name: &str) -> Result<(), AppError> {
        self.has(part, name)?;
        document::remove(&mut self.document, part.table(), name);
        Ok(())
    }

    fn path_of(&self, part: Part, key: &str) -> Result<Vec<String>, AppError> {
        let parsed = Key::parse(key).map_err(|_| AppError::Asked {
            message: format!("`{key}` is no key"),
            help: "write KEY=VALUE, such as batch_size=25; dots lead into tables: \
                   profile.push.mode=single"
                .to_owned(),
        })?;
        let path: Vec<String> = parsed.iter().map(|key| key.get().to_owned()).collect();
        if part == Part::Flow
            && let Some(first) = path.first()
            && !FLOW_KEYS.contains(&first.as_str())
        {
            return Err(self.unknown_key(first, FLOW_KEYS));
        }
        Ok(path)
    }

    fn unknown_key(&self, key: &str, known: &[&str]) -> AppError {
        AppError::Asked {
            message: format!("there is no key `{key}`"),
            help: suggestion(key, known, "there are").unwrap_or_default(),
        }
    }

    fn put(
        &mut self,
        part: Part,
        name: &str,
        path: &[String],
        value: toml_edit::Value,
    ) -> Result<(), AppError> {
        self.has(part, name)?;
        document::put(&mut self.document, part.table(), name, path, value)
            .map_err(|table| self.odd(&table))
    }

    fn has(&self, part: Part, name: &str) -> Result<(), AppError> {
        let names = self.names(part);
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let word = part.word();
        Err(AppError::Asked {
            message: format!("there is no {word} `{name}` in {}", self.path.display()),
            help: suggestion(name, &names, "there are")
                .unwrap_or_else(|| format!("`koppel {word} add {name}` makes one")),
        })
    }

    fn odd(&self, table: &str) -> AppError {
        AppError::Failed {
            message: format!(
                "{}: `{table}` is not written as a table, so it cannot be changed here",
                self.path.display()
            ),
            help: "change it in an editor; nothing was changed".to_owned(),
        }
    }

    /// The flows that read from or write to a connection.
    #[must_use]
    pub fn flows_of(&self, connection: &str) -> Vec<String> {
        let ends = |flow: &str| {
            ["from", "to"].into_iter().any(|key| {
                document::value(&self.document, Part::Flow.table(), flow, key)
                    .and_then(Item::as_str)
                    == Some(connection)
            })
        };
        let mut flows = self.names(Part::Flow);
        flows.retain(|flow| ends(flow));
        flows
    }

    /// The connections that take their settings from the options of this one.
    #[must_use]
    pub fn takers_of(&self, connection: &str) -> Vec<ConnectionName> {
        let takes = |name: &str| {
            document::value(
                &self.document,
                Part::Connection.table(),
                name,
                "settings_from",
            )
            .and_then(Item::as_str)
                == Some(connection)
        };
        let mut takers = self.names(Part::Connection);
        takers.retain(|name| takes(name));
        takers.iter().map(|name| name.as_str().into()).collect()
    }
}

/// Reads a reference to a secret as it is given on a command line; a secret itself is refused
/// without being repeated.
///
/// # Errors
/// When it is neither `env:NAME` nor `file:PATH`.
pub fn secret_reference(option: &str, given: &str) -> Result<SecretRef, AppError> {
    SecretRef::parse(given).map_err(|error| AppError::Asked {
        message: format!("`{option}`: {error}"),
        help: format!(
            "write `{option} env:NAME` and set that variable, `{option} file:PATH` of a file only \
             you can read, or `{option} -` and give the secret on stdin: it is put into a file \
             that only you can read"
        ),
    })
}

#[cfg(test)]
mod tests;
