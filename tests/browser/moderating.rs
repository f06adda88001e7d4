//! What moderators do in the sandbox: the commands that members do not see, forms, previews, and what is saved.

use crate::driver::key;
use crate::visit::{KNOWLEDGE, Visit};

/// The commands that are offered.
const OFFERED: &str = "[...document.querySelectorAll('#suggestions [role=option] span')].map((one) => one.textContent)";

/// The one of them that Enter takes.
const SELECTED: &str = "document.querySelector('#suggestions [aria-selected=true]')?.textContent";

#[tokio::test]
async fn commands_of_moderators_are_theirs_alone() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    browser.click(&browser.find("#box").await).await;
    browser.keys("/").await;
    browser.until(&format!("{OFFERED}.includes('/ask')")).await;
    assert_eq!(browser.worth(&format!("{OFFERED}.some((name) => name.startsWith('/knowledge'))")).await, false);
    browser.keys(key::ESCAPE).await;
    browser.click(&browser.find("[name=person][value=moderator]").await).await;
    browser.until("document.querySelectorAll('#channels button').length === 3").await;
    browser.worth("document.querySelector('#box').select()").await;
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
    // What completes an option knows what the others hold: the ferry has twelve paragraphs.
    browser.reading("div[@role=\"option\"]", "12").await;
    browser.keys("7").await;
    browser.until("document.querySelector('#option-paragraphs').value === '7'").await;
    browser.click(&browser.reading("form[@id=\"command\"]//button", "Send").await).await;

    browser.find("dialog[open]").await;
    let question = "May a parrot come aboard?";
    let passage = "A parrot travels in its cage.";
    let tab = key::TAB;
    browser.keys(format!("{question}{tab}Are parrots allowed{}Can I bring my bird{tab}{passage}", key::ENTER)).await;
    browser.until("document.querySelector('#modal-3').value === 'The Ferry 7'").await;
    browser.click(&browser.reading("dialog//button", "Submit").await).await;
    visit.embed(question).await;
    browser.find("article.ephemeral").await;
    visit.press("Save").await;
    // The preview itself tells that it was saved; there is nothing left to press.
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
async fn a_question_nobody_could_answer_becomes_an_entry_and_is_undone_and_both_are_in_the_history() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    let question = "what is the best pizza in town?";
    let passage = "The keeper bakes it himself.";
    visit.ask(question).await;
    visit.answer("does not answer that").await;

    visit.be("moderator", 3).await;
    visit.command("/knowledge unanswered").await;
    visit.embed("Unanswered questions").await;
    visit.choose("Choose a question", question).await;
    visit.embed("Unanswered question").await;
    visit.press("New entry").await;
    browser.find("dialog[open]").await;
    assert_eq!(browser.worth("document.querySelector('#modal-0').value").await, question);
    let tab = key::TAB;
    browser.until("document.activeElement?.id === 'modal-0'").await;
    browser.keys(format!("{tab}pizza of the harbour{tab}{passage}{tab}The Keepers 2")).await;
    browser.click(&browser.reading("dialog//button", "Submit").await).await;
    visit.press("Save").await;
    visit.button("Back to the list").await;

    visit.be("member", 2).await;
    visit.ask("which pizza of the harbour is best").await;
    visit.embed(question).await;
    visit.answer(passage).await;
    visit.answer("The Keepers, ¶ 2").await;

    visit.be("moderator", 3).await;
    visit.command("/knowledge undo").await;
    visit.press("Save").await;
    visit.answer("Saved as revision 3").await;
    let file = std::fs::read_to_string(visit.file("harbour.json")).unwrap();
    assert_eq!(file, KNOWLEDGE);
    visit.command("/knowledge history").await;
    visit.answer("undo: revision 2 (add entry what-is-the-best-pizza-in-town)").await;
    visit.answer(": add entry what-is-the-best-pizza-in-town").await;

    visit.be("member", 2).await;
    visit.ask(question).await;
    browser
        .until("[...document.querySelectorAll('article')].at(-1).textContent.includes('does not answer that')")
        .await;
    visit.end().await;
}
