//! Where the gateway is. The token goes there, so an address to resume at is only believed if it is of the same place
//! that the REST API named.

use reqwest::Url;

/// The version and form of what is said (<https://discord.com/developers/docs/reference#api-versioning-api-versions>).
const QUERY: &str = "v=10&encoding=json";

/// Text that is no address of a websocket.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected the gateway's address, beginning with wss:// or ws://, found {0:?}")]
pub struct BadAddress(pub String);

/// Reads the gateway's address as the REST API gives it.
///
/// # Errors
/// If it is none.
pub fn parse(text: &str) -> Result<Url, BadAddress> {
    let bad = || BadAddress(text.chars().take(200).collect());
    let mut url = Url::parse(text).map_err(|_| bad())?;
    if !matches!(url.scheme(), "wss" | "ws") || url.host_str().is_none() {
        return Err(bad());
    }
    url.set_query(Some(QUERY));
    url.set_fragment(None);
    Ok(url)
}

/// Where to resume: at the address that READY named if it belongs to the gateway's own place, else at the gateway's.
pub(super) fn resume(gateway: &Url, named: Option<&str>) -> Url {
    match named.map(parse) {
        Some(Ok(url)) if belongs(&url, gateway) => url,
        Some(_) => {
            tracing::warn!("Discord named an address to resume at that is not the gateway's; it is not used");
            gateway.clone()
        }
        None => gateway.clone(),
    }
}

/// Whether an address is as safe as the gateway's, and of the same host or of one beside it, such as
/// `gateway-us-east1-b.discord.gg` beside `gateway.discord.gg`.
fn belongs(url: &Url, gateway: &Url) -> bool {
    let (Some(host), Some(of)) = (url.host_str(), gateway.host_str()) else { return false };
    let beside = gateway.domain().is_some()
        && url.domain().is_some()
        && of.split_once('.').is_some_and(|(_, parent)| {
            parent.contains('.') && host.strip_suffix(parent).is_some_and(|name| name.ends_with('.'))
        });
    url.scheme() == gateway.scheme() && (host == of || beside)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_address_gets_its_query() {
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
    fn the_token_stays_where_the_gateway_is() {
        for (gateway, named, believed) in [
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
            let expected = if believed { parse(named).unwrap() } else { gateway.clone() };
            assert_eq!(resume(&gateway, Some(named)), expected, "{named}");
        }
    }
}
