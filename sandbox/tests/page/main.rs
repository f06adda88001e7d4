//! Tests of the page's HTTP interface over real sockets, without a browser.
#![allow(clippy::unwrap_used)]

mod acts;
mod files;
mod guard;
mod live;
mod stage;
mod views;
