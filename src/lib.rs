//! Footnote: a Discord bot that answers questions from a text its community trusts, and shows where the text says so.
//!
//! A question flows one way: text, [`matching`], verdict, [`library`], and then Discord or the command line renders it.

#![forbid(unsafe_code)]

pub mod app;
pub mod atomic_file;
pub mod cli;
pub mod config;
pub mod discord;
pub mod knowledge;
pub mod library;
pub mod matching;
pub mod moderation;
pub mod telemetry;
pub mod text;
pub mod throttle;
