//! Writing: one record in one request, several records at once.

use api_core::{Error, ErrorKind};
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::{Action, Answer, Batch, EntityKind, Op, Outcome, RecordId};
use syncro_client::{ContactId, CustomerId, LeadId, ProductId, Ticket, TicketId};

use super::Syncro;
use super::encode::{self, Content, marked};
use super::outcome::{no_id, not_found, of_error, unsent, unwritten};
use super::statuses::WordList;

impl Syncro {
    pub(super) fn send(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let at_once = self.inner.capabilities.max_in_flight;
        stream::iter(batch.ops)
            .map(move |mut op| async move {
                // What was not held back before is here: the same rules, the same content.
                self.held(op.entity, &mut op.fields);
                let outcome = self.write(&op).await;
                Answer {
                    outcomes: vec![(op.id, outcome)],
                }
            })
            .buffer_unordered(at_once.max(1))
            .boxed()
    }

    async fn write(&self, op: &Op) -> Outcome {
        let can = self.inner.capabilities.of(op.entity);
        if !can.is_some_and(|can| can.create) {
            let what = format!("No {} are written to Syncro here.", op.entity.plural());
            return Outcome::Rejected(unwritten(ErrorKind::Config, what));
        }
        match (&op.action, op.entity) {
            (Action::Create, kind) => self.create(kind, op).await,
            (Action::Update { id }, EntityKind::Invoice) => self.resume_invoice(op, id).await,
            (Action::Update { id }, kind) => self.update(kind, op, id).await,
            (Action::Step { id, index }, EntityKind::Invoice) => {
                self.add_line(op, id, *index).await
            }
            (other, kind) => {
                let what = format!(
                    "Syncro has no write of the kind `{}` of {} here.",
                    other.as_str(),
                    kind.plural()
                );
                Outcome::Rejected(unwritten(ErrorKind::Internal, what))
            }
        }
    }

    async fn create(&self, kind: EntityKind, op: &Op) -> Outcome {
        match kind {
            EntityKind::Invoice => return self.new_invoice(op).await,
            EntityKind::Payment => return self.new_payment(op).await,
            _ => {}
        }
        match self.created(kind, op).await {
            Ok(Some(id)) => Outcome::Written(id),
            Ok(None) => Outcome::Unknown(no_id(kind.as_str())),
            Err(Failed::Unsent(error)) => unsent(error),
            Err(Failed::Sent(error)) => of_error(error),
        }
    }

    /// Makes a record; its id, if the answer has one.
    async fn created(&self, kind: EntityKind, op: &Op) -> Result<Option<RecordId>, Failed> {
        let content = Content::new(op);
        let (client, label) = (&self.inner.client, &self.inner.marker_field);
        let id = match kind {
            EntityKind::Customer => {
                let mut customer = encode::customer(&content).map_err(Failed::Unsent)?;
                customer.properties = Some(marked(label, &op.marker));
                let made = client.customers().create(&customer).await?;
                made.id.map(|id| id.to_string())
            }
            EntityKind::Contact => {
                let contact = encode::contact(&content).map_err(Failed::Unsent)?;
                let made = client.contacts().create(&contact).await?;
                made.id.map(|id| id.to_string())
            }
            EntityKind::Lead => {
                let lead = encode::lead(&content).map_err(Failed::Unsent)?;
                let made = client.leads().create(&lead).await?;
                made.id.map(|id| id.to_string())
            }
            EntityKind::Ticket => {
                let mut ticket = self.worded(&content).await.map_err(Failed::Unsent)?;
                ticket.properties = Some(marked(label, &op.marker));
                let made = client.tickets().create(&ticket).await?;
                made.id.map(|id| id.to_string())
            }
            EntityKind::Product => {
                self.same_currency(content.whole("currency"))
                    .await
                    .map_err(Failed::Unsent)?;
                let product = encode::product(&content).map_err(Failed::Unsent)?;
                let made = client.products().create(&product).await?;
                made.id.map(|id| id.to_string())
            }
            other => {
                let what = format!("No {} are written to Syncro here.", other.plural());
                return Err(Failed::Unsent(unwritten(ErrorKind::Internal, what)));
            }
        };
        Ok(id.map(RecordId::new))
    }

