//! `footnote sandbox` in headless Chromium. Without `chromium` and `chromedriver` these tests pass, but print that they
//! were left out.
#![allow(clippy::unwrap_used)]

#[path = "browser/accessibility.rs"]
mod accessibility;
#[path = "browser/asking.rs"]
mod asking;
#[path = "browser/drawing.rs"]
mod drawing;
#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/looking.rs"]
mod looking;
#[path = "browser/moderating.rs"]
mod moderating;
#[path = "browser/places.rs"]
mod places;
#[path = "browser/screenshot.rs"]
mod screenshot;
#[path = "browser/visit.rs"]
mod visit;
