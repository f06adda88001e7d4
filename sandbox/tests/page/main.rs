//! The sandbox's page without a browser: its HTTP interface over real sockets, and `footnote sandbox` as a process.
#![allow(clippy::unwrap_used)]

mod acts;
mod files;
mod guard;
mod live;
mod stage;
mod views;
