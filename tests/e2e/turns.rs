//! Moderators take turns: a flood of forms, previews or questions by one person leaves the others their work.

use footnote::moderation::Database;
use footnote::moderation::UnixMillis;
use footnote::moderation::unanswered::{UnansweredReason, UnansweredReport};
use footnote_sandbox::{Fault, MEMBER, MODERATOR, Message, OTHER, OWNER, Snowflake};
use serde_json::{Value, json};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

const NEWER: &str = "A newer version of this form is being previewed.";

/// The guide with so many entries that a preview takes a second.
fn large_guide() -> String {
    let mut guide: Value = serde_json::from_str(KNOWLEDGE).unwrap();
    let word = |number: usize| {
        let letter = |place: u32| char::from(b'a' + (number / 26_usize.pow(place) % 26) as u8);
        format!("z{}{}{}x", letter(0), letter(1), letter(2))
    };
    for number in 0..150 {
        let words: Vec<String> = (0..4).map(|place| word(7 * number + 1_111 * place)).collect();
        let [one, two, three, four] = &words[..] else { unreachable!() };
        guide["entries"].as_array_mut().unwrap().push(json!({
            "id": format!("extra-{number}"), "question": format!("Where is the {one} {two}?"),
            "also_asked": [format!("{two} of the {three}"), format!("find {one} near {four}"), format!("{three} {four}")],
            "passage": "It is there.", "citations": [{ "section": "the-ferry", "paragraphs": [1] }],
        }));
    }
    guide.to_string()
}

impl Stage {
    /// Opens the form of an entry and sends it with another passage, without waiting for the preview.
    async fn send_passage(&self, user: &str, entry: &str, passage: &str) -> Snowflake {
        let (opener, _) = self.form(user, "knowledge edit", &[("entry", json!(entry))]).await;
        self.sandbox.submit_modal(opener, &[("passage", passage)]).await.unwrap()
    }

    /// The page for each of these forms, once it is there.
    async fn pages(&self, sent: &[Snowflake]) -> Vec<Message> {
        let mut pages = Vec::new();
        for form in sent {
            pages.push(self.page(&self.sandbox.wait_for_answer(*form).await.unwrap()).await);
        }
        pages
    }

    /// The number of these forms that have their page.
    fn shown(&self, sent: &[Snowflake]) -> usize {
        let is_shown = |form: &&Snowflake| {
            self.sandbox.read(|world| {
                let page = world.interaction(**form).and_then(|form| world.message(form.original?));
                page.is_some_and(|page| !page.is_loading())
            })
        };
        sent.iter().filter(is_shown).count()
    }
}

