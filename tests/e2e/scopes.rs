//! Several texts in one bot: each channel is answered from its documents, by every way to ask and to browse.

use footnote_sandbox::{MEMBER, Message, OTHER, Options, Snowflake, intents};
use serde_json::json;

use crate::folders::MARKET;
use crate::stage::{BUILDER, KNOWLEDGE, NO_LIMITS, QUESTION, Stage};

/// A question that the second document answers with [`TUESDAYS`].
const DAYS: &str = "on which days is the market held?";

const TUESDAYS: &str = "On Tuesdays.";

/// A question that the first document answers, and the second one has nothing near to.
const RED: &str = "why is the lighthouse painted red?";

/// A bot with both documents: `general` has the guide to the harbour, `offtopic` the market. `settings` are further
/// tables.
async fn scoped(settings: &str) -> Stage {
    let mut stage = Stage::empty(Options { approved_intents: intents::MESSAGE_CONTENT, ..Options::default() }).await;
    let texts = stage.folder().join("texts");
    std::fs::create_dir(&texts).unwrap();
    std::fs::write(texts.join("harbour.json"), KNOWLEDGE).unwrap();
    std::fs::write(texts.join("market.json"), MARKET).unwrap();
    let [general, offtopic] = ["general", "offtopic"].map(|name| stage.channel(name));
    let documents = format!("[documents]\n\"{general}\" = [\"harbour\"]\n{offtopic} = [\"market\"]\n");
    let discord = format!("[discord]\nlisten_channels = [\"{general}\"]\n");
    stage.run_with(&format!("knowledge = [\"texts\"]\n{documents}{discord}{NO_LIMITS}{settings}")).await;
    stage
}

impl Stage {
    async fn ask_by_command_in(&self, place: &str, question: &str) -> Message {
        self.slash(MEMBER, place, "ask", &[("question", json!(question))]).await.message().unwrap()
    }
}

#[tokio::test]
async fn each_channel_is_answered_from_its_documents() {
    let stage = scoped("").await;
    for (place, harbour, market) in [("general", true, false), ("offtopic", false, true), ("dm", true, true)] {
        for (question, passage, is_answered) in [(QUESTION, BUILDER, harbour), (DAYS, TUESDAYS, market)] {
            let mentioned = stage.ask(MEMBER, place, question).await;
            let commanded = stage.ask_by_command_in(place, question).await;
            for answer in [mentioned, commanded] {
                assert_eq!(answer.text().contains(passage), is_answered, "{place}: {}", answer.text());
                let offers_other = answer.button_labels().iter().any(|label| label.contains("market"));
                assert!(market || !offers_other, "{:?}", answer.button_labels());
            }
        }
    }
    let in_market = stage.ask(MEMBER, "offtopic", DAYS).await.text();
    assert!(in_market.contains("— The Stalls"), "the only document that answers here is not named: {in_market}");
    let everywhere = stage.ask(MEMBER, "dm", DAYS).await.text();
    assert!(everywhere.contains("— The Market of Oststrand: The Stalls"), "{everywhere}");

    let overheard = stage.sandbox.post(OTHER, "offtopic", RED).await.unwrap();
    let picked = stage.sandbox.message_command(MEMBER, overheard, "Answer this").await.unwrap();
    let answer = stage.sandbox.wait_for_answer(picked).await.unwrap().message().unwrap();
    assert!(answer.text().contains("does not answer that"), "{}", answer.text());

    // Unasked, in the channel that the bot listens to.
    let silent = stage.sandbox.post(OTHER, "general", DAYS).await.unwrap();
    let asked = stage.sandbox.post(OTHER, "general", QUESTION).await.unwrap();
    assert!(stage.sandbox.wait_for_reply(asked).await.unwrap().text().contains(BUILDER));
    for typed in ["", "on which days is the market", "who built"] {
        let offered = stage.complete(MEMBER, "ask", "question", typed).await;
        assert!(!offered.is_empty() && !offered.iter().any(|question| question.contains("market")), "{offered:?}");
    }
    assert!(stage.replies(silent).is_empty());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_edited_question_is_answered_from_the_documents_of_its_channel() {
    let stage = scoped("").await;
    let asked = stage.mention(MEMBER, "offtopic", DAYS).await;
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    let edited = stage.edit_question(asked, answer.id, RED, "does not answer that").await;
    assert!(!edited.text().contains("cliff"), "{}", edited.text());
    let edited = stage.edit_question(asked, answer.id, "who sells fish at the stalls", "Olsen").await;
    assert!(edited.text().contains("The Olsen sisters"), "{}", edited.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn browsing_shows_the_documents_of_the_channel() {
    let stage = scoped("").await;
    for command in ["sections", "about"] {
        for (place, harbour, market) in [("general", true, false), ("offtopic", false, true), ("dm", true, true)] {
            let text = stage.slash(MEMBER, place, command, &[]).await.message().unwrap().text();
            let shown = ["The Harbour of Oststrand", "The Market of Oststrand"].map(|title| text.contains(title));
            assert_eq!(shown, [harbour, market], "{command} in {place}: {text}");
        }
    }
    // A title stands alone where one document answers.
    assert_eq!(stage.complete(MEMBER, "section", "name", "").await, ["The Lighthouse", "The Keepers", "The Ferry"]);
    let name = [("name", json!("The Stalls"))];
    let page = stage.slash(MEMBER, "offtopic", "section", &name).await.message().unwrap();
    assert!(page.text().starts_with("The Stalls"), "{}", page.text());
    let told = stage.slash(MEMBER, "general", "section", &name).await.message().unwrap();
    assert_eq!(told.text(), "There is no section with that name. /sections lists them all.");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_button_shows_its_entry_only_where_its_document_answers() {
    let stage = scoped("").await;
    let member = stage.id_of(MEMBER);
    let shown = |message: Snowflake| stage.click(MEMBER, message, "Old");
    // Posted in `general`, where the market does not answer.
    let foreign = stage.post_as_bot(&format!("show:{member}:when-is-market")).await;
    let refused = shown(foreign).await.message().unwrap().text();
    assert!(!refused.contains(TUESDAYS), "{refused}");
    let own = stage.post_as_bot(&format!("show:{member}:who-built-it")).await;
    assert!(shown(own).await.message().unwrap().text().contains(BUILDER));
    let section = stage.post_as_bot(&format!("page:{member}:0:1.the-stalls")).await;
    assert!(!shown(section).await.message().unwrap().text().contains("market"));

    let wrong = stage.ask(MEMBER, "offtopic", "who sells fish at the market stalls").await;
    let others = stage.give_feedback(MEMBER, wrong.id, "Not what I meant").await;
    assert!(others.button_labels().iter().all(|label| label.contains("market")), "{:?}", others.button_labels());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_channel_whose_document_is_removed_is_not_answered_from_another_one() {
    let mut stage = scoped("").await;
    assert!(stage.ask(MEMBER, "offtopic", DAYS).await.text().contains(TUESDAYS));
    std::fs::remove_file(stage.folder().join("texts/market.json")).unwrap();
    stage.wait_for_metric("footnote_knowledge_revision", 2.0).await;
    for question in [RED, DAYS] {
        let answer = stage.ask(MEMBER, "offtopic", question).await;
        assert!(answer.text().contains("does not answer that"), "{}", answer.text());
    }
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(BUILDER));
    assert!(stage.bot().log().contains("a document that the configuration names in `documents` is gone"));
    stage.stop().await;
    stage.finish(&[]).await;
}
