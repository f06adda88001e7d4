//! Moderating on the page: commands that members do not see, forms, previews, and saving.

use crate::driver::key;
use crate::visit::{KNOWLEDGE, Visit};

/// The suggested commands.
const OFFERED: &str = "[...document.querySelectorAll('#suggestions [role=option] span')].map((one) => one.textContent)";

/// The suggestion that Enter picks.
const SELECTED: &str = "document.querySelector('#suggestions [aria-selected=true]')?.textContent";

#[tokio::test]
async fn only_moderators_see_their_commands() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    browser.click(&browser.find("#box").await).await;
    browser.keys("/").await;
    browser.until(&format!("{OFFERED}.includes('/ask')")).await;
    assert_eq!(browser.evaluate(&format!("{OFFERED}.some((name) => name.startsWith('/knowledge'))")).await, false);
    browser.keys(key::ESCAPE).await;
    browser.click(&browser.find("[name=person][value=moderator]").await).await;
    browser.until("document.querySelectorAll('#channels button').length === 3").await;
    browser.evaluate("document.querySelector('#box').select()").await;
    browser.click(&browser.find("#box").await).await;
    browser.keys(format!("{}/knowledge a", key::BACKSPACE)).await;
    browser.until(&format!("{OFFERED}[0] === '/knowledge add'")).await;
    visit.end().await;
}

#[tokio::test]
async fn an_entry_is_added_by_a_form_and_answers_at_once() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    browser.click(&browser.find("[name=person][value=moderator]").await).await;
    browser.until("document.querySelectorAll('#channels button').length === 3").await;
    browser.click(&browser.find("#box").await).await;
    browser.keys("/knowledge add ").await;
    browser.find("#option-section:focus").await;
    browser.keys("ferr").await;
    browser.until(&format!("{SELECTED} === 'The Ferry'")).await;
    browser.keys(format!("{}{}", key::ENTER, key::TAB)).await;
    // Completion depends on the other options: this section has twelve paragraphs.
    browser.find_text("div[@role=\"option\"]", "12").await;
    browser.keys("7").await;
    browser.until("document.querySelector('#option-paragraphs').value === '7'").await;
    browser.click(&browser.find_text("form[@id=\"command\"]//button", "Send").await).await;

    browser.find("dialog[open]").await;
    let question = "May a parrot come aboard?";
    let passage = "A parrot travels in its cage.";
    let tab = key::TAB;
    browser.keys(format!("{question}{tab}Are parrots allowed{}Can I bring my bird{tab}{passage}", key::ENTER)).await;
    browser.until("document.querySelector('#modal-3').value === 'The Ferry 7'").await;
    browser.click(&browser.find_text("dialog//button", "Submit").await).await;
    visit.embed(question).await;
    browser.find("article.ephemeral").await;
    visit.press("Save").await;
    // The preview has become a note that it is saved, without buttons.
    browser.until("document.querySelectorAll('article.ephemeral .row').length === 0").await;
    let saved = std::fs::read_to_string(visit.file("harbour.json")).unwrap();
    assert!(saved.contains(question) && saved.contains(passage));
    browser.click(&browser.find("[name=person][value=member]").await).await;
    browser.until("document.querySelectorAll('#channels button').length === 2").await;
    visit.ask("are parrots allowed aboard").await;
    visit.embed(question).await;
    visit.end().await;
}

#[tokio::test]
async fn an_unanswered_question_becomes_an_entry_the_entry_is_undone_and_the_history_shows_both() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    let question = "what is the best pizza in town?";
    let passage = "The keeper bakes it himself.";
    visit.ask(question).await;
    visit.wait_for_text("does not answer that").await;

    visit.act_as("moderator", 3).await;
    visit.run_command("/knowledge unanswered").await;
    visit.embed("Unanswered questions").await;
    visit.choose("Choose a question", question).await;
    visit.embed("Unanswered question").await;
    visit.press("New entry").await;
    browser.find("dialog[open]").await;
    assert_eq!(browser.evaluate("document.querySelector('#modal-0').value").await, question);
    let tab = key::TAB;
    browser.until("document.activeElement?.id === 'modal-0'").await;
    browser.keys(format!("{tab}pizza of the harbour{tab}{passage}{tab}The Keepers 2")).await;
    browser.click(&browser.find_text("dialog//button", "Submit").await).await;
    visit.press("Save").await;
    visit.button("Back to the list").await;

    visit.act_as("member", 2).await;
    visit.ask("which pizza of the harbour is best").await;
    visit.embed(question).await;
    visit.wait_for_text(passage).await;
    visit.wait_for_text("The Keepers, ¶ 2").await;

    visit.act_as("moderator", 3).await;
    visit.run_command("/knowledge undo").await;
    visit.press("Save").await;
    visit.wait_for_text("Saved as revision 3").await;
    let file = std::fs::read_to_string(visit.file("harbour.json")).unwrap();
    assert_eq!(file, KNOWLEDGE);
    visit.run_command("/knowledge history").await;
    visit.wait_for_text("undo: revision 2 (add entry what-is-the-best-pizza-in-town)").await;
    visit.wait_for_text(": add entry what-is-the-best-pizza-in-town").await;

    visit.act_as("member", 2).await;
    visit.ask(question).await;
    browser
        .until("[...document.querySelectorAll('article')].at(-1).textContent.includes('does not answer that')")
        .await;
    visit.end().await;
}
