//! Random text for columns that the CRM fills with it.

/// 32 random hexadecimal digits, as in the links that the CRM sends to customers.
pub(super) fn hash32() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_32_hexadecimal_digits_and_is_never_the_same_twice() {
        let hash = hash32();
        assert_eq!(hash.len(), 32);
        assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(hash, hash32());
    }
}
