//! REST without interactions: the application, its commands, messages, faults, and the log.

use std::time::Duration;

use footnote_sandbox::{
    ActError, Call, ChannelRef, Fault, MEMBER, MODERATOR, OTHER, Options, Snowflake, intents, permissions,
};
use serde_json::{Value, json};

use crate::openapi;
use crate::raw::{INTENTS, TestClient};

fn id(value: &Value) -> Snowflake {
    Snowflake::from_value(&value["id"]).unwrap()
}

#[tokio::test]
async fn the_application_is_described() {
    let client = TestClient::start(Options::default()).await;
    for path in ["/users/@me", "/oauth2/applications/@me", "/applications/@me"] {
        let (status, body) = client.call("GET", path, Value::Null).await;
        assert_eq!((status, id(&body)), (200, client.sandbox.bot()), "{path}");
        for wrong in ["", "Bot wrong", client.sandbox.token().as_str()] {
            assert_eq!(client.call_as(wrong, "GET", path, Value::Null).await.0, 401, "{path} {wrong:?}");
        }
    }
    assert_eq!(client.call_as("", "GET", "/gateway", Value::Null).await.0, 200);
    assert_eq!(client.call("GET", "/gateway/bot", Value::Null).await.1["shards"], 1);
    client.conforms();
    for (method, path) in [("GET", "/guilds/1/roles"), ("PUT", "/channels/1/pins/1"), ("PATCH", "/users/@me")] {
        let (status, body) = client.call(method, path, Value::Null).await;
        assert_eq!(status, 501, "{method} {path}");
        assert!(body["message"].as_str().unwrap().contains(path));
    }
}

#[tokio::test]
async fn guilds_channels_and_members_can_be_fetched() {
    let client = TestClient::start(Options::default()).await;
    let (guild, bot) = (client.sandbox.guild(), client.sandbox.bot());
    let (status, told) = client.call("GET", &format!("/guilds/{guild}"), Value::Null).await;
    assert_eq!((status, told["roles"].as_array().unwrap().len()), (200, 2));
    let (status, member) = client.call("GET", &format!("/guilds/{guild}/members/{bot}"), Value::Null).await;
    assert_eq!((status, &member["user"]["id"]), (200, &json!(bot)));
    let channel = client.channel("general");
    let of_bot = |channel: &Value| channel["permission_overwrites"].as_array().unwrap().len();
    let (_, before) = client.call("GET", &format!("/channels/{channel}"), Value::Null).await;
    client.sandbox.deny(channel, permissions::EMBED_LINKS);
    let (_, after) = client.call("GET", &format!("/channels/{channel}"), Value::Null).await;
    assert_eq!((of_bot(&before), of_bot(&after)), (0, 1));
    assert_eq!(after["permission_overwrites"][0]["deny"], permissions::EMBED_LINKS.to_string());
    client.sandbox.deny(channel, permissions::VIEW_CHANNEL);
    for (path, status) in [
        (format!("/channels/{channel}"), 403),
        ("/channels/1".to_owned(), 404),
        ("/guilds/1".to_owned(), 404),
        (format!("/guilds/{guild}/members/1"), 404),
    ] {
        assert_eq!(client.call("GET", &path, Value::Null).await.0, status, "{path}");
    }
    openapi::assert_conforms(&client.sandbox.calls());
}

