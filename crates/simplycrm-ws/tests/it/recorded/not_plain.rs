//! What the bodies mean that are not plain JSON, by hand.

use simplycrm_ws::{BodyFault, ErrorKind, SendOutcome};

use BodyFault::{
    EmptyBody, HtmlFatal, HtmlPage, NullError, RequestTooLong, ServerCrash, TextDeath,
};
use ErrorKind::{Decode, NotAnApi, TooLarge};
use Meaning::{Broken, Noisy, NoisyBroken};
use SendOutcome::{Rejected, Unknown};

/// What a body that is not plain JSON means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// A broken answer.
    Broken(BodyFault, ErrorKind, SendOutcome),
    /// PHP's warnings, and on the last line the answer.
    Noisy,
    /// PHP's warnings, and on the last line this broken answer.
    NoisyBroken(BodyFault, ErrorKind),
}

const EMPTY: Meaning = Broken(EmptyBody, NotAnApi, Unknown);
const CRASH: Meaning = Broken(ServerCrash, NotAnApi, Unknown);
const DEATH: Meaning = Broken(TextDeath, NotAnApi, Unknown);
const FATAL: Meaning = Broken(HtmlFatal, NotAnApi, Unknown);
const NO_REASON: Meaning = Broken(NullError, Decode, Unknown);

/// Written by hand from the bodies.
pub(super) const NOT_PLAIN: &[(&str, Meaning)] = &[
    (
        "v5/028-webservice-unknownop-unknown_operation_with_session",
        CRASH,
    ),
    ("v5/029-webservice-unknownop-no_operation", CRASH),
    ("v5/031-webservice-listtypes-format_xml", EMPTY),
    ("v5/032-webservice-listtypes-HEAD", EMPTY),
    ("v5/109-webservice-create-owner_without_x_prefix", DEATH),
    ("v5/310-webservice-sync-all_modules_from_zero", CRASH),
    ("v5/328-webservice-sync-elementType_Documents", CRASH),
    ("v5/329-webservice-sync-elementType_ModComments", CRASH),
    ("v5/331-webservice-sync-elementType_Faq", CRASH),
    ("v5/332-webservice-sync-by_POST", CRASH),
    (
        "v5/335-webservice-sync-zero_on_module_without_rows_is_fatal",
        CRASH,
    ),
    ("v5/337-webservice-sync-Quotes_is_always_fatal", CRASH),
    (
        "v5/467-mobile-fetchRecordsWithGrouping-unknown_alertid",
        CRASH,
    ),
    (
        "v5/538-mobile-relatedRecordsWithGrouping-missing_relatedmodule",
        NO_REASON,
    ),
    (
        "v5/611-webservice-getchallenge-noisy_unbuffered",
        NoisyBroken(NullError, Decode),
    ),
    ("v5/613-webservice-login-noisy", Noisy),
    ("v5/614-webservice-retrieve-noisy", Noisy),
    ("v5/616-webservice-listtypes-noisy", Noisy),
    ("v5/617-webservice-unknownop-noisy_fatal_error_html", FATAL),
    ("v5/619-webservice-sync-noisy_fatal_Quotes", FATAL),
    ("v5/620-webservice-query-noisy_syntax_error", Noisy),
    ("v5/622-mobile-fetchRecord-noisy", Noisy),
    ("v5/623-mobile-fetchRecordsWithGrouping-noisy_fatal", FATAL),
    (
        "v5/629-webservice-http-very_long_GET_query_414",
        Broken(RequestTooLong, TooLarge, Rejected),
    ),
    ("v5/634-webservice-create-post_over_post_max_size_8M", CRASH),
    (
        "v5/637-webservice-create-nested_array_as_value",
        Broken(HtmlPage, NotAnApi, Unknown),
    ),
    ("v7/019-webservice-unknownop-no_session", CRASH),
    ("v7/020-webservice-unknownop-no_operation", CRASH),
    (
        "v7/022-webservice-unknownop-delete_related_not_registered",
        CRASH,
    ),
    ("v7/023-webservice-listtypes-format_xml", EMPTY),
    ("v7/031-webservice-changePassword-wrong_old", DEATH),
    ("v7/110-webservice-revise-Invoice_LineItems_only", CRASH),
    ("v7/115-webservice-revise-Quote_stage_only", CRASH),
    (
        "v7/131-webservice-sync-syncType_not_registered_php74_fatal",
        CRASH,
    ),
    ("v7/154-webservice-sync-Emails_first_page", CRASH),
    ("v7/160-webservice-sync-PBXManager_first_page", CRASH),
    ("v7/166-webservice-sync-modifiedTime_0_no_rows", CRASH),
    ("v7/169-webservice-sync-modifiedTime_text", CRASH),
    ("v7/173-webservice-sync-all_modules_user_page1", CRASH),
    ("v7/197-webservice-create-Contact_element_string", CRASH),
    ("v7/335-webservice-unknownop-history", CRASH),
    ("v7/382-mobile-listModuleRecords-alertid", CRASH),
    ("v7/392-mobile-listModuleRecords-missing_module", CRASH),
    (
        "v7/464-mobile-relatedRecordsWithGrouping-ModComments",
        CRASH,
    ),
    ("v7/473-mobile-taxByType-none", NO_REASON),
    ("v7/479-mobile-deleteRecords-prefixed_id", DEATH),
    ("v7/481-mobile-deleteRecords-json_list_prefixed", DEATH),
    ("v7/482-mobile-deleteRecords-unknown_plain", DEATH),
    ("v7/484-mobile-deleteRecords-none", DEATH),
    (
        "v7/490-webservice-unknownop-display_errors_on_fatal_is_200_empty",
        EMPTY,
    ),
    (
        "v7/491-webservice-sync-display_errors_on_fatal_zero_no_rows",
        EMPTY,
    ),
    ("v7/493-webservice-getchallenge-noisy", Noisy),
    ("v7/494-webservice-login-noisy", Noisy),
    ("v7/496-webservice-describe-noisy_Contacts", Noisy),
    ("v7/497-webservice-retrieve-noisy_Contact", Noisy),
    ("v7/499-webservice-query-noisy", Noisy),
    ("v7/500-webservice-create-noisy", Noisy),
    ("v7/502-webservice-unknownop-noisy", FATAL),
    ("v7/503-webservice-retrieve-noisy_error", Noisy),
    ("v7/505-mobile-fetchRecord-noisy", Noisy),
    ("v7/506-mobile-listModuleRecords-noisy", Noisy),
    ("v7/541-webservice-http-json_body_webservice", CRASH),
    (
        "v7/542-webservice-http-mobile_lowercase_path",
        Broken(HtmlPage, NotAnApi, Rejected),
    ),
];

pub(super) fn meaning(name: &str) -> Option<Meaning> {
    NOT_PLAIN
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, meaning)| *meaning)
}
