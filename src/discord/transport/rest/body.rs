//! Reads the body of an HTTP response up to a limit, because a faulty or hostile server can send without end.
//! Used for the answers of the REST API and for uploaded files.

use reqwest::Response;

use crate::discord::transport::rest::error::reason;

/// The body of a response could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The body is larger than the limit, in bytes.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// The connection broke, or a timeout passed; contains the reason.
    #[error("{0}")]
    Interrupted(String),
}

/// Reads a body of at most `max` bytes.
///
/// # Errors
/// If the body is larger, or the connection breaks before its end.
pub async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Interrupted(reason(error)))? {
        if body.len() + chunk.len() > max {
            return Err(BodyError::TooLarge(max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
