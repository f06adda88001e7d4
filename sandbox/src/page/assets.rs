//! The page's files, built into the program.

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::PageRefusal;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, content type, content.
const FILES: [(&str, &str, &str); 12] = [
    ("/", "text/html; charset=utf-8", include_str!("assets/page.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("assets/page.css")),
    ("/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("/page.js", SCRIPT, include_str!("assets/page.js")),
    ("/dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("/messages.js", SCRIPT, include_str!("assets/messages.js")),
    ("/composer.js", SCRIPT, include_str!("assets/composer.js")),
    ("/suggestions.js", SCRIPT, include_str!("assets/suggestions.js")),
    ("/option.js", SCRIPT, include_str!("assets/option.js")),
    ("/popups.js", SCRIPT, include_str!("assets/popups.js")),
    ("/server.js", SCRIPT, include_str!("assets/server.js")),
    ("/inspector.js", SCRIPT, include_str!("assets/inspector.js")),
];

/// Answers with the file of this path.
pub(super) async fn serve(method: Method, uri: Uri) -> Response {
    let found = FILES.iter().find(|(path, ..)| *path == uri.path());
    match found {
        Some((_, kind, content)) if method == Method::GET || method == Method::HEAD => {
            ([(CONTENT_TYPE, *kind)], *content).into_response()
        }
        Some(_) => PageRefusal::new(StatusCode::METHOD_NOT_ALLOWED, "a file can only be read").into_response(),
        None => PageRefusal::new(StatusCode::NOT_FOUND, "nothing is here; the page is at /").into_response(),
    }
}
