//! Every way to ask on the page, and the controls of an answer.

use crate::driver::key;
use crate::visit::Visit;

/// No entry is certain enough to be an answer; candidates are suggested.
const UNSURE: &str = "[matching]\nanswer = 1.0\nsuggest = 0.2\n";

#[tokio::test]
async fn a_mention_is_answered_and_a_related_question_replaces_the_answer() {
    let Some(visit) = Visit::start().await else { return };
    visit.ask("How tall is the lighthouse?").await;
    visit.embed("How tall is the lighthouse?").await;
    visit.browser.find_text("blockquote/p", "“forty-one metres from rock to lantern”— The Lighthouse, ¶ 2").await;
    visit.press("Who built the lighthouse?").await;
    visit.embed("Who built the lighthouse?").await;
    visit.wait_gone("How tall is the lighthouse?").await;
    visit.browser.find_text("small", "(edited)").await;
    visit.press("Remove").await;
    visit.wait_gone("Who built the lighthouse?").await;
    visit.end().await;
}

#[tokio::test]
async fn a_suggestion_is_chosen() {
    let Some(visit) = Visit::with(UNSURE).await else { return };
    visit.ask("who was the keeper of the lighthouse").await;
    visit.embed("Did you mean …").await;
    visit.press("Who was the first keeper?").await;
    visit.embed("Who was the first keeper?").await;
    visit.end().await;
}

#[tokio::test]
async fn a_starter_question_is_asked_with_a_click() {
    let Some(visit) = Visit::start().await else { return };
    visit.browser.until("document.querySelectorAll('.starter').length === 3").await;
    let starters =
        visit.browser.evaluate("[...document.querySelectorAll('.starter')].map((one) => one.textContent)").await;
    let starter = starters[0].as_str().unwrap();
    visit.browser.click(&visit.browser.find_text("button", starter).await).await;
    visit.embed(starter).await;
    visit.end().await;
}

#[tokio::test]
async fn a_command_is_completed_and_answered_privately() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    browser.click(&browser.find("#box").await).await;
    browser.keys("/as").await;
    let command = browser.find("#suggestions [aria-selected=true]").await;
    assert!(browser.text(&command).await.starts_with("/ask"), "{}", browser.text(&command).await);
    browser.keys(key::ENTER).await;
    browser.find("#option-question:focus").await;
    browser.keys("capt").await;
    browser.find_text("div[@role=\"option\"]", "Who is captain of the ferry?").await;
    browser.until("document.querySelector('#suggestions [aria-selected=true]')?.textContent === 'Who is captain of the ferry?'").await;
    browser.keys(key::ENTER).await;
    browser.until("document.activeElement.value === 'Who is captain of the ferry?'").await;
    browser.keys(format!("{}T{}{}{}", key::TAB, key::TAB, key::TAB, key::ENTER)).await;
    visit.embed("Who is captain of the ferry?").await;
    browser.find_text("p[@class=\"private\"]", "◉ Only you can see this · Dismiss message").await;
    browser.find_text("p[@class=\"above\"]", "member used /ask").await;
    browser.click(&browser.find_text("button", "Dismiss message").await).await;
    visit.wait_gone("Who is captain of the ferry?").await;
    visit.end().await;
}

#[tokio::test]
async fn sections_are_browsed_by_a_menu() {
    let Some(visit) = Visit::start().await else { return };
    visit.write("/sections").await;
    visit.browser.click(&visit.browser.find_text("form[@id=\"command\"]//button", "Send").await).await;
    visit.browser.click(&visit.browser.find("button.select").await).await;
    visit.browser.find("#menu button:focus").await;
    visit.browser.keys(format!("{}{}", key::DOWN, key::ENTER)).await;
    visit.embed("The Keepers").await;
    visit.end().await;
}

#[tokio::test]
async fn an_answer_follows_its_question() {
    let Some(visit) = Visit::start().await else { return };
    visit.ask("How tall is the lighthouse?").await;
    visit.embed("How tall is the lighthouse?").await;
    visit.pick("@footnote How tall is the lighthouse?", "Edit").await;
    visit.browser.until("document.querySelector('#box').value === '@footnote How tall is the lighthouse?'").await;
    visit.browser.evaluate("document.querySelector('#box').select()").await;
    visit.browser.keys(format!("@footnote Are dogs welcome on the crossing?{}", key::ENTER)).await;
    visit.embed("Are dogs welcome on the crossing?").await;
    visit.wait_gone("How tall is the lighthouse?").await;
    visit.pick("@footnote Are dogs welcome on the crossing?", "Delete").await;
    visit.wait_gone("Are dogs welcome on the crossing?").await;
    visit.end().await;
}

#[tokio::test]
async fn a_message_is_answered_and_replied_to_from_its_menu() {
    let Some(visit) = Visit::start().await else { return };
    visit.write("May bicycles come aboard?").await;
    visit.pick("May bicycles come aboard?", "Answer this").await;
    visit.embed("May bicycles come aboard?").await;
    visit.browser.find_text("p[@class=\"above\"]", "member used Answer this").await;
    let starter = visit.browser.find("article .embed").await;
    assert!(!visit.browser.text(&starter).await.is_empty());
    visit.browser.keys(key::ESCAPE).await;
    visit.pick("Bicycles travel free of charge.", "Reply").await;
    visit.write("And does the ferry run in winter?").await;
    visit.embed("Does the ferry run in winter?").await;
    visit.end().await;
}
