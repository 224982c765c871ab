//! The resources: their properties, envelopes, page sizes and ways to refuse.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// How a refused write is worded; every one of these is in the OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"success":false,"message":[…]}`, on a create with `params`.
    Messages,
    /// `{"record":{…},"errors":"a,b"}`.
    Record,
    /// `{"error":"a, b"}`.
    Error,
    /// `{"error":["a"]}`.
    ErrorList,
    /// `{"success":false,"error":"a,b","message":"a,b","params":{…}}`.
    Twice,
    /// `{"errors":"a, b"}`.
    Errors,
    /// `{"success":false,"errors":["a"],"params":{…}}`.
    ErrorsList,
    /// `{"field":["can't be blank"]}`.
    Fields,
    /// 400 and `{"message":["a"]}`.
    Bad,
    /// `{"message":"a"}`.
    Message,
}

/// What a list tells of its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meta {
    /// Nothing, but `page` is heeded.
    None,
    /// `{"total_pages","page"}`.
    Short,
    /// `{"total_pages","total_entries","per_page","page"}`.
    Full,
    /// Nothing, and `page` is ignored: everything comes at once.
    Whole,
}

/// What a property holds, and its value where nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    /// A text that is empty rather than null.
    Said,
    Int,
    /// A number that is 0 rather than null.
    Count,
    /// 1: the one account.
    Account,
    Bool,
    /// A flag that is set where nothing is said.
    Yes,
    /// A flag that may be null.
    Maybe,
    /// A flag as a text, `"1"` or `"0"`.
    Word,
    /// An amount as a text, `"0.0"`.
    Money,
    /// The same, null where nothing is said.
    Amount,
    /// The same, `"1.0"` where nothing is said.
    Quantity,
    Float,
    /// A number that is 0.0 rather than null.
    Price,
    Time,
    /// A day, told as midnight.
    Day,
    Object,
    List,
}

impl Holds {
    pub(crate) fn unsaid(self) -> Value {
        match self {
            Holds::Said => json!(""),
            Holds::Count => json!(0),
            Holds::Account => json!(1),
            Holds::Bool => json!(false),
            Holds::Yes => json!(true),
            Holds::Word | Holds::Text | Holds::Int | Holds::Maybe | Holds::Amount => Value::Null,
            Holds::Money => json!("0.0"),
            Holds::Quantity => json!("1.0"),
            Holds::Float | Holds::Time | Holds::Day => Value::Null,
            Holds::Price => json!(0.0),
            Holds::Object => json!({}),
            Holds::List => json!([]),
        }
    }
}

/// One property of a resource.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    /// The API takes it.
    pub(crate) taken: bool,
    /// The API shows it.
    pub(crate) shown: bool,
}

/// What stands in one table.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) fields: Vec<Field>,
    /// The record as it is where nothing was said.
    pub(crate) blank: Map<String, Value>,
}

impl Model {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let lines: Vec<&'static str> = include_str!("data/fields.txt").lines().collect();
    Resource::ALL
        .iter()
        .map(|resource| {
            let line = lines
                .iter()
                .find(|line| line.split(' ').next() == Some(resource.name()));
            let fields: Vec<Field> = line
                .into_iter()
                .flat_map(|line| line.split(' ').skip(1))
                .map(field)
                .collect();
            let blank = fields
                .iter()
                .map(|field| (field.name.to_owned(), field.holds.unsaid()))
                .collect();
            Model { fields, blank }
        })
        .collect()
});

fn field(text: &'static str) -> Field {
    let end = text.find([':', '!', '~']).unwrap_or(text.len());
    let (name, marks) = text.split_at(end);
    let mut field = Field {
        name,
        holds: Holds::Text,
        taken: true,
        shown: true,
    };
    for mark in marks.chars() {
        match mark {
            '!' => field.taken = false,
            '~' => field.shown = false,
            mark => field.holds = holds(mark).unwrap_or(field.holds),
        }
    }
    field
}

