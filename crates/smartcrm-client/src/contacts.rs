//! Contacts: the people at a client.

use api_core::Timestamp;

use crate::clients::ClientId;
use crate::field::CustomFields;
use crate::model::resource;

resource! {
    /// The contacts resource.
    kind Contacts;
    /// The server's id of a contact.
    id ContactId;
    /// A contact as the server sends it.
    record Contact;
    /// A contact to be created.
    new NewContact;
    /// A change to a contact.
    patch ContactPatch;
    required {
        /// The client the person works for.
        client_id: ClientId,
        /// Given name (`firstname`).
        firstname: String,
        /// E-mail address.
        email: String,
    }
    optional {
        /// Family name (`lastname`).
        lastname: String,
        /// The telephone number (`phonenumber`).
        phonenumber: String,
        /// The person's function (`title`).
        title: String,
        /// Whether this is the client's first contact.
        is_primary: bool,
        /// Whether the person still works there.
        active: bool,
        /// When the contact was entered in the CRM.
        registered_at: Timestamp,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
