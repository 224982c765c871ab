//! What stands in the generated CRM database: sums, references, oddities.

use std::collections::HashSet;

use koppel_sandbox::crm::CrmSize;
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::Row;

use crate::crm_sqlite::{Crm, small};

fn decimal(row: &sqlx::sqlite::SqliteRow, column: &str) -> Decimal {
    row.get::<String, _>(column).parse().unwrap()
}

#[tokio::test]
async fn invoice_totals_add_up_exactly_from_their_lines() {
    let mut crm = Crm::new(&small(), 5, "tbl").await;
    let invoices = sqlx::query(
        "SELECT id, status, discount_type, CAST(subtotal AS TEXT) subtotal, \
         CAST(total_tax AS TEXT) total_tax, CAST(total AS TEXT) total, \
         CAST(discount_percent AS TEXT) percent, CAST(discount_total AS TEXT) discount, \
         CAST(coalesce(adjustment, 0) AS TEXT) adjustment, \
         (SELECT CAST(coalesce(round(sum(amount), 2), 0) AS TEXT) FROM tblinvoicepaymentrecords p \
          WHERE p.invoiceid = i.id) paid, \
         (SELECT CAST(coalesce(round(sum(amount), 2), 0) AS TEXT) FROM tblcredits c \
          WHERE c.invoice_id = i.id) credited FROM tblinvoices i",
    )
    .fetch_all(&mut crm.db)
    .await
    .unwrap();
    let lines = sqlx::query(
        "SELECT rel_id, CAST(qty AS TEXT) qty, CAST(rate AS TEXT) rate, \
         (SELECT group_concat(CAST(taxrate AS TEXT), ' ') FROM tblitem_tax t \
          WHERE t.itemid = l.id) taxes FROM tblitemable l WHERE rel_type = 'invoice'",
    )
    .fetch_all(&mut crm.db)
    .await
    .unwrap();
    let hundred = Decimal::ONE_HUNDRED;
    let cents =
        |amount: Decimal| amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let mut most_lines = 0;
    for invoice in &invoices {
        let id: i64 = invoice.get("id");
        let kind: String = invoice.get("discount_type");
        let percent = decimal(invoice, "percent");
        let before = if kind == "before_tax" {
            percent
        } else {
            Decimal::ZERO
        };
        let (mut subtotal, mut tax, mut count) = (Decimal::ZERO, Decimal::ZERO, 0);
        for line in lines
            .iter()
            .filter(|line| line.get::<i64, _>("rel_id") == id)
        {
            let amount = decimal(line, "qty") * decimal(line, "rate");
            assert_eq!(amount, cents(amount), "line of invoice {id}");
            subtotal += amount;
            count += 1;
            let taxes: Option<String> = line.get("taxes");
            for rate in taxes.as_deref().unwrap_or_default().split_whitespace() {
                let rate: Decimal = rate.parse().unwrap();
                tax += cents(amount * (hundred - before) / hundred * rate / hundred);
            }
        }
        most_lines = most_lines.max(count);
        assert!((1..=6).contains(&count));
        assert_eq!(decimal(invoice, "subtotal"), subtotal, "invoice {id}");
        assert_eq!(decimal(invoice, "total_tax"), tax, "invoice {id}");
        let base = match kind.as_str() {
            "after_tax" => subtotal + tax,
            _ => subtotal,
        };
        let discount = cents(base * percent / hundred);
        assert_eq!(decimal(invoice, "discount"), discount, "invoice {id}");
        let total = subtotal - discount + tax + decimal(invoice, "adjustment");
        assert_eq!(decimal(invoice, "total"), total, "invoice {id}");
        let paid = decimal(invoice, "paid") + decimal(invoice, "credited");
        match invoice.get::<i64, _>("status") {
            2 => assert_eq!(paid, total, "paid invoice {id}"),
            3 => assert!(
                paid > Decimal::ZERO && paid < total,
                "part-paid invoice {id}"
            ),
            4 => assert!(paid < total, "overdue invoice {id}"),
            _ => assert_eq!(paid, Decimal::ZERO, "invoice {id}"),
        }
    }
    assert_eq!(most_lines, 6);
}

