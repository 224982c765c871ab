//! The tables of a CRMConnect database, as data; own DDL, not the vendor's.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Key,
    Int,
    Flag,
    Varchar(u16),
    Text,
    LongText,
    Decimal,
    Percent,
    Date,
    DateTime,
}

/// A table: its name without prefix, columns as `name type[?|=|+]`, index columns.
///
/// `?` can be null, `=` is filled in by the database, `+` can be null and is there on request.
/// All other columns must be written by whoever makes a row: no default helps out.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    columns: &'static str,
    indexes: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
    /// The database fills it in where nothing is said.
    pub(crate) default: bool,
    /// Of a later version or a module: there on request.
    pub(crate) optional: bool,
}

/// Which database the tables are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Mysql,
}

/// Which of the optional columns there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extras {
    /// `formatted_number` of invoices and estimates.
    pub(crate) formatted_numbers: bool,
    /// `product_id` of lines.
    pub(crate) line_products: bool,
}

impl Extras {
    fn has(self, column: &str) -> bool {
        match column {
            "formatted_number" => self.formatted_numbers,
            "product_id" => self.line_products,
            _ => false,
        }
    }
}

impl Table {
    /// The columns; words that are no column are left out (a test finds them).
    pub(crate) fn columns(&self) -> Vec<Column> {
        self.columns.split(',').filter_map(column).collect()
    }

    /// The statements that make the table and its indexes.
    pub(crate) fn ddl(&self, prefix: &str, dialect: Dialect, extras: Extras) -> Vec<String> {
        let name = format!("{prefix}{}", self.name);
        let mut parts: Vec<String> = self
            .columns()
            .into_iter()
            .filter(|column| !column.optional || extras.has(column.name))
            .map(|column| definition(column, dialect))
            .collect();
        match dialect {
            Dialect::Sqlite => {
                let mut statements = vec![format!("CREATE TABLE {name} ({})", parts.join(", "))];
                for column in self.indexes {
                    statements.push(format!(
                        "CREATE INDEX idx_{name}_{column} ON {name} ({column})"
                    ));
                }
                statements
            }
            Dialect::Mysql => {
                for column in self.indexes {
                    parts.push(format!("KEY {column} ({column})"));
                }
                vec![format!(
                    "CREATE TABLE {name} ({}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
                    parts.join(", ")
                )]
            }
        }
    }
}

fn column(text: &'static str) -> Option<Column> {
    let mut words = text.split_whitespace();
    let name = words.next()?;
    let word = words.next()?;
    let kind = word.trim_end_matches(['?', '=', '+']);
    let (nullable, default, optional) = match &word[kind.len()..] {
        "" => (false, false, false),
        "?" => (true, false, false),
        "=" => (false, true, false),
        "+" => (true, false, true),
        _ => return None,
    };
    let word = kind;
    let kind = match word {
        "key" => Type::Key,
        "int" => Type::Int,
        "flag" => Type::Flag,
        "text" => Type::Text,
        "longtext" => Type::LongText,
        "dec" => Type::Decimal,
        "pct" => Type::Percent,
        "date" => Type::Date,
        "dt" => Type::DateTime,
        other => Type::Varchar(other.strip_prefix('v')?.parse().ok()?),
    };
    Some(Column {
        name,
        kind,
        nullable,
        default,
        optional,
    })
}

