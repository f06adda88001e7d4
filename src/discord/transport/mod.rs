//! The connection to Discord: events arrive through the [`gateway`], and calls leave through [`rest`].
//! Nothing here knows about questions or answers.

pub mod backoff;
pub mod gateway;
pub mod markup;
pub mod message;
pub mod raw_interaction;
pub mod registration;
pub mod rest;
