//! The message for each verdict: an answer with its citations, suggestions, and a refusal with its reason.

use footnote_sandbox::{FirstAnswer, MEMBER, Message, OTHER};
use serde_json::Value;

use crate::stage::{Stage, UNSURE};

/// The title and the description of the only embed.
fn embed(message: &Message) -> (&str, &str) {
    assert_eq!((message.embeds.len(), message.content.as_str()), (1, ""));
    let text = |key: &str| message.embeds[0][key].as_str().unwrap();
    (text("title"), text("description"))
}

#[tokio::test]
async fn an_answer_shows_the_passage_and_its_citations() {
    let stage = Stage::start("").await;
    let answer = stage.ask(MEMBER, "general", "who built the beacon?").await;
    let (title, description) = embed(&answer);
    assert_eq!(title, "Who built the lighthouse?");
    assert_eq!(
        description,
        "Ada Holm built it, with stone from the old quarry.\n\n\
         > “built by Ada Holm in three summers”\n> — The Lighthouse, ¶ 1–2"
    );
    let related = [
        "How tall is the lighthouse?",
        "Why is the lighthouse painted red?",
        "Who was the first keeper?",
        "What happened in the great storm?",
        "Not what I meant",
        "Remove",
    ];
    assert_eq!(answer.button_labels(), related, "four of the five related entries in the file");

    let two_places = stage.ask(MEMBER, "general", "why is the lighthouse painted red").await;
    assert_eq!(
        embed(&two_places).1,
        "Red is seen best against the white cliff.\n\n\
         > “red against the chalk”\n> — The Lighthouse, ¶ 3\n> — The Keepers, ¶ 2"
    );
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_citation_names_its_document_among_several() {
    let mut stage = Stage::empty(footnote_sandbox::Options::default()).await;
    let harbour: Value = serde_json::from_str(crate::stage::KNOWLEDGE).unwrap();
    let mut other = harbour.clone();
    other["title"] = "Another Guide".into();
    for list in ["entries", "boundaries", "synonyms"] {
        other[list] = Value::Array(Vec::new());
    }
    let folder = stage.folder().join("guides");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.json"), harbour.to_string()).unwrap();
    std::fs::write(folder.join("b.json"), other.to_string()).unwrap();
    stage.run_with("knowledge = [\"guides\"]\n").await;
    let answer = stage.ask(MEMBER, "general", "how tall is the lighthouse?").await;
    assert!(embed(&answer).1.ends_with("> — The Harbour of Oststrand: The Lighthouse, ¶ 2"), "{}", answer.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn suggestions_become_the_answer_that_the_asker_picks() {
    let stage = Stage::start(UNSURE).await;
    let asked = stage.ask(MEMBER, "general", "which vessel").await;
    let (title, description) = embed(&asked);
    assert_eq!(title, "Did you mean …");
    let labels: Vec<String> = asked.button_labels().into_iter().map(str::to_owned).collect();
    let (candidates, others) = labels.split_at(labels.len() - 2);
    assert_eq!(others, ["None of these", "Remove"]);
    assert!((2..=3).contains(&candidates.len()), "{candidates:?}");
    let listed: Vec<_> = candidates.iter().map(|question| format!("- {question}")).collect();
    assert_eq!(description, listed.join("\n"));

    let pressed = stage.click(MEMBER, asked.id, &candidates[1]).await;
    assert_eq!(pressed.first_answer, FirstAnswer::Update);
    let answer = stage.sandbox.message(asked.id).unwrap();
    assert_eq!(embed(&answer).0, candidates[1]);
    assert!(embed(&answer).1.contains("> — The Ferry, ¶ "));
    assert_eq!(answer.reference, asked.reference);
    assert_eq!(stage.bot_messages().len(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_refusal_gives_the_reason_of_the_boundary_if_there_is_one() {
    let stage = Stage::start("").await;
    for (question, reason, buttons) in [
        ("qwrt zxcv %%%", "I found nothing in it that fits your question.", &["Remove"][..]),
        (
            "what did the lighthouse cost to build?",
            "The guide names no sum for the tower.",
            &["Not what I meant", "Remove"],
        ),
    ] {
        let refusal = stage.ask(MEMBER, "general", question).await;
        let (title, description) = embed(&refusal);
        assert_eq!(title, "The text does not answer that");
        assert!(description.starts_with(reason), "{description}");
        assert!(description.ends_with("\n\n`/sections` shows what it does cover."), "{description}");
        assert!(refusal.button_labels().ends_with(buttons), "{:?}", refusal.button_labels());
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_refusal_offers_the_nearest_questions() {
    let stage = Stage::start("").await;
    let refusal = stage.ask(MEMBER, "general", "what did the lighthouse cost to build?").await;
    let labels: Vec<String> = refusal.button_labels().into_iter().map(str::to_owned).collect();
    let nearest = &labels[..labels.len() - 2];
    assert!((1..=3).contains(&nearest.len()), "{nearest:?}");
    let listed: Vec<_> = nearest.iter().map(|question| format!("- {question}")).collect();
    let listed = format!("The nearest questions that it answers:\n{}\n\n", listed.join("\n"));
    assert!(embed(&refusal).1.contains(&listed), "{}", refusal.text());

    let own = stage.click(OTHER, refusal.id, &nearest[0]).await.message().unwrap();
    assert_eq!((embed(&own).0, own.only_for.is_some()), (nearest[0].as_str(), true));
    assert_eq!(embed(&stage.click_in_place(refusal.id, &nearest[0]).await).0, nearest[0]);
    stage.finish(&[]).await;
}
