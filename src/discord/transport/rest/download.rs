//! Files that people give to commands: fetched from Discord alone, and never more than was said.

use reqwest::Url;

use crate::discord::transport::rest::error::reason;

/// Discord's hosts of what people upload.
const HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// Why a file was not fetched; ends a sentence.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// An address of somebody else's.
    #[error("its address is not one of Discord's")]
    Elsewhere,
    /// More than was said.
    #[error("it is larger than Discord said")]
    TooLarge,
    /// Discord does not have it, or not any more.
    #[error("Discord answered with status {0}")]
    Status(u16),
    /// Nothing came, or it broke off.
    #[error("{0}")]
    Unreachable(String),
}

/// Fetches a file of at most `max` bytes. `api` is another base of the REST API, whose server then has the files too.
///
/// # Errors
/// If it is elsewhere, or larger, or does not come.
pub async fn fetch(
    client: &reqwest::Client,
    api: Option<&str>,
    address: &str,
    max: usize,
) -> Result<Vec<u8>, DownloadError> {
    let url = Url::parse(address).ok().filter(|url| is_discords(url, api)).ok_or(DownloadError::Elsewhere)?;
    let unreachable = |error| DownloadError::Unreachable(reason(error));
    let mut answer = client.get(url).send().await.map_err(unreachable)?;
    if !answer.status().is_success() {
        return Err(DownloadError::Status(answer.status().as_u16()));
    }
    let mut content = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
        if content.len() + piece.len() > max {
            return Err(DownloadError::TooLarge);
        }
        content.extend_from_slice(&piece);
    }
    Ok(content)
}

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
    fn files_come_from_discord_or_from_the_server_that_stands_for_it() {
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