#[tokio::test]
async fn registration_replaces_all_commands() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/applications/{}/commands", client.sandbox.bot());
    let guild_path = format!("/applications/{}/guilds/{}/commands", client.sandbox.bot(), client.sandbox.guild());
    let option = json!({
        "type": 3, "name": "question", "description": "What to ask", "required": true, "autocomplete": false,
        "name_localizations": { "ja": "質問" },
    });
    let ask = json!({ "name": "ask", "description": "Ask", "options": [option], "dm_permission": null });
    let menu = json!({ "name": "Answer this", "type": 3, "default_member_permissions": "8192" });

    let (status, first) = client.call("PUT", &path, json!([ask, menu])).await;
    assert_eq!(status, 200);
    let (_, again) = client.call("PUT", &path, json!([ask])).await;
    assert_eq!(again[0], first[0], "what does not change keeps its id and version");
    let (_, changed) = client.call("PUT", &path, json!([{ "name": "ask", "description": "Ask now" }])).await;
    assert_eq!(changed[0]["id"], first[0]["id"]);
    assert_ne!(changed[0]["version"], first[0]["version"]);

    client.call("PUT", &path, json!([ask, menu])).await;
    let (_, plain) = client.call("GET", &path, Value::Null).await;
    assert_eq!(plain[0]["options"][0].get("name_localizations"), None);
    assert_eq!(plain[0]["options"][0].get("autocomplete"), None, "false is not stored");
    let (_, localised) = client.call("GET", &format!("{path}?&with_localizations=true"), Value::Null).await;
    assert_eq!(localised[0]["options"][0]["name_localizations"]["ja"], "質問");

    let (_, own) = client.call("PUT", &guild_path, json!([{ "name": "here", "description": "Only here" }])).await;
    assert_eq!(own[0]["guild_id"], json!(client.sandbox.guild()));
    let offered = |user, place| {
        let commands = client.sandbox.commands_for(user, place).unwrap();
        commands.iter().map(|command| command["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(offered(MEMBER, "general"), "here ask");
    assert_eq!(offered(MODERATOR, "general"), "here ask Answer this");
    assert_eq!(offered(MEMBER, "dm"), "ask Answer this", "in direct messages nobody has permissions to lack");

    let (status, body) = client.call("PUT", &path, json!([{ "name": "Ask", "description": "Ask" }])).await;
    assert_eq!((status, &body["code"]), (400, &json!(50035)));
    assert!(body["errors"]["0"]["name"]["_errors"][0]["message"].is_string());
    assert_eq!(client.call("PUT", "/applications/1/commands", json!([])).await.0, 404);
    client.conforms();
}

#[tokio::test]
async fn a_message_is_posted_read_edited_and_deleted() {
    let client = TestClient::start(Options::default()).await;
    let mut gateway = client.identify(INTENTS).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let body = json!({
        "content": "  Hello  ",
        "embeds": [{
            "title": "T", "description": "D", "url": "https://example.org", "color": 255,
            "footer": { "text": "F" }, "fields": [{ "name": "N", "value": "V" }],
        }],
        "components": [
            { "type": 1, "components": [
                { "type": 2, "style": 1, "custom_id": "a", "label": "A", "disabled": false, "emoji": null },
                { "type": 2, "style": 5, "url": "https://example.org", "label": "Link" },
            ] },
            { "type": 1, "components": [
                { "type": 3, "custom_id": "s", "options": [{ "label": "One", "value": "1" }] },
            ] },
        ],
        "allowed_mentions": { "parse": [] }, "tts": false,
    });
    let (status, posted) = client.call("POST", &path, body).await;
    assert_eq!((status, posted["content"].as_str()), (200, Some("Hello")));
    assert_eq!(gateway.event("MESSAGE_CREATE").await["embeds"], posted["embeds"]);
    let message = format!("{path}/{}", id(&posted));
    assert_eq!(client.call("GET", &message, Value::Null).await.1, posted);

    let (status, edited) = client.call("PATCH", &message, json!({ "content": null, "components": [] })).await;
    assert_eq!((status, edited["content"].as_str()), (200, Some("")));
    assert!(edited["edited_timestamp"].is_string() && edited["embeds"] == posted["embeds"]);
    assert_eq!(gateway.event("MESSAGE_UPDATE").await["components"], json!([]));
    let (_, emptied) = client.call("PATCH", &message, json!({ "embeds": [] })).await;
    assert_eq!(emptied["code"], 50006);

    assert_eq!(client.call("GET", &format!("{path}?limit=1"), Value::Null).await.1.as_array().unwrap().len(), 1);
    assert_eq!(client.call("POST", &path.replace("messages", "typing"), Value::Null).await.0, 204);
    assert_eq!(client.call("DELETE", &message, Value::Null).await.0, 204);
    assert_eq!(gateway.event("MESSAGE_DELETE").await["id"], posted["id"]);
    for method in ["GET", "PATCH", "DELETE"] {
        assert_eq!(client.call(method, &message, json!({ "content": "x" })).await.1["code"], 10008, "{method}");
    }
    client.conforms();
}

#[tokio::test]
async fn the_bots_permissions_are_enforced() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let theirs = client.sandbox.post(MEMBER, "general", "mine").await.unwrap();
    let table = [
        ("POST", "/channels/1/messages".to_owned(), 404, 10003),
        ("PATCH", format!("{path}/{theirs}"), 403, 50005),
        ("DELETE", format!("{path}/{theirs}"), 403, 50013),
        ("POST", path.clone(), 400, 50006),
    ];
    for (method, path, status, code) in table {
        let (found, body) = client.call(method, &path, json!({ "content": "" })).await;
        assert_eq!((found, &body["code"]), (status, &json!(code)), "{method} {path}");
    }
    let hidden = client.call("GET", &format!("{path}/{theirs}"), Value::Null).await.1;
    assert_eq!(hidden["content"], "", "REST hides what the intent would show");
    let (status, body) = client.call("POST", &path, json!({ "content": "x".repeat(2001) })).await;
    assert_eq!((status, &body["code"]), (400, &json!(50035)));
    assert_eq!(body["errors"]["content"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
    client.conforms();

    let client = TestClient::start(Options { approved_intents: intents::MESSAGE_CONTENT, ..Options::default() }).await;
    let theirs = client.sandbox.post(MEMBER, "general", "mine").await.unwrap();
    let path = format!("/channels/{}/messages/{theirs}", client.channel("general"));
    assert_eq!(client.call("GET", &path, Value::Null).await.1["content"], "mine");
}

#[tokio::test]
async fn replies_reference_their_message_and_ping_as_allowed() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let asked = client.sandbox.post(MEMBER, "general", "?").await.unwrap();
    let member = client.sandbox.message(asked).unwrap().author;
    let reference = |message: Snowflake, must: bool| json!({ "message_id": message, "fail_if_not_exists": must });
    let table = [
        (json!({}), vec![member]),
        (json!({ "allowed_mentions": { "parse": [] } }), vec![]),
        (json!({ "allowed_mentions": { "parse": [], "replied_user": true } }), vec![member]),
    ];
    for (more, pinged) in table {
        let mut body = json!({ "content": "!", "message_reference": reference(asked, true) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (_, posted) = client.call("POST", &path, body).await;
        assert_eq!((&posted["type"], &posted["referenced_message"]["id"]), (&json!(19), &json!(asked)));
        assert_eq!(posted["mentions"].as_array().unwrap().len(), pinged.len());
        let pings = client.sandbox.message(id(&posted)).unwrap().pings;
        assert_eq!(pings.into_iter().collect::<Vec<_>>(), pinged, "{more}");
    }
    let loud = json!({ "content": "@everyone" });
    let posted = client.call("POST", &path, loud).await.1;
    assert_eq!(posted["mention_everyone"], true);
    assert_eq!(client.sandbox.message(id(&posted)).unwrap().pings.len(), 4);

    client.sandbox.delete(MEMBER, asked).await.unwrap();
    let refused = json!({ "content": "!", "message_reference": reference(asked, true) });
    let (status, body) = client.call("POST", &path, refused).await;
    assert_eq!((status, &body["code"]), (400, &json!(50035)));
    let lenient = json!({ "content": "!", "message_reference": reference(asked, false) });
    let (status, body) = client.call("POST", &path, lenient).await;
    assert_eq!((status, &body["type"], body.get("message_reference")), (200, &json!(0), None));
    client.conforms();
}

#[tokio::test]
async fn an_enforced_nonce_posts_once() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let elsewhere = format!("/channels/{}/messages", client.channel("offtopic"));
    let message = |enforced: bool| json!({ "content": "x", "nonce": "n1", "enforce_nonce": enforced });
    let first = client.call("POST", &path, message(true)).await.1;
    assert_eq!(client.call("POST", &path, message(true)).await.1, first);
    assert_ne!(client.call("POST", &elsewhere, message(true)).await.1["id"], first["id"]);
    assert_ne!(client.call("POST", &path, message(false)).await.1["id"], first["id"]);
    assert_eq!(client.sandbox.messages(OTHER, "general").unwrap().len(), 2);
}

#[tokio::test]
async fn faults_affect_only_matching_calls() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let message = json!({ "content": "x" });
    let posted = || client.sandbox.messages(MEMBER, "general").unwrap().len();
    let pattern = "/channels/*/messages";

    client.sandbox.fault(Fault::rate_limit(0.5).on("POST", pattern).times(2));
    for _ in 0..2 {
        let (status, body) = client.call("POST", &path, message.clone()).await;
        assert_eq!((status, &body["retry_after"]), (429, &json!(0.5)));
    }
    assert_eq!((client.call("POST", &path, message.clone()).await.0, posted()), (200, 1));
    client.conforms();

    client.sandbox.fault(Fault::server_error(502).on("POST", pattern).after_work());
    assert_eq!((client.call("POST", &path, message.clone()).await.0, posted()), (502, 2));
    client.sandbox.fault(Fault::status(403, 50013, "Missing Permissions").on("POST", pattern));
    assert_eq!((client.call("POST", &path, message.clone()).await.1["code"].clone(), posted()), (json!(50013), 2));

    let (fault, gate) = Fault::held();
    client.sandbox.fault(fault.on("POST", pattern));
    let before = async {
        // After two rate limits, a 502 and a 403.
        client.sandbox.wait_for_faults(5).await.unwrap();
        let meanwhile = client.call("GET", &path, Value::Null).await.0;
        let before = (meanwhile, posted());
        gate.open();
        before
    };
    let (before, (status, _)) = tokio::join!(before, client.call("POST", &path, message.clone()));
    assert_eq!((before, status, posted()), ((200, 2), 200, 3));

    client.sandbox.fault(Fault::server_error(500));
    client.sandbox.clear_faults();
    assert_eq!(client.call("GET", "/gateway", Value::Null).await.0, 200);
}

#[tokio::test]
async fn a_channel_takes_so_many_messages_in_a_time() {
    let limit = Some((2, Duration::from_secs(3600)));
    let client = TestClient::start(Options { channel_limit: limit, ..Options::default() }).await;
    let path = |channel: &str| format!("/channels/{}/messages", client.channel(channel));
    let message = json!({ "content": "x" });
    let mut last = Value::Null;
    for _ in 0..2 {
        last = client.call("POST", &path("general"), message.clone()).await.1["id"].clone();
    }
    let url = format!("{}/api/v10{}", client.sandbox.base_url(), path("general"));
    let request = reqwest::Client::new().post(url).header("Authorization", format!("Bot {}", client.sandbox.token()));
    let refused = request.header("Content-Type", "application/json").body(message.to_string()).send().await.unwrap();
    let header = |name: &str| refused.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((refused.status().as_u16(), header("x-ratelimit-limit")), (429, "2".to_owned()));
    assert_eq!((header("x-ratelimit-remaining"), header("retry-after")), ("0".to_owned(), "3600".to_owned()));
    assert_eq!(client.sandbox.messages(MEMBER, "general").unwrap().len(), 2);
    let edited = format!("{}/{}", path("general"), last.as_str().unwrap());
    assert_eq!(client.call("PATCH", &edited, message.clone()).await.0, 200, "another method");
    assert_eq!(client.call("POST", &path("offtopic"), message).await.0, 200, "another channel");
    for _ in 0..3 {
        assert_eq!(client.call("GET", &path("general"), Value::Null).await.0, 200);
    }
    client.conforms();
}

#[tokio::test]
async fn further_members_act_in_further_channels() {
    let client = TestClient::start(Options { members: 2, channels: 1, ..Options::default() }).await;
    for channel in ["channel-1", "dm"] {
        client.sandbox.post("member-2", channel, "x").await.unwrap();
    }
    assert!(client.sandbox.post("member-3", "channel-1", "x").await.is_err());
    assert!(client.sandbox.post(MEMBER, "channel-2", "x").await.is_err());
}

#[tokio::test]
async fn calls_are_logged_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("calls.jsonl");
    let client = TestClient::start(Options { log: Some(log.clone()), ..Options::default() }).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    client.call("POST", &path, json!({ "content": " x " })).await;
    client.call("GET", &format!("{path}?limit=1"), Value::Null).await;
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["method"], &lines[0]["body"]), (&json!("POST"), &json!({ "content": " x " })));
    assert_eq!((&lines[0]["status"], &lines[0]["response"]["content"]), (&json!(200), &json!("x")));
    assert_eq!(lines[1]["path"], json!(format!("{path}?limit=1")));
    assert!(lines.iter().all(|line| serde_json::from_value::<Call>(line.clone()).is_ok()));
    let keys: Vec<_> = lines[1].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["body", "method", "path", "response", "status"]);
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let huge = json!({ "content": "x".repeat(3 << 20) });
    assert_eq!(client.call("POST", &path, huge).await.1["code"], 40005);
    let send = |kind: &'static str, body: &'static str| {
        let url = format!("{}/api/v10{path}", client.sandbox.base_url());
        let authorization = format!("Bot {}", client.sandbox.token());
        let request = reqwest::Client::new().post(url).header("Authorization", authorization);
        request.header("Content-Type", kind).body(body).send()
    };
    for (kind, body, status) in [("application/json", "{", 400), ("text/plain", "hello", 501)] {
        assert_eq!(send(kind, body).await.unwrap().status(), status, "{kind} {body}");
    }
    assert_eq!(client.sandbox.read(|world| world.log.count()), 3, "they are logged all the same");
}