fn definition(column: Column, dialect: Dialect) -> String {
    let name = column.name;
    let kind = match (column.kind, dialect) {
        (Type::Key, Dialect::Sqlite) => return format!("{name} INTEGER PRIMARY KEY AUTOINCREMENT"),
        (Type::Key, Dialect::Mysql) => {
            return format!("{name} INT NOT NULL AUTO_INCREMENT PRIMARY KEY");
        }
        (Type::Int | Type::Flag, Dialect::Sqlite) => "INTEGER".to_owned(),
        (Type::Varchar(_) | Type::Text | Type::LongText, Dialect::Sqlite) => "TEXT".to_owned(),
        (Type::Int, Dialect::Mysql) => "INT".to_owned(),
        (Type::Flag, Dialect::Mysql) => "TINYINT(1)".to_owned(),
        (Type::Varchar(length), Dialect::Mysql) => format!("VARCHAR({length})"),
        (Type::Text, Dialect::Mysql) => "MEDIUMTEXT".to_owned(),
        (Type::LongText, Dialect::Mysql) => "LONGTEXT".to_owned(),
        (Type::Decimal, _) => "DECIMAL(15,2)".to_owned(),
        (Type::Percent, _) => "DECIMAL(5,2)".to_owned(),
        (Type::Date, _) => "DATE".to_owned(),
        (Type::DateTime, _) => "DATETIME".to_owned(),
    };
    if column.nullable {
        return format!("{name} {kind} NULL");
    }
    match column.kind {
        _ if !column.default => format!("{name} {kind} NOT NULL"),
        Type::Varchar(_) => format!("{name} {kind} NOT NULL DEFAULT ''"),
        _ => format!("{name} {kind} NOT NULL DEFAULT 0"),
    }
}

const fn table(
    name: &'static str,
    columns: &'static str,
    indexes: &'static [&'static str],
) -> Table {
    Table {
        name,
        columns,
        indexes,
    }
}

