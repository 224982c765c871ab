//! Commands that change the configuration: `koppel connection add|set|remove`, `koppel flow
//! add|set|remove|pause|resume`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use koppel_app::config::ConnectionKind;
use koppel_app::edit::{ConfigFile, Part, private_file, secret_reference};
use koppel_app::propose::propose;
use koppel_app::sync_core::EntityKind;
use koppel_app::{App, AppError, Exit};
use serde_json::json;

use super::connection as connections;
use crate::cli::{AddConnection, Changes, Connection, Flow};
use crate::out::Out;

/// The keys that say where a secret is.
const SECRETS: [&str; 7] = [
    "token",
    "client_token",
    "password",
    "access_key",
    "api_key",
    "connection_key",
    "webhook_token",
];
/// A longer secret is none, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// A secret that was given on stdin and is to be put into a file.
struct Given {
    path: PathBuf,
    secret: Vec<u8>,
}

/// The changes of one command.
struct Change {
    file: ConfigFile,
    given: Option<Given>,
}

pub(super) async fn connection(
    path: &Path,
    command: &Connection,
    out: &mut Out,
) -> Result<Exit, AppError> {
    let mut change = Change::open(path)?;
    match command {
        Connection::Add(add) => {
            change.add(add)?;
            if add.kind == ConnectionKind::Sql {
                change.propose(&add.name, out).await?;
            }
            change.save_and_test(&add.name, "is added", out).await
        }
        Connection::Set { name, changes } => {
            change.apply(Part::Connection, name, changes)?;
            change.save_and_test(name, "is changed", out).await
        }
        Connection::Remove { name, with_flows } => change.remove(name, *with_flows, out).await,
        Connection::List | Connection::Test { .. } => Ok(Exit::Ok),
    }
}

pub(super) async fn flow(path: &Path, command: &Flow, out: &mut Out) -> Result<Exit, AppError> {
    let mut change = Change::open(path)?;
    match command {
        Flow::List => Ok(Exit::Ok),
        Flow::Add {
            name,
            from,
            to,
            entities,
            every,
            set,
        } => {
            change.file.add_flow(name, from, to)?;
            let kinds: Vec<&str> = (entities.entities.iter())
                .map(|entity: &EntityKind| entity.as_str())
                .collect();
            if !kinds.is_empty() {
                change.file.texts(Part::Flow, name, "entities", &kinds)?;
            }
            if let Some(every) = every {
                change.file.text(Part::Flow, name, "every", every)?;
            }
            for (key, value) in set {
                change.file.set(Part::Flow, name, key, value)?;
            }
            change.save_flow(name, "is added", out).await
        }
        Flow::Set { name, changes } => {
            change.apply(Part::Flow, name, changes)?;
            change.save_flow(name, "is changed", out).await
        }
        Flow::Pause { name } => {
            change.file.text(Part::Flow, name, "cron", "no")?;
            change
                .save_flow(name, "is not due by itself any more", out)
                .await
        }
        Flow::Resume { name } => {
            change.file.text(Part::Flow, name, "cron", "yes")?;
            change.save_flow(name, "is due by itself again", out).await
        }
        Flow::Remove { name } => {
            if let Err(error) = change.file.remove(Part::Flow, name) {
                return change.end_left(name, error, out).await;
            }
            change.save_removed(&[name], out).await?;
            change.told("flow", name, "is taken out", out);
            out.note(
                "Its links and what it agreed on stay in the store: a flow of that name between \
                 the same connections goes on with them.",
            );
            Ok(Exit::Ok)
        }
    }
}

impl Change {
    fn open(path: &Path) -> Result<Self, AppError> {
        Ok(Self {
            file: ConfigFile::open(path)?,
            given: None,
        })
    }