#[tokio::test]
async fn a_save_overtakes_the_previews_that_wait() {
    let stage = Stage::start(NO_LIMITS).await;
    let large = stage.import("harbour.json", large_guide()).await;
    assert!(stage.press(&large, "Save").await.text().starts_with("Saved"));
    let preview = stage.change_passage(MODERATOR, "who-built-it", "Bo built it.").await;
    let mut flood = Vec::new();
    for number in 0..7 {
        flood.push(stage.send_passage(OWNER, "why-red", &format!("Because of {number}.")).await);
    }
    // Once the first preview is shown, the others have long been waiting.
    stage.pages(&flood[..1]).await;
    let saved = stage.press(&preview, "Save").await;
    assert!(saved.text().starts_with("Saved"), "{}", saved.text());
    let shown = stage.shown(&flood);
    assert!(shown < flood.len() - 1, "{shown} previews were shown before the save");
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Bo built it."));
    let pages = stage.pages(&flood).await;
    assert!(pages.iter().enumerate().all(|(number, page)| page.text().contains(&format!("Because of {number}."))));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_late_response_to_an_older_form_does_not_replace_the_newer_one() {
    let stage = Stage::start(NO_LIMITS).await;
    let (opener, _) = stage.form(OWNER, "knowledge edit", &[("entry", json!("who-built-it"))]).await;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("POST", "/interactions/*/*/callback"));
    let older = stage.sandbox.submit_modal(opener, &[("passage", "Older Bo built it.")]).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    let newer = stage.send(opener, &[("passage", "Newer Bo built it.")]).await;
    assert!(newer.text().contains("Newer Bo"), "{}", newer.text());
    gate.open();
    assert_eq!(stage.pages(&[older]).await[0].text(), NEWER);
    assert!(stage.press_as(OWNER, &newer, "Save").await.text().starts_with("Saved"));
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Newer Bo"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_form_that_is_submitted_thirty_times_is_previewed_once() {
    let stage = Stage::start(NO_LIMITS).await;
    let large = stage.import("harbour.json", large_guide()).await;
    assert!(stage.press(&large, "Save").await.text().starts_with("Saved"));
    let (opener, _) = stage.form(OWNER, "knowledge edit", &[("entry", json!("why-red"))]).await;
    let mut sent = Vec::new();
    for number in 0..30 {
        let passage = format!("Because of {number}.");
        sent.push(stage.sandbox.submit_modal(opener, &[("passage", &passage)]).await.unwrap());
    }
    let mut pages = stage.pages(&sent).await;
    let last = pages.pop().unwrap();
    assert!(last.text().contains("Because of 29."), "{}", last.text());
    let replaced = pages.iter().filter(|page| page.text() == NEWER && page.button_labels().is_empty()).count();
    assert_eq!(replaced, 29);
    assert!(stage.press_as(OWNER, &last, "Save").await.text().starts_with("Saved"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn thirty_two_forms_of_one_moderator_leave_the_drafts_of_another() {
    let stage = Stage::start(NO_LIMITS).await;
    let preview = stage.change_passage(MODERATOR, "who-built-it", "Bo built it.").await;
    let mut openers = Vec::new();
    for _ in 0..32 {
        openers.push(stage.form(OWNER, "knowledge add", &[]).await.0);
    }
    assert!(stage.press(&preview, "Save").await.text().starts_with("Saved"));
    // The oldest forms of the flood are forgotten, and their text is given back.
    let texts = [("question", "Why?"), ("passage", "So."), ("citations", "The Ferry 1")];
    let sent = stage.sandbox.submit_modal(openers[0], &texts).await.unwrap();
    let told = stage.sandbox.wait_for_answer(sent).await.unwrap().message().unwrap().text();
    assert!(told.contains("I no longer have this draft"), "{told}");
    assert!(stage.send(openers[31], &texts).await.button_labels().contains(&"Save"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_hostile_citation_is_answered_while_others_are() {
    let stage = Stage::start(NO_LIMITS).await;
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("why-red"))]).await;
    for hostile in ["\u{FDFA}".repeat(4_000), "\u{FDFA} ".repeat(2_000), "The Ferry-".repeat(400), "a\n".repeat(2_000)]
    {
        let sent = stage.sandbox.submit_modal(opener, &[("citations", &hostile)]).await.unwrap();
        assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Ada Holm"));
        let page = stage.pages(&[sent]).await.remove(0);
        assert!(page.text().starts_with("Line 1 of the citations"), "{}", page.text());
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_frequent_unanswered_question_survives_a_flood_of_others() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.stop().await;
    let report = |question: String, at: i64| UnansweredReport::Asked {
        question,
        reason: UnansweredReason::Unknown,
        at: UnixMillis(UnixMillis::now().0 + at),
    };
    let mut reports: Vec<_> =
        (0..300).map(|at| report("what is the best pizza in town?".into(), at - 20_000)).collect();
    reports.extend((0..10_400).map(|at| report(format!("zorblax {at}"), at - 11_000)));
    Database::open(&stage.folder().join("state.db")).unwrap().add_reports(&reports).unwrap();
    stage.run(NO_LIMITS).await;
    stage.ask(MEMBER, "general", "glimmer fremp vexing?").await;
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    assert!(list.text().contains("**300×** what is the best pizza in town?"), "{}", list.text());
    assert!(list.text().contains("most frequent of 10000 questions"), "{}", list.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn one_member_cannot_fill_the_list_of_unanswered_questions() {
    let mut stage = Stage::start(NO_LIMITS).await;
    for number in 0..40 {
        let question = format!("zorblax{} glimmer?", char::from(b'a' + number % 26).to_string().repeat(number.into()));
        stage.ask(MEMBER, "general", &question).await;
    }
    stage.ask(OTHER, "general", "what is the best pizza in town?").await;
    stage.stop().await;
    let listed = stage.unanswered_questions();
    assert_eq!(listed.len(), 31);
    assert!(listed.iter().any(|(question, _)| question.contains("pizza")));
    stage.finish(&[]).await;
}
