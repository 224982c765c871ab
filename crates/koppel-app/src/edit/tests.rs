use super::*;

const FILE: &str = r#"# Ours. Ask Ana before you change it.

# The CRM.
[connections.crm] # old
kind = "crmconnect"
url = "sqlite:crm.db"   # on this machine

# The remote system.
[connections.smartcrm]
kind   = "smartcrm"
api_url = "https://crm.example.com"
token = "env:TOKEN"
profile = { ping_path = "" } # none here

[connections.smartcrm.currency_mapping]
1 = "EUR"

# Every four hours.
[flows.push]
from = "crm"
to = "smartcrm"
every = "4h"
# the end
"#;

struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("koppel.toml"), text).unwrap();
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("koppel.toml")
    }

    fn file(&self) -> ConfigFile {
        ConfigFile::open(self.path()).unwrap()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }
}

#[test]
fn a_value_changes_in_its_place_and_nothing_else_does() {
    let world = World::new(FILE);
    let mut file = world.file();
    let part = Part::Connection;
    file.set(part, "crm", "url", "sqlite:other.db").unwrap();
    file.set(part, "smartcrm", "batch_size", "25").unwrap();
    file.set(part, "smartcrm", "profile.push.mode", "single")
        .unwrap();
    file.set(part, "smartcrm", "currency_mapping.2", "RON")
        .unwrap();
    file.set(Part::Flow, "push", "entities", "customer, lead")
        .unwrap();
    file.unset(Part::Flow, "push", "every").unwrap();
    file.save().unwrap();
    let expected = FILE
        .replace("crm.db\"   #", "other.db\"   #")
        .replace(
            "profile = { ping_path = \"\" }",
            "profile = { ping_path = \"\" , push = { mode = \"single\" } }",
        )
        .replace("# none here\n", "# none here\nbatch_size = 25\n")
        .replace("1 = \"EUR\"\n", "1 = \"EUR\"\n2 = \"RON\"\n")
        .replace("every = \"4h\"\n", "entities = [\"customer\", \"lead\"]\n");
    assert_eq!(world.text(), expected);
}

#[test]
fn a_text_that_looks_like_a_number_is_taken_for_what_the_key_needs() {
    let world = World::new(FILE);
    let mut file = world.file();
    file.set(Part::Connection, "crm", "prefix", "123").unwrap();
    file.set(Part::Connection, "crm", "include_drafts", "true")
        .unwrap();
    file.set(Part::Flow, "push", "every", "12h").unwrap();
    file.save().unwrap();
    let text = world.text();
    for line in [
        "prefix = \"123\"\n",
        "include_drafts = true\n",
        "every = \"12h\"\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn a_profile_that_is_only_named_becomes_a_table_when_more_is_said() {
    let world = World::new(&FILE.replace("{ ping_path = \"\" }", "\"perfex\""));
    let mut file = world.file();
    let part = Part::Connection;
    file.set(part, "smartcrm", "profile.push.mode", "single")
        .unwrap();
    file.set(
        part,
        "smartcrm",
        "profile.lookups.customer_groups.Retail",
        "\"1\"",
    )
    .unwrap();
    file.save().unwrap();
    let expected = "profile = { base = \"perfex\", push = { mode = \"single\" }, \
                    lookups = { customer_groups = { Retail = \"1\" } } }";
    assert!(world.text().contains(expected), "{}", world.text());
    let mut file = world.file();
    let odd = file.set(part, "smartcrm", "kind.x", "1").unwrap_err();
    assert!(
        odd.to_string().ends_with(
            "`connections.smartcrm.kind` is not written as a table, so it \
             cannot be changed here"
        ),
        "{odd}"
    );
}

#[test]
fn what_would_be_wrong_is_not_saved() {
    let world = World::new(FILE);
    for (key, value, said) in [
        (
            "batch_size",
            "0",
            "connections.smartcrm.batch_size: expected a whole number from 1 to",
        ),
        (
            "batchsize",
            "5",
            "connections.smartcrm.batchsize: this key is not known (did you mean",
        ),
        (
            "token",
            "s3cret",
            "connections.smartcrm.token: expected a reference to the secret",
        ),
        (
            "api_url",
            "ftp://x",
            "connections.smartcrm.api_url: expected an http or https address",
        ),
    ] {
        let mut file = world.file();
        file.set(Part::Connection, "smartcrm", key, value).unwrap();
        let error = file.save().unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert_eq!(error.help().as_deref(), Some("nothing was changed"));
    }
    assert_eq!(world.text(), FILE);
}

#[test]
fn a_name_that_is_not_there_or_there_already_is_told() {
    let world = World::new(FILE);
    let mut file = world.file();
    let missing = file.set(Part::Connection, "smart", "x", "1").unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("there is no connection `smart` in")
    );
    assert_eq!(missing.help().as_deref(), Some("did you mean `smartcrm`?"));
    let there = file.add_flow("push", "crm", "smartcrm").unwrap_err();
    assert_eq!(there.to_string(), "there is a flow `push` already");
    let odd = file
        .add_connection("a b", ConnectionKind::SmartCrm)
        .unwrap_err();
    assert_eq!(odd.to_string(), "`a b` cannot be the name of a connection");
    let key = file.unset(Part::Flow, "push", "evry").unwrap_err();
    assert_eq!(key.help().as_deref(), Some("did you mean `every`?"));
}

