//! What tables and columns are usually called, in English and Dutch and in the Perfex schema.
//!
//! Names are compared in lower case without anything but letters and digits.

use sync_core::EntityKind;

/// Names of tables: surely of this kind, and perhaps.
pub(super) fn tables(entity: EntityKind) -> (&'static [&'static str], &'static [&'static str]) {
    match entity {
        EntityKind::Customer => (
            &[
                "customers",
                "customer",
                "clients",
                "client",
                "klanten",
                "klant",
                "debiteuren",
                "debiteur",
            ],
            &[
                "relaties",
                "relatie",
                "accounts",
                "account",
                "companies",
                "company",
                "bedrijven",
                "organisaties",
                "organizations",
                "debtors",
            ],
        ),
        EntityKind::Contact => (
            &[
                "contacts",
                "contact",
                "contactpersonen",
                "contactpersoon",
                "customercontacts",
            ],
            &["persons", "people", "personen", "contactpersons"],
        ),
        EntityKind::Lead => (&["leads", "lead", "prospects", "prospect"], &[]),
        EntityKind::Project => (&["projects", "project", "projecten"], &["jobs", "werken"]),
        EntityKind::Ticket => (
            &["tickets", "ticket", "supporttickets"],
            &["cases", "issues", "meldingen", "melding"],
        ),
        EntityKind::Invoice => (
            &[
                "invoices",
                "invoice",
                "facturen",
                "factuur",
                "salesinvoices",
                "verkoopfacturen",
            ],
            &["bills", "documenten"],
        ),
        EntityKind::Order => (
            &[
                "orders",
                "order",
                "salesorders",
                "bestellingen",
                "bestelling",
                "verkooporders",
            ],
            &["estimates", "quotes", "offertes"],
        ),
        EntityKind::Product => (
            &[
                "products",
                "product",
                "producten",
                "artikelen",
                "artikel",
                "articles",
                "items",
            ],
            &["item", "diensten", "services"],
        ),
        EntityKind::ProductGroup => (
            &[
                "productgroups",
                "productgroup",
                "productcategories",
                "itemsgroups",
                "artikelgroepen",
                "productgroepen",
                "itemgroups",
            ],
            &["categories", "category", "groepen"],
        ),
        EntityKind::Payment => (
            &[
                "payments",
                "payment",
                "betalingen",
                "betaling",
                "invoicepaymentrecords",
            ],
            &["receipts", "ontvangsten", "transactions"],
        ),
        EntityKind::Stock => (
            &["stock", "stocklevels", "inventory", "voorraad", "voorraden"],
            &["productstock", "warehouseproducts"],
        ),
        EntityKind::Discount => (
            &["discounts", "discount", "kortingen", "customerdiscounts"],
            &["korting", "pricerules"],
        ),
        _ => (&[], &[]),
    }
}

/// Names of tables with the lines of a kind of record.
pub(super) fn line_tables(entity: EntityKind) -> &'static [&'static str] {
    match entity {
        EntityKind::Invoice => &[
            "invoicelines",
            "invoiceline",
            "invoiceitems",
            "invoicelineitems",
            "invoicerows",
            "factuurregels",
            "factuurregel",
            "salesinvoicelines",
            "verkoopfactuurregels",
            "invoicedetails",
        ],
        EntityKind::Order => &[
            "orderlines",
            "orderline",
            "orderitems",
            "orderrows",
            "orderregels",
            "orderregel",
            "bestelregels",
            "salesorderlines",
            "orderdetails",
        ],
        _ => &[],
    }
}

/// What refers to a record of this kind.
pub(super) fn reference(entity: EntityKind) -> &'static [&'static str] {
    match entity {
        EntityKind::Customer => &[
            "customerid",
            "clientid",
            "klantid",
            "userid",
            "debiteurid",
            "relatieid",
            "companyid",
            "accountid",
            "customer",
            "client",
            "klant",
            "clientnr",
            "customerno",
        ],
        EntityKind::Contact => &["contactid", "contactpersoonid", "contact"],
        EntityKind::Project => &["projectid", "project"],
        EntityKind::Product => &["productid", "itemid", "artikelid", "articleid", "product"],
        EntityKind::ProductGroup => &[
            "groupid",
            "productgroupid",
            "categoryid",
            "groepid",
            "artikelgroepid",
            "group",
        ],
        EntityKind::Invoice => &["invoiceid", "factuurid", "invoice", "factuur"],
        EntityKind::Order => &["orderid", "bestellingid", "order"],
        _ => &[],
    }
}

/// Words that a table's own columns may start with: `customer_name`, `klantnaam`.
pub(super) const OWN: [&str; 16] = [
    "customer", "client", "klant", "invoice", "factuur", "product", "artikel", "project", "lead",
    "ticket", "order", "contact", "debiteur", "item", "payment", "line",
];

