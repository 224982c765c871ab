//! Simply CRM as its user meets it: set up, looked into, synced to and from, killed in the middle.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::simplycrm::{
    Action, Generation, HookAction, Phase, SimplyCrm, SimplyCrmBuilder, SimplyCrmServer,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::{Done, finish, koppel, private};

/// The access key and the password; they must appear nowhere.
const KEY: &str = "S3CRETaccessKey0";
const PASSWORD: &str = "S3CRET-password";

struct Simply {
    dir: TempDir,
    server: SimplyCrmServer,
    runtime: Runtime,
}

impl Simply {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(change: impl FnOnce(SimplyCrmBuilder) -> SimplyCrmBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let builder = SimplyCrm::builder()
            .user("admin", KEY, PASSWORD)
            .marker_fields();
        let server = runtime.block_on(change(builder).start()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        for (name, secret) in [("key", KEY), ("password", PASSWORD)] {
            std::fs::write(dir.path().join(name), secret).unwrap();
            private(&dir.path().join(name));
        }
        let simply = Self {
            dir,
            server,
            runtime,
        };
        simply.config("");
        simply
    }

    /// Writes `koppel.toml` with further keys of the connection.
    fn config(&self, keys: &str) {
        let text = format!(
            r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.simply]
kind = "simplycrm"
url = "{}"
username = "admin"
access_key = "file:key"
password = "file:password"
max_retries = 0
settle = "0s"
marker_fields = {{ Accounts = "cf_901", Contacts = "cf_903", Leads = "cf_905", HelpDesk = "cf_909" }}
modules = ["Accounts", "Contacts", "Leads", "HelpDesk"]
{keys}

[connections.simply.words.Leads.source]
Google = "Web Site"
Website = "Web Site"
Facebook = "Web Site"
Referral = "Word of mouth"
Beurs = "Trade Show"
"Târg" = "Trade Show"

[connections.simply.words.Leads.status]
New = "Not Contacted"
Customer = "Qualified"
"Proposal sent" = "Hot"
"În negociere" = "Warm"

[connections.simply.words.HelpDesk]
status = {{ Answered = "Wait For Response", "On Hold" = "Wait For Response", "Wacht op klant" = "Wait For Response" }}
priority = {{ Medium = "Normal" }}

[flows.push]
from = "crm"
to = "simply"
page_size = 20
"#,
            self.server.url()
        );
        std::fs::write(self.dir.path().join("koppel.toml"), text).unwrap();
    }

    fn crm(&self, customers: u32) {
        let size = CrmSize {
            projects: 0,
            invoices: 0,
            products: 0,
            drafts: 0.0,
            ..CrmSize::scaled(customers)
        };
        let path = self.dir.path().join("crm.db");
        self.runtime
            .block_on(generate_sqlite(path, &size, 7, "tbl"))
            .unwrap();
    }

    fn sql(&self, statement: &str) {
        self.runtime.block_on(async {
            let mut db = self.open("crm.db").await;
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
                .execute(&mut db)
                .await
                .unwrap();
            db.close().await.unwrap();
        });
    }

    fn number(&self, file: &str, query: &str) -> i64 {
        self.runtime.block_on(async {
            let mut db = self.open(file).await;
            let number = sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
                .fetch_one(&mut db)
                .await
                .unwrap();
            db.close().await.unwrap();
            number
        })
    }

    async fn open(&self, file: &str) -> sqlx::SqliteConnection {
        use sqlx::ConnectOptions as _;
        sqlx::sqlite::SqliteConnectOptions::new()
            .filename(self.dir.path().join(file))
            .connect()
            .await
            .unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = koppel(self.dir.path());
        command.args(args);
        command
    }

    fn koppel(&self, args: &[&str]) -> Done {
        let done = finish(&mut self.command(args));
        no_secret(&done);
        done
    }

    fn contacts(&self, count: usize) {
        for n in 0..count {
            let fields = json!({
                "lastname": format!("Contact {n:04}"),
                "email": format!("c{n}@example.com"),
                "assigned_user_id": "19x1",
            });
            self.server.insert("Contacts", &fields).unwrap();
        }
    }
}