fn holds(mark: char) -> Option<Holds> {
    Some(match mark {
        'e' => Holds::Said,
        'i' => Holds::Int,
        'z' => Holds::Count,
        'a' => Holds::Account,
        'b' => Holds::Bool,
        'B' => Holds::Yes,
        'n' => Holds::Maybe,
        'w' => Holds::Word,
        'm' => Holds::Money,
        'M' => Holds::Amount,
        'q' => Holds::Quantity,
        'f' => Holds::Float,
        'F' => Holds::Price,
        't' => Holds::Time,
        'd' => Holds::Day,
        'o' => Holds::Object,
        'l' => Holds::List,
        _ => return None,
    })
}

/// How a resource behaves.
#[derive(Debug)]
pub(crate) struct Manner {
    /// The envelope of one record; none where it comes bare.
    pub(crate) one: Option<&'static str>,
    /// The envelope of a list.
    pub(crate) many: &'static str,
    pub(crate) page: usize,
    pub(crate) meta: Meta,
    pub(crate) newest_first: bool,
    pub(crate) shape: Shape,
    /// Properties that no write may leave blank, with what the server calls them.
    pub(crate) required: &'static [(&'static str, &'static str)],
    /// The property that names the record it hangs on, and where that one stands.
    pub(crate) parent: Option<(&'static str, Resource)>,
    /// Properties by which records are found fast.
    pub(crate) indexed: &'static [&'static str],
}

macro_rules! resources {
    ($($variant:ident $name:literal $one:tt $many:literal $page:literal $meta:ident $order:ident
       $shape:ident [$($field:literal $label:literal),*] $parent:tt [$($key:literal),*];)*) => {
        /// Everything that the server keeps.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Resource {
            $($variant,)*
        }

        impl Resource {
            pub(crate) const ALL: &[Resource] = &[$(Resource::$variant,)*];

            /// What the sandbox calls it.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Resource::$variant => $name,)*
                }
            }

            pub(crate) fn manner(self) -> &'static Manner {
                match self {
                    $(Resource::$variant => &Manner {
                        one: resources!(@one $one),
                        many: $many,
                        page: $page,
                        meta: Meta::$meta,
                        newest_first: resources!(@order $order),
                        shape: Shape::$shape,
                        required: &[$(($field, $label)),*],
                        parent: resources!(@parent $parent),
                        indexed: &[$($key),*],
                    },)*
                }
            }
        }
    };
    (@one -) => { None };
    (@one $one:literal) => { Some($one) };
    (@order new) => { true };
    (@order old) => { false };
    (@parent -) => { None };
    (@parent ($field:literal $resource:ident)) => { Some(($field, Resource::$resource)) };
}

