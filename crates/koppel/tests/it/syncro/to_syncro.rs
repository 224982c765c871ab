//! The other direction: a shop's customers and invoices into an account.

use koppel_sandbox::syncro::Size;

use super::Msp;

const SHOP: &str = "
CREATE TABLE clients (id INTEGER PRIMARY KEY, company TEXT NOT NULL, mail TEXT);
CREATE TABLE invoices (id INTEGER PRIMARY KEY, number TEXT NOT NULL, client INTEGER NOT NULL,
  day TEXT, due TEXT, currency TEXT, total NUMERIC);
CREATE TABLE lines (id INTEGER PRIMARY KEY, invoice INTEGER NOT NULL, what TEXT, quantity NUMERIC,
  price NUMERIC);
INSERT INTO clients VALUES (1, 'Bakkerij de Ruijter', 'info@deruijter.example');
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
fields = { name = "company", email = "mail" }

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
to = "syncro"
"#;

#[test]
fn invoices_of_a_shop_are_made_once_with_their_lines_and_never_changed() {
    let msp = Msp::new(Size::default());
    msp.sql("shop.db", SHOP);
    msp.config("", TABLES);
    let sync = |code: i32| {
        let done = msp.koppel(&["sync", "sales", "--json"]);
        assert_eq!(done.code, code, "{done:?}");
        done.object()
    };
    let first = sync(0);
    assert_eq!(first["entities"]["customer"]["created"], 1, "{first}");
    assert_eq!(first["entities"]["invoice"]["created"], 1, "{first}");
    let customers = msp.server.records("customers");
    assert_eq!(customers.len(), 1);
    assert_eq!(customers[0]["properties"]["Koppel ID"], "shop:customer:1");
    let invoices = msp.server.records("invoices");
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["number"], "20260001");
    assert_eq!(msp.server.records("line_items").len(), 2);
    assert_eq!(msp.server.mails(), [], "nobody is mailed");

    // A second run writes nothing, and neither does a change of what is booked.
    let writes = msp.server.write_requests();
    sync(0);
    msp.sql(
        "shop.db",
        "UPDATE invoices SET total = 300; UPDATE lines SET price = 125 WHERE id = 1",
    );
    let changed = sync(3);
    assert_eq!(changed["errors"][0]["reason"], "refused", "{changed}");
    assert_eq!(msp.server.write_requests(), writes);
    assert_eq!(msp.server.records("line_items").len(), 2);
}
