#![doc = include_str!("../README.md")]

mod acts;
mod call_log;
mod channel_limits;
mod directory;
mod error;
mod events;
mod faults;
mod gateway;
mod guard;
mod http;
mod interaction;
mod limits;
mod mentions;
mod message;
mod options;
pub mod page;
mod payloads;
mod registry;
mod rest;
mod routes;
mod script;
mod server;
mod sessions;
mod snowflake;
mod waits;
mod world;

pub use acts::ChannelRef;
pub use acts::json::{ACTS, Act, ActOutcome, ActResults};
pub use call_log::{Call, CallLog};
pub use directory::{
    Channel, Directory, Guild, MEMBER, MODERATOR, OTHER, OTHER_BOT, OWNER, User, UserKind, WEBHOOK, permissions,
};
pub use error::ActError;
pub use faults::{Fault, Gate};
pub use interaction::{FirstAnswer, Interaction, InteractionKind};
pub use message::{Attachment, EPHEMERAL, LOADING, Message, MessageKind, SUPPRESS_EMBEDS};
pub use options::Options;
pub use script::{Script, ScriptError};
pub use server::Sandbox;
pub use sessions::{GatewaySession, Sessions, intents};
pub use snowflake::Snowflake;
pub use waits::InteractionOutcome;
pub use world::World;