/// Names of columns by canonical field, best first.
pub(super) fn columns(entity: EntityKind, field: &str) -> &'static [&'static str] {
    let part = field.split_once('.').map_or(field, |(_, part)| part);
    match (entity, field) {
        (EntityKind::Customer, "number") => &[
            "customernumber",
            "clientnumber",
            "klantnummer",
            "debiteurnummer",
            "number",
            "nummer",
            "code",
            "accountnumber",
            "klantnr",
        ],
        (EntityKind::Customer, "name") => &[
            "companyname",
            "company",
            "name",
            "naam",
            "bedrijfsnaam",
            "organisation",
            "organization",
            "fullname",
        ],
        (EntityKind::Contact | EntityKind::Lead | EntityKind::Customer, "email") => {
            &["email", "emailaddress", "mail", "emailadres"]
        }
        (_, "phone") => &[
            "phone",
            "phonenumber",
            "telephone",
            "telefoon",
            "telefoonnummer",
            "tel",
            "mobile",
            "mobiel",
        ],
        (_, "website") => &["website", "web", "url", "homepage"],
        (_, "vat_number") => &[
            "vatnumber",
            "vat",
            "vatid",
            "btwnummer",
            "btwnr",
            "taxid",
            "btw",
        ],
        (_, "registration_number") => &[
            "registrationnumber",
            "kvknummer",
            "kvk",
            "cocnumber",
            "chamberofcommerce",
            "cui",
        ],
        (_, "first_name") => &["firstname", "voornaam", "givenname"],
        (_, "last_name") => &["lastname", "achternaam", "surname", "familyname"],
        (EntityKind::Contact | EntityKind::Lead, "title") => {
            &["title", "position", "jobtitle", "functie"]
        }
        (_, "primary") => &["isprimary", "primary", "hoofdcontact"],
        (_, "active") => &["active", "isactive", "actief", "enabled"],
        (_, "is_person") => &["isperson", "particulier"],
        (_, "currency") => &["currencycode", "currency", "valuta", "valutacode"],
        (_, "language") => &["language", "taal", "defaultlanguage"],
        (_, "company") => &["company", "companyname", "bedrijf", "bedrijfsnaam"],
        (EntityKind::Product, "code") => &[
            "code",
            "sku",
            "articlecode",
            "productcode",
            "artikelcode",
            "artikelnummer",
            "itemcode",
            "ean",
        ],
        (EntityKind::Product, "name") => &["name", "naam", "description", "omschrijving", "title"],
        (EntityKind::Product, "description") => &[
            "longdescription",
            "description",
            "omschrijving",
            "details",
            "toelichting",
        ],
        (EntityKind::Product, "price") => &[
            "price",
            "unitprice",
            "salesprice",
            "prijs",
            "verkoopprijs",
            "rate",
        ],
        (EntityKind::Ticket, "subject") => &["subject", "onderwerp", "title", "titel"],
        (EntityKind::Ticket, "message") => &["message", "body", "bericht", "description", "tekst"],
        (EntityKind::Ticket, "requester_name") => &["requestername", "name", "naam"],
        (EntityKind::Ticket, "requester_email") => &["requesteremail", "email"],
        (EntityKind::Invoice, "number") => &[
            "formattednumber",
            "invoicenumber",
            "factuurnummer",
            "number",
            "nummer",
            "invoiceno",
            "documentnumber",
            "factuurnr",
        ],
        (EntityKind::Order, "number") => &[
            "ordernumber",
            "bestelnummer",
            "number",
            "nummer",
            "orderno",
            "ordernr",
        ],
        (EntityKind::Order, "reference") => &["reference", "referenceno", "referentie"],
        (EntityKind::Invoice | EntityKind::Order | EntityKind::Payment, "date") => &[
            "date",
            "invoicedate",
            "factuurdatum",
            "orderdate",
            "orderdatum",
            "datum",
            "paymentdate",
            "betaaldatum",
            "documentdate",
        ],
        (_, "due_date") => &["duedate", "vervaldatum", "paymentdue"],
        (_, "expiry_date") => &["expirydate", "validuntil", "geldigtot"],
        (_, "subtotal") => &[
            "subtotal",
            "subtotaal",
            "totalexcl",
            "netamount",
            "totaalexcl",
        ],
        (_, "tax_total") => &[
            "totaltax",
            "taxtotal",
            "btwbedrag",
            "vatamount",
            "taxamount",
        ],
        (_, "total") => &[
            "total",
            "totaal",
            "totalincl",
            "grandtotal",
            "totaalincl",
            "amount",
        ],
        (_, "adjustment") => &["adjustment", "correctie"],
        (EntityKind::Invoice | EntityKind::Order, "discount") => {
            &["discounttotal", "discountamount", "discount", "korting"]
        }
        (_, "terms") => &["terms", "voorwaarden", "paymentterms"],
        (EntityKind::Payment, "amount") => &["amount", "bedrag", "total"],
        (EntityKind::Payment, "mode") => &["paymentmode", "mode", "method", "betaalwijze"],
        (_, "transaction_id") => &["transactionid", "transactieid", "reference"],
        (EntityKind::Stock, "quantity") => &["quantity", "qty", "aantal", "voorraad", "instock"],
        (_, "warehouse") => &["warehouse", "magazijn", "location", "locatie"],
        (_, "percent") => &[
            "percent",
            "percentage",
            "discount",
            "korting",
            "discountpercent",
        ],
        (_, "customer_group") => &["customergroup", "klantgroep", "groupname"],
        (_, "valid_from") => &["validfrom", "geldigvan", "startdate"],
        (_, "valid_until") => &["validuntil", "geldigtot", "enddate"],
        (_, "unit") => &["unit", "eenheid"],
        (_, "start_date") => &["startdate", "startdatum", "begindatum"],
        (_, "deadline") => &["deadline", "einddatum", "enddate", "duedate"],
        (_, "finished_at") => &["finishedat", "datefinished", "gereedop"],
        (_, "progress") => &["progress", "voortgang"],
        (_, "cost") => &["cost", "projectcost", "budget", "kosten"],
        (_, "hourly_rate") => &[
            "hourlyrate",
            "rateperhour",
            "projectrateperhour",
            "uurtarief",
        ],
        (_, "estimated_hours") => &["estimatedhours", "urenbegroot"],
        (_, "value") => &["value", "leadvalue", "waarde"],
        (_, "lost") => &["lost", "verloren"],
        (_, "junk") => &["junk", "spam"],
        (_, "source") => &["source", "bron", "herkomst"],
        (_, "status") => &["status", "state", "toestand"],
        (_, "priority") => &["priority", "prioriteit"],
        (_, "department") => &["department", "afdeling"],
        (_, "note") => &[
            "note",
            "notes",
            "notitie",
            "opmerking",
            "opmerkingen",
            "clientnote",
        ],
        (_, "created_at" | "created_on") => &[
            "createdat",
            "datecreated",
            "created",
            "dateadded",
            "aangemaaktop",
            "aangemaakt",
            "projectcreated",
            "createdon",
            "invoerdatum",
        ],
        (_, "last_contact_at") => &["lastcontact", "lastcontactat", "laatstecontact"],
        (_, "last_reply_at") => &["lastreply", "lastreplyat"],
        (_, "name") => &["name", "naam", "title", "titel"],
        (_, "description") => &["description", "omschrijving", "notes"],
        (_, _) if field.starts_with("address.") => address(part),
        _ => &[],
    }
}

