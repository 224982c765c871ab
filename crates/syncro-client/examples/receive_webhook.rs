//! Receives webhooks on this machine, tells them apart and reads the records
//! they name again: a delivery is a hint, not a fact.
//!
//! ```text
//! SYNCRO_ACCOUNT=acme SYNCRO_TOKEN=… WEBHOOK_TOKEN=a-long-random-text \
//!     cargo run -p syncro-client --example receive_webhook 127.0.0.1:8787
//! ```
//!
//! Syncro posts to `http://…/hook/<WEBHOOK_TOKEN>`; a person enters that address
//! in the Notification Center. One connection is served at a time, each with a
//! deadline; a real receiver is the handler of a web framework. `SYNCRO_URL`
//! names another server, such as a sandbox.

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use syncro_client::webhook::{Accepted, Event, Receiver, Resource};
use syncro_client::{Client, SecretString};

/// The longest that a sender may take for one part of its request.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of one line of a request's head.
const LINE: u64 = 8 * 1024;

/// The most lines of a request's head.
const LINES: usize = 100;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = SecretString::from(env::var("SYNCRO_TOKEN")?);
    let account = env::var("SYNCRO_ACCOUNT").unwrap_or_else(|_| "demo".to_owned());
    let mut builder = Client::builder(&account, token);
    if let Ok(url) = env::var("SYNCRO_URL") {
        builder = builder.base_url(url);
    }
    let client = builder.build()?;
    let secret = SecretString::from(env::var("WEBHOOK_TOKEN")?);
    let receiver = Receiver::builder(secret).build()?;

    let place = env::args().nth(1).unwrap_or("127.0.0.1:8787".to_owned());
    let listener = TcpListener::bind(&place)?;
    eprintln!("listening on http://{}/hook/…", listener.local_addr()?);
    for connection in listener.incoming() {
        match serve(&receiver, connection?) {
            Ok(Some(event)) => tell(&client, &event).await,
            Ok(None) => {}
            Err(error) => eprintln!("A sender was cut off: {error}"),
        }
    }
    Ok(())
}

/// Answers one request; gives its event where it is a new one.
fn serve(receiver: &Receiver, connection: TcpStream) -> Result<Option<Event>, Box<dyn Error>> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(connection);
    let first = line(&mut reader)?;
    let path = first.split(' ').nth(1).unwrap_or_default();
    let path_token = path.strip_prefix("/hook/").unwrap_or_default();
    let mut headers = HeaderMap::new();
    for _ in 0..LINES {
        let header = line(&mut reader)?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.trim().parse()) {
            headers.insert(name, value);
        }
    }
    let length = headers
        .get("content-length")
        .and_then(|value: &HeaderValue| value.to_str().ok()?.parse::<u64>().ok())
        .unwrap_or(0);
    // One byte more than is taken, so that the receiver sees what is too large.
    let most = u64::try_from(receiver.max_body())?.saturating_add(1);
    let mut body = Vec::new();
    reader
        .by_ref()
        .take(length.min(most))
        .read_to_end(&mut body)?;

    let (status, event) = match receiver.accept(path_token, &headers, &body) {
        Ok(Accepted::New(event)) => (200, Some(event)),
        Ok(Accepted::Duplicate(_)) => (200, None),
        Err(refused) => (refused.status().as_u16(), None),
    };
    let answer = format!("HTTP/1.1 {status} .\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    reader.get_mut().write_all(answer.as_bytes())?;
    Ok(event)
}

/// Reads a line of a request's head.
fn line(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    reader.take(LINE).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// Prints an event and what it names as it stands now.
async fn tell(client: &Client, event: &Event) {
    println!("{:?}", event.kind);
    for (resource, id) in event.records() {
        let now = match resource {
            Resource::Customer => client
                .customers()
                .get(id.into())
                .await
                .map(|customer| customer.business_then_name.unwrap_or_default()),
            Resource::Ticket => client
                .tickets()
                .get(id.into())
                .await
                .map(|ticket| ticket.status.unwrap_or_default()),
            Resource::Invoice => client
                .invoices()
                .get(id.into())
                .await
                .map(|invoice| invoice.number.unwrap_or_default()),
            other => {
                println!("  {other:?} {id}");
                continue;
            }
        };
        match now {
            Ok(text) => println!("  {resource:?} {id}: {text}"),
            Err(error) => println!("  {resource:?} {id}: {error}"),
        }
    }
}
