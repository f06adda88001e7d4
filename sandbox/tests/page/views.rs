//! The view of one user.

use footnote_sandbox::{MEMBER, Options};
use serde_json::{Value, json};

use crate::stage::Stage;

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn users_see_their_channels_and_the_bots_knowledge() {
    let stage = Stage::start(Options { guilds: 2, ..Options::default() }).await;
    let view = stage.view("member", "general").await;
    assert_eq!(names(&view["channels"]), ["general", "offtopic"]);
    assert_eq!(names(&view["guilds"]), ["Guild 1", "Guild 2"]);
    assert_eq!(view["channel"]["name"], "general");
    assert_eq!(view["starters"], json!(["Why?"]));
    assert_eq!(view["knowledge"]["problems"][0], "guide.json:7: expected a title");
    assert_eq!(view["connected"], false);

    assert_eq!(names(&stage.view("moderator", "mods").await["channels"]), ["general", "offtopic", "mods"]);
    assert_eq!(stage.view("member", "mods").await["channel"]["name"], "general", "a channel not seen is not shown");
    assert_eq!(stage.view("member", "dm").await["channel"]["direct"], true);
    let (status, refused) = stage.get("/api/view?as=nobody").await;
    assert_eq!(status, 404, "{refused}");
}

#[tokio::test]
async fn a_message_full_of_html_is_text() {
    let stage = Stage::start(Options::default()).await;
    let hostile = "<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1)) &lt;";
    stage.sandbox.post(MEMBER, "general", hostile).await.unwrap();
    let channel = stage.view("member", "general").await["channel"]["id"].as_str().unwrap().to_owned();
    let embed = json!({ "title": hostile, "description": hostile, "fields": [{ "name": hostile, "value": hostile }] });
    stage.call("POST", &format!("/channels/{channel}/messages"), json!({ "embeds": [embed] })).await;

    let view = stage.view("member", "general").await;
    let (message, embed) = (&view["messages"][0], &view["messages"][1]["embeds"][0]);
    let fields = &embed["fields"][0];
    for html in [&message["html"], &embed["title"], &embed["description"], &fields["name"], &fields["value"]] {
        let html = html.as_str().unwrap();
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt; &lt;script&gt;"), "{html}");
        assert!(!html.contains("<img") && !html.contains("<script") && !html.contains("href"), "{html}");
        assert!(html.contains("&amp;lt;"), "{html}");
    }
}

#[tokio::test]
async fn a_message_lists_the_actions_of_its_viewer() {
    let stage = Stage::start(Options::default()).await;
    stage.sandbox.post(MEMBER, "general", "mine").await.unwrap();
    for (user, own, deletable) in [("member", true, true), ("other", false, false), ("moderator", false, true)] {
        let message = stage.view(user, "general").await["messages"][0].clone();
        assert_eq!((&message["own"], &message["deletable"]), (&json!(own), &json!(deletable)), "{user}");
        assert_eq!(message["edited"], Value::Null);
    }
}

#[tokio::test]
async fn commands_are_listed_for_those_who_may_use_them() {
    let stage = Stage::start(Options::default()).await;
    let add = json!({ "type": 1, "name": "add", "description": "Adds one", "options": [
        { "type": 3, "name": "question", "description": "What", "required": true },
    ] });
    stage
        .register(json!([
            { "type": 1, "name": "ask", "description": "Ask away" },
            { "type": 1, "name": "entry", "description": "Entries", "options": [add], "default_member_permissions": "32" },
            { "type": 3, "name": "Answer this" },
        ]))
        .await;
    let member = stage.view("member", "general").await;
    assert_eq!(names(&member["commands"]), ["ask"]);
    assert_eq!(member["menus"], json!(["Answer this"]));
    let moderator = stage.view("moderator", "general").await;
    assert_eq!(names(&moderator["commands"]), ["ask", "entry add"]);
    assert_eq!(moderator["commands"][1]["options"][0]["name"], "question");
}

#[tokio::test]
async fn replies_quote_their_message_until_it_is_deleted() {
    let stage = Stage::start(Options::default()).await;
    let first = stage.sandbox.post(MEMBER, "general", "the first\nof two").await.unwrap();
    stage.sandbox.reply("other", first, "a reply", true).await.unwrap();
    let reply = stage.view("member", "general").await["messages"][1].clone();
    assert_eq!((&reply["reply"]["text"], &reply["pinged"]), (&json!("the first of two"), &json!(true)));
    stage.sandbox.delete(MEMBER, first).await.unwrap();
    assert_eq!(stage.view("member", "general").await["messages"][0]["reply"], json!({ "gone": true }));
}