fn address(part: &str) -> &'static [&'static str] {
    match part {
        "street" => &[
            "street",
            "address",
            "straat",
            "adres",
            "address1",
            "addressline1",
        ],
        "city" => &["city", "town", "plaats", "woonplaats", "stad"],
        "state" => &["state", "province", "provincie"],
        "postal_code" => &["postalcode", "zip", "zipcode", "postcode"],
        "country" => &["countrycode", "country", "landcode", "land"],
        _ => &[],
    }
}

/// Names of columns of lines, by field.
pub(super) const LINES: [(&str, &[&str]); 8] = [
    (
        "description",
        &[
            "description",
            "omschrijving",
            "name",
            "descr",
            "naam",
            "tekst",
        ],
    ),
    (
        "long_description",
        &["longdescription", "details", "toelichting"],
    ),
    ("quantity", &["quantity", "qty", "aantal"]),
    (
        "unit_price",
        &["unitprice", "price", "rate", "prijs", "stukprijs"],
    ),
    ("unit", &["unit", "eenheid"]),
    (
        "product",
        &["productid", "itemid", "artikelid", "articleid"],
    ),
    ("taxes.name", &["taxname", "vatname", "btwnaam"]),
    (
        "taxes.rate",
        &[
            "taxrate",
            "vatrate",
            "btwpercentage",
            "vatpercent",
            "taxpercent",
            "btw",
            "vat",
        ],
    ),
];

/// Columns that say when a row was changed last.
pub(super) const MODIFIED: [&str; 15] = [
    "updatedat",
    "modifiedat",
    "lastmodified",
    "datemodified",
    "modified",
    "changedat",
    "updated",
    "lastupdated",
    "lastupdate",
    "gewijzigdop",
    "gewijzigd",
    "mutatiedatum",
    "dateupdated",
    "lastmodifiedat",
    "updatedon",
];

/// Columns that say where a line stands among the others.
pub(super) const ORDER: [&str; 9] = [
    "position",
    "pos",
    "sortorder",
    "itemorder",
    "lineno",
    "linenumber",
    "regelnummer",
    "volgorde",
    "sequence",
];