fn no_secret(done: &Done) {
    for secret in [KEY, PASSWORD] {
        assert!(
            !done.stdout.contains(secret) && !done.stderr.contains(secret),
            "a secret is printed: {done:?}"
        );
    }
}

#[test]
fn a_connection_is_added_and_tested_by_command() {
    let simply = Simply::new();
    let url = simply.server.url();
    std::fs::remove_file(simply.dir.path().join("koppel.toml")).unwrap();
    let add = [
        "connection",
        "add",
        "mine",
        "--kind",
        "simplycrm",
        "--url",
        &url,
        "--username",
        "admin",
        "--access-key",
        "file:key",
    ];
    let done = simply.koppel(&add);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stdout.contains("the connection mine is added"),
        "{done:?}"
    );
    assert!(done.stdout.contains("  ok   Log in"), "{done:?}");
    let text = std::fs::read_to_string(simply.dir.path().join("koppel.toml")).unwrap();
    assert!(
        text.contains("username = \"admin\"\naccess_key = \"file:key\"\n"),
        "{text}"
    );

    let set = simply.koppel(&[
        "connection",
        "set",
        "mine",
        "marker_fields.Accounts=cf_901",
        "changes=query",
    ]);
    assert_eq!(set.code, 0, "{set:?}");
    let doctor = simply.koppel(&["doctor"]);
    assert!(doctor.stdout.contains("simplycrm answers"), "{doctor:?}");
    let list = simply.koppel(&["connection", "list"]);
    assert!(
        list.stdout
            .starts_with("mine\tsimplycrm\thttp://127.0.0.1:")
    );

    for (args, said) in [
        (
            &["--access-key", KEY][..],
            "expected a reference to the secret",
        ),
        (&["--set", "changes=sometimes"], "is no way to find changes"),
        (
            &["--set", "marker_field.Accounts=cf_1"],
            "did you mean `marker_fields`?",
        ),
    ] {
        let args = [
            &["connection", "add", "other", "--kind", "simplycrm"][..],
            args,
        ]
        .concat();
        let bad = simply.koppel(&args);
        assert_ne!(bad.code, 0, "{bad:?}");
        assert!(bad.stderr.contains(said), "{bad:?}");
    }
}

#[test]
fn a_key_that_is_refused_names_the_likely_causes_and_ends_with_4() {
    let simply = Simply::new();
    std::fs::write(simply.dir.path().join("key"), "aWrongKey").unwrap();
    for args in [
        &["connection", "test", "simply"][..],
        &["describe", "simply"],
        &["query", "simply", "select id from Contacts"],
    ] {
        let done = simply.koppel(args);
        assert_eq!(done.code, 4, "{done:?}");
        assert!(done.stderr.contains("the login is refused"), "{done:?}");
        assert!(
            done.stderr.contains("`connections.simply.access_key`"),
            "{done:?}"
        );
        assert!(done.stderr.contains("hitelist"), "{done:?}");
        assert!(!done.stderr.contains("aWrongKey"), "{done:?}");
    }
}

