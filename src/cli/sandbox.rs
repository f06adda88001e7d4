//! `footnote sandbox`: the arguments of the bot in the sandbox.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use footnote_sandbox::page::Reach;

use super::{CliError, CommandResult, Inputs};
use crate::app::sandbox::{self, SandboxOptions};

/// The most servers: the number that one connection of a bot may serve
/// (<https://discord.com/developers/docs/events/gateway#sharding>).
const GUILDS_MAX: u16 = 2500;

/// Runs the bot against a stand-in for Discord on this machine, and serves a page to try it.
///
/// A script has one act a line, a JSON object such as {"act": "post", "as": "member", "channel": "general", "text": "@footnote why?",
/// "name": "q"}. The acts are post (text), reply (message, text, ping), edit (message, text), delete (message), slash (command,
/// options), message_command (message, command), click (message, button), select (message, menu, values), submit_modal (opener,
/// texts) and expect (message, text; or gone). "as" is owner, moderator, member or other; "channel" general, offtopic, mods or dm.
/// A file among the options is {"filename": "notes.json", "text": "what is in it"}.
/// A later line means a message by its name, "q", and the bot's answer to it by "q.answer". A line that fails ends it all with code 1.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct SandboxCommand {
    /// The page's port; 0 is any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address that the page is served on; one that others can reach needs --open-to-network
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Let everybody who can reach --bind read and write as any of the sandbox's users, and read your knowledge
    #[arg(long)]
    open_to_network: bool,
    /// How many servers the bot is in
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(GUILDS_MAX)))]
    guilds: u16,
    /// Append the bot's REST calls to this file, one JSON object a line
    #[arg(long, value_name = "CALLS.jsonl")]
    log: Option<PathBuf>,
    /// Play the acts of this file, then stay
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// End when the script has been played
    #[arg(long, requires = "script")]
    exit: bool,
    #[command(flatten)]
    inputs: Inputs,
}

impl SandboxCommand {
    pub fn run(self, out: &mut impl Write) -> CommandResult {
        if !self.bind.is_loopback() && !self.open_to_network {
            return Err(CliError::Usage(
                "expected a loopback address for --bind, found one that others can reach; --open-to-network lets them in",
            ));
        }
        let config = self.inputs.config()?;
        let options = SandboxOptions {
            address: SocketAddr::new(self.bind, self.port),
            reach: if self.open_to_network { Reach::Network } else { Reach::Loopback },
            guilds: self.guilds,
            log: self.log,
            script: self.script,
            exit: self.exit,
            knowledge: self.inputs.knowledge,
        };
        sandbox::run(&options, &config, out)?;
        Ok(true)
    }
}
