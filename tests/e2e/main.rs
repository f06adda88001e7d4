//! The whole road, end to end: the real binary runs against the stand-in for Discord over real sockets, and people
//! ask, press, edit and delete there.
#![allow(clippy::unwrap_used)]

mod asking;
mod browsing;
mod bursts;
mod buttons;
mod deployed;
mod editing;
mod ending;
mod faults;
mod folders;
mod following;
mod history;
mod hostile;
mod kept;
mod limits;
mod log_channel;
mod noted;
#[path = "../support/openapi.rs"]
mod openapi;
mod outages;
mod overload;
mod process;
mod reloading;
mod restart;
mod sharding;
mod stage;
mod telling;
mod transfer;
mod unanswered;
mod verdicts;