#[test]
fn a_new_connection_stands_behind_the_others_and_a_new_flow_at_the_end() {
    let world = World::new(FILE);
    let mut file = world.file();
    file.add_connection("second", ConnectionKind::CrmConnect)
        .unwrap();
    file.text(Part::Connection, "second", "url", "sqlite:b.db")
        .unwrap();
    file.add_flow("copy", "crm", "second").unwrap();
    file.save().unwrap();
    let expected = FILE
        .replace(
            "1 = \"EUR\"\n",
            "1 = \"EUR\"\n\n[connections.second]\nkind = \"crmconnect\"\nurl = \"sqlite:b.db\"\n",
        )
        .replace(
            "# the end\n",
            "# the end\n\n[flows.copy]\nfrom = \"crm\"\nto = \"second\"\n",
        );
    assert_eq!(world.text(), expected);
}

#[test]
fn what_is_taken_out_takes_its_own_comment_along_and_leaves_the_others() {
    let world = World::new(FILE);
    let mut file = world.file();
    assert_eq!(file.flows_of("crm"), ["push"]);
    file.remove(Part::Flow, "push").unwrap();
    file.remove(Part::Connection, "crm").unwrap();
    file.save().unwrap();
    let text = world.text();
    assert!(
        text.starts_with(
            "# Ours. Ask Ana before you change it.\n\n# The remote system.\n[connections.smartcrm]\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("1 = \"EUR\"\n# the end\n"), "{text}");
    assert!(
        !text.contains("The CRM.") && !text.contains("Every four"),
        "{text}"
    );
}

#[test]
fn a_file_that_is_not_there_is_begun() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("koppel.toml");
    let mut file = ConfigFile::open(&path).unwrap();
    assert!(file.is_new());
    file.add_connection("crm", ConnectionKind::CrmConnect)
        .unwrap();
    file.set(Part::Connection, "crm", "url", "sqlite:crm.db")
        .unwrap();
    file.save().unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "[connections.crm]\nkind = \"crmconnect\"\nurl = \"sqlite:crm.db\"\n"
    );
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn line_ends_and_the_mark_at_the_beginning_stay() {
    let world = World::new(&format!("\u{feff}{}", FILE.replace('\n', "\r\n")));
    let mut file = world.file();
    file.set(Part::Flow, "push", "every", "2h").unwrap();
    file.save().unwrap();
    let expected = FILE.replace("4h", "2h").replace('\n', "\r\n");
    assert_eq!(world.text(), format!("\u{feff}{expected}"));
}

#[test]
fn what_somebody_else_changed_meanwhile_is_not_written_over() {
    let world = World::new(FILE);
    let mut file = world.file();
    file.set(Part::Flow, "push", "every", "2h").unwrap();
    std::fs::write(world.path(), FILE.replace("4h", "1h")).unwrap();
    let error = file.save().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("was changed by somebody else meanwhile"),
        "{error}"
    );
    assert!(world.text().contains("\"1h\""));
}

#[cfg(unix)]
#[test]
fn the_mode_of_the_file_is_kept_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new(FILE);
    std::fs::set_permissions(world.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = world.dir.path().join("link.toml");
    std::os::unix::fs::symlink(world.path(), &link).unwrap();
    let mut file = ConfigFile::open(&link).unwrap();
    file.set(Part::Flow, "push", "every", "2h").unwrap();
    file.save().unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(world.text().contains("\"2h\""));
    let mode = std::fs::metadata(world.path())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn tables_are_put_in_with_their_comments() {
    let world = World::new(FILE);
    let mut file = world.file();
    file.merge(
        "smartcrm",
        "# Told by the server.\ncurrency_mapping = { 7 = \"USD\" } # sure\n",
    )
    .unwrap();
    file.save().unwrap();
    let text = world.text();
    assert!(
        text.contains("# Told by the server.\ncurrency_mapping = { 7 = \"USD\" } # sure\n"),
        "{text}"
    );
}
