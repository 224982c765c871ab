use serde_json::json;

use super::*;

fn read(config: Value) -> Profile {
    Profile::from_config(config).unwrap()
}

fn refused(config: Value) -> String {
    Profile::from_config(config).unwrap_err().to_string()
}

#[test]
fn an_empty_configuration_is_the_smartcrm_profile() {
    let profile: Profile = serde_json::from_str("{}").unwrap();
    assert_eq!(profile, Profile::smartcrm());
    assert_eq!(profile.fault(), None);
}

#[test]
fn every_profile_works_and_survives_being_written_and_read() {
    for name in Profile::NAMES {
        let profile = Profile::named(name).unwrap();
        assert_eq!(profile.name, name);
        assert_eq!(profile.fault(), None);
        assert_eq!(read(json!(name)), profile);
        assert_eq!(read(json!({ "base": name })), profile);
        assert_eq!(read(serde_json::to_value(&profile).unwrap()), profile);
    }
    assert_eq!(Profile::named("Perfex"), None);
}

#[test]
fn an_unknown_key_or_name_or_value_is_refused_by_name() {
    for (config, word) in [
        (json!({"pingpath": "x"}), "pingpath"),
        (json!({"push": {"modus": "single"}}), "modus"),
        (json!({"paths": {"customers": "x"}}), "customers"),
        (
            json!({"auth": [{"style": "header", "name": "a", "prefix": "b"}]}),
            "prefix",
        ),
        (json!({"lists": {"countries": {"path": "x"}}}), "path"),
        (json!({"base": "perflex"}), "perflex"),
        (json!("perflex"), "smartcrm, perfex, rise"),
        (json!({"base": 3}), "base"),
        (json!({"dialect": "klingon"}), "klingon"),
        (json!({"push": {"mode": "triple"}}), "triple"),
        (json!([1]), "table"),
    ] {
        let said = refused(config.clone());
        assert!(said.contains(word), "{config}: {said}");
    }
}

#[test]
fn a_table_changes_what_it_names_and_nothing_else() {
    let profile = read(json!({
        "base": "perfex",
        "name": "our perfex",
        "paths": {"leads": "prospects", "payments": ""},
        "fields": {"clients": {"number": "cif"}},
        "lookups": {"departments": {"Support": "4"}},
        "id_fields": ["id"],
    }));
    assert_eq!(profile.path(Entity::Leads), Some("prospects"));
    assert_eq!(profile.path(Entity::Clients), Some("customers"));
    assert!(!profile.offers(Entity::Payments));
    assert_eq!(profile.wire_name(Entity::Clients, "number"), "cif");
    assert_eq!(profile.wire_name(Entity::Clients, "id"), "userid");
    assert_eq!(profile.lookups["departments"]["Support"], "4");
    assert_eq!(profile.lookups["billing_types"]["fixed"], "1");
    assert_eq!(profile.id_fields, ["id"]);
}

#[test]
fn what_is_sent_and_what_is_read_may_have_two_names() {
    let perfex = Profile::perfex();
    assert_eq!(
        perfex.wire_name(Entity::Contacts, "client_id"),
        "customer_id"
    );
    assert_eq!(perfex.own_name(Entity::Contacts, "userid"), "client_id");
    assert_eq!(perfex.own_name(Entity::Leads, "userid"), "userid");
    let rise = Profile::rise();
    assert_eq!(rise.wire_name(Entity::Clients, "vat"), "vat_number");
    assert_eq!(rise.own_name(Entity::Tickets, "title"), "subject");
}

proptest::proptest! {
    #[test]
    fn no_configuration_makes_it_panic(
        key in proptest::sample::select(vec![
            "base", "name", "auth", "paths", "push", "paging", "search", "fields", "lookups",
            "lists", "constants", "numbering", "named", "takes", "natural_keys", "read_only",
        ]),
        value in proptest::sample::select(vec![
            json!(null), json!(""), json!("perfex"), json!(1), json!([]), json!({}), json!([1]),
            json!({"leads": null}), json!({"leads": {}}), json!({"leads": ["a"]}),
            json!({"mode": "none"}), json!({"leads": {"a": "b"}}), json!([{"style": "query"}]),
        ]),
    ) {
        if let Ok(profile) = Profile::from_config(json!({ key: value })) {
            proptest::prop_assert_eq!(profile.fault(), None);
        }
    }
}

#[test]
fn what_a_profile_has_no_path_for_is_not_offered() {
    let perfex = Profile::perfex();
    assert!(!perfex.offers(Entity::Stock));
    assert!(!perfex.writes(Entity::Stock));
    assert!(perfex.writes(Entity::Payments));
    assert!(!perfex.writes(Entity::Products));
    let smartcrm = Profile::smartcrm();
    assert!(smartcrm.offers(Entity::Payments));
    assert!(!smartcrm.writes(Entity::Payments));
    assert!(smartcrm.needs_client_token(Entity::Stock));
    assert!(!smartcrm.needs_client_token(Entity::Clients));
}

#[test]
fn what_cannot_work_is_found_out() {
    for (config, word) in [
        (
            json!({"idempotency_header": "Idem potency"}),
            "idempotency_header",
        ),
        (
            json!({"idempotency_header": "", "idempotency_honoured": true}),
            "idempotency_header",
        ),
        (json!({"client_token_header": ""}), "client_token_header"),
        (json!({"auth": []}), "auth"),
        (
            json!({"auth": [{"style": "header", "name": "a b"}]}),
            "auth.name",
        ),
        (json!({"id_fields": []}), "id_fields"),
        (json!({"search": {"max_pages": 0}}), "max_pages"),
        (json!({"paging": {"page_param": ""}}), "paging"),
        (json!({"paging": {"max_per_page": 0}}), "max_per_page"),
        (json!({"push": {"max_records": 0}}), "max_records"),
        (json!({"push": {"route": "/"}}), "push.route"),
        (
            json!({"base": "perfex", "push": {"create_tool": ""}}),
            "tool",
        ),
        (json!({"paths": {"leads": "leads?all=1"}}), "paths"),
        (json!({"paths": {"leads": "../admin"}}), "paths"),
        (json!({"search": {"route": "a b"}}), "search.route"),
        (
            json!({"search": {"routes": {"leads": "a#b"}}}),
            "search.routes",
        ),
        (
            json!({"numbering": {"invoices": {"format": 5}}}),
            "numbering.invoices",
        ),
        (json!({"time_zone": " "}), "time_zone"),
        (
            json!({"natural_keys": {"leads": [[]]}}),
            "natural_keys.leads",
        ),
        (
            json!({"fields": {"leads": {"name": "x", "title": "x"}}}),
            "fields.leads",
        ),
        (json!({"lookups": {"staff": {"a": ""}}}), "lookups.staff"),
        (
            json!({"lookups": {"staff": {"a": "1", "b": "1"}}}),
            "lookups.staff",
        ),
        (
            json!({"lists": {"taxes": {"route": "x", "id": "", "name": "y"}}}),
            "lists.taxes",
        ),
    ] {
        let said = refused(config.clone());
        assert!(said.contains(word), "{config}: {said}");
    }
    let none: Map<String, Value> = Entity::ALL
        .into_iter()
        .map(|entity| (entity.to_string(), json!("")))
        .collect();
    assert!(refused(json!({ "paths": none })).contains("no records"));
}
