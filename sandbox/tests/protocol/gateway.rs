//! The gateway: identify, events, and resume.

use footnote_sandbox::{MEMBER, Options, intents};
use serde_json::{Value, json};

use crate::openapi;
use crate::raw::{INTENTS, TestClient};

#[tokio::test]
async fn identify_sends_ready_and_the_guilds() {
    let client = TestClient::start(Options { guilds: 2, ..Options::default() }).await;
    let mut gateway = client.connect().await;
    gateway.identify(&client.sandbox.token(), INTENTS).await;
    let ready = gateway.event("READY").await;
    assert_eq!(ready["user"]["id"], json!(client.sandbox.bot()));
    assert_eq!(ready["guilds"].as_array().unwrap().len(), 2);
    for guild in ready["guilds"].as_array().unwrap() {
        let created = gateway.event("GUILD_CREATE").await;
        assert_eq!(created["id"], guild["id"]);
        for (list, schema) in
            [("roles", "GuildRoleResponse"), ("channels", "GuildChannelResponse"), ("members", "GuildMemberResponse")]
        {
            created[list].as_array().unwrap().iter().for_each(|item| openapi::assert_is(schema, item));
        }
    }
    gateway.send(json!({ "op": 1, "d": gateway.sequence })).await;
    assert_eq!(gateway.receive().await.unwrap()["op"], 11);
    assert_eq!(client.sandbox.read(|world| world.sessions.heartbeats), 1);
}

#[tokio::test]
async fn each_shard_receives_its_guilds() {
    let client = TestClient::start(Options { guilds: 3, ..Options::default() }).await;
    let mut guilds = 0;
    for shard in 0..3 {
        let mut gateway = client.connect().await;
        let identify = json!({ "token": client.sandbox.token(), "intents": INTENTS, "shard": [shard, 3] });
        gateway.send(json!({ "op": 2, "d": identify })).await;
        guilds += gateway.event("READY").await["guilds"].as_array().unwrap().len();
    }
    assert_eq!(guilds, 3);
}

#[tokio::test]
async fn invalid_payloads_close_the_connection() {
    let client = TestClient::start(Options { approved_intents: intents::GUILD_MEMBERS, ..Options::default() }).await;
    let token = client.sandbox.token();
    let table = [
        (json!({ "op": 2, "d": { "token": "wrong", "intents": INTENTS } }), 4004),
        (json!({ "op": 2, "d": { "token": token, "intents": INTENTS | intents::MESSAGE_CONTENT } }), 4014),
        (json!({ "op": 2, "d": { "token": token, "intents": 1 << 30 } }), 4013),
        (json!({ "op": 2, "d": { "token": token, "intents": INTENTS, "shard": [1, 1] } }), 4010),
        (json!({ "op": 6, "d": { "token": "wrong", "session_id": "x", "seq": 1 } }), 4004),
        (json!({ "op": 3, "d": {} }), 4003),
        (json!({ "op": 99 }), 4001),
        (json!({ "op": 2, "d": "?" }), 4004),
    ];
    for (payload, code) in table {
        let mut gateway = client.connect().await;
        gateway.send(payload.clone()).await;
        assert_eq!(gateway.closed().await, code, "{payload}");
    }
    let mut gateway = client.identify(INTENTS | intents::GUILD_MEMBERS).await;
    gateway.identify(&token, INTENTS).await;
    assert_eq!(gateway.closed().await, 4005);
}

#[tokio::test]
async fn a_session_receives_only_events_of_its_intents() {
    let client = TestClient::start(Options::default()).await;
    let mut direct = client.identify(intents::GUILDS | intents::DIRECT_MESSAGES).await;
    let mut guild = client.identify(intents::GUILDS | intents::GUILD_MESSAGES).await;
    client.sandbox.post(MEMBER, "general", "in the guild").await.unwrap();
    client.sandbox.post(MEMBER, "dm", "in private").await.unwrap();
    let heard = direct.event("MESSAGE_CREATE").await;
    assert_eq!((heard["content"].as_str(), heard.get("guild_id")), (Some("in private"), None));
    let heard = guild.event("MESSAGE_CREATE").await;
    assert_eq!(heard["guild_id"], json!(client.sandbox.guild()));
    assert_eq!(heard["author"]["username"], MEMBER);
}

