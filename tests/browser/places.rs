//! Channels and direct messages, as members and moderators see them.

use crate::driver::key;
use crate::visit::Visit;

#[tokio::test]
async fn direct_messages_need_no_mention() {
    let Some(visit) = Visit::start().await else { return };
    visit.browser.click(&visit.browser.find_text("nav//button", "@ footnote").await).await;
    visit.browser.find_text("h1", "@ footnote").await;
    visit.write("When does the ferry leave in the morning?").await;
    visit.embed("When does the ferry leave in the morning?").await;
    visit.browser.click(&visit.browser.find_text("nav//button", "# general").await).await;
    visit.wait_gone("When does the ferry leave in the morning?").await;
    visit.end().await;
}

#[tokio::test]
async fn a_moderator_sees_more_channels_and_menu_items_than_a_member() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    let items = "[...document.querySelectorAll('#menu button')].map((item) => item.textContent).join()";
    visit.ask("Who built the lighthouse?").await;
    visit.embed("Who built the lighthouse?").await;
    browser.until("document.querySelectorAll('#channels button').length === 2").await;
    browser.click(&browser.find("article:last-child [data-key=menu]").await).await;
    browser.until(&format!("{items} === 'Reply,Copy text,Answer this'")).await;
    browser.keys(key::ESCAPE).await;

    browser.click(&browser.find("[name=person][value=moderator]").await).await;
    browser.until("document.querySelectorAll('#channels button').length === 3").await;
    browser.find_text("nav//button", "# mods · moderators").await;
    browser.click(&browser.find("article:last-child [data-key=menu]").await).await;
    browser.until(&format!("{items} === 'Reply,Copy text,Delete,Answer this,Add to knowledge'")).await;
    browser.keys(key::ESCAPE).await;
    // The answer belongs to the member, so the moderator's press gets an ephemeral reply.
    visit.press("How tall is the lighthouse?").await;
    browser.find("article.ephemeral").await;
    visit.press("Remove").await;
    visit.wait_gone("Who built the lighthouse?").await;
    visit.end().await;
}
