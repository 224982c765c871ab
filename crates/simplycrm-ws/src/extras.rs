//! Operations of newer servers that belong to no other part: files, lines,
//! users.

use std::fmt;

use api_core::{Error, Json, SecretString};
use bytes::Bytes;

use crate::operation::Operation;
use crate::params::Params;
use crate::rows::{record, unreadable};
use crate::{Client, Record, RecordId};

/// A file that was fetched from the server.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetrievedFile {
    /// The number of the attachment (`fileid`).
    pub id: Option<String>,
    /// The file's name (`filename`).
    pub name: String,
    /// The MIME type (`filetype`).
    pub mime_type: Option<String>,
    /// What the file holds (`filecontents`).
    pub content: Bytes,
}

impl fmt::Debug for RetrievedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetrievedFile")
            .field("id", &self.id)
            .field("mime_type", &self.mime_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Fetches the files of an attachment (`files_retrieve`), from version 8 on.
    ///
    /// The id is one of a record's `imageattachmentids`, such as `15x12`. A
    /// stock 8.3.0 on PHP 8 dies of the operation, and a 7.1.0 does not have it
    /// (recorded servers); the form of the answer is known from source only.
    ///
    /// # Errors
    ///
    /// `NotAnApi` where the operation is unknown or the server dies of it;
    /// `NotFound` for an attachment that is none; `Decode` for content that is
    /// no base64 or not as long as the server says.
    pub async fn files_retrieve(&self, id: &RecordId) -> Result<Vec<RetrievedFile>, Error> {
        let params = Params::new().with("id", id.to_string());
        let result = self.call_as(&Operation::FILES_RETRIEVE, params).await?;
        let files: Vec<&Json> = match &result {
            Json::List(files) => files.iter().collect(),
            // Keyed by attachment where a record has several.
            Json::Map(files) => files.values().collect(),
            _ => return Err(unreadable(&Operation::FILES_RETRIEVE, "no list of files")),
        };
        files.into_iter().map(read_file).collect()
    }

    /// Returns an inventory record with its lines (`retrieve_inventory`); the
    /// same as `retrieve` (recorded vtiger 7.1.0 server).
    ///
    /// # Errors
    ///
    /// `Permission` for a record that is not there, or is not for this user.
    pub async fn retrieve_inventory(&self, id: &RecordId) -> Result<Record, Error> {
        let params = Params::new().with("id", id.to_string());
        let result = self.call_as(&Operation::RETRIEVE_INVENTORY, params).await?;
        record(&Operation::RETRIEVE_INVENTORY, result)
    }

    /// Sets the password of a user (`changePassword`, source only).
    ///
    /// A stock 7.1.0 has it registered with a wrong path and ends with a plain
    /// sentence (recorded server). The access key stays what it is.
    ///
    /// # Errors
    ///
    /// `NotAnApi` with [`BodyFault::TextDeath`](crate::BodyFault::TextDeath) on
    /// such servers; `Validation` for a wrong old password.
    pub async fn change_password(
        &self,
        user: &RecordId,
        old: SecretString,
        new: SecretString,
    ) -> Result<(), Error> {
        let params = Params::new()
            .with("id", user.to_string())
            .with_secret("oldPassword", old)
            .with_secret("newPassword", new.clone())
            .with_secret("confirmPassword", new);
        self.call_as(&Operation::CHANGE_PASSWORD, params).await?;
        Ok(())
    }

    /// Deletes a user and gives what it owned to another (`deleteUser`, source
    /// only); for administrators.
    ///
    /// # Errors
    ///
    /// `Permission` for others, and for a user that is not there.
    pub async fn delete_user(&self, user: &RecordId, new_owner: &RecordId) -> Result<(), Error> {
        let params = Params::new()
            .with("id", user.to_string())
            .with("newOwnerId", new_owner.to_string());
        self.call_as(&Operation::DELETE_USER, params).await?;
        Ok(())
    }
}

fn read_file(json: &Json) -> Result<RetrievedFile, Error> {
    let bad = |what: &str| unreadable(&Operation::FILES_RETRIEVE, what);
    let text = |name: &str| crate::describe::text(json, name);
    let content = match json.get("filecontents") {
        Some(Json::Text(text)) => {
            base64(text).ok_or_else(|| bad("a file whose content is no base64"))?
        }
        _ => return Err(bad("a file without content")),
    };
    let size = text("filesize").and_then(|size| size.parse::<usize>().ok());
    if size.is_some_and(|size| size != content.len()) {
        return Err(bad("a file that is not as long as it says"));
    }
    Ok(RetrievedFile {
        id: text("fileid"),
        name: text("filename").unwrap_or_default(),
        mime_type: text("filetype").filter(|kind| !kind.is_empty()),
        content: Bytes::from(content),
    })
}

/// Reads base64 with padding; line breaks may stand anywhere.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        if byte == b'=' {
            padding += 1;
            continue;
        }
        if padding > 0 {
            return None;
        }
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        count += 1;
        if count == 4 {
            let [_, a, b, c] = bits.to_be_bytes();
            out.extend([a, b, c]);
            (bits, count) = (0, 0);
        }
    }
    match (count, padding) {
        (0, 0) => {}
        (2, 2) if bits & 0xf == 0 => out.push(u8::try_from(bits >> 4).ok()?),
        (3, 1) if bits & 0x3 == 0 => {
            let [_, _, a, b] = (bits >> 2).to_be_bytes();
            out.extend([a, b]);
        }
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_strictly() {
        let read = |text| base64(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(read("").as_deref(), Some(""));
        assert_eq!(read("Zg==").as_deref(), Some("f"));
        assert_eq!(read("Zm8=").as_deref(), Some("fo"));
        assert_eq!(read("Zm9v").as_deref(), Some("foo"));
        assert_eq!(read("Zm9v\r\nYmFy").as_deref(), Some("foobar"));
        for bad in [
            "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "=", "Zg==Zg==", "Z*9v",
        ] {
            assert_eq!(base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_file_that_is_not_whole_is_an_error() {
        let read = |json: &str| read_file(&Json::parse(json).unwrap());
        let good = read(
            r#"{"fileid":"12","filename":"a.txt","filetype":"text/plain","filesize":3,"filecontents":"Zm9v"}"#,
        )
        .unwrap();
        assert_eq!(&good.content[..], b"foo");
        assert_eq!(good.name, "a.txt");
        assert!(!format!("{good:?}").contains("a.txt"));
        assert!(read(r#"{"filename":"a","filesize":4,"filecontents":"Zm9v"}"#).is_err());
        assert!(read(r#"{"filename":"a","filecontents":"*"}"#).is_err());
        assert!(read(r#"{"filename":"a"}"#).is_err());
    }
}
