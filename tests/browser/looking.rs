//! The inspector, and the problems of the knowledge file.

use footnote::matching::Thresholds;

use crate::visit::{KNOWLEDGE, Visit};

#[tokio::test]
async fn the_inspector_explains_a_verdict_and_lists_the_calls() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    visit.ask("Who bilt the lighthouse?").await;
    visit.embed("Who built the lighthouse?").await;
    browser.click(&browser.find("#inspector-switch").await).await;
    browser.find_text("th", "bilt → built").await;
    browser.find_text("span[contains(@class, \"outcome\")]", "answered").await;
    let scale = browser.find(".scale[role=img]").await;
    let threshold = format!("answer {:.2}", Thresholds::default().answer);
    assert!(browser.text(&scale).await.contains(&threshold));
    let sums = browser
        .evaluate("[...document.querySelectorAll('.explained tfoot td')].map((sum) => Number(sum.textContent))")
        .await;
    let sums: Vec<f64> = serde_json::from_value(sums).unwrap();
    assert!(sums.len() > 1 && sums.windows(2).all(|pair| pair[0] >= pair[1]), "{sums:?}");
    let call = browser.find("#calls details:first-child summary").await;
    assert!(browser.text(&call).await.starts_with("POST /channels/"), "{}", browser.text(&call).await);
    // The newest question is listed first.
    visit.ask("Are dogs welcome on the crossing?").await;
    browser.until("document.querySelector('#questions summary').textContent.includes('dogs')").await;
    browser
        .until("document.querySelector('#questions .candidates dd').textContent.startsWith('Are dogs welcome')")
        .await;
    visit.end().await;
}

#[tokio::test]
async fn problems_of_a_file_are_shown_while_its_last_good_version_answers() {
    let Some(visit) = Visit::start().await else { return };
    let broken = KNOWLEDGE.replace("\"the-ferry\"", "\"The Ferry\"");
    assert_ne!(broken, KNOWLEDGE);
    std::fs::write(visit.file("harbour.json"), broken).unwrap();
    visit.browser.find("#problems:not([hidden])").await;
    let problems = visit.browser.text(&visit.browser.find("#problems pre").await).await;
    assert!(problems.contains("harbour.json:"), "{problems}");
    visit.ask("Are dogs welcome on the crossing?").await;
    visit.embed("Are dogs welcome on the crossing?").await;
    let changed = KNOWLEDGE.replace("Are dogs welcome on the crossing?", "May a dog come along?");
    std::fs::write(visit.file("harbour.json"), changed).unwrap();
    visit.browser.until("document.querySelector('#problems').hidden").await;
    visit.browser.until("document.querySelector('#news').textContent === 'Knowledge reloaded'").await;
    visit.ask("May a dog come along?").await;
    visit.embed("May a dog come along?").await;
    visit.end().await;
}
