//! Access control of the page. Another web page must not read it (through a host name that resolves to this machine,
//! "DNS rebinding") and must not act on it (through its own form or script).

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::state::PageRefusal;

/// Allows only the built-in files: no inline code, no other origin, no frame of another page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every response.
const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The hosts under which the page answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The names and addresses of this machine.
    Loopback,
    /// Any IP address, but no host name, because other people can register names.
    Network,
}

impl Reach {
    /// Whether the page answers requests with this Host header.
    fn answers_to(self, host: &str) -> bool {
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

/// Rejects requests that do not come from the page itself, and adds the security headers to every response.
pub(super) async fn check(State(reach): State<Reach>, request: Request, next: Next) -> Response {
    let mut response = match refusal(reach, request.method(), request.headers()) {
        Some(problem) => PageRefusal::new(StatusCode::FORBIDDEN, problem).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refusal(reach: Reach, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = text(HOST);
    if !reach.answers_to(host) {
        return Some("the page answers only under this machine's own address, such as 127.0.0.1");
    }
    if method == Method::GET || method == Method::HEAD {
        return None;
    }
    if text(ORIGIN) != format!("http://{host}") {
        return Some("only the page itself may send acts");
    }
    let kind = text(CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    (!kind.eq_ignore_ascii_case("application/json")).then_some("acts must be JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_answers_only_under_its_own_names() {
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
