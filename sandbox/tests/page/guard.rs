//! Protection against requests from other web pages.

use footnote_sandbox::Options;
use reqwest::Method;
use serde_json::json;

use crate::stage::{Stage, answer};

#[tokio::test]
async fn a_foreign_host_name_is_refused() {
    let stage = Stage::start(Options::default()).await;
    for (host, status) in [("127.0.0.1:1", 200), ("localhost:1", 200), ("evil.example", 403), ("192.0.2.1", 403)] {
        for path in ["/", "/api/view", "/page.js"] {
            let (found, body) = answer(stage.request(Method::GET, path).header("Host", host)).await;
            assert_eq!(found, status, "{host}{path}: {body}");
        }
    }
}

#[tokio::test]
async fn an_act_from_another_page_is_refused() {
    let stage = Stage::start(Options::default()).await;
    let own = stage.origin();
    let body = json!({ "act": "post", "text": "x" }).to_string();
    let client = reqwest::Client::new();
    for (origin, kind, status) in [
        (Some(own.as_str()), "application/json", 200),
        (Some(own.as_str()), "application/json; charset=utf-8", 200),
        (Some(own.as_str()), "text/plain", 403),
        (Some("http://evil.example"), "application/json", 403),
        (Some("null"), "application/json", 403),
        (None, "application/json", 403),
    ] {
        let mut request = client.post(format!("{own}/api/act")).header("Content-Type", kind).body(body.clone());
        if let Some(origin) = origin {
            request = request.header("Origin", origin);
        }
        let (found, told) = answer(request).await;
        assert_eq!(found, status, "{origin:?} {kind}: {told}");
    }
    let posted = stage.view("member", "general").await["messages"].as_array().unwrap().len();
    assert_eq!(posted, 2, "what was refused was not done");
}

#[tokio::test]
async fn every_answer_carries_a_strict_policy() {
    let stage = Stage::start(Options::default()).await;
    for path in ["/", "/page.css", "/page.js", "/icon.svg", "/api/view", "/api/view?as=nobody", "/nothing"] {
        let response = stage.request(Method::GET, path).send().await.unwrap();
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn the_page_has_nothing_inline_and_nothing_from_elsewhere() {
    let stage = Stage::start(Options::default()).await;
    let (_, html) = stage.get("/").await;
    let html = html.as_str().unwrap();
    for part in html.split('<').filter(|part| part.starts_with("script") || part.starts_with("link")) {
        let place = part.split_once("src=\"").or_else(|| part.split_once("href=\"")).unwrap().1;
        let path = place.split('"').next().unwrap();
        assert!(path.starts_with('/') && !path.starts_with("//"), "{part}");
        let (status, _) = answer(stage.request(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}");
    }
    for inline in [" style=", "<style", "javascript:", " onclick="] {
        assert!(!html.contains(inline), "{inline}");
    }
}
