//! The other direction: a shop's customers and invoices into the books.

use super::Snel;

const SHOP: &str = "
CREATE TABLE clients (id INTEGER PRIMARY KEY, company TEXT NOT NULL);
CREATE TABLE invoices (id INTEGER PRIMARY KEY, number TEXT NOT NULL, client INTEGER NOT NULL,
  day TEXT, due TEXT, currency TEXT, total NUMERIC);
CREATE TABLE lines (id INTEGER PRIMARY KEY, invoice INTEGER NOT NULL, what TEXT, quantity NUMERIC,
  price NUMERIC);
INSERT INTO clients VALUES (1, 'Bakkerij de Ruijter');
INSERT INTO invoices VALUES (1, '20260001', 1, '2026-10-05', '2026-10-19', 'EUR', 250.75);
INSERT INTO lines VALUES (1, 1, 'Cursus', 2, 100), (2, 1, 'Boek', 1, 50.75);
";

const TABLES: &str = r#"
[connections.shop]
kind = "sql"
url = "sqlite:shop.db"

[connections.shop.tables.customer]
table = "clients"
key = "id"
fields = { name = "company" }

[connections.shop.tables.invoice]
table = "invoices"
key = "id"
fields = { number = "number", customer = "client", date = "day", due_date = "due", currency = "currency", total = "total" }

[connections.shop.tables.invoice.lines]
table = "lines"
parent = "invoice"
fields = { description = "what", quantity = "quantity", unit_price = "price" }

[flows.sales]
from = "shop"
to = "snel"
"#;

#[test]
fn invoices_of_a_shop_are_booked_once_and_never_changed() {
    let snel = Snel::new(0, 0);
    snel.sql("shop.db", SHOP);
    snel.config("", TABLES);
    let sync = |code: i32| {
        let done = snel.koppel(&["sync", "sales", "--json"]);
        assert_eq!(done.code, code, "{done:?}");
        done.object()
    };
    let first = sync(0);
    assert_eq!(first["entities"]["invoice"]["created"], 1, "{first}");
    let invoice = snel.server.invoice("20260001").unwrap();
    assert_eq!(invoice["factuurBedrag"].to_string(), "250.75");
    let booking = invoice["verkoopBoeking"]["id"].as_str().unwrap();
    let booking = snel.server.record("verkoopboekingen", booking).unwrap();
    assert_eq!(booking["boekingsregels"].as_array().unwrap().len(), 2);
    assert_eq!(snel.server.count("verkoopboekingen"), 1);

    // A second run writes nothing, and neither does a change of what is booked.
    let writes = snel.server.write_requests();
    sync(0);
    snel.sql(
        "shop.db",
        "UPDATE invoices SET total = 300; UPDATE lines SET price = 125 WHERE id = 1",
    );
    let changed = sync(3);
    assert_eq!(changed["errors"][0]["reason"], "refused", "{changed}");
    assert_eq!(snel.server.write_requests(), writes);
    let invoice = snel.server.invoice("20260001").unwrap();
    assert_eq!(invoice["factuurBedrag"].to_string(), "250.75");
}
