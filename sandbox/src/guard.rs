//! Protects the servers against other web pages, which could reach them through a host name that resolves to this
//! machine ("DNS rebinding"), through a form or a script, or through a websocket.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{HOST, HeaderName, HeaderValue, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The header that keeps other pages from showing a response as their own image or script.
pub(super) const SAME_ORIGIN_ONLY: (HeaderName, &str) =
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin");

/// The hosts under which a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The names and addresses of this machine.
    Loopback,
    /// Any IP address, but no host name, because other people can register names.
    Network,
}

impl Reach {
    /// The hosts of a server that listens on this address.
    pub(super) fn of(address: IpAddr) -> Self {
        if address.is_loopback() { Self::Loopback } else { Self::Network }
    }

    /// Whether the server answers requests with this Host header.
    pub(super) fn answers_to(self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map_or(host, |(address, _)| address),
            None => host.split_once(':').map_or(host, |(name, _)| name),
        };
        match name.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || self == Self::Network,
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        }
    }
}

/// Rejects requests of web pages to REST and the gateway. A browser sends the header Origin with a websocket, with
/// every request whose response another page could read, and with every form that posts; a bot does not send it.
pub(super) async fn check_bot(State(reach): State<Reach>, request: Request, next: Next) -> Response {
    let problem = if !reach.answers_to(text_of(request.headers(), HOST)) {
        Some("the sandbox answers only under this machine's own address, such as 127.0.0.1")
    } else if request.headers().contains_key(ORIGIN) {
        Some("REST and the gateway are for bots, not for web pages")
    } else {
        None
    };
    let mut response = match problem {
        Some(problem) => (StatusCode::FORBIDDEN, problem).into_response(),
        None => next.run(request).await,
    };
    let (name, value) = SAME_ORIGIN_ONLY;
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

/// The text of a header; empty if it is missing or not text.
pub(super) fn text_of(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_only_under_its_own_names() {
        for (host, loopback, network) in [
            ("127.0.0.1:8080", true, true),
            ("localhost:8080", true, true),
            ("LOCALHOST", true, true),
            ("[::1]:8080", true, true),
            ("192.0.2.1:8080", false, true),
            ("[2001:db8::1]:8080", false, true),
            ("127.0.0.1.evil.example:8080", false, false),
            ("evil.example", false, false),
            ("localhost.evil.example", false, false),
            ("", false, false),
        ] {
            assert_eq!(Reach::Loopback.answers_to(host), loopback, "{host}");
            assert_eq!(Reach::Network.answers_to(host), network, "{host}");
        }
    }
}