#[test]
fn modules_and_fields_are_described_with_rights_and_lists() {
    let simply = Simply::with(|builder| {
        builder
            .add_user("reader", "readerKey", "pw", false)
            .deny_write("reader", "HelpDesk")
    });
    let all = simply.koppel(&["describe", "simply"]);
    assert_eq!(all.code, 0, "{all:?}");
    let line = |done: &Done, name: &str| {
        let mut lines = done.stdout.lines();
        let found = lines.find(|line| line.split('\t').next() == Some(name));
        found
            .unwrap_or_else(|| panic!("{name}: {done:?}"))
            .to_owned()
    };
    assert!(
        line(&all, "HelpDesk").ends_with("\tticket\tread create update delete"),
        "{all:?}"
    );
    assert!(line(&all, "Potentials").ends_with("\t\t"), "{all:?}");

    // By the module's name, by the kind of record, as JSON.
    for what in ["HelpDesk", "ticket"] {
        let one = simply.koppel(&["describe", "simply", what]);
        assert_eq!(one.code, 0, "{one:?}");
        let title = line(&one, "ticket_title");
        assert!(title.contains("\tstring\tmandatory\t"), "{title}");
        let status = line(&one, "ticketstatus");
        assert!(
            status.contains("\tpicklist\t") && status.contains("Closed"),
            "{status}"
        );
        let parent = line(&one, "parent_id");
        assert!(
            parent.contains("\treference\t") && parent.contains("Accounts"),
            "{parent}"
        );
        assert!(line(&one, "cf_909").contains("\tstring\t"), "{one:?}");
        assert!(one.stderr.contains("HelpDesk ("), "{one:?}");
    }
    let object = simply
        .koppel(&["describe", "simply", "HelpDesk", "--json"])
        .object();
    assert_eq!(object["kind"], "ticket");
    assert_eq!(object["rights"]["update"], true);
    let fields = object["fields"].as_array().unwrap();
    let status = fields.iter().find(|field| field["field"] == "ticketstatus");
    assert!(
        status.unwrap()["values"].as_array().unwrap().len() > 2,
        "{object}"
    );

    let wrong = simply.koppel(&["describe", "simply", "helpdesk"]);
    assert_eq!(wrong.code, 64, "{wrong:?}");
    assert!(
        wrong.stderr.contains("did you mean `HelpDesk`?"),
        "{wrong:?}"
    );

    std::fs::write(simply.dir.path().join("key"), "readerKey").unwrap();
    let set = simply.koppel(&["connection", "set", "simply", "username=reader"]);
    assert!(set.stdout.contains("HelpDesk"), "{set:?}");
    let reader = simply.koppel(&["describe", "simply"]);
    assert!(
        line(&reader, "HelpDesk").ends_with("\tticket\tread"),
        "{reader:?}"
    );
}

