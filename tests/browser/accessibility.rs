//! Accessibility: narrow windows, the keyboard, names of controls, contrast in both colour schemes.

use crate::driver::key;
use crate::visit::Visit;

#[tokio::test]
async fn a_narrow_window_needs_no_horizontal_scrolling() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    browser.resize(360, 640).await;
    let fits = "document.documentElement.scrollWidth <= 360 && document.querySelector('#log').scrollWidth <= 360";
    browser
        .until(&format!("{fits} && getComputedStyle(document.querySelector('#sidebar')).visibility === 'hidden'"))
        .await;
    visit.ask("Who built the lighthouse?").await;
    visit.embed("Who built the lighthouse?").await;
    assert_eq!(browser.evaluate(fits).await, true);
    browser.click(&browser.find("#places").await).await;
    browser.click(&browser.find_text("nav//button", "# offtopic").await).await;
    browser.find_text("h1", "# offtopic").await;
    browser.until("getComputedStyle(document.querySelector('#sidebar')).visibility === 'hidden'").await;
    browser.click(&browser.find("#inspector-switch").await).await;
    browser
        .until(&format!("{fits} && document.querySelector('#inspector').getBoundingClientRect().width <= 360"))
        .await;
    browser.click(&browser.find("#inspector-close").await).await;
    browser.until("document.querySelector('#inspector').hidden").await;
    visit.end().await;
}

#[tokio::test]
async fn every_control_can_be_reached_by_keyboard() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    let focused = |what: &str| format!("document.activeElement.matches('{what}')");
    browser.until(&focused("#box")).await;
    browser.keys(format!("@f{}Who built the lighthouse?{}", key::TAB, key::ENTER)).await;
    visit.embed("Who built the lighthouse?").await;
    // Shift and Tab lead from the box back to the controls of the last message.
    browser.press_with(key::SHIFT, key::TAB).await;
    browser.until(&focused("article:last-child [data-key=menu]")).await;
    for _ in browser.evaluate("[...document.querySelectorAll('.row button')].map(() => 0)").await.as_array().unwrap() {
        browser.press_with(key::SHIFT, key::TAB).await;
    }
    browser.until("document.activeElement === document.querySelector('.row button')").await;
    browser.until("document.activeElement.textContent === 'How tall is the lighthouse?'").await;
    browser.keys(key::ENTER).await;
    visit.embed("How tall is the lighthouse?").await;
    // The arrow keys move through the messages, Enter opens a menu, Escape closes it.
    browser.evaluate("document.querySelector('#log').focus()").await;
    browser.keys(format!("{}{}", key::UP, key::UP)).await;
    browser.until(&focused("article:first-child")).await;
    browser.keys(key::ENTER).await;
    browser.until("document.activeElement.textContent === 'Reply'").await;
    browser.keys(key::ESCAPE).await;
    browser.until(&focused("article:first-child [data-key=menu]")).await;
    // The up arrow in the box edits the last message.
    browser.evaluate("document.querySelector('#box').focus()").await;
    browser.keys(key::UP).await;
    browser.until("document.querySelector('#box').value === '@footnote Who built the lighthouse?'").await;
    browser.keys(key::ESCAPE).await;
    browser.until("document.querySelector('#box').value === ''").await;
    visit.end().await;
}

#[tokio::test]
async fn controls_have_names_and_the_log_is_a_live_region() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    visit.ask("Who built the lighthouse?").await;
    visit.embed("Who built the lighthouse?").await;
    browser.click(&browser.find("#inspector-switch").await).await;
    browser.find(".explained table").await;
    let nameless = "[...document.querySelectorAll('button, a, input, textarea, select, dialog[open], aside, nav, [role=log]')]\
        .filter((one) => one.checkVisibility() && !(one.textContent.trim() && /BUTTON|A$/.test(one.tagName)) \
            && !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby') && !one.labels?.length)\
        .map((one) => one.outerHTML)";
    assert_eq!(browser.evaluate(nameless).await, serde_json::json!([]));
    assert_eq!(browser.evaluate("document.querySelectorAll('[role=log][aria-live=polite]').length").await, 1);
    assert_eq!(browser.evaluate("document.documentElement.lang").await, "en");
    let twice = "[...document.querySelectorAll('[id]')].filter((one) => document.querySelectorAll('#' + CSS.escape(one.id)).length > 1).length";
    assert_eq!(browser.evaluate(twice).await, 0);
    visit.end().await;
}

/// Lists visible text whose contrast with its background, as WCAG 2 defines it, is below 4.5. It paints each colour and
/// reads the pixel, since a style can be in any notation.
const CONTRAST: &str = "(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d');
    const paint = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (colour) => {
        const [r, g, b] = colour.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (element) => {
        const behind = [];
        for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
        const [one, other] = [light(paint(behind)), light(paint([...behind, getComputedStyle(element).color]))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    };
    const seen = 'h1, h2, h3, p, button, time, small, label span, .text, .tag, .mention, .outcome, td, th, code, summary, dd';
    return [...document.querySelectorAll(seen)].filter((one) => one.checkVisibility() && one.textContent.trim() && !one.disabled)
        .map((one) => [one.outerHTML.slice(0, 120), contrast(one)]).filter(([, ratio]) => ratio < 4.5);
})()";

#[tokio::test]
async fn text_has_enough_contrast_in_both_colour_schemes() {
    let Some(visit) = Visit::start().await else { return };
    let browser = &visit.browser;
    visit.ask("Who bilt the lighthouse?").await;
    visit.embed("Who built the lighthouse?").await;
    browser.click(&browser.find("#inspector-switch").await).await;
    browser.find(".explained table").await;
    let bright = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 128";
    for (scheme, is_bright) in [("light", true), ("dark", false)] {
        browser.scheme(scheme).await;
        browser.until(&format!("({bright}) === {is_bright}")).await;
        assert_eq!(browser.evaluate(CONTRAST).await, serde_json::json!([]), "{scheme}");
    }
    visit.end().await;
}
