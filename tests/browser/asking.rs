//! Asking in every way there is, and what can be done with an answer.

use crate::driver::key;
use crate::visit::Visit;

/// Settings by which nothing is sure enough to be answered; what may be meant is suggested.
const UNSURE: &str = "[matching]\nanswer = 1.0\nsuggest = 0.2\n";

#[tokio::test]
async fn a_mention_is_answered_and_a_related_question_takes_its_place() {
    let Some(visit) = Visit::start().await else { return };
    visit.ask("How tall is the lighthouse?").await;
    visit.embed("How tall is the lighthouse?").await;
    visit.browser.reading("blockquote/p", "“forty-one metres from rock to lantern”— The Lighthouse, ¶ 2").await;
    visit.press("Who built the lighthouse?").await;
    visit.embed("Who built the lighthouse?").await;
    visit.gone("How tall is the lighthouse?").await;
    visit.browser.reading("small", "(edited)").await;
    visit.press("Remove").await;
    visit.gone("Who built the lighthouse?").await;
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
async fn the_hint_asks_for_those_who_do_not_know_what() {
    let Some(visit) = Visit::start().await else { return };
    visit.browser.until("document.querySelectorAll('.starter').length === 3").await;
    let starters =
        visit.browser.worth("[...document.querySelectorAll('.starter')].map((one) => one.textContent)").await;
    let starter = starters[0].as_str().unwrap();
    visit.browser.click(&visit.browser.reading("button", starter).await).await;
    visit.embed(starter).await;
    visit.end().await;
}

#[tokio::test]
async fn a_command_is_found_completed_and_answered_to_one_alone() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    browser.click(&browser.find("#box").await).await;
    browser.keys("/as").await;
    let command = browser.find("#suggestions [aria-selected=true]").await;
    assert!(browser.text(&command).await.starts_with("/ask"), "{}", browser.text(&command).await);
    browser.keys(key::ENTER).await;
    browser.find("#option-question:focus").await;
    browser.keys("capt").await;
    browser.reading("div[@role=\"option\"]", "Who is captain of the ferry?").await;
    browser.until("document.querySelector('#suggestions [aria-selected=true]')?.textContent === 'Who is captain of the ferry?'").await;
    browser.keys(key::ENTER).await;
    browser.until("document.activeElement.value === 'Who is captain of the ferry?'").await;
    browser.keys(format!("{}T{}{}{}", key::TAB, key::TAB, key::TAB, key::ENTER)).await;
    visit.embed("Who is captain of the ferry?").await;
    browser.reading("p[@class=\"private\"]", "◉ Only you can see this · Dismiss message").await;
    browser.reading("p[@class=\"above\"]", "member used /ask").await;
    browser.click(&browser.reading("button", "Dismiss message").await).await;
    visit.gone("Who is captain of the ferry?").await;
    visit.end().await;
}

#[tokio::test]
async fn sections_are_browsed_by_a_menu() {
    let Some(visit) = Visit::start().await else { return };
    visit.write("/sections").await;
    visit.browser.click(&visit.browser.reading("form[@id=\"command\"]//button", "Send").await).await;
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
    visit.browser.worth("document.querySelector('#box').select()").await;
    visit.browser.keys(format!("@footnote Are dogs welcome on the crossing?{}", key::ENTER)).await;
    visit.embed("Are dogs welcome on the crossing?").await;
    visit.gone("How tall is the lighthouse?").await;
    visit.pick("@footnote Are dogs welcome on the crossing?", "Delete").await;
    visit.gone("Are dogs welcome on the crossing?").await;
    visit.end().await;
}

#[tokio::test]
async fn a_message_is_replied_to_and_answered_from_its_menu() {
    let Some(visit) = Visit::start().await else { return };
    visit.write("May bicycles come aboard?").await;
    visit.pick("May bicycles come aboard?", "Answer this").await;
    visit.embed("May bicycles come aboard?").await;
    visit.browser.reading("p[@class=\"above\"]", "member used Answer this").await;
    let starter = visit.browser.find("article .embed").await;
    assert!(!visit.browser.text(&starter).await.is_empty());
    visit.browser.keys(key::ESCAPE).await;
    visit.pick("Bicycles travel free of charge.", "Reply").await;
    visit.write("And does the ferry run in winter?").await;
    visit.embed("Does the ferry run in winter?").await;
    visit.end().await;
}