#[tokio::test]
async fn references_point_at_rows_that_exist() {
    let mut crm = Crm::new(&small(), 2, "tbl").await;
    for (table, column, target, key) in [
        ("contacts", "userid", "clients", "userid"),
        ("projects", "clientid", "clients", "userid"),
        ("tickets", "userid", "clients", "userid"),
        ("tickets", "contactid", "contacts", "id"),
        ("tickets", "project_id", "projects", "id"),
        ("tickets", "merged_ticket_id", "tickets", "ticketid"),
        ("tickets", "department", "departments", "departmentid"),
        ("tickets", "status", "tickets_status", "ticketstatusid"),
        ("tickets", "priority", "tickets_priorities", "priorityid"),
        ("ticket_replies", "ticketid", "tickets", "ticketid"),
        ("leads", "status", "leads_status", "id"),
        ("leads", "source", "leads_sources", "id"),
        ("leads", "assigned", "staff", "staffid"),
        ("leads", "client_id", "clients", "userid"),
        ("clients", "leadid", "leads", "id"),
        ("clients", "country", "countries", "country_id"),
        ("clients", "default_currency", "currencies", "id"),
        ("invoices", "clientid", "clients", "userid"),
        ("invoices", "project_id", "projects", "id"),
        ("invoices", "currency", "currencies", "id"),
        ("itemable", "product_id", "items", "id"),
        ("item_tax", "itemid", "itemable", "id"),
        ("invoicepaymentrecords", "invoiceid", "invoices", "id"),
        ("credits", "invoice_id", "invoices", "id"),
        ("customer_groups", "customer_id", "clients", "userid"),
        ("customer_groups", "groupid", "customers_groups", "id"),
        ("customfieldsvalues", "fieldid", "customfields", "id"),
        ("items", "tax", "taxes", "id"),
        ("items", "tax2", "taxes", "id"),
        ("items", "group_id", "items_groups", "id"),
        ("inventory_manage", "commodity_id", "items", "id"),
        (
            "inventory_manage",
            "warehouse_id",
            "warehouse",
            "warehouse_id",
        ),
        ("group_discounts", "groupid", "customers_groups", "id"),
        ("group_discounts", "product_id", "items", "id"),
        ("group_discounts", "item_group_id", "items_groups", "id"),
        ("estimates", "clientid", "clients", "userid"),
        ("estimates", "currency", "currencies", "id"),
    ] {
        let used = format!("SELECT count(*) FROM tbl{table} WHERE coalesce({column}, 0) <> 0");
        assert!(
            crm.number(&used).await > 0,
            "{table}.{column} is never used"
        );
        let lost = format!("{used} AND {column} NOT IN (SELECT {key} FROM tbl{target})");
        assert_eq!(crm.number(&lost).await, 0, "{table}.{column}");
    }
    for (kind, table) in [("invoice", "invoices"), ("estimate", "estimates")] {
        for lines in ["itemable", "item_tax"] {
            let of = format!("SELECT count(*) FROM tbl{lines} WHERE rel_type = '{kind}'");
            assert!(crm.number(&of).await > 0, "{lines} {kind}");
            let lost = format!("{of} AND rel_id NOT IN (SELECT id FROM tbl{table})");
            assert_eq!(crm.number(&lost).await, 0, "{lines} {kind}");
        }
    }
    // A document's contact and project belong to the same customer.
    for sql in [
        "SELECT count(*) FROM tbltickets t JOIN tblcontacts c ON c.id = t.contactid WHERE c.userid <> t.userid",
        "SELECT count(*) FROM tblinvoices i JOIN tblprojects p ON p.id = i.project_id WHERE p.clientid <> i.clientid",
    ] {
        assert_eq!(crm.number(sql).await, 0, "{sql}");
    }
    let primary = "SELECT count(*) FROM tblclients WHERE (SELECT count(*) FROM tblcontacts c \
                   WHERE c.userid = tblclients.userid AND is_primary = 1) <> 1";
    assert_eq!(crm.number(primary).await, 0);
}

