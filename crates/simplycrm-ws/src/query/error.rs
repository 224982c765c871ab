//! Why a query cannot be.

/// A query that cannot be written, or that would not mean what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No module was named with [`Query::from`](crate::Query::from).
    #[error("The query names no module; call `from`.")]
    NoModule,
    /// No column was named.
    #[error("The query selects no column; name one, or use `Query::all()`.")]
    NoColumns,
    /// A field or module name that the language cannot hold.
    #[error(
        "`{0}` cannot be named in a query: names are letters, digits and underscores, and no \
         keyword."
    )]
    Name(String),
    /// An empty text, which the language cannot hold.
    #[error(
        "`{0}` is compared with an empty text, which the query language cannot express; filter \
         the empty ones out of the answer instead."
    )]
    EmptyLiteral(String),
    /// An `in` without values.
    #[error("`{0}` is looked for in an empty list, which the query language cannot express.")]
    EmptyList(String),
    /// An `or` inside an `and`, which needs parentheses.
    #[error(
        "The filter needs parentheses, which the query language does not have: `and` binds \
         tighter than `or`. `Filter::distribute` writes it without."
    )]
    NeedsParentheses,
    /// A filter that is too large once it is written without parentheses.
    #[error("Written without parentheses the filter has more than {0} parts.")]
    TooManyParts(usize),
    /// A reference compared with something that is no record id.
    ///
    /// The server puts such a text into its SQL unquoted (source only).
    #[error("`{0}` holds record ids; compare it with a `RecordId` such as `12x345`.")]
    NotAnId(String),
    /// A limit that the server would cut without a word.
    #[error(
        "A query answers at most 100 rows, and {0} were asked for; `Client::rows` reads them \
         page by page."
    )]
    Limit(u32),
    /// A field that the module does not have, or hides from this user.
    #[error("`{module}` has no field `{field}` that this user may see.")]
    UnknownField {
        /// The module, as described.
        module: String,
        /// The field named in the query.
        field: String,
    },
    /// A query that `Client::rows` cannot read page by page.
    #[error("The rows cannot be read page by page: {0}")]
    NotPaged(&'static str),
    /// A query that the server would mangle as it joins it with a relation.
    #[error("The query cannot be joined with a relation: {0}")]
    NotRelated(&'static str),
    /// A query beyond the length of a request line.
    #[error(
        "The query takes {0} bytes in the address, and servers refuse more than about 8 KiB; \
         ask for fewer columns or values (`Client::rows` splits long lists)."
    )]
    TooLong(usize),
}

impl From<QueryError> for api_core::Error {
    fn from(error: QueryError) -> Self {
        let kind = match &error {
            QueryError::TooLong(_) => api_core::ErrorKind::TooLarge,
            _ => api_core::ErrorKind::Validation,
        };
        Self::new(kind, error.to_string())
            .operation("simplycrm.query")
            .outcome(api_core::SendOutcome::NotSent)
            .source(error)
    }
}
