//! Test fixture: a running page over a sandbox, an HTTP client that behaves like a browser, and fixed bot information.

use std::sync::Arc;

use footnote_sandbox::page::{BotInfo, InspectedQuestion, KnowledgeStatus, Page, Reach};
use footnote_sandbox::{Options, Sandbox};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Fixed bot information with one starter question and one problem.
struct Known;

impl BotInfo for Known {
    fn starters(&self) -> Vec<String> {
        vec!["Why?".to_owned()]
    }

    fn extract_question(&self, asked: &InspectedQuestion) -> Option<String> {
        (asked.command.as_deref() != Some("sections")).then(|| asked.text.clone())
    }

    fn explain(&self, question: &str) -> Value {
        json!({ "read": question })
    }

    fn knowledge(&self) -> KnowledgeStatus {
        KnowledgeStatus {
            titles: vec!["The Guide".to_owned()],
            files: vec!["guide.json".to_owned()],
            revision: 3,
            problems: vec!["guide.json:7: expected a title".to_owned()],
        }
    }
}

/// A running page and its sandbox.
pub struct Stage {
    pub sandbox: Arc<Sandbox>,
    pub page: Page,
    client: reqwest::Client,
}

impl Stage {
    pub async fn start(options: Options) -> Self {
        let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let page = Page::start(listener, Reach::Loopback, Arc::clone(&sandbox), Arc::new(Known)).unwrap();
        Self { sandbox, page, client: reqwest::Client::new() }
    }

    /// The page's origin in a browser's notation.
    pub fn origin(&self) -> String {
        self.page.url().trim_end_matches('/').to_owned()
    }

    /// A request with the headers that the page sends.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin())).header("Origin", self.origin())
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn act(&self, act: Value) -> (u16, Value) {
        let request = self.request(Method::POST, "/api/act").header("Content-Type", "application/json");
        answer(request.body(act.to_string())).await
    }

    /// A user's view of a channel.
    pub async fn view(&self, user: &str, channel: &str) -> Value {
        let (status, view) = self.get(&format!("/api/view?as={user}&channel={channel}")).await;
        assert_eq!(status, 200, "{view}");
        view
    }

    /// Makes a REST call of the bot.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/api/v10{path}", self.sandbox.base_url());
        let request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        let request = request.header("Authorization", format!("Bot {}", self.sandbox.token()));
        let (status, answer) = answer(request.header("Content-Type", "application/json").body(body.to_string())).await;
        assert!(status < 300, "{status}: {answer}");
        answer
    }

    /// Registers these commands.
    pub async fn register(&self, commands: Value) {
        self.call("PUT", &format!("/applications/{}/commands", self.sandbox.bot()), commands).await;
    }

    /// Answers the oldest interaction that has no answer yet.
    pub async fn respond(&self, body: Value) {
        let open = self.sandbox.wait_for("an interaction", |world| {
            let open = world.interactions().find(|interaction| interaction.first_answer.is_none());
            open.map(|open| (open.id, open.token.clone()))
        });
        let (id, token) = open.await.unwrap();
        self.call("POST", &format!("/interactions/{id}/{token}/callback"), body).await;
    }
}

/// Sends a request and returns the status and JSON of the response.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
