//! The connection to Discord: events come in from the gateway, calls go out over REST.
//! Nothing here knows about questions or answers.

pub mod backoff;
pub mod gateway;
pub mod markup;
pub mod message;
pub mod registration;
pub mod rest;