    fn add(&mut self, add: &AddConnection) -> Result<(), AppError> {
        let name = &add.name;
        self.file.add_connection(name, add.kind)?;
        for (key, value) in [
            ("url", &add.url),
            ("api_url", &add.api_url),
            ("account", &add.account),
            ("username", &add.username),
            ("start_date", &add.start_date),
            ("profile", &add.profile),
        ] {
            if let Some(value) = value {
                self.file.text(Part::Connection, name, key, value)?;
            }
        }
        for (key, option, value) in [
            ("access_key", "--access-key", &add.access_key),
            ("password", "--password", &add.password),
            ("token", "--token", &add.token),
            ("client_token", "--client-token", &add.client_token),
            ("api_key", "--api-key", &add.api_key),
            ("connection_key", "--connection-key", &add.connection_key),
        ] {
            if let Some(value) = value {
                self.secret(name, key, option, value)?;
            }
        }
        for (key, value) in &add.set {
            self.set(Part::Connection, name, key, value)?;
        }
        Ok(())
    }

    /// Looks at the tables of a database and writes down what they may hold.
    async fn propose(&mut self, name: &str, out: &mut Out) -> Result<(), AppError> {
        let config = self.file.check()?;
        let connection = config.connection(name)?;
        if !connection.reads().is_empty() {
            return Ok(());
        }
        let secret = (self.given.as_ref())
            .map(|given| String::from_utf8_lossy(&given.secret).into_owned().into());
        let proposed = match propose(&config, name, secret.as_ref()).await {
            Ok(proposed) => proposed,
            Err(error) => {
                // The test says the same, and the connection is saved all the same.
                out.warn(&format!("no table is proposed: {error}"));
                return Ok(());
            }
        };
        if out.json {
            out.object(&json!({ "connection": name, "proposed": proposed.tables }));
        }
        if proposed.tables.is_empty() {
            out.note("No table looks like a kind of record that Koppel knows; write them by hand.");
            return Ok(());
        }
        self.file.merge(name, &proposed.text)?;
        out.note("What the tables seem to hold, by their names and columns:");
        for table in &proposed.tables {
            let comment = if table.used {
                ""
            } else {
                "; written as a comment"
            };
            out.note(&format!(
                "  {} in `{}` ({} of 100 sure{comment})",
                table.entity.plural(),
                table.table,
                table.confidence
            ));
            for remark in &table.remarks {
                out.note(&format!("    look at: {remark}"));
            }
        }
        out.note(&format!(
            "Check them in {} before the first sync: the column of each field, the key, `modified`.",
            self.file.path().display()
        ));
        Ok(())
    }

    fn apply(&mut self, part: Part, name: &str, changes: &Changes) -> Result<(), AppError> {
        for key in &changes.unset {
            self.file.unset(part, name, key)?;
        }
        for (key, value) in &changes.set {
            self.set(part, name, key, value)?;
        }
        Ok(())
    }

    fn set(&mut self, part: Part, name: &str, key: &str, value: &str) -> Result<(), AppError> {
        if part == Part::Connection && SECRETS.contains(&key) {
            return self.secret(name, key, key, value);
        }
        self.file.set(part, name, key, value)
    }

    /// Says where a secret is; one that is given on stdin goes into a file beside the configuration.
    fn secret(&mut self, name: &str, key: &str, option: &str, value: &str) -> Result<(), AppError> {
        let reference = if value == "-" {
            let file = format!("{name}.{key}");
            let directory = self.file.path().parent().unwrap_or(Path::new(""));
            self.given = Some(Given {
                path: directory.join(&file),
                secret: self.read_secret(option)?,
            });
            format!("file:{file}")
        } else {
            secret_reference(option, value)?;
            value.to_owned()
        };
        self.file.text(Part::Connection, name, key, &reference)
    }

    fn read_secret(&self, option: &str) -> Result<Vec<u8>, AppError> {
        let failed = |message: String| AppError::Asked {
            message,
            help: "give it on stdin, such as `… < FILE`, or type it and end with Ctrl-D".to_owned(),
        };
        if self.given.is_some() {
            return Err(failed("stdin holds one secret, not two".to_owned()));
        }
        let mut secret = Vec::new();
        std::io::stdin()
            .take(MAX_SECRET)
            .read_to_end(&mut secret)
            .map_err(|error| failed(format!("`{option}`: stdin cannot be read: {error}")))?;
        let end = secret.iter().rposition(|byte| !byte.is_ascii_whitespace());
        secret.truncate(end.map_or(0, |end| end + 1));
        if secret.is_empty() {
            return Err(failed(format!("`{option}`: there is no secret on stdin")));
        }
        Ok(secret)
    }

