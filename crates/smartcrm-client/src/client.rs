//! The client: what it offers, and the one way its calls go out.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use api_core::redact::Known;
use api_core::{Call, Caller, Error, ErrorKind, Safety, SecretString};
use http::Method;
use url::Url;

use crate::builder::ClientBuilder;
use crate::clients::Clients;
use crate::contacts::Contacts;
use crate::discounts::Discounts;
use crate::error::{self, Answer, Asked};
use crate::handle::Handle;
use crate::invoices::Invoices;
use crate::leads::Leads;
use crate::list::ListParams;
use crate::model::Kind;
use crate::orders::Orders;
use crate::payments::Payments;
use crate::product_groups::ProductGroups;
use crate::products::Products;
use crate::profile::{Entity, Profile};
use crate::projects::Projects;
use crate::request::Draft;
use crate::resource::Resource;
use crate::stock::Stock;
use crate::tickets::Tickets;

struct Inner {
    caller: Caller,
    base: Url,
    profile: Arc<Profile>,
    batch_size: usize,
    has_client_token: bool,
    /// The tokens, which the results of single records may repeat.
    known: Known,
    /// Whether the server confirmed the last create without the new id.
    idless: AtomicBool,
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
    pub(crate) fn new(
        caller: Caller,
        base: Url,
        profile: Profile,
        batch_size: usize,
        has_client_token: bool,
        known: Known,
    ) -> Self {
        let idless = AtomicBool::new(!profile.creates_return_id);
        Self(Arc::new(Inner {
            caller,
            base,
            profile: Arc::new(profile),
            batch_size,
            has_client_token,
            known,
            idless,
        }))
    }

    /// Starts with an API URL and the token.
    ///
    /// `index.php/api/` is appended to the URL unless it ends in `/api`
    /// already.
    #[must_use]
    pub fn builder(api_url: &str, token: SecretString) -> ClientBuilder {
        ClientBuilder::new(api_url, token)
    }

    /// What this installation does differently.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// How many records a request holds at most: the batch size, or what the
    /// profile says that the server takes, whichever is less.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        let size = self.0.batch_size;
        match self.0.profile.push.max_records {
            Some(most) => size.min(most),
            None => size,
        }
    }

    /// Whether there is a second token for V2 routes.
    #[must_use]
    pub fn has_client_token(&self) -> bool {
        self.0.has_client_token
    }

    /// Whether this entity can be asked for here.
    ///
    /// # Errors
    ///
    /// `Config` when the profile has no such records, or when their routes
    /// need a client token and none is set. Nothing is sent.
    pub fn usable(&self, entity: Entity) -> Result<(), Error> {
        usable(&self.0.profile, self.0.has_client_token, entity)
    }

    /// Whether a create may be confirmed without the new id.
    pub(crate) fn may_be_idless(&self) -> bool {
        self.0.idless.load(Ordering::Relaxed)
    }

    /// Notes whether a create was confirmed without the new id.
    pub(crate) fn is_idless(&self, idless: bool) {
        if self.may_be_idless() != idless {
            self.0.idless.store(idless, Ordering::Relaxed);
        }
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
        let profile = self.profile();
        let offered = |entity: &Entity| profile.offers(*entity);
        let entity = [Entity::Clients]
            .into_iter()
            .chain(Entity::ALL)
            .find(offered)
            .unwrap_or(Entity::Clients);
        self.resource(entity).list(&params).await?;
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

    /// Money received for invoices.
    #[must_use]
    pub fn payments(&self) -> Handle<Payments> {
        self.handle()
    }

    /// Groups that products belong to.
    #[must_use]
    pub fn product_groups(&self) -> Handle<ProductGroups> {
        self.handle()
    }

    /// Products and services with their prices.
    #[must_use]
    pub fn products(&self) -> Handle<Products> {
        self.handle()
    }

    /// Discounts for groups of clients.
    #[must_use]
    pub fn discounts(&self) -> Handle<Discounts> {
        self.handle()
    }

    /// How much of a product is in a warehouse.
    #[must_use]
    pub fn stock(&self) -> Handle<Stock> {
        self.handle()
    }

    /// Sales orders with their lines.
    #[must_use]
    pub fn orders(&self) -> Handle<Orders> {
        self.handle()
    }

    /// What a call by hand is made with.
    pub(crate) fn parts(&self) -> (&Url, &Arc<Profile>, &Caller) {
        (&self.0.base, &self.0.profile, &self.0.caller)
    }

    /// What a server may repeat of this client's secrets.
    pub(crate) fn known(&self) -> &Known {
        &self.0.known
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

/// Whether an entity can be asked for with this profile and these tokens.
pub(crate) fn usable(
    profile: &Profile,
    has_client_token: bool,
    entity: Entity,
) -> Result<(), Error> {
    let fault =
        |what: String| Error::new(ErrorKind::Config, what).outcome(api_core::SendOutcome::NotSent);
    if !profile.offers(entity) {
        return Err(
            fault(format!("The profile {} has no {entity}.", profile.name))
                .help("Set the path of these records in the profile's `paths`, or leave them out."),
        );
    }
    if !has_client_token && profile.needs_client_token(entity) {
        return Err(
            fault(format!("The route of {entity} needs the client token."))
                .help("Configure `client_token` for this connection."),
        );
    }
    Ok(())
}