#[tokio::test]
async fn the_text_of_others_needs_the_privileged_intent() {
    let options = Options { approved_intents: intents::MESSAGE_CONTENT, ..Options::default() };
    let client = TestClient::start(options).await;
    let mut plain = client.identify(INTENTS).await;
    let mut privileged = client.identify(INTENTS | intents::MESSAGE_CONTENT).await;
    let mention = format!("{} hello", client.sandbox.mention());

    let first = client.sandbox.post(MEMBER, "general", "not for the bot").await.unwrap();
    client.sandbox.post(MEMBER, "general", &mention).await.unwrap();
    client.sandbox.reply(MEMBER, first, &mention, false).await.unwrap();
    client.sandbox.edit(MEMBER, first, "still not for the bot").await.unwrap();
    let path = format!("/channels/{}/messages", client.channel("general"));
    let (_, own) = client.call("POST", &path, json!({ "content": "my own" })).await;

    let expected = [
        ("MESSAGE_CREATE", "", "not for the bot"),
        ("MESSAGE_CREATE", mention.as_str(), mention.as_str()),
        ("MESSAGE_CREATE", mention.as_str(), mention.as_str()),
        ("MESSAGE_UPDATE", "", "still not for the bot"),
        ("MESSAGE_CREATE", "my own", "my own"),
    ];
    for (index, (event, without, with)) in expected.into_iter().enumerate() {
        let (hidden, whole) = (plain.event(event).await, privileged.event(event).await);
        assert_eq!((hidden["content"].as_str(), whole["content"].as_str()), (Some(without), Some(with)));
        for message in [&hidden, &whole] {
            openapi::assert_is("MessageResponse", message);
        }
        if index == 2 {
            assert_eq!(hidden["referenced_message"]["content"], "");
            assert_eq!(whole["referenced_message"]["content"], "not for the bot");
        }
    }
    // A reply to the bot contains its text only if the ping is on.
    let own = own["id"].as_str().unwrap().parse().map(footnote_sandbox::Snowflake).unwrap();
    for (ping, text) in [(false, ""), (true, "and then?")] {
        client.sandbox.reply(MEMBER, own, "and then?", ping).await.unwrap();
        assert_eq!(plain.event("MESSAGE_CREATE").await["content"], text);
    }
    client.sandbox.delete(MEMBER, first).await.unwrap();
    assert_eq!(plain.event("MESSAGE_DELETE").await["id"], json!(first));
}

#[tokio::test]
async fn a_resumed_session_receives_missed_events() {
    let client = TestClient::start(Options::default()).await;
    let token = client.sandbox.token();
    for (code, seen) in [(Some(4000), 4000), (None, 0)] {
        let mut gateway = client.identify(INTENTS).await;
        client.sandbox.drop_gateway(code);
        assert_eq!(gateway.closed().await, seen);
        client.sandbox.post(MEMBER, "dm", "missed").await.unwrap();

        let mut again = client.connect().await;
        let resume = json!({ "token": token, "session_id": gateway.session, "seq": gateway.sequence });
        again.send(json!({ "op": 6, "d": resume })).await;
        assert_eq!(again.event("MESSAGE_CREATE").await["content"], "missed");
        again.event("RESUMED").await;
        client.sandbox.post(MEMBER, "dm", "live").await.unwrap();
        assert_eq!(again.event("MESSAGE_CREATE").await["content"], "live");
    }
    client.sandbox.wait_for_resume(2).await.unwrap();
}

#[tokio::test]
async fn a_discarded_session_cannot_be_resumed() {
    let client = TestClient::start(Options::default()).await;
    let mut gateway = client.identify(INTENTS).await;
    client.sandbox.request_reconnect();
    assert_eq!(gateway.receive().await.unwrap(), json!({ "op": 7, "d": null }));
    client.sandbox.invalidate_session(true);
    assert_eq!(gateway.receive().await.unwrap(), json!({ "op": 9, "d": true }));

    let resume = |session: &str, sequence: u64| {
        let data = json!({ "token": client.sandbox.token(), "session_id": session, "seq": sequence });
        json!({ "op": 6, "d": data })
    };
    let table = [("unknown".to_owned(), 1), (gateway.session.clone(), gateway.sequence + 1)];
    for (session, sequence) in table {
        let mut again = client.connect().await;
        again.send(resume(&session, sequence)).await;
        assert_eq!(again.receive().await.unwrap(), json!({ "op": 9, "d": false }), "{session} {sequence}");
        // The connection still accepts an identify.
        again.identify(&client.sandbox.token(), INTENTS).await;
        again.event("READY").await;
    }

    client.sandbox.refuse_resumes(1);
    let mut again = client.connect().await;
    again.send(resume(&gateway.session, gateway.sequence)).await;
    assert_eq!(again.receive().await.unwrap(), json!({ "op": 9, "d": false }));

    client.sandbox.invalidate_session(false);
    assert_eq!(client.sandbox.read(|world| world.sessions.iter().count()), 0);
}