    /// Checks what the file would be, then writes the secret and the file, and who changed what
    /// into the audit log.
    async fn save(&mut self) -> Result<App, AppError> {
        self.file.check()?;
        if let Some(given) = self.given.take() {
            private_file(&given.path, &given.secret)?;
        }
        let app = App::new(self.file.save()?);
        app.tell_settings(self.file.changes()).await;
        Ok(app)
    }

    /// Saves the file without these flows, and ends what was interrupted of them.
    async fn save_removed(&mut self, flows: &[&str], out: &Out) -> Result<(), AppError> {
        let app = self.save().await?;
        for flow in flows {
            if let Err(error) = app.end_removed(flow).await {
                out.warn(&format!(
                    "the interrupted run of the flow {flow} could not be ended: {error}; `koppel \
                     flow remove {flow}` tries again"
                ));
            }
        }
        app.close().await;
        Ok(())
    }

    /// Ends what was interrupted of a flow that was taken out of the file before; without such a
    /// run it is `error` that there is none of that name.
    async fn end_left(
        &mut self,
        name: &str,
        error: AppError,
        out: &mut Out,
    ) -> Result<Exit, AppError> {
        let Ok(config) = self.file.check() else {
            return Err(error);
        };
        let app = App::new(config);
        let ended = app.end_removed(name).await;
        app.close().await;
        let Some(run) = ended? else {
            return Err(error);
        };
        if out.json {
            out.object(&json!({ "config": self.file.path(), "flow": name, "ended": run.id }));
        } else {
            out.line(&format!(
                "{}: the flow {name} is out of it already; its interrupted run {} is ended.",
                self.file.path().display(),
                run.id
            ));
        }
        Ok(Exit::Ok)
    }

    fn told(&self, what: &str, name: &str, done: &str, out: &mut Out) {
        let path = self.file.path().display();
        if out.json {
            out.object(&json!({ "config": self.file.path(), what: name, "saved": true }));
        } else {
            out.line(&format!("{path}: the {what} {name} {done}."));
        }
    }

    async fn save_and_test(
        &mut self,
        name: &str,
        done: &str,
        out: &mut Out,
    ) -> Result<Exit, AppError> {
        let app = self.save().await?;
        self.told("connection", name, done, out);
        let tested = connections::test(&app, Some(name), out).await;
        app.close().await;
        let exit = tested?;
        if exit != Exit::Ok {
            out.note(&format!(
                "The connection is saved all the same; `koppel connection set {name} KEY=VALUE` \
                 changes it."
            ));
        }
        Ok(exit)
    }

    /// Saves a flow and sees whether it can be made; nothing is read or written by it.
    async fn save_flow(&mut self, name: &str, done: &str, out: &mut Out) -> Result<Exit, AppError> {
        let app = self.save().await?;
        self.told("flow", name, done, out);
        let made = app.flow(name).await.map(drop);
        app.close().await;
        match &made {
            Ok(()) => out.note(&format!("`koppel plan {name}` shows what it would change.")),
            Err(_) => out.note("It is saved, but cannot run yet:"),
        }
        made.map(|()| Exit::Ok)
    }

    async fn remove(
        &mut self,
        name: &str,
        with_flows: bool,
        out: &mut Out,
    ) -> Result<Exit, AppError> {
        let flows = self.file.flows_of(name);
        let takers = self.file.takers_of(name);
        if let Some(taker) = takers.first() {
            return Err(AppError::Asked {
                message: format!("`{taker}` takes its settings from `{name}`"),
                help: format!(
                    "`koppel connection set {taker} --unset settings_from`, or remove it"
                ),
            });
        }
        if !flows.is_empty() && !with_flows {
            return Err(AppError::Asked {
                message: format!("`{name}` is used by the flow {}", flows.join(", ")),
                help: format!(
                    "`koppel connection remove {name} --with-flows` takes that out as well; what \
                     was synced stays in the store"
                ),
            });
        }
        self.file.remove(Part::Connection, name)?;
        for flow in &flows {
            self.file.remove(Part::Flow, flow)?;
        }
        let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
        self.save_removed(&flows, out).await?;
        self.told("connection", name, "is taken out", out);
        Ok(Exit::Ok)
    }
}