#[test]
fn violations_of_the_openapi_description_are_found() {
    let call = |body: Value, response: Value| Call {
        method: "POST".to_owned(),
        path: "/channels/1/typing".to_owned(),
        body,
        status: 200,
        response,
    };
    let fine = call(Value::Null, json!({}));
    let silly = call(json!({ "a": 1 }), json!([]));
    let mut nowhere = fine.clone();
    nowhere.path = "/nowhere".to_owned();
    let mut long = fine.clone();
    (long.path, long.body) = ("/channels/1/messages".to_owned(), json!({ "content": "x".repeat(4001) }));
    for (call, expected) in [(fine, 0), (silly, 2), (nowhere, 1)] {
        let found = openapi::violations(&[call]);
        assert!(found.is_none_or(|found| found.len() == expected), "expected {expected}");
    }
    let found = openapi::violations(&[long]);
    assert!(found.is_none_or(|found| found.iter().any(|violation| violation.contains("\"/content\""))));
}

#[tokio::test]
async fn acts_that_no_user_could_perform_fail() {
    let client = TestClient::start(Options { guilds: 2, ..Options::default() }).await;
    let sandbox = &client.sandbox;
    assert!(matches!(sandbox.post("nobody", "general", "x").await, Err(ActError::UnknownUser(..))));
    assert!(matches!(sandbox.post(MEMBER, "mods", "x").await, Err(ActError::UnknownChannel(..))));
    assert!(sandbox.post(MODERATOR, "mods", "x").await.is_ok());
    assert!(matches!(sandbox.post(MEMBER, "general", " ").await, Err(ActError::BadInput(_))));
    assert!(matches!(sandbox.post(MEMBER, "general", &"é".repeat(2001)).await, Err(ActError::BadInput(_))));
    let message = sandbox.post(MEMBER, "general", &"é".repeat(2000)).await.unwrap();
    assert!(matches!(sandbox.edit(OTHER, message, "y").await, Err(ActError::Forbidden { .. })));
    assert!(matches!(sandbox.delete(OTHER, message).await, Err(ActError::Forbidden { .. })));
    sandbox.delete(MODERATOR, message).await.unwrap();
    assert!(matches!(sandbox.edit(MEMBER, message, "y").await, Err(ActError::UnknownMessage(..))));
    let private = sandbox.post(MEMBER, "dm", "x").await.unwrap();
    assert!(matches!(sandbox.reply(OTHER, private, "y", true).await, Err(ActError::UnknownMessage(..))));
    sandbox.wait_for_deletion(message).await.unwrap();

    let second = sandbox.read(|world| world.directory.guilds[1].id);
    let elsewhere = sandbox.post(MEMBER, ChannelRef::InGuild(1, "general".to_owned()), "x").await.unwrap();
    let message = sandbox.message(elsewhere).unwrap();
    assert_eq!(message.guild, Some(second));
    assert_eq!(sandbox.messages(OTHER, message.channel).unwrap().len(), 1);
    assert!(sandbox.messages(OTHER, "general").unwrap().is_empty());
}
