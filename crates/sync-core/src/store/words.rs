//! Enums that are words in the store and on the screen.

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl $type {
            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self { $( $type::$variant => $word, )* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(s: &str) -> Result<Self, String> {
                match s {
                    $( $word => Ok($type::$variant), )*
                    other => Err(format!("`{other}` is no {}", stringify!($type))),
                }
            }
        }
    )*};
}

pub(super) use words;
