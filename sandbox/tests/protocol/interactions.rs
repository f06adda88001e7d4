//! Interactions: commands, buttons, menus and modals, their valid answers, and their deadlines.

use std::time::Duration;

use footnote_sandbox::{ActError, Fault, FirstAnswer, MEMBER, MODERATOR, OTHER, Options, Snowflake, intents};
use serde_json::{Value, json};

use crate::openapi;
use crate::raw::{Gateway, TestClient};

/// A sandbox with registered commands, and a connection that receives only interactions.
async fn start(options: Options) -> (TestClient, Gateway) {
    let client = TestClient::start(options).await;
    let text = |name: &str, more: Value| {
        let mut option = json!({ "type": 3, "name": name, "description": "d" });
        option.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        option
    };
    let question = text("question", json!({ "required": true, "autocomplete": true, "max_length": 5 }));
    let depth = text("depth", json!({ "choices": [{ "name": "Deep", "value": "deep" }] }));
    let who = json!({ "type": 6, "name": "who", "description": "d" });
    let commands = json!([
        { "name": "ask", "description": "d", "options": [question, depth, who] },
        { "name": "entry", "description": "d", "default_member_permissions": "8192", "options": [
            { "type": 1, "name": "add", "description": "d", "options": [text("title", json!({}))] },
        ] },
        { "name": "Answer this", "type": 3 },
    ]);
    let path = format!("/applications/{}/commands", client.sandbox.bot());
    assert_eq!(client.call("PUT", &path, commands).await.0, 200);
    let gateway = client.identify(intents::GUILDS).await;
    (client, gateway)
}

impl TestClient {
    /// Sends the callback for an interaction event.
    async fn callback(&self, event: &Value, body: Value) -> (u16, Value) {
        let path = format!("/interactions/{}/{}/callback", text(&event["id"]), text(&event["token"]));
        self.call_as("", "POST", &path, body).await
    }

