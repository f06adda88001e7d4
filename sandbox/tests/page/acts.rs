//! Acts through the page.

use std::time::Duration;

use footnote_sandbox::{MEMBER, Options};
use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn messages_are_posted_changed_and_deleted() {
    let stage = Stage::start(Options::default()).await;
    let (status, posted) = stage.act(json!({ "act": "post", "text": "@footnote why? @nobody <@1>" })).await;
    assert_eq!(status, 200, "{posted}");
    let message = stage.view("member", "general").await["messages"][0].clone();
    assert_eq!(message["id"], posted["message"]);
    assert_eq!(message["typed"], "@footnote why? @nobody <@1>");
    let mention = "<p><span class=\"mention\">@footnote</span> why? @nobody &lt;@1&gt;</p>";
    assert_eq!(message["html"], mention);

    let id = &posted["message"];
    assert_eq!(stage.act(json!({ "act": "edit", "message": id, "text": "other" })).await.0, 200);
    let changed = stage.view("member", "general").await["messages"][0].clone();
    assert!(changed["edited"].is_number() && changed["html"] == "<p>other</p>", "{changed}");
    assert_eq!(stage.act(json!({ "act": "reply", "as": "other", "message": id, "text": "re" })).await.0, 200);
    assert_eq!(stage.act(json!({ "act": "delete", "as": "moderator", "message": id })).await.0, 200);
    assert_eq!(stage.view("member", "general").await["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn impossible_acts_are_refused_with_the_reason() {
    let stage = Stage::start(Options::default()).await;
    let mine = stage.sandbox.post(MEMBER, "general", "mine").await.unwrap();
    for (act, status, words) in [
        (json!({ "act": "post", "text": " " }), 422, "empty message"),
        (json!({ "act": "post", "text": "x".repeat(2001) }), 422, "at most 2000"),
        (json!({ "act": "post", "channel": "mods", "text": "x" }), 422, "no channel"),
        (json!({ "act": "post", "as": "footnote", "text": "x" }), 404, "no user"),
        (json!({ "act": "edit", "as": "moderator", "message": mine, "text": "x" }), 403, "author"),
        (json!({ "act": "delete", "as": "other", "message": mine }), 403, "Manage Messages"),
        (json!({ "act": "delete", "message": "1" }), 404, "sees no message"),
        (json!({ "act": "delete", "message": "q" }), 422, "no earlier act"),
        (json!({ "act": "slash", "command": "ask" }), 422, "sees no command"),
        (json!({ "act": "dance" }), 422, "unknown variant"),
        (json!({ "act": "post", "text": "x", "extra": 1 }), 422, "unknown field"),
        (json!({ "act": "post", "text": "x".repeat(17 << 20) }), 413, "length limit"),
    ] {
        let (found, body) = stage.act(act.clone()).await;
        assert_eq!(found, status, "{body}");
        assert!(body["error"].as_str().unwrap().contains(words), "{body}");
    }
}

#[tokio::test]
async fn an_act_returns_the_bots_first_answer() {
    let stage = Stage::start(Options::default()).await;
    let option = json!({ "type": 3, "name": "question", "description": "What", "autocomplete": true });
    stage.register(json!([{ "type": 1, "name": "ask", "description": "Ask", "options": [option] }])).await;

    let typing =
        json!({ "act": "autocomplete", "command": "ask", "focused": "question", "options": { "question": "w" } });
    let choices = json!({ "type": 8, "data": { "choices": [{ "name": "Why?", "value": "why" }] } });
    let ((status, told), ()) = tokio::join!(stage.act(typing), stage.respond(choices));
    assert_eq!((status, &told["choices"][0]["value"]), (200, &json!("why")));

    let input = json!({ "type": 4, "custom_id": "text", "style": 2, "label": "Passage", "value": "old" });
    let modal = json!({ "custom_id": "edit", "title": "Edit", "components": [{ "type": 1, "components": [input] }] });
    let asking = json!({ "act": "slash", "command": "ask", "options": { "question": "why" } });
    let ((_, told), ()) = tokio::join!(stage.act(asking), stage.respond(json!({ "type": 9, "data": modal })));
    assert_eq!(told["modal"]["title"], "Edit");

    let sent = json!({ "act": "submit_modal", "opener": told["interaction"], "texts": { "text": "new" } });
    let answer = json!({ "type": 4, "data": { "content": "saved", "flags": 64 } });
    let ((status, _), ()) = tokio::join!(stage.act(sent), stage.respond(answer));
    assert_eq!(status, 200);
    let shown = stage.view("member", "general").await["messages"][0].clone();
    assert_eq!((&shown["ephemeral"], &shown["text"]), (&json!(true), &json!("saved")));
    assert_eq!(stage.view("other", "general").await["messages"], json!([]), "only its user sees an ephemeral message");
    assert_eq!(stage.act(json!({ "act": "delete", "message": shown["id"] })).await.0, 200);
    assert_eq!(stage.view("member", "general").await["messages"], json!([]), "it was dismissed");
}

#[tokio::test]
async fn a_missing_answer_is_reported() {
    let options = Options { first_answer: Duration::from_millis(1), ..Options::default() };
    let stage = Stage::start(options).await;
    stage.register(json!([{ "type": 1, "name": "ask", "description": "Ask" }])).await;
    let (status, told) = stage.act(json!({ "act": "slash", "command": "ask" })).await;
    assert_eq!(status, 504);
    assert!(told["error"].as_str().unwrap().contains("did not respond"), "{told}");
}

#[tokio::test]
async fn only_those_who_see_a_question_get_its_explanation() {
    let stage = Stage::start(Options::default()).await;
    let (_, posted) = stage.act(json!({ "act": "post", "text": "@footnote why?" })).await;
    let id = posted["message"].as_str().unwrap();
    let (status, told) = stage.get(&format!("/api/explain?as=other&channel=general&question={id}")).await;
    assert_eq!((status, &told["read"]), (200, &Value::String(format!("{} why?", stage.sandbox.mention()))));
    assert_eq!(stage.get(&format!("/api/explain?channel=dm&question={id}")).await.0, 404, "it was not asked there");
    assert_eq!(stage.get("/api/explain?question=1").await.0, 404);
    assert_eq!(stage.get("/api/explain").await.0, 400);
}