#[tokio::test]
async fn oddities_of_real_databases_are_there() {
    let mut crm = Crm::new(&small(), 2, "tbl").await;
    for sql in [
        "SELECT count(*) FROM tblclients WHERE company IS NULL",
        "SELECT count(*) FROM tblclients WHERE company = ''",
        "SELECT count(*) FROM tblclients WHERE vat IS NULL",
        "SELECT count(*) FROM tblclients WHERE country = 0",
        "SELECT count(*) FROM tblclients WHERE company LIKE '%ș%' OR company LIKE '%ț%'",
        "SELECT count(*) FROM tblclients WHERE company LIKE '%🌷%'",
        "SELECT count(*) FROM tblclients WHERE active = 0",
        "SELECT count(*) FROM tblclients WHERE datecreated = '2025-03-30 02:30:00'",
        "SELECT count(*) FROM tblclients WHERE datecreated = '2025-10-26 02:30:00'",
        "SELECT count(*) FROM tblcontacts WHERE firstname LIKE '%ë%' OR firstname LIKE '%é%'",
        "SELECT count(*) FROM tblleads WHERE lastcontact = '0000-00-00 00:00:00'",
        "SELECT count(*) FROM tblleads WHERE date_converted IS NOT NULL AND status = 1",
        "SELECT count(*) FROM tblleads WHERE lost = 1",
        "SELECT count(*) FROM tblleads WHERE junk = 1",
        "SELECT count(*) FROM tblprojects WHERE deadline = '0000-00-00'",
        "SELECT count(*) FROM tblprojects WHERE status = 4 AND date_finished IS NOT NULL",
        "SELECT count(*) FROM tbltickets WHERE userid = 0 AND contactid = 0 AND email LIKE '%@%' AND name <> ''",
        "SELECT count(*) FROM tbltickets WHERE message LIKE '<p>%&%'",
        "SELECT count(*) FROM tblinvoices WHERE status = 6 AND number = 1000000000",
        "SELECT count(*) FROM tblinvoices WHERE duedate IS NULL",
        "SELECT count(*) FROM tblinvoices WHERE discount_type = 'after_tax'",
        "SELECT count(*) FROM tblinvoices WHERE adjustment < 0",
        "SELECT count(*) FROM tblinvoicepaymentrecords WHERE paymentmode = 'stripe'",
        "SELECT count(*) FROM tblcountries WHERE short_name LIKE '%&%;%'",
        "SELECT count(*) FROM tblcustomfields WHERE active = 0",
    ] {
        assert!(crm.number(sql).await > 0, "{sql}");
    }
    for (sql, count) in [
        ("SELECT count(DISTINCT status) FROM tblinvoices", 6),
        ("SELECT count(DISTINCT number_format) FROM tblinvoices", 4),
        ("SELECT count(DISTINCT currency) FROM tblinvoices", 4),
        ("SELECT count(DISTINCT status) FROM tblprojects", 5),
        ("SELECT count(DISTINCT status) FROM tbltickets", 6),
        (
            "SELECT count(*) FROM tblinvoices WHERE (status = 6) <> (number = 1000000000)",
            0,
        ),
        (
            "SELECT count(*) FROM tbloptions WHERE name = 'last_cron_run'",
            2,
        ),
    ] {
        assert_eq!(crm.number(sql).await, count, "{sql}");
    }
}

#[tokio::test]
async fn columns_nobody_may_read_hold_planted_secrets() {
    let mut crm = Crm::new(&CrmSize::scaled(40), 2, "tbl").await;
    for (table, column) in [
        ("contacts", "password"),
        ("contacts", "new_pass_key"),
        ("contacts", "email_verification_key"),
        ("contacts", "last_ip"),
        ("leads", "hash"),
        ("estimates", "hash"),
        ("tickets", "ticketkey"),
        ("invoices", "hash"),
        ("invoices", "token"),
        ("staff", "password"),
        ("staff", "new_pass_key"),
        ("staff", "two_factor_auth_code"),
        ("staff", "google_auth_secret"),
        ("departments", "password"),
    ] {
        let all = crm
            .number(&format!("SELECT count(*) FROM tbl{table}"))
            .await;
        let sql = format!("SELECT count(*) FROM tbl{table} WHERE {column} LIKE '%PLANTED-SECRET%'");
        assert_eq!(crm.number(&sql).await, all, "{table}.{column}");
        assert!(all > 0, "{table}");
    }
}

