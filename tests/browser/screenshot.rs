//! Makes the picture in the README: `cargo test --test browser -- --ignored screenshot`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;

use crate::visit::Visit;

/// The path of the picture, relative to the crate's folder, in which tests run.
const FILE: &str = "docs/sandbox.png";

#[tokio::test]
#[ignore = "overwrites a file of the repository"]
async fn screenshot() {
    let bundled = std::fs::read_to_string("knowledge/japan-russia.json").unwrap();
    let Some(visit) = Visit::over("japan-russia.json", &bundled, "").await else { return };
    let browser = &visit.browser;
    browser.resize(1360, 800).await;
    visit.ask("why did abe want closer ties with rusia?").await;
    browser.find("article .embed").await;
    browser.click(&browser.find("#inspector-switch").await).await;
    browser.find(".explained table").await;
    browser.evaluate("document.activeElement.blur()").await;
    browser.until("document.querySelector('#log').scrollTop + document.querySelector('#log').clientHeight >= document.querySelector('#log').scrollHeight - 2").await;
    std::fs::create_dir_all("docs").unwrap();
    let picture = STANDARD.decode(browser.screenshot().await).unwrap();
    std::fs::write(FILE, picture).unwrap();
    visit.end().await;
}
