//! The stand-in for Discord, tested over real sockets: with a raw client, so that it is seen as Discord's protocol
//! has it, and with serenity, so that it is seen as the bot sees it.
#![allow(clippy::unwrap_used)]

mod files;
mod gateway;
mod interactions;
mod messages;
#[path = "../../../tests/support/openapi.rs"]
mod openapi;
mod raw;
mod serenity_client;
