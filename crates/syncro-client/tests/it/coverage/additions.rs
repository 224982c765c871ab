//! Where this crate and the document differ, and why.

/// Members that have no field: card data has no place in this client, and a
/// create drops lines without a word (measured by client authors), so that they
/// are added one by one; two members of a line appear there alone.
pub(super) const NOT_TYPED: &[(&str, &str)] = &[
    ("Estimate", "line_items"),
    ("LineItem", "wholesale"),
    ("Payment", "credit_card_number"),
    ("Payment", "cvv"),
    ("Payment", "date_month"),
    ("Payment", "date_year"),
];

/// Members that a body may take by the document and that are kept back: the
/// server sets or counts them, or drops them without a word (the lines).
pub(super) const KEPT_BACK: &[(&str, &str)] = &[
    ("Estimate", "created_at"),
    ("Estimate", "updated_at"),
    ("Invoice", "balance_due"),
    ("Invoice", "created_at"),
    ("Invoice", "customer_business_then_name"),
    ("Invoice", "id"),
    ("Invoice", "is_paid"),
    ("Invoice", "line_items"),
    ("Invoice", "pdf_url"),
    ("Invoice", "subtotal"),
    ("Invoice", "tax"),
    ("Invoice", "total"),
    ("Invoice", "updated_at"),
    ("LineItem", "id"),
    ("LineItem", "invoice_bundle_id"),
];

/// Fields that are sent though the document has them in no body: the details of
/// an alert are taken (measured by client authors).
pub(super) const SENT_TOO: &[(&str, &str)] = &[("RmmAlert", "formatted_output")];

/// Fields that are read though the document has them in no answer: what a body
/// may take is taken for part of the record (inferred).
pub(super) const ANSWERED_TOO: &[(&str, &str)] = &[("Invoice", "balance_due")];

/// Fields that hold something else than the document shows: ids typed as
/// numbers, times and amounts typed as text, truth written as words.
pub(super) const OTHER_KIND: &[(&str, &str)] = &[
    ("Contact", "vendor_id"),
    ("FormAppointment", "end_at"),
    ("LineItem", "discount_dollars"),
    ("RmmTriggers", "*"),
];

const MEASURED: &str = "measured by client authors";
const NEWER: &str = "newer than the stored document (measured by client authors)";
const ASSUMED: &str = "assumed to be as the fields of tickets are";

/// Fields beside the document: record, field (`*` for all of it), source.
pub(super) const ADDED: &[(&str, &str, &str)] = &[
    ("AssetType", "*", ASSUMED),
    ("Comment", "destination_emails", MEASURED),
    ("Comment", "email_sender", MEASURED),
    ("Contract", "non_billable_product_ids", NEWER),
    ("Contract", "product_price_overrides", NEWER),
    ("Customer", "addresses", MEASURED),
    ("Customer", "contracts", MEASURED),
    ("Customer", "invoice_links", MEASURED),
    ("Customer", "phones", MEASURED),
    ("Customer", "ticket_links", MEASURED),
    ("FieldAnswer", "*", ASSUMED),
    ("FieldDefinition", "*", ASSUMED),
    ("FileUrl", "*", "in the document as part of a body"),
    ("InstalledApplication", "*", NEWER),
    ("PriceOverride", "*", NEWER),
    ("ScriptRun", "*", NEWER),
];

/// Parameters beside the document: path, name, source.
pub(super) const PARAMETERS: &[(&str, &str, &str)] = &[
    ("/rmm_alerts", "created_after", NEWER),
    ("/tickets", "asset_name", NEWER),
    ("/tickets", "asset_serial", NEWER),
    ("/tickets", "email", MEASURED),
    ("/tickets", "parent_id", NEWER),
];