    async fn webhook(&self, event: &Value, method: &str, rest: &str, body: Value) -> (u16, Value) {
        let path = format!("/webhooks/{}/{}{rest}", self.sandbox.bot(), text(&event["token"]));
        self.call_as("", method, &path, body).await
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn row(components: Value) -> Value {
    json!([{ "type": 1, "components": components }])
}

const ORIGINAL: &str = "/messages/@original";

#[tokio::test]
async fn a_command_is_answered_once() {
    let (client, mut gateway) = start(Options::default()).await;
    let ask = client.sandbox.slash(MEMBER, "general", "ask", &[("question", json!("why"))]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!((&event["type"], &event["data"]["name"]), (&json!(2), &json!("ask")));
    assert_eq!(event["data"]["options"][0], json!({ "type": 3, "name": "question", "value": "why" }));
    assert_eq!(event["member"]["user"]["username"], MEMBER);
    openapi::assert_is("GuildMemberResponse", &event["member"]);

    // The token is invalid before the first answer.
    assert_eq!(client.webhook(&event, "POST", "", json!({ "content": "early" })).await.1["code"], 10015);
    let answer = json!({ "type": 4, "data": { "content": "Because", "allowed_mentions": { "parse": [] } } });
    assert_eq!(client.callback(&event, answer.clone()).await, (204, Value::Null));
    assert_eq!(client.callback(&event, answer).await.1["code"], 40060);

    let shown = client.sandbox.wait_for_answer(ask).await.unwrap().message().unwrap();
    assert_eq!((shown.content.as_str(), shown.kind as u8), ("Because", 20));
    let original = client.webhook(&event, "GET", ORIGINAL, Value::Null).await.1;
    assert_eq!(original["interaction_metadata"]["user"]["username"], MEMBER);
    let edited = client.webhook(&event, "PATCH", ORIGINAL, json!({ "content": "Why not" })).await.1;
    assert_eq!((&edited["id"], edited["content"].as_str()), (&original["id"], Some("Why not")));

    let follow_up = client.webhook(&event, "POST", "", json!({ "content": "More", "flags": 64 })).await.1;
    let follow_up_path = format!("/messages/{}", text(&follow_up["id"]));
    let (status, _) = client.webhook(&event, "PATCH", &follow_up_path, json!({ "content": "Even more" })).await;
    assert_eq!(status, 200);
    let see = |user| client.sandbox.messages(user, "general").unwrap().len();
    assert_eq!((see(MEMBER), see(OTHER)), (2, 1), "an ephemeral message is its user's alone");
    assert_eq!(client.webhook(&event, "DELETE", &follow_up_path, Value::Null).await.0, 204);
    assert_eq!(client.webhook(&event, "DELETE", ORIGINAL, Value::Null).await.0, 204);
    assert_eq!(client.webhook(&event, "GET", ORIGINAL, Value::Null).await.1["code"], 10008);
    assert_eq!((see(MEMBER), see(OTHER)), (0, 0));
    client.conforms();
}

#[tokio::test]
async fn a_deferred_answer_can_be_completed() {
    let (client, mut gateway) = start(Options::default()).await;
    let ways = [("PATCH", ORIGINAL), ("POST", "")];
    for (method, rest) in ways {
        let ask = client.sandbox.slash(MEMBER, "dm", "ask", &[("question", json!("why"))]).await.unwrap();
        let event = gateway.event("INTERACTION_CREATE").await;
        assert_eq!((event["user"]["username"].as_str(), &event["context"]), (Some(MEMBER), &json!(1)));
        assert_eq!(client.callback(&event, json!({ "type": 5, "data": { "flags": 64 } })).await.0, 204);
        let first = client.sandbox.wait_for_first_answer(ask).await.unwrap();
        assert!(first.first_answer == FirstAnswer::Deferred && first.original.unwrap().is_loading());

        let answer = client.sandbox.wait_for_answer(ask);
        let fill = client.webhook(&event, method, rest, json!({ "content": "Because" }));
        let (answer, (status, _)) = tokio::join!(answer, fill);
        let message = answer.unwrap().message().unwrap();
        assert_eq!((status, message.content.as_str(), message.is_loading()), (200, "Because", false));
        assert!(message.only_for.is_some(), "it stays as it was deferred");
    }
    client.conforms();
}

#[tokio::test]
async fn a_late_answer_is_refused() {
    let (client, mut gateway) = start(Options { first_answer: Duration::ZERO, ..Options::default() }).await;
    let answer = json!({ "type": 4, "data": { "content": "late" } });
    let ask = client.sandbox.slash(MEMBER, "dm", "ask", &[("question", json!("why"))]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(client.callback(&event, answer.clone()).await.1["code"], 10062);
    assert_eq!(client.sandbox.wait_for_answer(ask).await.unwrap_err(), ActError::DidNotRespond(ask));

    let (client, mut gateway) = start(Options { first_answer: Duration::from_millis(1), ..Options::default() }).await;
    client.sandbox.fault(Fault::late(Duration::from_millis(5)).on("POST", "/interactions/*/*/callback"));
    client.sandbox.slash(MEMBER, "dm", "ask", &[("question", json!("why"))]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(client.callback(&event, answer.clone()).await.1["code"], 10062, "the answer was under way too long");

    let (client, mut gateway) = start(Options::default()).await;
    let ask = client.sandbox.slash(MEMBER, "dm", "ask", &[("question", json!("why"))]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(client.callback(&event, answer.clone()).await.0, 204);
    client.sandbox.expire(ask);
    assert_eq!(client.webhook(&event, "PATCH", ORIGINAL, json!({ "content": "x" })).await.1["code"], 50027);
    let mut forged = event.clone();
    forged["token"] = json!("forged");
    assert_eq!(client.callback(&forged, answer).await.1["code"], 10062);
    client.conforms();
}

#[tokio::test]
async fn options_are_completed() {
    let (client, mut gateway) = start(Options::default()).await;
    let typing = client.sandbox.autocomplete(MEMBER, "general", "ask", &[], "question").await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let focused = json!({ "type": 3, "name": "question", "value": "", "focused": true });
    assert_eq!((&event["type"], &event["data"]["options"][0]), (&json!(4), &focused));
    let (status, _) = client.callback(&event, json!({ "type": 4, "data": { "content": "x" } })).await;
    assert_eq!(status, 400, "only choices will do");
    let choices = |count: usize| {
        let choice = |index| json!({ "name": format!("Choice {index}"), "value": "v" });
        json!({ "type": 8, "data": { "choices": (0..count).map(choice).collect::<Vec<_>>() } })
    };
    assert_eq!(client.callback(&event, choices(26)).await.1["code"], 50035);
    assert_eq!(client.callback(&event, choices(25)).await.0, 204);
    assert_eq!(client.sandbox.wait_for_answer(typing).await.unwrap().choices().unwrap().len(), 25);
    client.conforms();
}

#[tokio::test]
async fn buttons_and_menus_can_edit_their_message_or_answer_separately() {
    let (client, mut gateway) = start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let button = json!({ "type": 2, "style": 1, "custom_id": "b", "label": "Press" });
    let dead = json!({ "type": 2, "style": 1, "custom_id": "d", "label": "Dead", "disabled": true });
    let posted =
        client.call("POST", &path, json!({ "content": "x", "components": row(json!([button, dead])) })).await.1;
    let message = Snowflake::from_value(&posted["id"]).unwrap();
    for missing in ["Dead", "Nothing"] {
        let pressed = client.sandbox.click(MEMBER, message, missing).await;
        assert!(matches!(pressed, Err(ActError::UnknownComponent { .. })), "{missing}");
    }

    let pressed = client.sandbox.click(OTHER, message, "Press").await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!((&event["data"]["custom_id"], &event["message"]["id"]), (&json!("b"), &posted["id"]));
    openapi::assert_is("MessageResponse", &event["message"]);
    let beside = json!({ "type": 4, "data": { "content": "beside", "flags": 64 } });
    assert_eq!(client.callback(&event, beside).await.0, 204);
    let shown = client.sandbox.wait_for_answer(pressed).await.unwrap().message().unwrap();
    assert_eq!((shown.reference, shown.content.as_str()), (Some(message), "beside"));

    let options = json!([{ "label": "One", "value": "1" }, { "label": "Two", "value": "2" }]);
    let menu = json!({ "type": 3, "custom_id": "m", "placeholder": "Pick", "options": options });
    client.sandbox.click(OTHER, message, "b").await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let update = json!({ "type": 7, "data": { "content": "changed", "components": row(json!([menu])) } });
    assert_eq!(client.callback(&event, update).await.0, 204);

    assert!(matches!(client.sandbox.select(MEMBER, message, "m", &["One", "Two"]).await, Err(ActError::BadInput(_))));
    assert!(matches!(client.sandbox.select(MEMBER, message, "m", &["Three"]).await, Err(ActError::BadInput(_))));
    let chosen = client.sandbox.select(MEMBER, message, "m", &["Two"]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!((&event["data"]["values"], &event["data"]["component_type"]), (&json!(["2"]), &json!(3)));
    assert_eq!(client.callback(&event, json!({ "type": 6 })).await.0, 204);
    let shown = client.sandbox.wait_for_answer(chosen).await.unwrap();
    assert_eq!(shown.first_answer, FirstAnswer::DeferredUpdate);
    client.webhook(&event, "PATCH", ORIGINAL, json!({ "content": "two", "components": [] })).await;
    assert_eq!(client.sandbox.message(message).unwrap().content, "two");
    client.conforms();
}

#[tokio::test]
async fn a_modal_is_filled_in_and_sent() {
    let (client, mut gateway) = start(Options::default()).await;
    let opener = client.sandbox.slash(MODERATOR, "general", "entry add", &[("title", json!("T"))]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["options"][0]["options"][0]["value"], "T");
    let input = |label: &str| json!([{ "type": 4, "custom_id": "p", "style": 2, "label": label, "min_length": 2, "max_length": 4 }]);
    let modal = |label: &str| json!({ "type": 9, "data": { "custom_id": "m", "title": "Add", "components": row(input(label)) } });
    assert_eq!(client.callback(&event, modal(&"l".repeat(46))).await.1["code"], 50035);
    assert_eq!(client.callback(&event, modal(&"l".repeat(45))).await.0, 204);
    let opened = client.sandbox.wait_for_answer(opener).await.unwrap().modal().unwrap();
    assert_eq!(opened["title"], "Add");

    for wrong in [[("p", "1")], [("p", "12345")], [("q", "123")]] {
        assert!(matches!(client.sandbox.submit_modal(opener, &wrong).await, Err(ActError::BadInput(_))), "{wrong:?}");
    }
    let sent = client.sandbox.submit_modal(opener, &[("p", "123")]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!((&event["type"], &event["data"]["custom_id"]), (&json!(5), &json!("m")));
    assert_eq!(event["data"]["components"][0]["components"][0]["value"], "123");
    assert_eq!(client.callback(&event, modal("again")).await.0, 400, "a modal cannot follow a modal");
    assert_eq!(client.callback(&event, json!({ "type": 4, "data": { "content": "Added" } })).await.0, 204);
    assert_eq!(client.sandbox.wait_for_answer(sent).await.unwrap().message().unwrap().content, "Added");
    client.conforms();
}

#[tokio::test]
async fn a_message_command_contains_its_message() {
    let (client, mut gateway) = start(Options::default()).await;
    let asked = client.sandbox.post(OTHER, "general", "why is that?").await.unwrap();
    client.sandbox.message_command(MEMBER, asked, "Answer this").await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["target_id"], json!(asked));
    let target = &event["data"]["resolved"]["messages"][asked.to_string()];
    assert_eq!(target["content"], "why is that?", "no intent is needed for it");
    openapi::assert_is("MessageResponse", target);

    let path = format!("/interactions/{}/{}/callback?with_response=true", text(&event["id"]), text(&event["token"]));
    let (status, body) = client.call_as("", "POST", &path, json!({ "type": 5 })).await;
    assert_eq!((status, &body["interaction"]["response_message_loading"]), (200, &json!(true)));
    assert_eq!(body["resource"]["message"]["type"], 23);
    client.conforms();
}

#[tokio::test]
async fn options_must_match_the_commands_definition() {
    let (client, mut gateway) = start(Options::default()).await;
    let wrong: [(&str, &[(&str, Value)]); 7] = [
        ("ask", &[]),
        ("ask", &[("question", json!("too long"))]),
        ("ask", &[("question", json!(5))]),
        ("ask", &[("question", json!("why")), ("depth", json!("shallow"))]),
        ("ask", &[("question", json!("why")), ("nothing", json!("x"))]),
        ("ask", &[("question", json!("why")), ("who", json!("1"))]),
        ("ask now", &[("question", json!("why"))]),
    ];
    for (command, options) in wrong {
        let run = client.sandbox.slash(MEMBER, "general", command, options).await;
        assert!(matches!(run, Err(ActError::BadOption { .. })), "{command} {options:?}: {run:?}");
    }
    for (user, command) in [(MEMBER, "unknown"), (MEMBER, "entry add")] {
        let run = client.sandbox.slash(user, "general", command, &[]).await;
        assert!(matches!(run, Err(ActError::UnknownCommand { .. })), "{user} {command}: {run:?}");
    }
    let other = client.sandbox.read(|world| world.directory.users.iter().find(|user| user.name == OTHER).unwrap().id);
    let options = [("question", json!("why")), ("depth", json!("deep")), ("who", json!(other))];
    client.sandbox.slash(MEMBER, "general", "ask", &options).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let resolved = &event["data"]["resolved"]["users"][other.to_string()];
    assert_eq!(resolved["username"], OTHER);
    openapi::assert_is("UserResponse", resolved);
}

#[tokio::test]
async fn a_timeout_lists_the_last_calls() {
    let client = TestClient::start(Options { wait_timeout: Duration::ZERO, ..Options::default() }).await;
    client.call("GET", "/gateway", Value::Null).await;
    let error = client.sandbox.wait_for_commands().await.unwrap_err().to_string();
    assert!(error.contains("commands to be registered") && error.contains("GET /gateway -> 200"), "{error}");
    let interaction = Snowflake(1);
    assert_eq!(
        client.sandbox.wait_for_answer(interaction).await.unwrap_err(),
        ActError::UnknownInteraction(interaction)
    );
}