/// All tables the generator makes.
pub(crate) const TABLES: &[Table] = &[
    table(
        "clients",
        "userid key, company v191?, vat v50?, phonenumber v30?, country int, city v100?, zip v15?, \
         state v50?, address v191?, website v150?, datecreated dt, active int, leadid int?, \
         billing_street v200?, billing_city v100?, billing_state v100?, billing_zip v100?, \
         billing_country int?, shipping_street v200?, shipping_city v100?, shipping_state v100?, \
         shipping_zip v100?, shipping_country int?, longitude v191?, latitude v191?, \
         default_language v40?, default_currency int, show_primary_contact int, stripe_id v40?, \
         registration_confirmed int, addedfrom int",
        &["country", "leadid", "company", "active"],
    ),
    table(
        "contacts",
        "id key, userid int, is_primary int, firstname v191, lastname v191, email v100, \
         phonenumber v100, title v100?, datecreated dt, password v255?, new_pass_key v32?, \
         new_pass_key_requested dt?, email_verified_at dt?, email_verification_key v32?, \
         email_verification_sent_at dt?, last_ip v40?, last_login dt?, last_password_change dt?, \
         active flag, profile_image v191?, direction v3?, invoice_emails flag, \
         estimate_emails flag, credit_note_emails flag, contract_emails flag, task_emails flag, \
         project_emails flag, ticket_emails flag",
        &["userid", "firstname", "lastname", "email", "is_primary"],
    ),
    table(
        "leads",
        "id key, hash v65?, name v191, title v100?, company v191?, description text?, country int, \
         zip v15?, city v100?, state v50?, address v100?, assigned int, dateadded dt, \
         from_form_id int, status int, source int, lastcontact dt?, dateassigned date?, \
         last_status_change dt?, addedfrom int, email v100?, website v150?, leadorder int?, \
         phonenumber v50?, date_converted dt?, lost flag, junk int, last_lead_status int, \
         is_imported_from_email_integration flag, email_integration_uid v30?, is_public flag, \
         default_language v40?, client_id int, lead_value dec?",
        &[
            "name",
            "company",
            "email",
            "assigned",
            "status",
            "source",
            "dateadded",
        ],
    ),
    table(
        "leads_status",
        "id key, name v50, statusorder int?, color v10?, isdefault int",
        &["name"],
    ),
    table("leads_sources", "id key, name v150", &["name"]),
    table(
        "projects",
        "id key, name v191, description text?, status int, clientid int, billing_type int, \
         start_date date, deadline date?, project_created date, date_finished dt?, progress int, \
         progress_from_tasks int, project_cost dec?, project_rate_per_hour dec?, \
         estimated_hours dec?, addedfrom int, contact_notification int, notify_contacts text?",
        &["clientid", "name"],
    ),
    table(
        "tickets",
        "ticketid key, adminreplying int=, userid int, contactid int, merged_ticket_id int?, \
         email text?, name text?, department int, priority int, status int, service int?, \
         ticketkey v32, subject v191, message text?, admin int?, date dt, project_id int, \
         lastreply dt?, clientread int, adminread int, assigned int, staff_id_replying int?, \
         cc v191?",
        &[
            "userid",
            "contactid",
            "department",
            "priority",
            "status",
            "project_id",
        ],
    ),
    table(
        "tickets_status",
        "ticketstatusid key, name v50, isdefault int, statuscolor v7?, statusorder int?",
        &[],
    ),
    table("tickets_priorities", "priorityid key, name v50", &[]),
    table(
        "ticket_replies",
        "id key, ticketid int, userid int?, contactid int, name text?, email text?, date dt, \
         message text?, attachment int?, admin int?",
        &["ticketid"],
    ),
    table(
        "departments",
        "departmentid key, name v100, imap_username v191?, email v100?, email_from_header flag=, \
         host v150?, password text?, encryption v3?, folder v191=, delete_after_import int=, \
         calendar_id text?, hidefromclient flag=",
        &["name"],
    ),
    table(
        "invoices",
        "id key, sent flag, datesend dt?, clientid int, deleted_customer_name v100?, number int, \
         prefix v50?, number_format int, formatted_number v100+, datecreated dt, date date, duedate date?, currency int, \
         subtotal dec, total_tax dec, total dec, adjustment dec?, addedfrom int?, hash v32, \
         status int, clientnote text?, adminnote text?, last_overdue_reminder date?, \
         last_due_reminder date?, cancel_overdue_reminders int, allowed_payment_modes text?, \
         token text?, discount_percent dec, discount_total dec, discount_type v30, recurring int, \
         recurring_type v10?, custom_recurring flag=, cycles int=, total_cycles int=, \
         is_recurring_from int?, last_recurring_date date?, terms text?, sale_agent int, \
         billing_street v200?, billing_city v100?, billing_state v100?, billing_zip v100?, \
         billing_country int?, shipping_street v200?, shipping_city v100?, shipping_state v100?, \
         shipping_zip v100?, shipping_country int?, include_shipping flag, \
         show_shipping_on_invoice flag=, show_quantity_as int, project_id int?, \
         subscription_id int, short_link v100?",
        &[
            "currency",
            "clientid",
            "project_id",
            "sale_agent",
            "total",
            "status",
        ],
    ),
    table(
        "itemable",
        "id key, rel_id int, rel_type v15, description text, long_description text?, qty dec, \
         rate dec, unit v40?, item_order int?, product_id int+",
        &["rel_id", "rel_type"],
    ),
    table(
        "item_tax",
        "id key, itemid int, rel_id int, rel_type v20, taxrate dec, taxname v100",
        &["itemid", "rel_id"],
    ),
    table(
        "invoicepaymentrecords",
        "id key, invoiceid int, amount dec, paymentmode v40?, paymentmethod v191?, date date, \
         daterecorded dt, note text?, transactionid text?",
        &["invoiceid", "paymentmode"],
    ),
    table(
        "payment_modes",
        "id key, name v100, description text?, show_on_pdf int=, invoices_only int=, \
         expenses_only int=, selected_by_default int=, active flag",
        &[],
    ),
    table(
        "credits",
        "id key, invoice_id int, credit_id int, staff_id int=, date date, date_applied dt, \
         amount dec",
        &["invoice_id"],
    ),
    table(
        "currencies",
        "id key, symbol v10, name v100, decimal_separator v5?, thousand_separator v5?, \
         placement v10?, isdefault flag",
        &[],
    ),
    table(
        "countries",
        "country_id key, iso2 v2?, short_name v80, long_name v80, iso3 v3?, numcode v6?, \
         un_member v12?, calling_code v8?, cctld v5?",
        &[],
    ),
    table(
        "staff",
        "staffid key, email v100, firstname v50, lastname v50, facebook text?, linkedin text?, \
         phonenumber v30?, skype v50?, password v250, datecreated dt, profile_image v191?, \
         last_ip v40?, last_login dt?, last_activity dt?, last_password_change dt?, \
         new_pass_key v32?, new_pass_key_requested dt?, admin int, role int?, active int, \
         default_language v40?, direction v3?, media_path_slug v191?, is_not_staff int, \
         hourly_rate dec, two_factor_auth_enabled flag=, two_factor_auth_code v100?, \
         two_factor_auth_code_requested dt?, email_signature text?, google_auth_secret text?",
        &["firstname", "lastname"],
    ),
    table(
        "customfields",
        "id key, fieldto v30?, name v150, slug v150, required flag, type v20, options text?, \
         display_inline flag=, field_order int?, active int, show_on_pdf int=, \
         show_on_ticket_form flag=, only_admin flag, show_on_table flag=, \
         show_on_client_portal int, disalow_client_to_edit int, bs_column int=, \
         default_value text?",
        &[],
    ),
    table(
        "customfieldsvalues",
        "id key, relid int, fieldid int, fieldto v15, value text",
        &["relid", "fieldto", "fieldid"],
    ),
    table(
        "options",
        "id key, name v191, value longtext, autoload flag",
        &["name"],
    ),
    table("customers_groups", "id key, name v191", &["name"]),
    table(
        "customer_groups",
        "id key, groupid int, customer_id int",
        &["groupid", "customer_id"],
    ),
    table("taxes", "id key, name v100, taxrate dec", &[]),
    table(
        "estimates",
        "id key, sent flag, datesend dt?, clientid int, deleted_customer_name v100?, \
         project_id int?, number int, prefix v50?, number_format int, formatted_number v100+, \
         hash v32?, datecreated dt, date date, expirydate date?, currency int, subtotal dec, \
         total_tax dec, total dec, adjustment dec?, addedfrom int, status int, clientnote text?, \
         adminnote text?, discount_percent dec?, discount_total dec?, discount_type v30?, \
         invoiceid int?, invoiced_date dt?, terms text?, reference_no v100?, sale_agent int, \
         billing_street v200?, billing_city v100?, billing_state v100?, billing_zip v100?, \
         billing_country int?, shipping_street v200?, shipping_city v100?, shipping_state v100?, \
         shipping_zip v100?, shipping_country int?, include_shipping flag, \
         show_shipping_on_estimate flag=, show_quantity_as int, pipeline_order int?, \
         is_expiry_notified int=, acceptance_firstname v50?, acceptance_lastname v50?, \
         acceptance_email v100?, acceptance_date dt?, acceptance_ip v40?, signature v40?, \
         short_link v100?",
        &["clientid", "currency", "status"],
    ),
    table(
        "items",
        "id key, description text, long_description text?, rate dec, tax int?, tax2 int?, \
         unit v40?, group_id int, commodity_code v100?, sku_code v200?",
        &["tax", "tax2", "group_id"],
    ),
    table("items_groups", "id key, name v50", &[]),
    table(
        "warehouse",
        "warehouse_id key, warehouse_code v100?, warehouse_name text?, warehouse_address text?, \
         `order` int?, display int?, note text?",
        &[],
    ),
    table(
        "inventory_manage",
        "id key, warehouse_id int, commodity_id int, inventory_number v100?, \
         date_manufacture date?, expiry_date date?, lot_number v100?, purchase_price dec?",
        &["warehouse_id", "commodity_id"],
    ),
    // What CRMConnect calls its discounts for groups is not published: name and columns inferred.
    table(
        "group_discounts",
        "id key, groupid int, product_id int?, item_group_id int?, percent pct, \
         valid_from date?, valid_until date?",
        &["groupid"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_tables_is_a_column() {
        for table in TABLES {
            let columns = table.columns();
            assert_eq!(
                columns.len(),
                table.columns.split(',').count(),
                "{}",
                table.name
            );
            assert_eq!(columns[0].kind, Type::Key, "{}", table.name);
            for index in table.indexes {
                assert!(
                    columns.iter().any(|c| c.name == *index),
                    "{}.{index}",
                    table.name
                );
            }
        }
    }
}
