//! A local stand-in for Discord: gateway and REST over a loopback socket, and acts by which tests are its users.
//! It knows Discord's protocol and nothing of the bot, and refuses what Discord refuses where that matters to a bot.
//!
//! # In a test
//!
//! ```no_run
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! use footnote_sandbox::{Fault, MEMBER, Options, Sandbox};
//! use serde_json::json;
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! // Start the bot against sandbox.base_url() with sandbox.token(), serenity's rate limiter switched off.
//! sandbox.wait_for_identify(1).await?;
//! sandbox.wait_for_commands().await?;
//!
//! // A message and the reply to it; "dm" is the direct message channel of whoever acts.
//! let question = format!("{} why?", sandbox.mention());
//! let asked = sandbox.post(MEMBER, "general", &question).await?;
//! let reply = sandbox.wait_for_reply(asked).await?;
//! assert!(reply.text().contains("because") && reply.pings.is_empty());
//!
//! // A slash command, and what the user sees of the answer.
//! let ask = sandbox.slash(MEMBER, "general", "ask", &[("question", json!("why?"))]).await?;
//! let shown = sandbox.wait_for_answer(ask).await?.message()?;
//!
//! // A button, by label or custom id.
//! let pressed = sandbox.click(MEMBER, shown.id, "Remove").await?;
//! sandbox.wait_for_answer(pressed).await?;
//!
//! // Something goes wrong.
//! sandbox.fault(Fault::rate_limit(0.2).on("POST", "/channels/*/messages"));
//! sandbox.drop_gateway(Some(4000));
//! sandbox.wait_for_resume(1).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | to | there is |
//! | --- | --- |
//! | post, change, remove | [`Sandbox::post`], [`Sandbox::reply`], [`Sandbox::edit`], [`Sandbox::delete`] |
//! | use commands | [`Sandbox::slash`] (files by [`Sandbox::attach`]), [`Sandbox::autocomplete`], [`Sandbox::message_command`] |
//! | use components | [`Sandbox::click`], [`Sandbox::select`], [`Sandbox::submit_modal`] |
//! | wait | [`Sandbox::wait_for_reply`], [`Sandbox::wait_for_answer`], [`Sandbox::wait_for_commands`], [`Sandbox::wait_for_identify`], [`Sandbox::wait_for_resume`], [`Sandbox::wait_for_call`], [`Sandbox::wait_for_faults`], or for anything: [`Sandbox::wait_for`] |
//! | look | [`Sandbox::messages`], [`Sandbox::message`], [`Sandbox::commands_for`], [`Sandbox::calls`], or at anything: [`Sandbox::read`] |
//! | break things | [`Sandbox::fault`] with [`Fault`], [`Sandbox::drop_gateway`], [`Sandbox::refuse_connections`], [`Sandbox::refuse_resumes`], [`Sandbox::silence_gateway`], [`Sandbox::send_on_gateway`], [`Sandbox::request_reconnect`], [`Sandbox::invalidate_session`], [`Sandbox::expire`], [`Sandbox::deny`] |
//!
//! The people are [`OWNER`], [`MODERATOR`], [`MEMBER`] and [`OTHER`]; [`OTHER_BOT`] and [`WEBHOOK`] post too. The channels of every guild
//! are `general`, `offtopic` and `mods`, which only moderators, the owner and the bot see. See [`ChannelRef`] for other guilds.
//!
//! # In a browser
//!
//! [`page`] serves a chat page over the same acts, [`scene`] has them as JSON, and a [`Script`] is a file of them.
//!
//! # What it does not model
//!
//! Any other route, files that people post, stickers, polls, threads, reactions and components of the second kind: REST answers
//! 501. There are no rate limits but ordered ones and no compression; a connection without heartbeats stays open, and a
//! bot may identify as often as it likes unless [`Options::identify_interval`] says otherwise. Markdown and links in
//! texts mean nothing here.

mod acts;
mod attachment;
mod call_log;
mod cdn;
mod directory;
mod error;
mod events;
mod faults;
mod gateway;
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
pub use acts::json::{Act, ActOutcome, ActResults};
pub use attachment::Attachment;
pub use call_log::{Call, CallLog};
pub use directory::{
    Channel, Directory, Guild, MEMBER, MODERATOR, OTHER, OTHER_BOT, OWNER, User, UserKind, WEBHOOK, permissions,
};
pub use error::ActError;
pub use faults::{Fault, Gate};
pub use interaction::{FirstAnswer, Interaction, InteractionKind};
pub use message::{EPHEMERAL, LOADING, Message, MessageKind, SUPPRESS_EMBEDS};
pub use options::Options;
pub use script::{Script, ScriptError};
pub use server::Sandbox;
pub use sessions::{GatewaySession, Sessions, intents};
pub use snowflake::Snowflake;
pub use waits::InteractionOutcome;
pub use world::World;
