//! Protection of REST and gateway against web pages, and the token.

use footnote_sandbox::{Options, Sandbox};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::raw::TestClient;

/// Headers that only a web page causes, and whether a bot's request with them is accepted.
fn cases(port: u16) -> [(&'static str, String, bool); 8] {
    [
        ("Host", format!("127.0.0.1:{port}"), true),
        ("Host", format!("localhost:{port}"), true),
        ("Host", format!("evil.example:{port}"), false),
        ("Host", format!("127.0.0.1.evil.example:{port}"), false),
        ("Host", format!("192.0.2.1:{port}"), false),
        ("Origin", "https://evil.example".to_owned(), false),
        ("Origin", "null".to_owned(), false),
        ("Origin", format!("http://127.0.0.1:{}", port.wrapping_add(1)), false),
    ]
}

fn port(sandbox: &Sandbox) -> u16 {
    sandbox.base_url().rsplit_once(':').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn rest_refuses_web_pages() {
    let client = TestClient::start(Options::default()).await;
    let (sandbox, http) = (&client.sandbox, reqwest::Client::new());
    for (name, value, accepted) in cases(port(sandbox)) {
        for path in ["/api/v10/gateway", "/api/v10/users/@me", "/attachments/1/x"] {
            let request = http.get(format!("{}{path}", sandbox.base_url())).header(name, &value);
            let request = request.header("Authorization", format!("Bot {}", sandbox.token()));
            let response = request.send().await.unwrap();
            assert_eq!(response.status() != 403, accepted, "{name}: {value} {path}");
            assert!(!response.headers().contains_key("access-control-allow-origin"));
            assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
        }
    }
    // A browser asks with OPTIONS before another page's call with a token.
    let url = format!("{}/api/v10/users/@me", sandbox.base_url());
    let preflight = http.request(reqwest::Method::OPTIONS, url).header("Origin", "https://evil.example");
    assert_eq!(preflight.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn the_gateway_refuses_web_pages() {
    let client = TestClient::start(Options::default()).await;
    let port = port(&client.sandbox);
    for (name, value, accepted) in cases(port) {
        let mut request = format!("ws://127.0.0.1:{port}/gateway?v=10").into_client_request().unwrap();
        request.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
        match connect_async(request).await {
            Ok(_) => assert!(accepted, "{name}: {value}"),
            Err(Error::Http(response)) => {
                assert!(!accepted && response.status() == 403, "{name}: {value}: {}", response.status());
            }
            Err(error) => panic!("{name}: {value}: {error}"),
        }
    }
}

#[tokio::test]
async fn each_sandbox_has_its_own_token() {
    let (one, other) = (TestClient::start(Options::default()).await, TestClient::start(Options::default()).await);
    assert_ne!(one.sandbox.token(), other.sandbox.token());
    let (status, _) =
        one.call_as(&format!("Bot {}", other.sandbox.token()), "GET", "/users/@me", serde_json::Value::Null).await;
    assert_eq!(status, 401);
}