    async fn update(&self, kind: EntityKind, op: &Op, id: &RecordId) -> Outcome {
        match self.updated(kind, op, id).await {
            Ok(()) => Outcome::Written(id.clone()),
            Err(Failed::Unsent(error)) => unsent(error),
            Err(Failed::Sent(error)) => of_error(error),
        }
    }

    /// Changes what changed and nothing else: custom fields, which may be replaced as a whole
    /// (unknown), are not touched.
    async fn updated(&self, kind: EntityKind, op: &Op, id: &RecordId) -> Result<(), Failed> {
        let content = Content::new(op);
        let client = &self.inner.client;
        let Ok(number) = id.as_str().parse::<i64>() else {
            return Err(Failed::Unsent(not_found(kind.as_str(), id)));
        };
        match kind {
            EntityKind::Customer => {
                let change = encode::customer(&content).map_err(Failed::Unsent)?;
                if change != syncro_client::Customer::default() {
                    let id = CustomerId::new(number);
                    client.customers().update(id, &change).await?;
                }
            }
            EntityKind::Contact => {
                let mut change = encode::contact(&content).map_err(Failed::Unsent)?;
                let id = ContactId::new(number);
                if change.name.is_none() {
                    // It must be told (OpenAPI document), and the content has none.
                    let now = client.contacts().get(id).await.map_err(Failed::Unsent)?;
                    let nameless = now.name == now.email;
                    let email = content.whole("email").map(str::to_owned);
                    change.name = email.filter(|_| nameless).or(now.name);
                }
                client.contacts().update(id, &change).await?;
            }
            EntityKind::Lead => {
                let change = encode::lead(&content).map_err(Failed::Unsent)?;
                if change != syncro_client::Lead::default() {
                    client.leads().update(LeadId::new(number), &change).await?;
                }
            }
            EntityKind::Ticket => {
                let change = self.worded(&content).await.map_err(Failed::Unsent)?;
                if content.writes("message") {
                    tracing::warn!(
                        marker = %op.marker,
                        "The first message of a ticket cannot be changed in Syncro: it stays."
                    );
                }
                if change != Ticket::default() {
                    let id = TicketId::new(number);
                    client.tickets().update(id, &change).await?;
                }
            }
            EntityKind::Product => {
                self.same_currency(content.whole("currency"))
                    .await
                    .map_err(Failed::Unsent)?;
                let change = encode::product(&content).map_err(Failed::Unsent)?;
                client
                    .products()
                    .revise(ProductId::new(number), &change)
                    .await?;
            }
            other => {
                let what = format!("No {} are changed in Syncro here.", other.plural());
                return Err(Failed::Unsent(unwritten(ErrorKind::Internal, what)));
            }
        }
        Ok(())
    }

    /// A ticket in the account's own words; what a new one is not told is as the settings say.
    async fn worded(&self, content: &Content<'_>) -> Result<Ticket, Error> {
        let mut ticket = encode::ticket(content, self.inner.notify_customers)?;
        let defaults = &self.inner.ticket_defaults;
        for (list, default) in [
            (WordList::Status, &defaults.status),
            (WordList::Priority, &defaults.priority),
            (WordList::ProblemType, &defaults.problem_type),
        ] {
            let told = content
                .whole(list.field())
                .filter(|_| content.writes(list.field()));
            let default = default.as_deref().filter(|_| content.is_new());
            let Some(word) = told.or(default) else {
                continue;
            };
            let word = Some(self.own_word(list, word).await?);
            match list {
                WordList::Status => ticket.status = word,
                WordList::Priority => ticket.priority = word,
                WordList::ProblemType => ticket.problem_type = word,
            }
        }
        Ok(ticket)
    }
}

/// Why a write was not done, by whether it was under way.
enum Failed {
    /// It could not be prepared.
    Unsent(Error),
    /// It was sent.
    Sent(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed::Sent(error)
    }
}
