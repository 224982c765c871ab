//! Product groups.

use crate::model::resource;

resource! {
    /// The product groups resource.
    kind ProductGroups;
    /// The server's id of a product group.
    id ProductGroupId;
    /// A product group as the server sends it.
    record ProductGroup;
    /// A product group to be created.
    new NewProductGroup;
    /// A change to a product group.
    patch ProductGroupPatch;
    required {
        /// What the group is called.
        name: String,
    }
    optional {}
}
