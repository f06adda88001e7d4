//! The sandbox's page without a browser: its HTTP interface over real sockets, and `footnote sandbox` as a process.
#![allow(clippy::unwrap_used)]

#[path = "page/acts.rs"]
mod acts;
#[path = "page/files.rs"]
mod files;
#[path = "page/guard.rs"]
mod guard;
#[path = "page/live.rs"]
mod live;
#[path = "page/process.rs"]
mod process;
#[path = "page/stage.rs"]
mod stage;
#[path = "page/views.rs"]
mod views;
