//! The client and its builder.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_core::{
    Call, Caller, Clock, Error, ErrorKind, ExchangeObserver, Limiter, RetryPolicy, Safety,
    SecretString, SystemClock, Transport,
};
use http::Method;
use url::Url;

use crate::auth::SmartAuth;
use crate::clients::Clients;
use crate::contacts::Contacts;
use crate::error::{self, Answer, Asked};
use crate::handle::Handle;
use crate::invoices::Invoices;
use crate::leads::Leads;
use crate::list::ListParams;
use crate::model::Kind;
use crate::profile::{Entity, Profile};
use crate::projects::Projects;
use crate::request::{Draft, normalise};
use crate::resource::Resource;
use crate::tickets::Tickets;

/// The `User-Agent` unless another is set.
const USER_AGENT: &str = concat!("smartcrm-client/", env!("CARGO_PKG_VERSION"));

/// Settings of a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    api_url: String,
    token: SecretString,
    client_token: Option<SecretString>,
    profile: Profile,
    timeout: Duration,
    retry: RetryPolicy,
    batch_size: usize,
    insecure_http: bool,
    ca_file: Option<PathBuf>,
    user_agent: Cow<'static, str>,
    observers: Vec<Arc<dyn ExchangeObserver>>,
    limiter: Option<Arc<dyn Limiter>>,
    clock: Arc<dyn Clock>,
    transport: Option<Arc<dyn Transport>>,
}

impl ClientBuilder {
    /// Sets the second token, which V2 routes need.
    #[must_use]
    pub fn client_token(mut self, token: SecretString) -> Self {
        self.client_token = Some(token);
        self
    }

    /// Sets what this installation does differently.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the time-out of one attempt, 30 s by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often a failed call is repeated where that is safe, 3 by default.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.retry.max_retries = retries;
        self
    }

    /// Sets how often and after which waits a failed call is repeated.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how many records a batch and a page hold, 50 by default.
    #[must_use]
    pub fn batch_size(mut self, records: usize) -> Self {
        self.batch_size = records;
        self
    }

    /// Allows plain `http` to another machine: the token is then readable on
    /// the way.
    #[must_use]
    pub fn insecure_http(mut self, allow: bool) -> Self {
        self.insecure_http = allow;
        self
    }

    /// Trusts the certificate authorities of a PEM file as well.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Sets the `User-Agent`.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Adds an observer of every exchange.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn ExchangeObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sets the rate limiter of the account; share one between its clients.
    #[must_use]
    pub fn limiter(mut self, limiter: Arc<dyn Limiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Sets the clock that waits between attempts, the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sends over another transport; tests use it.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Builds the client; sends nothing.
    ///
    /// # Errors
    ///
    /// `Config` when the URL, a token, the profile, the CA file or the batch
    /// size cannot work.
    pub fn build(self) -> Result<Client, Error> {
        let fault =
            |what: String| Error::new(ErrorKind::Config, what).operation("smartcrm.configure");
        if let Some(what) = self.profile.fault() {
            return Err(fault(format!(
                "The profile {} is wrong: {what}.",
                self.profile.name
            )));
        }
        if self.batch_size == 0 || u32::try_from(self.batch_size).is_err() {
            return Err(fault(format!(
                "A batch cannot hold {} records.",
                self.batch_size
            )));
        }
        if self.client_token.is_none()
            && let Some(entity) = Entity::ALL
                .into_iter()
                .find(|entity| self.profile.needs_client_token(self.profile.path(*entity)))
        {
            return Err(
                fault(format!("The route of {entity} needs the client token."))
                    .help("Configure `client_token` for this connection."),
            );
        }
        let base = normalise(&self.api_url, &self.profile.api_prefix, self.insecure_http)?;
        let auth = SmartAuth::new(
            &self.profile,
            &base,
            &self.token,
            self.client_token.as_ref(),
        )?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(self.insecure_http, self.ca_file.as_deref())?,
        };
        let mut caller = Caller::builder(transport)
            .auth(auth)
            .retry(self.retry)
            .timeout(self.timeout)
            .clock(self.clock)
            .user_agent(self.user_agent);
        if let Some(limiter) = self.limiter {
            caller = caller.limiter(limiter);
        }
        for observer in self.observers {
            caller = caller.observer(observer);
        }
        Ok(Client(Arc::new(Inner {
            caller: caller.build()?,
            base,
            profile: Arc::new(self.profile),
            batch_size: self.batch_size,
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("profile", &self.profile.name)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "reqwest")]
fn default_transport(
    insecure_http: bool,
    ca_file: Option<&std::path::Path>,
) -> Result<Arc<dyn Transport>, Error> {
    let mut builder = api_core::HttpTransport::builder().insecure_http(insecure_http);
    if let Some(path) = ca_file {
        builder = builder.ca_file(path)?;
    }
    Ok(Arc::new(builder.build()?))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport(
    _insecure_http: bool,
    _ca_file: Option<&std::path::Path>,
) -> Result<Arc<dyn Transport>, Error> {
    Err(Error::new(
        ErrorKind::Config,
        "No transport is set, and the feature `reqwest` is off.",
    )
    .operation("smartcrm.configure"))
}

struct Inner {
    caller: Caller,
    base: Url,
    profile: Arc<Profile>,
    batch_size: usize,
}

/// A client of one SmartCRM installation. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.0.base.as_str())
            .field("profile", &self.0.profile.name)
            .finish_non_exhaustive()
    }
}

/// What the connection test found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pong {
    /// The server's words.
    pub message: Option<String>,
    /// The server's version, where it says.
    pub version: Option<String>,
    /// Whether the server has no ping route and a list was read in its place.
    pub by_list: bool,
}

/// One call, still without login.
pub(crate) struct Operation<'a> {
    pub(crate) name: &'static str,
    pub(crate) template: String,
    pub(crate) method: Method,
    pub(crate) safety: Safety,
    pub(crate) asked: Asked,
    pub(crate) draft: Draft<'a>,
}

