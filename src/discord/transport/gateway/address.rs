//! The gateway's address. Shards send the token there, so an address for resuming is used only if its host belongs to
//! the gateway that the REST API named.

use reqwest::Url;

use crate::text::truncate;

/// The version and encoding of the protocol
/// (<https://discord.com/developers/docs/reference#api-versioning-api-versions>).
const QUERY: &str = "v=10&encoding=json";

/// The longest part of an invalid address that an error shows, in characters.
const SHOWN_MAX: usize = 200;

/// The REST API named a gateway whose address is not a WebSocket URL.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected the gateway's address, beginning with wss:// or ws://, found {0:?}")]
pub struct BadAddress(pub String);

/// Parses the gateway's address from the REST API, and adds the query that a connection needs.
///
/// # Errors
/// If the text is not a WebSocket URL with a host.
pub fn parse(text: &str) -> Result<Url, BadAddress> {
    let bad = || BadAddress(truncate(text, SHOWN_MAX));
    let mut url = Url::parse(text).map_err(|_| bad())?;
    if !matches!(url.scheme(), "wss" | "ws") || url.host_str().is_none() {
        return Err(bad());
    }
    url.set_query(Some(QUERY));
    url.set_fragment(None);
    Ok(url)
}

/// Returns the address for resuming: the one in READY if its host belongs to the gateway, else the gateway's own.
pub(super) fn resume(gateway: &Url, named: Option<&str>) -> Url {
    match named.map(parse) {
        Some(Ok(url)) if belongs(&url, gateway) => url,
        Some(_) => {
            tracing::warn!(
                "READY names an address for resuming that does not belong to the gateway; using the gateway's own"
            );
            gateway.clone()
        }
        None => gateway.clone(),
    }
}

/// Whether an address has the gateway's scheme, and its host or a sibling of that in the same domain, such as
/// `gateway-us-east1-b.discord.gg` for `gateway.discord.gg`.
fn belongs(url: &Url, gateway: &Url) -> bool {
    let (Some(host), Some(gateway_host)) = (url.host_str(), gateway.host_str()) else { return false };
    let is_sibling = gateway.domain().is_some()
        && url.domain().is_some()
        && gateway_host.split_once('.').is_some_and(|(_, parent)| {
            parent.contains('.') && host.strip_suffix(parent).is_some_and(|name| name.ends_with('.'))
        });
    url.scheme() == gateway.scheme() && (host == gateway_host || is_sibling)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_valid_address_gets_the_protocols_query() {
        for (text, url) in [
            ("wss://gateway.discord.gg", "wss://gateway.discord.gg/?v=10&encoding=json"),
            ("wss://gateway.discord.gg/?v=9#x", "wss://gateway.discord.gg/?v=10&encoding=json"),
            ("ws://127.0.0.1:3000/gateway", "ws://127.0.0.1:3000/gateway?v=10&encoding=json"),
        ] {
            assert_eq!(parse(text).unwrap().as_str(), url);
        }
        for text in ["", "gateway.discord.gg", "https://discord.com", "wss://", "file:///x"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_token_never_goes_to_another_host() {
        for (gateway, named, used) in [
            ("wss://gateway.discord.gg", "wss://gateway-us-east1-b.discord.gg", true),
            ("wss://gateway.discord.gg", "wss://gateway.discord.gg/?x=y", true),
            ("wss://gateway.discord.gg", "ws://gateway.discord.gg", false),
            ("wss://gateway.discord.gg", "wss://gateway.discord.gg.example.com", false),
            ("wss://gateway.discord.gg", "wss://evildiscord.gg", false),
            ("wss://gateway.discord.gg", "wss://example.gg", false),
            ("wss://gateway.discord.gg", "nonsense", false),
            ("wss://discord.gg", "wss://example.gg", false),
            ("ws://127.0.0.1:3000", "ws://127.0.0.1:3001/other", true),
            ("ws://127.0.0.1:3000", "ws://10.0.0.1:3000", false),
        ] {
            let gateway = parse(gateway).unwrap();
            let expected = if used { parse(named).unwrap() } else { gateway.clone() };
            assert_eq!(resume(&gateway, Some(named)), expected, "{named}");
        }
    }
}
