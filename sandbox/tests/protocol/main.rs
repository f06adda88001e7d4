//! Tests of gateway and REST over real sockets: with a raw client, which sees every payload, and with serenity's
//! client.
#![allow(clippy::unwrap_used)]

mod files;
mod gateway;
mod guard;
mod interactions;
mod messages;
#[path = "../../../tests/support/openapi.rs"]
mod openapi;
mod raw;
mod serenity_client;
