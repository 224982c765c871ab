//! What `koppel describe`, `koppel query` and `koppel api` take.

use clap::Args;

use super::{assignment, header};

#[derive(Debug, Args)]
pub(crate) struct Describe {
    /// The connection.
    pub(crate) connection: String,
    /// A module such as HelpDesk, or a kind of record such as ticket; all of them without it.
    pub(crate) what: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example: koppel query simply \"select lastname, email from Contacts where lastname like 'O''B%'\"

The language has one module, no parentheses and no joins; texts stand in single quotes. The server \
gives 100 rows at most: Koppel goes on page by page, unless the query has a limit.")]
pub(crate) struct Query {
    /// The connection.
    pub(crate) connection: String,
    /// The query; the `;` at its end may be left out.
    pub(crate) query: String,
    /// At most so many rows [default: 500 on a terminal, else all].
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Simply CRM: koppel api simply OPERATION [KEY=VALUE ...]
  koppel api simply describe elementType=Contacts
  koppel api simply create elementType=Contacts element=@contact.json
  koppel api simply relatedtypes elementType=Contacts --get
  koppel api simply fetchModuleFilters module=Contacts --mobile
SmartCRM: koppel api smartcrm METHOD PATH
  koppel api smartcrm GET clients --query per_page=1
  koppel api smartcrm POST leads --data @lead.json
SnelStart: koppel api snel METHOD PATH
  koppel api snel GET /companyInfo
  koppel api snel GET /relaties --query '$filter=Relatiecode eq 1001'
  koppel api snel GET /verkoopfacturen --query '$top=5' --query '$skip=10'
Syncro: koppel api syncro METHOD PATH
  koppel api syncro GET /customers --query query=acme
  koppel api syncro GET /v1/tickets --query status='Not Closed' --header 'X-Trace: 1'
  koppel api syncro POST /leads --data @lead.json

A call that may write is sent once and never repeated. Keys, tokens and passwords in the answer \
are left out.")]
pub(crate) struct Api {
    /// The connection.
    pub(crate) connection: String,
    /// The operation of Simply CRM, or the method for the others (GET, POST, PUT, …).
    pub(crate) operation: String,
    /// The parameters of Simply CRM, each KEY=VALUE, KEY=@FILE or KEY=@- for stdin; or the path
    /// for the others.
    #[arg(value_name = "KEY=VALUE|PATH")]
    pub(crate) rest: Vec<String>,
    /// Simply CRM: an operation that Koppel does not know reads, and takes its parameters in the
    /// address.
    #[arg(long, conflicts_with_all = ["post", "mobile"])]
    pub(crate) get: bool,
    /// Simply CRM: an operation that Koppel does not know may write, and takes its parameters in
    /// the body.
    #[arg(long)]
    pub(crate) post: bool,
    /// Simply CRM: the mobile API, which asks for the connection's `password`.
    #[arg(long)]
    pub(crate) mobile: bool,
    /// SmartCRM, SnelStart and Syncro: a parameter behind the path.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    pub(crate) query: Vec<(String, String)>,
    /// Syncro: a header of your own; none that logs in.
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// SmartCRM, SnelStart and Syncro: the body as JSON; @FILE takes it from a file, - from stdin.
    #[arg(long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
}
