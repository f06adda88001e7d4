//! Live updates.

use footnote_sandbox::{MEMBER, Options};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::stage::Stage;

/// A client of the event stream.
struct Events {
    response: Response,
    unread: String,
}

impl Events {
    async fn follow(stage: &Stage, query: &str) -> Self {
        let response = stage.request(Method::GET, &format!("/api/events?{query}")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, unread: String::new() }
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                let told = field("event: ").zip(field("data: "));
                let told = told.map(|(name, data)| (name.to_owned(), serde_json::from_str(data).unwrap()));
                self.unread = rest.to_owned();
                if told.is_some() {
                    return told;
                }
                continue;
            }
            self.unread += std::str::from_utf8(&self.response.chunk().await.unwrap()?).unwrap();
        }
    }

    /// The next view that satisfies `is`.
    async fn view(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (name, data) = self.next().await.unwrap();
            if name == "view" && is(&data) {
                return data;
            }
        }
    }
}

fn count(view: &Value) -> usize {
    view["messages"].as_array().unwrap().len()
}

#[tokio::test]
async fn every_user_receives_their_own_view() {
    let stage = Stage::start(Options::default()).await;
    let mut member = Events::follow(&stage, "as=member&channel=general").await;
    let mut other = Events::follow(&stage, "as=other&channel=offtopic").await;
    assert_eq!(count(&member.view(|_| true).await), 0);
    assert_eq!(count(&other.view(|_| true).await), 0);
    let message = stage.sandbox.post(MEMBER, "general", "hello").await.unwrap();
    member.view(|view| view["messages"][0]["text"] == "hello").await;
    stage.sandbox.edit(MEMBER, message, "changed").await.unwrap();
    member.view(|view| view["messages"][0]["text"] == "changed").await;
    stage.sandbox.delete(MEMBER, message).await.unwrap();
    member.view(|view| count(view) == 0).await;
    stage.sandbox.post(MEMBER, "offtopic", "elsewhere").await.unwrap();
    let next = other.next().await.unwrap().1;
    assert_eq!(next["messages"][0]["text"], "elsewhere", "what happens in another channel is not told");
}

#[tokio::test]
async fn the_open_inspector_receives_questions_and_calls() {
    let stage = Stage::start(Options::default()).await;
    let mut events = Events::follow(&stage, "as=member&channel=dm&inspector=true").await;
    assert_eq!(events.next().await.unwrap().0, "view");
    assert_eq!(events.next().await.unwrap(), ("inspector".to_owned(), json!({ "questions": [], "calls": [] })));
    stage.sandbox.post(MEMBER, "dm", "why?").await.unwrap();
    events.view(|view| count(view) == 1).await;
    assert_eq!(events.next().await.unwrap().1["questions"][0]["text"], "why?");
    stage.call("GET", "/gateway/bot", Value::Null).await;
    let (name, inspector) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &inspector["calls"][0]["path"]), ("inspector", &json!("/gateway/bot")));
    assert_eq!(inspector["calls"][0]["status"], 200);
}

#[tokio::test]
async fn event_streams_are_limited_and_end_with_the_page() {
    let stage = Stage::start(Options::default()).await;
    let mut followers = Vec::new();
    for _ in 0..64 {
        followers.push(Events::follow(&stage, "").await);
    }
    assert_eq!(stage.get("/api/events").await.0, 503);
    let mut last = followers.pop().unwrap();
    last.view(|_| true).await;
    drop(followers);
    let Stage { page, sandbox, .. } = stage;
    let _kept = sandbox;
    let (ended, ()) = tokio::join!(last.next(), page.stop());
    assert_eq!(ended, None);
}