#[tokio::test]
async fn orders_add_up_from_lines_that_cost_what_their_products_cost() {
    let mut crm = Crm::new(&small(), 5, "tbl").await;
    let orders = sqlx::query(
        "SELECT id, status, discount_type, CAST(subtotal AS TEXT) subtotal, \
         CAST(total_tax AS TEXT) tax, CAST(total AS TEXT) total, \
         CAST(discount_total AS TEXT) discount, \
         CAST(coalesce(adjustment, 0) AS TEXT) adjustment FROM tblestimates",
    )
    .fetch_all(&mut crm.db)
    .await
    .unwrap();
    assert_eq!(orders.len() as u64, crm.summary.orders);
    let lines = sqlx::query(
        "SELECT rel_id, CAST(qty AS TEXT) qty, CAST(rate AS TEXT) rate FROM tblitemable \
         WHERE rel_type = 'estimate'",
    )
    .fetch_all(&mut crm.db)
    .await
    .unwrap();
    let mut statuses = HashSet::new();
    for order in &orders {
        let id: i64 = order.get("id");
        statuses.insert(order.get::<i64, _>("status"));
        let subtotal: Decimal = lines
            .iter()
            .filter(|line| line.get::<i64, _>("rel_id") == id)
            .map(|line| decimal(line, "qty") * decimal(line, "rate"))
            .sum();
        assert_eq!(decimal(order, "subtotal"), subtotal, "order {id}");
        let total = subtotal - decimal(order, "discount")
            + decimal(order, "tax")
            + decimal(order, "adjustment");
        assert_eq!(decimal(order, "total"), total, "order {id}");
    }
    assert_eq!(statuses.len(), 5);
    let other = "SELECT count(*) FROM tblitemable l JOIN tblitems i ON i.id = l.product_id \
                 WHERE l.rate <> i.rate OR l.description <> i.description";
    assert_eq!(crm.number(other).await, 0);
    // The taxes of a line are those of its product.
    let taxes = "SELECT count(*) FROM tblitemable l JOIN tblitems i ON i.id = l.product_id \
                 JOIN tbltaxes t ON t.id = i.tax WHERE NOT EXISTS (SELECT 1 FROM tblitem_tax x \
                 WHERE x.itemid = l.id AND x.taxname = t.name AND x.taxrate = t.taxrate)";
    assert_eq!(crm.number(taxes).await, 0);
}

#[tokio::test]
async fn stock_lies_in_lots_and_its_quantity_is_text() {
    let mut crm = Crm::new(&CrmSize::scaled(3_000), 5, "tbl").await;
    let levels = "SELECT count(*) FROM (SELECT 1 FROM tblinventory_manage \
                  GROUP BY warehouse_id, commodity_id)";
    assert_eq!(crm.number(levels).await as u64, crm.summary.stock_levels);
    for sql in [
        "SELECT count(*) FROM tblinventory_manage WHERE typeof(inventory_number) = 'text'",
        "SELECT count(*) FROM tblinventory_manage WHERE inventory_number LIKE '%.%'",
        "SELECT count(*) FROM tblinventory_manage WHERE inventory_number IS NULL",
        "SELECT count(*) FROM tblinventory_manage WHERE lot_number LIKE 'LOT-%'",
        "SELECT count(*) FROM tblinventory_manage WHERE expiry_date > '2026-01-01'",
        "SELECT count(*) FROM (SELECT 1 FROM tblinventory_manage \
         GROUP BY warehouse_id, commodity_id HAVING count(*) = 3)",
        "SELECT count(*) FROM tblitems WHERE tax IS NULL",
        "SELECT count(*) FROM tblitems WHERE commodity_code IS NULL",
        "SELECT count(*) FROM tblitems WHERE group_id = 0",
        "SELECT count(*) FROM tblgroup_discounts WHERE product_id IS NULL AND item_group_id IS NULL",
        "SELECT count(*) FROM tblgroup_discounts WHERE valid_from IS NOT NULL AND valid_until IS NULL",
    ] {
        assert!(crm.number(sql).await > 0, "{sql}");
    }
    let nothing = "SELECT count(*) FROM (SELECT 1 FROM tblinventory_manage \
                   GROUP BY warehouse_id, commodity_id HAVING count(inventory_number) = 0)";
    assert_eq!(crm.number(nothing).await, 0);
    for sql in [
        "SELECT description FROM tblitems",
        "SELECT commodity_code FROM tblitems WHERE commodity_code IS NOT NULL",
    ] {
        let values = crm.texts(sql).await;
        let unique: HashSet<&String> = values.iter().collect();
        assert_eq!(unique.len(), values.len(), "{sql}");
    }
}
