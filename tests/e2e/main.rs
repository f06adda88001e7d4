//! End-to-end tests: the real binary runs against the stand-in for Discord over real sockets, while users ask, press
//! buttons, edit and delete.
#![allow(clippy::unwrap_used)]

mod asking;
mod browsing;
mod bursts;
mod buttons;
mod concurrency;
mod context;
mod deployed;
mod editing;
mod exit;
mod faults;
mod folders;
mod following;
mod history;
mod hostile;
mod limits;
mod log_channel;
#[path = "../support/openapi.rs"]
mod openapi;
mod operating;
mod outages;
mod overload;
mod queue;
mod reloading;
mod rest;
mod restart;
mod scopes;
mod seen_file;
mod sharding;
mod stage;
mod transfer;
mod turns;
mod unanswered;
mod verdicts;