#[tokio::test]
async fn connections_can_be_refused_and_close_with_the_sandbox() {
    let client = TestClient::start(Options::default()).await;
    let (_, gateway) = client.call("GET", "/gateway", Value::Null).await;
    let url = gateway["url"].as_str().unwrap();
    client.sandbox.refuse_connections(1);
    assert!(tokio_tungstenite::connect_async(url).await.is_err());
    let mut gateway = client.identify(INTENTS).await;
    let TestClient { sandbox, .. } = client;
    let (closed, ()) = tokio::join!(gateway.closed(), sandbox.stop());
    assert_eq!(closed, 1001);
}

#[tokio::test]
async fn a_silent_gateway_sends_and_receives_nothing() {
    let client = TestClient::start(Options::default()).await;
    let mut gateway = client.identify(INTENTS).await;
    client.sandbox.silence_gateway(true);
    client.sandbox.post(MEMBER, "dm", "unheard").await.unwrap();
    gateway.send(json!({ "op": 1, "d": gateway.sequence })).await;
    let (_, url) = client.call("GET", "/gateway", Value::Null).await;
    let (mut other, _) = tokio_tungstenite::connect_async(url["url"].as_str().unwrap()).await.unwrap();
    // REST still works, but the gateway sends nothing.
    assert!(futures_util::FutureExt::now_or_never(gateway.receive()).is_none());
    assert!(futures_util::FutureExt::now_or_never(futures_util::StreamExt::next(&mut other)).is_none());
    assert_eq!(client.sandbox.read(|world| world.sessions.heartbeats), 0);
    client.sandbox.silence_gateway(false);
    let mut heard = [gateway.receive().await.unwrap(), gateway.receive().await.unwrap()];
    heard.sort_by_key(|payload| payload["op"].as_u64());
    assert_eq!((heard[0]["d"]["content"].as_str(), heard[1]["op"].as_u64()), (Some("unheard"), Some(11)));
    assert!(futures_util::StreamExt::next(&mut other).await.unwrap().unwrap().to_text().unwrap().contains("\"op\":10"));
}

#[tokio::test]
async fn invalid_payloads_can_be_sent_on_the_gateway() {
    let client = TestClient::start(Options::default()).await;
    let mut gateway = client.identify(INTENTS).await;
    client.sandbox.send_on_gateway("{\"op\":77}");
    assert_eq!(gateway.receive().await.unwrap(), json!({ "op": 77 }));
    client.sandbox.send_bytes_on_gateway(b"{}");
    client.sandbox.post(MEMBER, "dm", "after the bytes").await.unwrap();
    assert_eq!(gateway.event("MESSAGE_CREATE").await["content"], "after the bytes");
}

#[tokio::test]
async fn shards_of_one_group_cannot_identify_at_the_same_time() {
    let hour = std::time::Duration::from_secs(3_600);
    let options = Options { shards: 3, identify_groups: 2, identify_interval: hour, ..Options::default() };
    let client = TestClient::start(options).await;
    let (_, gateway) = client.call("GET", "/gateway/bot", Value::Null).await;
    assert_eq!((&gateway["shards"], &gateway["session_start_limit"]["max_concurrency"]), (&json!(3), &json!(2)));
    let mut connections = Vec::new();
    for (shard, expected) in [(0, "READY"), (1, "READY"), (2, "early")] {
        let mut gateway = client.connect().await;
        let identify = json!({ "token": client.sandbox.token(), "intents": INTENTS, "shard": [shard, 3] });
        gateway.send(json!({ "op": 2, "d": identify })).await;
        let payload = gateway.receive().await.unwrap();
        let early = payload["op"] == 9 && payload["d"] == false;
        assert!(if expected == "early" { early } else { payload["t"] == expected }, "{shard}: {payload}");
        connections.push(gateway);
    }
    assert_eq!(client.sandbox.read(|world| (world.sessions.identifies, world.sessions.early_identifies)), (2, 1));
}