#[test]
fn a_query_goes_on_beyond_the_hundred_rows_that_the_server_gives() {
    let simply = Simply::new();
    simply.contacts(230);
    let all = simply.koppel(&["query", "simply", "select lastname, email from Contacts"]);
    assert_eq!(all.code, 0, "{all:?}");
    let rows: Vec<Vec<&str>> = all
        .stdout
        .lines()
        .map(|l| l.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), 230);
    let ids: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(ids.len(), 230, "each once");
    assert_eq!(rows[0].len(), 3);
    assert_eq!(rows[0][1..], ["Contact 0000", "c0@example.com"]);

    // An order of its own, a condition with `or`, a limit beyond a page, a `;` or none.
    let ordered = simply.koppel(&[
        "query",
        "simply",
        "select lastname from Contacts order by lastname desc limit 150;",
    ]);
    let names: Vec<&str> = ordered
        .stdout
        .lines()
        .map(|l| l.split('\t').nth(1).unwrap())
        .collect();
    assert_eq!(
        (names.len(), names[0], names[149]),
        (150, "Contact 0229", "Contact 0080")
    );
    let either = simply.koppel(&[
        "query",
        "simply",
        "select id from Contacts where lastname like 'Contact 00%' or lastname like 'Contact 01%'",
    ]);
    assert_eq!(either.stdout.lines().count(), 200, "{either:?}");
    let count = simply.koppel(&["query", "simply", "select count(*) from Contacts", "--json"]);
    assert_eq!(count.object()["count"], "230");
    let few = simply.koppel(&[
        "query",
        "simply",
        "select * from Contacts",
        "--limit",
        "2",
        "--json",
    ]);
    let few_rows = few.json();
    assert_eq!(few_rows.len(), 2);
    assert_eq!(few_rows[0]["lastname"], "Contact 0000");
    assert!(few.stderr.contains("--limit N shows more"), "{few:?}");
    let none = simply.koppel(&["query", "simply", "select id from Leads"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{none:?}");
}

#[test]
fn a_query_that_means_nothing_is_told_with_a_next_step() {
    let simply = Simply::new();
    for (query, code, said) in [
        ("update Contacts", 64, "a query begins with `select`"),
        ("", 64, "a query begins with `select`"),
        (
            "select * from Contacts where (lastname = 'a')",
            1,
            "The call of `simply`",
        ),
        ("select nothing from Contacts", 4, "nothing"),
        ("select * from Contakts", 4, "The call of `simply`"),
        (
            "select * from Contacts where lastname = 'open",
            1,
            "The call of `simply`",
        ),
    ] {
        let done = simply.koppel(&["query", "simply", query]);
        assert_eq!(done.code, code, "{query}: {done:?}");
        assert!(done.stderr.contains(said), "{query}: {done:?}");
        assert!(done.stderr.contains("\n  help: "), "{query}: {done:?}");
        assert_eq!(done.stdout, "");
    }
}

#[test]
fn any_operation_is_called_by_hand_and_secrets_stay_out_of_the_answer() {
    let simply = Simply::new();
    let me = simply.koppel(&["api", "simply", "retrieve", "id=19x1"]);
    assert_eq!(me.code, 0, "{me:?}");
    let user = me.object();
    assert_eq!(user["user_name"], "admin");
    assert_eq!(user["accesskey"], "[redacted]");
    assert_eq!(user["user_password"], "[redacted]");

    let element = r#"{"lastname": "O'Brien & <b>Zn</b>", "assigned_user_id": "19x1"}"#;
    std::fs::write(simply.dir.path().join("contact.json"), element).unwrap();
    let made = simply.koppel(&[
        "api",
        "simply",
        "create",
        "elementType=Contacts",
        "element=@contact.json",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    let id = made.object()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        simply.server.record(&id).unwrap()["lastname"],
        "O'Brien & <b>Zn</b>"
    );

    let related = simply.koppel(&["api", "simply", "relatedtypes", "elementType=Contacts"]);
    assert_eq!(related.code, 0, "{related:?}");
    let gone = simply.koppel(&["api", "simply", "retrieve", "id=12x999999"]);
    assert_eq!(gone.code, 4, "{gone:?}");
    assert!(gone.stderr.contains("ACCESS_DENIED"), "{gone:?}");

    for (args, said) in [
        (&["listtype"][..], "did you mean `listtypes`?"),
        (&["bookSlot", "x=1"], "`--get` if it reads"),
        (&["retrieve", "19x1"], "a parameter has no name"),
        (&["retrieve", "id=@none.txt"], "none.txt cannot be read"),
        (&["GET", "--data", "{}"], "are for a smartcrm connection"),
    ] {
        let done = simply.koppel(&[&["api", "simply"][..], args].concat());
        assert_eq!(done.code, 64, "{done:?}");
        assert!(done.stderr.contains(said), "{said}: {done:?}");
    }
    let unknown = simply.koppel(&["api", "simply", "bookSlot", "x=1", "--post"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    let both = simply.koppel(&["api", "simply", "x", "--get", "--mobile"]);
    assert_eq!(both.code, 64, "{both:?}");
}

#[test]
fn the_mobile_api_is_called_with_the_password() {
    let simply = Simply::new();
    simply.contacts(2);
    let list = simply.koppel(&[
        "api",
        "simply",
        "listModuleRecords",
        "module=Contacts",
        "--mobile",
    ]);
    assert_eq!(list.code, 0, "{list:?}");
    assert_eq!(
        list.object()["records"].as_array().unwrap().len(),
        2,
        "{list:?}"
    );
    let values = r#"values={"lastname": "A <b> & C", "assigned_user_id": "19x1"}"#;
    let saved = simply.koppel(&[
        "api",
        "simply",
        "saveRecord",
        "module=Contacts",
        values,
        "--mobile",
    ]);
    assert_eq!(saved.code, 0, "{saved:?}");
    let stored = simply.server.records("Contacts");
    assert!(
        stored
            .iter()
            .any(|record| record["lastname"] == "A <b> & C"),
        "{stored:?}"
    );
    let unknown = simply.koppel(&["api", "simply", "listRecords", "--mobile"]);
    assert_eq!(unknown.code, 64, "{unknown:?}");
    assert!(unknown.stderr.contains("Known are: "), "{unknown:?}");

    let unset = simply.koppel(&["connection", "set", "simply", "--unset", "password"]);
    assert_eq!(unset.code, 0, "{unset:?}");
    let none = simply.koppel(&[
        "api",
        "simply",
        "listModuleRecords",
        "module=Contacts",
        "--mobile",
    ]);
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.stderr.contains("`password` is missing"), "{none:?}");
}

fn of(report: &Value, entity: &str, what: &str) -> i64 {
    report["entities"][entity][what]
        .as_i64()
        .unwrap_or_else(|| panic!("{entity} {what}: {report}"))
}

/// Each source record was created once, and is there.
fn each_once(simply: &Simply) {
    let marks = [
        ("Accounts", "cf_901", "tblclients"),
        ("Contacts", "cf_903", "tblcontacts"),
        ("Leads", "cf_905", "tblleads"),
    ];
    for (module, field, table) in marks {
        let creates: Vec<String> = (simply.server.journal().iter())
            .filter(|entry| entry.module == module && entry.action == Action::Create)
            .map(|entry| entry.fields.get(field).cloned().unwrap_or_default())
            .collect();
        let different: BTreeSet<&String> = creates.iter().collect();
        assert_eq!(different.len(), creates.len(), "{module}: twice");
        let rows = simply.number("crm.db", &format!("SELECT COUNT(*) FROM {table}"));
        assert_eq!(i64::try_from(creates.len()), Ok(rows), "{module}");
        assert_eq!(
            i64::try_from(simply.server.count(module)),
            Ok(rows),
            "{module}"
        );
    }
}

#[test]
fn a_crm_is_synced_to_it_an_edit_follows_and_a_second_run_writes_nothing() {
    let simply = Simply::new();
    simply.crm(30);
    let first = simply.koppel(&["sync", "--json"]);
    assert_eq!(first.code, 0, "{first:?}");
    each_once(&simply);
    let writes = simply.server.applied();
    let second = simply.koppel(&["sync", "--json"]);
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(of(&second.object(), "customer", "unchanged"), 30);
    assert_eq!(
        simply.server.applied(),
        writes,
        "a second run writes nothing"
    );

    simply.sql("UPDATE tblclients SET phonenumber = '0123 456' WHERE userid <= 2");
    let third = simply.koppel(&["sync", "--json"]);
    assert_eq!(third.code, 0, "{third:?}");
    assert_eq!(of(&third.object(), "customer", "updated"), 2);
    assert_eq!(simply.server.applied(), writes + 2);
    let phones = simply.koppel(&[
        "query",
        "simply",
        "select phone from Accounts where phone = '0123 456'",
    ]);
    assert_eq!(phones.stdout.lines().count(), 2, "{phones:?}");
}

#[test]
fn a_kill_in_the_middle_of_a_sync_doubles_and_loses_nothing() {
    let simply = Simply::new();
    simply.crm(30);
    for (phase, nth) in [(Phase::AfterApply, 7), (Phase::BeforeApply, 15)] {
        let (sprung, on_spring) = channel();
        let state = Mutex::new((0, Some(sprung)));
        simply.server.set_hook(Some(Arc::new(move |event| {
            if event.phase != phase || !event.is_write {
                return HookAction::Continue;
            }
            let mut state = state.lock().unwrap();
            state.0 += 1;
            if state.0 < nth {
                return HookAction::Continue;
            }
            if let Some(sprung) = state.1.take() {
                sprung.send(()).unwrap();
            }
            HookAction::Hang
        })));
        let mut child = simply.command(&["sync", "--quiet"]).spawn().unwrap();
        on_spring.recv_timeout(Duration::from_secs(60)).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        simply.server.set_hook(None);
    }
    assert!(simply.number("koppel.db", "SELECT COUNT(*) FROM intent") > 0);
    // What was under way when the process died is looked up; two goes are enough.
    let mut last = simply.koppel(&["sync", "--json"]);
    if last.code != 0 {
        last = simply.koppel(&["sync", "--json"]);
    }
    assert_eq!(last.code, 0, "{last:?}");
    each_once(&simply);
    assert_eq!(simply.number("koppel.db", "SELECT COUNT(*) FROM intent"), 0);
    let writes = simply.server.applied();
    simply.sql("UPDATE tblleads SET title = 'Edited' WHERE id = 1");
    assert_eq!(simply.koppel(&["sync"]).code, 0);
    assert_eq!(simply.server.applied(), writes + 1);
}

#[test]
fn sessions_that_end_on_the_way_do_not_end_a_sync() {
    let simply = Simply::new();
    simply.crm(20);
    let (tenth, on_tenth) = channel();
    let seen = Mutex::new(0);
    simply.server.set_hook(Some(Arc::new(move |event| {
        let mut seen = seen.lock().unwrap();
        *seen += u32::from(event.is_write && event.phase == Phase::AfterApply);
        if event.is_write && event.phase == Phase::AfterApply && (*seen).is_multiple_of(10) {
            tenth.send(()).unwrap();
        }
        HookAction::Continue
    })));
    let mut child = simply.command(&["sync", "--quiet"]).spawn().unwrap();
    let mut expired = 0;
    while child.try_wait().unwrap().is_none() {
        if on_tenth.recv_timeout(Duration::from_millis(5)).is_ok() {
            simply.server.expire_sessions();
            expired += 1;
        }
    }
    assert!(expired > 3, "{expired}");
    assert!(child.wait().unwrap().success());
    each_once(&simply);
}

#[test]
fn an_import_from_it_brings_new_records_and_edits_of_every_generation() {
    for generation in [Generation::V5_4, Generation::V7_1, Generation::V8_3] {
        let simply = Simply::with(|builder| builder.generation(generation));
        simply.config("");
        let path = simply.dir.path().join("koppel.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text
            .replace(
                "from = \"crm\"\nto = \"simply\"",
                "from = \"simply\"\nto = \"crm\"",
            )
            .replace(
                "page_size",
                "entities = [\"customer\", \"contact\"]\npage_size",
            );
        std::fs::write(&path, text).unwrap();
        simply.runtime.block_on(async {
            let crm = simply.dir.path().join("crm.db");
            generate_sqlite(crm, &CrmSize::empty(), 7, "tbl")
                .await
                .unwrap();
        });
        let account = json!({"accountname": "Acme B.V.", "assigned_user_id": "19x1"});
        let account = simply.server.insert("Accounts", &account).unwrap();
        let contact = json!({
            "lastname": "Jansen", "email": "jansen@example.com", "account_id": account,
            "assigned_user_id": "19x1",
        });
        simply.server.insert("Contacts", &contact).unwrap();
        let first = simply.koppel(&["sync", "--json"]);
        assert_eq!(first.code, 0, "{generation}: {first:?}");
        let company = "SELECT COUNT(*) FROM tblclients WHERE company = 'Acme B.V.'";
        assert_eq!(simply.number("crm.db", company), 1, "{generation}");
        let person = "SELECT COUNT(*) FROM tblcontacts WHERE lastname = 'Jansen'";
        assert_eq!(simply.number("crm.db", person), 1, "{generation}");

        let edit = json!({"accountname": "Acme Group"});
        simply.server.edit(&account, &edit).unwrap();
        let second = simply.koppel(&["sync", "--json"]);
        assert_eq!(second.code, 0, "{generation}: {second:?}");
        assert_eq!(
            of(&second.object(), "customer", "updated"),
            1,
            "{generation}"
        );
        let renamed = "SELECT COUNT(*) FROM tblclients WHERE company = 'Acme Group'";
        assert_eq!(simply.number("crm.db", renamed), 1, "{generation}");
    }
}
