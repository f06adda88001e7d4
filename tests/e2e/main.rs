//! The whole road, end to end: the real binary runs against the stand-in for Discord over real sockets, and people
//! ask, press, edit and delete there.
#![allow(clippy::unwrap_used)]

mod asking;
#[path = "../support/openapi.rs"]
mod openapi;
mod process;
mod stage;
