//! Browsing: `/sections` with its menu and pages, `/section`, `/about`.

use footnote_sandbox::MEMBER;
use serde_json::json;

use crate::stage::{NO_LIMITS, Stage};

#[tokio::test]
async fn sections_open_from_a_menu_and_lead_to_every_answer() {
    let stage = Stage::start("").await;
    let sections = stage.slash(MEMBER, "general", "sections", &[]).await.message().unwrap();
    assert!(sections.only_for.is_some(), "only the reader sees it");
    assert_eq!(
        sections.text().trim_end(),
        "What I can answer\n**The Harbour of Oststrand**\n\
         - **The Lighthouse**: 3 questions\nThe tower and who made it.\n\
         - **The Keepers**: 2 questions\nWho kept the light.\n\
         - **The Ferry**: 12 questions\nHow to cross the bay."
    );

    let first = stage.open_section(sections.id, "The Ferry").await;
    assert_eq!(first.button_labels(), ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "All sections", "Next ▶"]);
    assert!(first.text().contains("\n1. What does a ticket for the ferry cost?\n2. "));
    assert!(first.text().contains("12 questions, page 1 of 2"));

    let second = stage.click_in_place(sections.id, "Next ▶").await;
    assert_eq!(second.button_labels(), ["11", "12", "◀ Previous", "All sections"]);
    assert!(second.text().contains("page 2 of 2"));
    let answer = stage.click_in_place(sections.id, "12").await;
    assert!(answer.text().starts_with("Does anybody sail at night?\nNobody sails after ten"), "{}", answer.text());
    assert_eq!(answer.only_for, sections.only_for);

    let sections = stage.slash(MEMBER, "general", "sections", &[]).await.message().unwrap();
    stage.open_section(sections.id, "The Ferry").await;
    stage.click_in_place(sections.id, "Next ▶").await;
    let first_again = stage.click_in_place(sections.id, "◀ Previous").await;
    assert_eq!(first_again.embeds, first.embeds);
    assert_eq!(stage.click_in_place(sections.id, "All sections").await.embeds, sections.embeds);
    assert_eq!(stage.open_section(sections.id, "The Keepers").await.button_labels(), ["1", "2", "All sections"]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn browsing_does_not_count_as_asking() {
    let stage = Stage::start("[limits]\nuser_per_10s = 1\n").await;
    let sections = stage.slash(MEMBER, "dm", "sections", &[]).await.message().unwrap();
    stage.open_section(sections.id, "The Ferry").await;
    for _ in 0..3 {
        stage.click_in_place(sections.id, "Next ▶").await;
        stage.click_in_place(sections.id, "◀ Previous").await;
    }
    assert!(stage.ask(MEMBER, "dm", "who built the lighthouse?").await.text().contains("Ada Holm"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_section_opens_by_name() {
    let stage = Stage::start(NO_LIMITS).await;
    assert_eq!(stage.complete(MEMBER, "section", "name", "").await, ["The Lighthouse", "The Keepers", "The Ferry"]);
    assert_eq!(stage.complete(MEMBER, "section", "name", "FERR").await, ["The Ferry"]);
    assert_eq!(stage.complete(MEMBER, "section", "name", "library").await, Vec::<String>::new());
    for name in ["The Ferry", "the ferry", "ferry", "the-ferry"] {
        let page = stage.slash(MEMBER, "general", "section", &[("name", json!(name))]).await.message().unwrap();
        assert!(page.text().starts_with("The Ferry\nHow to cross the bay.\n"), "{name}: {}", page.text());
        assert!(page.only_for.is_some());
    }
    for name in ["The Library", "@everyone", "..."] {
        let told = stage.slash(MEMBER, "general", "section", &[("name", json!(name))]).await.message().unwrap();
        assert_eq!(told.text(), "There is no section with that name. /sections lists them all.", "{name}");
        assert!(told.only_for.is_some());
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn about_lists_the_documents_and_the_stored_data() {
    let stage = Stage::start("").await;
    let about = stage.slash(MEMBER, "general", "about", &[]).await.message().unwrap();
    assert!(about.only_for.is_some());
    for words in
        ["The Harbour of Oststrand", "It speaks as of 1931.", "3 sections, 16 questions", "I store no messages"]
    {
        assert!(about.text().contains(words), "{words}: {}", about.text());
    }
    stage.finish(&[]).await;
}
