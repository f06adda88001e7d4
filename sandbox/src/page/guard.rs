//! Access control of the page. Another web page must not read it (through a host name that resolves to this machine,
//! "DNS rebinding") and must not act on it (through its own form or script).

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::state::PageRefusal;
use crate::guard::{Reach, SAME_ORIGIN_ONLY, text_of};

/// Allows only the built-in files: no inline code, no other origin, no frame of another page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every response.
const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    SAME_ORIGIN_ONLY,
];

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
    let text = |name| text_of(headers, name);
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
