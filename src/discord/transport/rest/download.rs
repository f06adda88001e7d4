//! Downloads the files that members attach to commands: only from Discord's servers, and only up to a limit.

use reqwest::Url;

use crate::discord::transport::rest::body::{self, BodyError};
use crate::discord::transport::rest::error::reason;

/// Discord's hosts for uploaded files.
const HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// The reason why a file was not downloaded. The message completes a sentence.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The address does not belong to Discord.
    #[error("its address is not one of Discord's")]
    ForeignAddress,
    /// The file is larger than the limit.
    #[error("it is larger than Discord said")]
    TooLarge,
    /// Discord does not have the file, or no longer; contains the HTTP status.
    #[error("Discord answered with status {0}")]
    Status(u16),
    /// The server could not be reached, or the connection broke.
    #[error("{0}")]
    Unreachable(String),
}

/// Downloads a file of at most `max` bytes. `api` is the base address of a server that replaces Discord's REST API;
/// files may then come from that server too.
///
/// # Errors
/// If the address is not Discord's, the file is larger, or Discord does not deliver it.
pub async fn fetch(
    client: &reqwest::Client,
    api: Option<&str>,
    address: &str,
    max: usize,
) -> Result<Vec<u8>, DownloadError> {
    let url = Url::parse(address).ok().filter(|url| is_discords(url, api)).ok_or(DownloadError::ForeignAddress)?;
    let response = client.get(url).send().await.map_err(|error| DownloadError::Unreachable(reason(error)))?;
    if !response.status().is_success() {
        return Err(DownloadError::Status(response.status().as_u16()));
    }
    body::read(response, max).await.map_err(|error| match error {
        BodyError::TooLarge(_) => DownloadError::TooLarge,
        BodyError::Interrupted(reason) => DownloadError::Unreachable(reason),
    })
}

/// Whether a file at this address comes from Discord or from the server that replaces its REST API.
fn is_discords(url: &Url, api: Option<&str>) -> bool {
    let api = api.and_then(|api| Url::parse(api).ok());
    let discords =
        url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|host| HOSTS.contains(&host));
    discords || api.is_some_and(|api| api.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn files_come_only_from_discord_or_the_configured_server() {
        let local = Some("http://127.0.0.1:3000");
        for (address, api, expected) in [
            ("https://cdn.discordapp.com/attachments/1/2/a.json?ex=1", None, true),
            ("https://media.discordapp.net/attachments/1/2/a.json", local, true),
            ("http://cdn.discordapp.com/a", None, false),
            ("https://cdn.discordapp.com:8443/a", None, false),
            ("https://cdn.discordapp.com.example.org/a", None, false),
            ("https://user@example.org/cdn.discordapp.com", None, false),
            ("https://cdn.discordapp.com@example.org/a", None, false),
            ("http://127.0.0.1:3000/attachments/1/a.json", local, true),
            ("http://127.0.0.1:3001/attachments/1/a.json", local, false),
            ("http://127.0.0.1:3000/attachments/1/a.json", None, false),
            ("file:///etc/passwd", local, false),
        ] {
            assert_eq!(is_discords(&Url::parse(address).unwrap(), api), expected, "{address} with {api:?}");
        }
    }
}
