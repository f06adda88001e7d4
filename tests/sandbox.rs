//! The stand-in for Discord, tested over real sockets: with a raw client, so that it is seen as Discord's protocol
//! has it, and with serenity, so that it is seen as the bot sees it.
#![allow(clippy::unwrap_used)]

#[path = "sandbox/files.rs"]
mod files;
#[path = "sandbox/gateway.rs"]
mod gateway;
#[path = "sandbox/interactions.rs"]
mod interactions;
#[path = "sandbox/messages.rs"]
mod messages;
#[path = "support/openapi.rs"]
mod openapi;
#[path = "sandbox/raw.rs"]
mod raw;
#[path = "sandbox/serenity_client.rs"]
mod serenity_client;
