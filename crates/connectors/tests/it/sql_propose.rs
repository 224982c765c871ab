//! Proposals by what a database looks like.

use connectors::sql::tables::{NewKey, TableConfig, TablesConfig};
use connectors::sql::{Proposal, Tables, propose};
use sync_core::testing::conformance::{create, push};
use sync_core::{Connector, EntityKind, Fields, Outcome};

use crate::database::Database;
use crate::sql_database::Sql;

const DUTCH: &str = "CREATE TABLE erp_klanten (klantnummer {ID}, \
    naam VARCHAR(80) NOT NULL, emailadres VARCHAR(80), btw_nummer VARCHAR(20), straat VARCHAR(80), \
    postcode VARCHAR(10), woonplaats VARCHAR(50), status INT, gewijzigd_op {TIME}, \
    verwijderd INT NOT NULL DEFAULT 0, filiaal INT NOT NULL); \
    CREATE TABLE erp_facturen (id {ID}, factuurnummer VARCHAR(20), klant_id INT, \
    factuurdatum DATE, vervaldatum DATE, totaal {MONEY}, subtotaal {MONEY}); \
    CREATE TABLE erp_factuurregels (id {ID}, factuur_id INT, omschrijving VARCHAR(80), \
    aantal {MONEY}, prijs {MONEY}, btw_percentage {MONEY}, volgorde INT); \
    CREATE TABLE erp_logboek (id {ID}, naam VARCHAR(10)); \
    CREATE VIEW erp_artikelen AS SELECT id, factuurnummer AS artikelcode, totaal AS prijs \
    FROM erp_facturen";

fn best(proposals: &[Proposal], entity: EntityKind) -> &Proposal {
    proposals
        .iter()
        .find(|proposal| proposal.entity == entity)
        .unwrap_or_else(|| panic!("nothing is proposed for {entity}: {proposals:#?}"))
}

fn columns(config: &TableConfig) -> Vec<(&str, &str)> {
    config
        .fields
        .0
        .iter()
        .map(|(field, column)| (field.as_str(), column.column.as_str()))
        .collect()
}

#[tokio::test]
async fn a_dutch_administration_is_understood_and_can_be_written_at_once() {
    for database in Sql::each().await {
        database.execute(DUTCH).await;
        let proposals = propose(&database.url, None).await.unwrap();
        let customers = best(&proposals, EntityKind::Customer);
        assert_eq!(customers.config.table, "erp_klanten");
        assert_eq!(customers.config.key, "klantnummer");
        assert_eq!(customers.config.modified.as_deref(), Some("gewijzigd_op"));
        assert!(
            customers
                .config
                .condition
                .as_ref()
                .unwrap()
                .contains("verwijderd")
        );
        assert_eq!(
            columns(&customers.config),
            [
                ("address.city", "woonplaats"),
                ("address.postal_code", "postcode"),
                ("address.street", "straat"),
                ("email", "emailadres"),
                ("name", "naam"),
                ("vat_number", "btw_nummer"),
            ]
        );
        assert!(customers.confidence >= 80, "{customers:#?}");
        let said = customers.remarks.join("\n");
        assert!(
            said.contains("`filiaal`") && said.contains("defaults"),
            "{said}"
        );

        let invoices = best(&proposals, EntityKind::Invoice);
        assert_eq!(
            columns(&invoices.config),
            [
                ("customer", "klant_id"),
                ("date", "factuurdatum"),
                ("due_date", "vervaldatum"),
                ("number", "factuurnummer"),
                ("subtotal", "subtotaal"),
                ("total", "totaal"),
            ]
        );
        assert_eq!(invoices.config.new_key, NewKey::Auto);
        let lines = invoices.config.lines.as_ref().unwrap();
        assert_eq!(lines.table, "erp_factuurregels");
        assert_eq!(
            (lines.parent.as_str(), lines.order.as_deref()),
            ("factuur_id", Some("volgorde"))
        );
        assert_eq!(lines.fields.0["taxes.rate"].column, "btw_percentage");

        let products = best(&proposals, EntityKind::Product);
        assert!(products.config.read_only, "a view is read only");

        // What is proposed can be used as it is.
        let tables = TablesConfig {
            tables: [EntityKind::Invoice, EntityKind::Product]
                .map(|entity| (entity, best(&proposals, entity).config.clone()))
                .into(),
        };
        let tables = Tables::builder(&database.url)
            .tables(tables)
            .build()
            .unwrap();
        let report = tables.check().await;
        assert!(report.is_ok(), "{report:?}");
        let op = create(EntityKind::Invoice, Fields::new().with("number", "F-1"));
        let outcomes = push(&tables, EntityKind::Invoice, vec![op]).await;
        assert!(matches!(outcomes[0], Outcome::Written(_)), "{outcomes:?}");
        database.remove().await;
    }
}

#[tokio::test]
async fn the_database_of_a_crm_is_recognised() {
    let database = Database::sqlite().await;
    let proposals = propose(&database.url(), None).await.unwrap();
    let customers = best(&proposals, EntityKind::Customer);
    assert_eq!(customers.config.table, "tblclients");
    assert_eq!(customers.config.fields.0["name"].column, "company");
    let said = customers.remarks.join("\n");
    assert!(said.contains("kind = \"crmconnect\""), "{said}");
    for entity in [EntityKind::Contact, EntityKind::Lead, EntityKind::Project] {
        assert!(best(&proposals, entity).confidence > 50, "{entity}");
    }
}

#[tokio::test]
async fn nothing_is_proposed_where_nothing_looks_like_it() {
    let database = Sql::sqlite();
    database
        .execute("CREATE TABLE weather (id {ID}, celsius {MONEY})")
        .await;
    assert!(propose(&database.url, None).await.unwrap().is_empty());
    assert!(propose("nonsense", None).await.is_err());
}