impl Client {
    /// Starts with an API URL and the token.
    ///
    /// `index.php/api/` is appended to the URL unless it ends in `/api`
    /// already.
    #[must_use]
    pub fn builder(api_url: &str, token: SecretString) -> ClientBuilder {
        ClientBuilder {
            api_url: api_url.to_owned(),
            token,
            client_token: None,
            profile: Profile::smartcrm(),
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            batch_size: 50,
            insecure_http: false,
            ca_file: None,
            user_agent: Cow::Borrowed(USER_AGENT),
            observers: Vec::new(),
            limiter: None,
            clock: Arc::new(SystemClock),
            transport: None,
        }
    }

    /// What this installation does differently.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// How many records a batch holds at most.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.0.batch_size
    }

    /// The URL every route stands under; it ends in a slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.0.base.as_str()
    }

    /// Tests the connection: address, TLS, token.
    ///
    /// A server without a ping route is asked for one client instead.
    ///
    /// # Errors
    ///
    /// `Unavailable` when it cannot be reached, `Auth` when it refuses the
    /// token, `NotAnApi` when something else answers.
    pub async fn ping(&self) -> Result<Pong, Error> {
        let path = self.0.profile.ping_path.clone();
        if path.is_empty() {
            return self.ping_by_list().await;
        }
        let answer = self
            .call(Operation {
                name: "ping",
                template: path.clone(),
                method: Method::GET,
                safety: Safety::Idempotent,
                asked: Asked::Ping,
                draft: Draft {
                    path: Draft::route(&path),
                    ..Draft::default()
                },
            })
            .await;
        match answer {
            Ok(Answer::Content(envelope)) => Ok(Pong {
                version: envelope.word("version"),
                message: envelope.message,
                by_list: false,
            }),
            Ok(_) => Ok(Pong {
                message: None,
                version: None,
                by_list: false,
            }),
            Err(error)
                if matches!(error.status_code(), Some(404 | 405))
                    && error.kind() != ErrorKind::Auth =>
            {
                self.ping_by_list().await
            }
            Err(error) => Err(error),
        }
    }

    async fn ping_by_list(&self) -> Result<Pong, Error> {
        let params = ListParams::new().page(1).per_page(1);
        let clients = self.resource(Entity::Clients);
        clients.list(&params).await?;
        Ok(Pong {
            message: None,
            version: None,
            by_list: true,
        })
    }

    /// The calls of an entity on plain JSON maps.
    #[must_use]
    pub fn resource(&self, entity: Entity) -> Resource {
        Resource::new(self.clone(), entity)
    }

    fn handle<K: Kind>(&self) -> Handle<K> {
        Handle::new(self.resource(K::ENTITY))
    }

    /// The companies one does business with.
    #[must_use]
    pub fn clients(&self) -> Handle<Clients> {
        self.handle()
    }

    /// The people at a client.
    #[must_use]
    pub fn contacts(&self) -> Handle<Contacts> {
        self.handle()
    }

    /// People and companies that are not yet a client.
    #[must_use]
    pub fn leads(&self) -> Handle<Leads> {
        self.handle()
    }

    /// Work done for a client.
    #[must_use]
    pub fn projects(&self) -> Handle<Projects> {
        self.handle()
    }

    /// Questions and complaints.
    #[must_use]
    pub fn tickets(&self) -> Handle<Tickets> {
        self.handle()
    }

    /// Invoices with their lines and payments.
    #[must_use]
    pub fn invoices(&self) -> Handle<Invoices> {
        self.handle()
    }

    /// Sends a call through the one place that sends and retries.
    pub(crate) async fn call(&self, operation: Operation<'_>) -> Result<Answer, Error> {
        let inner = &self.0;
        let request = operation
            .draft
            .build(operation.method, &inner.base, &inner.profile)
            .map_err(|error| error.operation(operation.name))?;
        // What the classifier has read is kept, so that no body is parsed twice.
        let slot: Arc<Mutex<Option<Answer>>> = Arc::default();
        let filled = Arc::clone(&slot);
        let profile = Arc::clone(&inner.profile);
        let clock = inner.caller.clock();
        let asked = operation.asked;
        let call = Call::new(
            operation.name,
            operation.template,
            operation.safety,
            request,
        )
        .classify(move |response| {
            let answer = error::read(
                &profile,
                asked,
                response.status(),
                response.headers(),
                response.body(),
                clock.now(),
            )?;
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            Ok(())
        });
        inner.caller.call(call).await?;
        let answer = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.ok_or_else(|| {
            Error::new(ErrorKind::Internal, "An accepted answer was not kept.")
                .operation(operation.name)
        })
    }
}