resources! {
    Customers "customers" "customer" "customers" 100 Full old Messages [] - [];
    Contacts "contacts" - "contacts" 50 Full old Record ["customer_id" "Customer"] - ["customer_id"];
    Phones "phones" - "phones" 25 None new Messages ["number" "Number"] ("customer_id" Customers) ["customer_id"];
    Tickets "tickets" "ticket" "tickets" 50 Short new Error ["subject" "Subject"] - ["customer_id", "number"];
    Comments "ticket_comments" "comment" "comments" 25 Short old Messages ["body" "Body", "subject" "Subject"] ("ticket_id" Tickets) ["ticket_id"];
    Timers "ticket_timers" - "ticket_timers" 100 Short old ErrorsList [] - ["ticket_id"];
    TicketLines "ticket_line_items" - "ticket_line_items" 100 Short old Errors ["name" "Name", "description" "Description"] ("ticket_id" Tickets) ["ticket_id"];
    Attachments "attachments" - "attachments" 100 Whole old Error [] ("ticket_id" Tickets) ["ticket_id"];
    Leads "leads" "lead" "leads" 25 Full new Messages [] - [];
    Invoices "invoices" "invoice" "invoices" 25 Short new Messages ["customer_id" "Customer", "number" "Number", "date" "Date"] - ["number", "ticket_id", "customer_id"];
    Lines "line_items" "line_item" "line_items" 100 Full old Errors [] - ["invoice_id", "estimate_id"];
    Estimates "estimates" "estimate" "estimates" 25 Short new Fields ["customer_id" "Customer", "date" "Date"] - ["number"];
    Payments "payments" "payment" "payments" 25 Short new Messages [] - [];
    PaymentMethods "payment_methods" - "payment_methods" 25 None old Messages [] - [];
    PaymentProfiles "payment_profiles" "payment_profile" "payment_profiles" 25 None old Message [] ("customer_id" Customers) ["customer_id"];
    Products "products" "product" "products" 20 None old Messages ["name" "Name", "description" "Description"] - ["upc_code"];
    Serials "product_serials" "product_serial" "product_serials" 100 None old Messages ["serial_number" "Serial number"] ("product_id" Products) ["product_id"];
    Skus "product_skus" "product_sku" "product_skus" 25 Whole old Bad ["vendor_id" "Vendor", "value" "Value"] ("product_id" Products) ["product_id", "sku"];
    Categories "product_categories" - "categories" 25 None old Messages [] - [];
    Appointments "appointments" "appointment" "appointments" 25 None old Twice ["summary" "Summary", "start_at" "Start at", "end_at" "End at"] - ["ticket_id"];
    AppointmentTypes "appointment_types" - "appointment_types" 25 None old Record ["name" "Name", "location_type" "Location type"] - [];
    Assets "assets" "asset" "assets" 50 Full old Messages ["name" "Name"] - ["customer_id", "contact_id"];
    Alerts "rmm_alerts" "rmm_alert" "rmm_alerts" 25 Short new Messages [] - [];
    Schedules "schedules" "schedule" "schedules" 25 None old ErrorList ["frequency" "Frequency", "next_run" "Next run", "name" "Name", "customer_id" "Customer"] - [];
    ScheduleLines "schedule_lines" "schedule_line_item" "lines" 25 Whole old ErrorList ["name" "Name"] ("schedule_id" Schedules) ["schedule_id"];
    Contracts "contracts" - "contracts" 50 Full old Record ["customer_id" "Customer"] - ["customer_id"];
    Orders "purchase_orders" "purchase_order" "purchase_orders" 20 None old Messages [] - [];
    OrderLines "po_line_items" "po_line_item" "line_items" 25 Whole old Errors [] ("purchase_order_id" Orders) ["purchase_order_id"];
    PartOrders "part_orders" - "items" 50 Short old Messages [] - [];
    Vendors "vendors" "vendor" "vendors" 100 None old Messages ["name" "Name"] - [];
    Users "users" "user" "users" 25 None old Messages [] - [];
    Devices "user_devices" - "user_devices" 25 Whole old Message ["device_uuid" "device_uuid"] - ["device_uuid"];
    Timelogs "timelogs" - "timelogs" 25 None new Messages [] - [];
    Wiki "wiki_pages" "wiki_page" "wiki_pages" 100 None old ErrorsList ["body" "Body", "name" "Name"] - [];
    PortalUsers "portal_users" - "portal_users" 100 Full old Messages ["email" "Email"] - ["customer_id"];
    Canned "canned_responses" "canned_response" "canned_responses" 25 Whole old Messages ["title" "Title", "body" "Body"] - [];
    Forms "new_ticket_forms" "new_ticket_form" "new_ticket_forms" 25 None old Messages [] - [];
    Worksheets "worksheet_results" "worksheet_result" "worksheet_results" 25 None old Messages [] ("ticket_id" Tickets) ["ticket_id"];
}

impl Resource {
    pub(crate) fn model(self) -> &'static Model {
        static EMPTY: LazyLock<Model> = LazyLock::new(|| Model {
            fields: Vec::new(),
            blank: Map::new(),
        });
        MODELS.get(self as usize).unwrap_or(&EMPTY)
    }

    /// The resource of that name, as the sandbox or as the path has it.
    pub(crate) fn named(name: &str) -> Option<Resource> {
        let name = match name {
            "customer_assets" => "assets",
            "comments" => "ticket_comments",
            "items" => "part_orders",
            "alerts" => "rmm_alerts",
            name => name,
        };
        Resource::ALL.iter().copied().find(|r| r.name() == name)
    }
}
