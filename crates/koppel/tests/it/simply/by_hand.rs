//! Looked into by hand: modules, queries, operations, the mobile API.

use std::collections::BTreeSet;

use super::Simply;
use crate::support::{Done, exported};

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
            "it has no brackets",
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
        (
            &["GET", "--data", "{}"],
            "are not for a simplycrm connection",
        ),
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
    // Reading is told with DEBUG, as its request is; nobody knows what one does that is not known.
    let mut calls = exported(simply.dir.path());
    calls.retain(|entry| entry["event"] == "api.call");
    let called: Vec<_> = calls.iter().map(|entry| &entry["operation"]).collect();
    assert_eq!(called, ["saveRecord", "listRecords"], "{calls:?}");

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
