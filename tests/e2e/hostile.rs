//! Messages meant to break the bot or to misuse it: each gets one reply without a ping.

use footnote_sandbox::{EPHEMERAL, MEMBER, MODERATOR, OTHER};
use serde_json::json;

use crate::stage::{BUILDER, NO_LIMITS, Stage};

/// Hostile texts to follow a mention of the bot; a whole message has at most 2,000 characters.
fn hostile(stage: &Stage) -> Vec<String> {
    let ids: Vec<_> = stage.sandbox.read(|world| world.directory.users.iter().map(|user| user.id).collect());
    let role = stage.sandbox.read(|world| world.directory.guilds[0].moderators);
    let zalgo: String =
        "who built it".chars().flat_map(|letter| [letter, '\u{0300}', '\u{0489}', '\u{035F}']).collect();
    let longest = 2_000 - stage.sandbox.mention().chars().count() - 1;
    vec![
        String::new(),
        "@everyone @here who built the lighthouse?".to_owned(),
        format!("<@&{role}> <@&{}> who built the lighthouse?", stage.sandbox.guild()),
        ids.iter().map(|id| format!("<@{id}><@!{id}>")).collect(),
        (1..=50).map(|id| format!("<@{}>", u64::MAX - id)).collect(),
        "x".repeat(longest),
        "who built the lighthouse? ".repeat(100).chars().take(longest).collect(),
        "島".repeat(longest),
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿".chars().cycle().take(longest).collect(),
        "<".repeat(longest),
        "who\0built\u{7}the\u{1b}[31mlighthouse\u{8}\u{feff}?\r\n\t\u{85}".to_owned(),
        "\u{202e}?esuohthgil eht tliub ohw\u{202d}\u{2066}\u{2069}\u{200f}".to_owned(),
        zalgo,
        "🗼🏝️👨‍👩‍👧‍👦🇯🇵".to_owned(),
        "<:lighthouse:123456789012345678> <a:wave:1> <t:0:R> </ask:1> <#1> <id:guide>".to_owned(),
        "```\n# who\n``` ||built|| ~~it~~ [x](https://example.invalid/@everyone) `".to_owned(),
        "{\"op\":2} %s%n ${jndi:ldap://x} '; DROP TABLE entries; -- ../../etc/passwd".to_owned(),
        "ﷺ ﷽ ㍿ ½ Ⅻ ẞ ﬁ İ ı ǆ ...!!!???".to_owned(),
        "\u{10FFFF}\u{FFFE}\u{E000}\u{2028}\u{2029}".to_owned(),
    ]
}

#[tokio::test]
async fn each_hostile_message_gets_one_reply_that_pings_nobody() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let mut asked = Vec::new();
    for text in hostile(&stage) {
        // Moderators may ping everyone; the bot must not do it on their behalf.
        for user in [MEMBER, MODERATOR] {
            asked.push(stage.mention(user, "general", &text).await);
        }
        let direct = if text.trim().is_empty() { "?" } else { &text };
        asked.push(stage.sandbox.post(OTHER, "dm", direct).await.unwrap());
    }
    for question in &asked {
        let reply = stage.sandbox.wait_for_reply(*question).await.unwrap();
        assert!(reply.pings.is_empty() && reply.mentions.is_empty() && !reply.text().is_empty());
    }
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Ada Holm"));
    stage.stop().await;
    for question in &asked {
        assert_eq!(stage.replies(*question).len(), 1);
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_bare_mention_gets_a_hint_how_to_ask() {
    let stage = Stage::start("").await;
    let hint = stage.ask(MEMBER, "general", "").await;
    assert!(hint.content.starts_with("Ask me something about the text") && hint.embeds.is_empty());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn commands_accept_hostile_text() {
    let stage = Stage::start(NO_LIMITS).await;
    for text in hostile(&stage).into_iter().filter(|text| !text.is_empty()) {
        let question: String = text.chars().take(1_000).collect();
        let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(question))]).await.message().unwrap();
        assert!(shown.pings.is_empty() && !shown.text().is_empty());
        stage.complete(MEMBER, "ask", "question", &text).await;
        stage.complete(MEMBER, "section", "name", &text).await;
        let message = stage.sandbox.post(OTHER, "general", &text).await.unwrap();
        let picked = stage.sandbox.message_command(MEMBER, message, "Answer this").await.unwrap();
        stage.sandbox.wait_for_answer(picked).await.unwrap().message().unwrap();
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_message_with_parts_of_a_new_kind_is_answered_from_its_menu() {
    let stage = Stage::start(NO_LIMITS).await;
    let asked = stage.sandbox.post(OTHER, "general", "who built the lighthouse?").await.unwrap();
    stage.sandbox.alter(asked, |message| {
        message.components = vec![json!({ "type": 99, "components": [{ "type": 98 }] }), json!(null)];
        message.embeds = vec![json!({ "timestamp": "never", "fields": 7 }), json!("none")];
        message.flags = 1 << 60;
    });
    let picked = stage.sandbox.message_command(MEMBER, asked, "Answer this").await.unwrap();
    let shown = stage.sandbox.wait_for_answer(picked).await.unwrap().message().unwrap();
    assert!(shown.text().contains(BUILDER), "{}", shown.text());
    // The bot's own message, whose button is pressed, may also have parts that a new version of Discord adds.
    stage.sandbox.alter(shown.id, |message| {
        message.components.push(json!({ "type": 99 }));
        message.embeds[0]["timestamp"] = json!("never");
    });
    let related = shown.button_labels()[0].to_owned();
    let pressed = stage.sandbox.click(MEMBER, shown.id, &related).await.unwrap();
    stage.sandbox.wait_for_answer(pressed).await.unwrap();
    assert!(stage.sandbox.message(shown.id).unwrap().text().contains(&related));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_interaction_that_cannot_be_read_gets_an_apology() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let data = json!({ "id": "1", "name": "Answer this", "type": 3, "target_id": "2", "resolved": "secret" });
    let event = json!({ "id": "7", "token": "odd", "type": 2, "application_id": "3", "channel_id": "4", "data": data });
    stage.sandbox.send_on_gateway(&json!({ "op": 0, "s": 3, "t": "INTERACTION_CREATE", "d": event }).to_string());
    // The sandbox knows no such interaction, so it refuses the apology.
    let told = stage.sandbox.wait_for_call(|call| call.route() == "/interactions/7/odd/callback").await.unwrap();
    assert_eq!(told.body["data"]["content"], "Sorry, something went wrong on my side. Please try again in a moment.");
    assert_eq!(told.body["data"]["flags"], EPHEMERAL);
    stage.stop().await;
    let line = stage.log().lines().find(|line| line.contains("could not parse an event")).unwrap().to_owned();
    assert!(
        line.contains("expected an object with resolved values")
            && line.contains("line=1 column=")
            && !line.contains("secret"),
        "{line}"
    );
    stage.finish(&[404]).await;
}
