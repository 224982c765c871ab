//! The client of the mobile API: settings, login, and the one way out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use api_core::redact::Known;
use api_core::{Clock, Error, ErrorKind, Json, SecretString, SendOutcome, Timestamp};
use jiff::tz::TimeZone;
use url::Url;

use super::Generation;
use super::login::{Login, PasswordLogin};
use super::operations as op;
use super::people::Module;
use super::refusal::Refusal;
use crate::builder::{self, Settings, setters};
use crate::session::{Channel, Scheme};
use crate::wire::Target;
use crate::{Operation, Params, Verb, Warning};

/// Settings of a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    settings: Settings,
    username: String,
    password: SecretString,
}

impl ClientBuilder {
    setters!();

    /// Builds the client; sends nothing.
    ///
    /// # Errors
    ///
    /// `Config` when the address, the user name, the password, the number of
    /// sessions, the time zone or the CA file cannot work.
    pub fn build(self) -> Result<Client, Error> {
        let settings = &self.settings;
        builder::check_username(&self.username)?;
        builder::check_secret(&self.password, "password")?;
        let sessions = settings.checked_sessions()?;
        let zone = settings.zone()?;
        let root = settings.root()?;
        let target = Target {
            endpoint: builder::endpoint(&root, "modules/Mobile/api.php")?,
            operation_param: "_operation",
            session_param: "_session",
            prefix: "mobile",
        };
        let wire = settings.wire(target, Known::new([self.password.clone()]))?;
        let login = PasswordLogin {
            username: self.username,
            password: self.password,
        };
        let channel = Channel::new(wire, login, sessions, settings.retry);
        Ok(Client(Arc::new(Inner {
            channel,
            root,
            zone,
            list: AtomicU8::new(UNKNOWN),
            delete: AtomicU8::new(UNKNOWN),
            prefixes: Mutex::default(),
            asked_prefixes: AtomicBool::new(false),
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("sessions", &self.settings.sessions)
            .field("lenient", &self.settings.lenient)
            .finish_non_exhaustive()
    }
}

/// Nothing learnt yet; the version of the login holds.
const UNKNOWN: u8 = 0;

fn number(generation: Generation) -> u8 {
    match generation {
        Generation::Old => 1,
        Generation::New => 2,
    }
}

fn learnt(number: u8) -> Option<Generation> {
    match number {
        1 => Some(Generation::Old),
        2 => Some(Generation::New),
        _ => None,
    }
}

struct Inner {
    channel: Channel<PasswordLogin>,
    root: Url,
    zone: TimeZone,
    /// The shape that lists were seen to have.
    list: AtomicU8,
    /// The ids that deletes were seen to want.
    delete: AtomicU8,
    prefixes: Mutex<BTreeMap<String, u32>>,
    asked_prefixes: AtomicBool,
}

/// A client of the mobile API. Cheap to clone; clones share sessions.
///
/// Its sessions are not those of the webservice: the two cannot be exchanged.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("mobile::Client")
            .field("root", &self.0.root.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Starts with the address of the CRM, a user name and that user's
    /// password.
    ///
    /// The address is that of the installation or of its
    /// `modules/Mobile/api.php`.
    #[must_use]
    pub fn builder(
        url: &str,
        username: impl Into<String>,
        password: SecretString,
    ) -> ClientBuilder {
        ClientBuilder {
            settings: Settings::new(url),
            username: username.into(),
            password,
        }
    }

    /// Returns the address of the installation; it ends in a slash.
    #[must_use]
    pub fn root_url(&self) -> &str {
        self.0.root.as_str()
    }

    /// Makes sure of a session and says what its login told (`login`).
    ///
    /// # Errors
    ///
    /// `Auth` when the login is refused; its help names the likely causes.
    pub async fn login(&self) -> Result<Login, Error> {
        self.0.channel.login().await
    }

    /// Logs in anew and reads the modules along (`loginAndFetchModules`).
    ///
    /// The pool keeps its own sessions; the new one is ended at once where the
    /// server can do that.
    ///
    /// # Errors
    ///
    /// As [`login`](Self::login).
    pub async fn login_and_fetch_modules(&self) -> Result<(Login, Vec<Module>), Error> {
        let operation = &op::LOGIN_MODULES;
        let channel = &self.0.channel;
        let result = channel.scheme().send(channel.wire(), operation).await?;
        let (session, login) = Login::read(operation.name(), &result)?;
        let modules = Module::read_all(operation.name(), &result)?;
        self.keep_prefixes(&modules);
        if login.generation == Generation::New
            && let Err(error) = channel.scheme().log_out(channel.wire(), &session).await
        {
            tracing::debug!(error.kind = error.kind().as_str(), "A logout failed.");
        }
        Ok((login, modules))
    }

    /// Ends all sessions that no call uses now (`logout`).
    ///
    /// Failures do not matter: the old generation has no such operation, its
    /// sessions end by themselves.
    pub async fn logout(&self) {
        self.0.channel.logout().await;
    }

    /// Calls any operation of the mobile API by its name.
    ///
    /// Objects and lists of JSON are written so that the server's purifier
    /// lets them pass, as [`escaped`](super::escaped) does; other parameters
    /// are sent as they are. Returns the answer's `result`.
    ///
    /// # Errors
    ///
    /// `Config` for a name that is not known here; use
    /// [`call_as`](Self::call_as) then.
    pub async fn call(&self, operation: &str, params: Params) -> Result<Json, Error> {
        let Some(known) = op::known(operation) else {
            let names: Vec<&str> = op::names().collect();
            return Err(Error::new(
                ErrorKind::Config,
                format!("The mobile API has no operation `{operation}` that is known here."),
            )
            .operation("mobile.call")
            .outcome(SendOutcome::NotSent)
            .help(format!("Known are: {}.", names.join(", "))));
        };
        self.run(known, params.escaping_json("query")).await
    }

    /// Calls an operation that this crate does not know.
    ///
    /// The mobile API reads forms only: parameters go there whatever the verb
    /// of the operation says.
    ///
    /// # Errors
    ///
    /// When the call fails; 1404 means that there is no such operation.
    pub async fn call_as(&self, operation: &Operation, params: Params) -> Result<Json, Error> {
        let params = params.escaping_json("query");
        if operation.verb() == Verb::Post {
            return self.run(operation, params).await;
        }
        let read = Operation::named(operation.name(), Verb::Post, operation.safety()).reading();
        self.run(&read, params).await
    }

    /// The one way out.
    pub(crate) async fn run(&self, operation: &Operation, params: Params) -> Result<Json, Error> {
        let result = self.0.channel.call(operation, &params).await;
        result.map_err(|error| match Refusal::of(&error) {
            // Refused on a new session too.
            Some(Refusal::LoginRequired) => Error::new(ErrorKind::Auth, error.message())
                .code(error.code_str().unwrap_or_default())
                .operation(error.operation_name().unwrap_or_default())
                .outcome(error.send_outcome())
                .attempts(error.attempt_count())
                .help("The server forgets sessions at once: check its session directory, or a proxy that spreads requests over several servers."),
            Some(Refusal::ServiceOff) => {
                error.help("Switch the module Mobile on in the CRM's module manager.")
            }
            Some(Refusal::ValuesEmpty) => {
                error.help("The values were empty, or a filter on the way broke their JSON.")
            }
            _ => error,
        })
    }

    /// Which generation the server's mobile module is, by its login.
    ///
    /// # Errors
    ///
    /// When the login fails.
    pub async fn generation(&self) -> Result<Generation, Error> {
        if let Some(login) = self.0.channel.latest() {
            return Ok(login.generation);
        }
        Ok(self.login().await?.generation)
    }

    /// Whether the latest login was one of Simply's own server.
    pub(crate) fn is_simply(&self) -> bool {
        let login = self.0.channel.latest();
        login.is_some_and(|login| login.is_simply)
    }

    /// How lists are to be asked for: as last seen, else by the login.
    pub(crate) async fn list_generation(&self) -> Result<Generation, Error> {
        match learnt(self.0.list.load(Ordering::Relaxed)) {
            Some(generation) => Ok(generation),
            None => self.generation().await,
        }
    }

    pub(crate) fn learn_list(&self, generation: Generation) {
        self.0.list.store(number(generation), Ordering::Relaxed);
    }

    /// Which ids deletes want: as last seen, else by the login.
    pub(crate) async fn delete_generation(&self) -> Result<Generation, Error> {
        match learnt(self.0.delete.load(Ordering::Relaxed)) {
            Some(generation) => Ok(generation),
            None => self.generation().await,
        }
    }

    pub(crate) fn learn_delete(&self, generation: Generation) {
        self.0.delete.store(number(generation), Ordering::Relaxed);
    }

    /// The prefix of a module's ids, where a list of modules told it.
    pub(crate) fn known_prefix(&self, module: &str) -> Option<u32> {
        // Calendar mixes two modules.
        if matches!(module, "Calendar" | "Events") {
            return None;
        }
        let prefixes = self
            .0
            .prefixes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        prefixes.get(module).copied()
    }

    pub(crate) fn keep_prefixes(&self, modules: &[Module]) {
        let mut prefixes = self
            .0
            .prefixes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for module in modules {
            if let Some(prefix) = module.prefix {
                prefixes.insert(module.name.clone(), prefix);
            }
        }
    }

    /// Asks for the modules once, where a list came with bare numbers.
    pub(crate) async fn learn_prefixes(&self, module: &str) -> bool {
        let mixed = matches!(module, "Calendar" | "Events" | "Users");
        if mixed || self.0.asked_prefixes.swap(true, Ordering::Relaxed) {
            return false;
        }
        let result = match self.run(&op::MODULES, Params::new()).await {
            Ok(result) => result,
            Err(error) => {
                // Asked again by the next list, unless the server says no.
                let refused = error.send_outcome() == SendOutcome::Rejected;
                self.0.asked_prefixes.store(refused, Ordering::Relaxed);
                return false;
            }
        };
        if let Ok(modules) = Module::read_all(op::MODULES.name(), &result) {
            self.keep_prefixes(&modules);
        }
        self.known_prefix(module).is_some()
    }

    pub(crate) fn warn(&self, warning: &Warning) {
        self.0.channel.wire().warn(warning);
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.0.channel.wire().clock()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.0.zone
    }
}
