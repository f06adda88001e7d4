//! Maps the code with which Discord closes a connection to the shard's next step
//! (<https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>).

/// A shard's next step after its connection was closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CloseAction {
    /// Connect again and resume the session.
    Resume,
    /// Connect again and begin a new session.
    Identify,
    /// Stop: Discord would refuse another connection too.
    Stop(GatewayRefusal),
}

/// Discord's reason for refusing this bot at the gateway. The message says what to change, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GatewayRefusal {
    /// Close code 4004.
    #[error(
        "Discord refused the token: copy a new one from the developer portal, page Bot, \"Reset Token\", into DISCORD_TOKEN or \
         the file that `discord.token_file` names"
    )]
    Token,
    /// Close code 4010.
    #[error(
        "Discord refused the shard number (close code 4010): restart Footnote, so that it asks Discord again how many shards \
         to run. If `discord.shards` is set, give all processes the same total"
    )]
    Shard,
    /// Close code 4011.
    #[error(
        "Discord requires more shards for the bot's number of servers (close code 4011): restart Footnote, so that it asks \
         Discord again how many shards to run. If `discord.shards` is set, give all processes a larger total"
    )]
    TooFewShards,
    /// Close code 4012.
    #[error("Discord no longer speaks version 10 of its gateway (close code 4012): update Footnote")]
    Version,
    /// Close code 4013.
    #[error("Discord no longer knows the intents that Footnote asks for (close code 4013): update Footnote")]
    Intents,
    /// Close code 4014.
    #[error(
        "Discord refused the MESSAGE CONTENT intent: switch it on in the developer portal, page Bot, \"Message Content Intent\", \
         or empty `discord.listen_channels` in the config"
    )]
    MessageContent,
}

/// The next step after a close code. An unknown or missing code is worth a resume: Discord says so if it refuses that.
pub(super) fn close_action(code: Option<u16>) -> CloseAction {
    match code {
        Some(4004) => CloseAction::Stop(GatewayRefusal::Token),
        Some(4010) => CloseAction::Stop(GatewayRefusal::Shard),
        Some(4011) => CloseAction::Stop(GatewayRefusal::TooFewShards),
        Some(4012) => CloseAction::Stop(GatewayRefusal::Version),
        Some(4013) => CloseAction::Stop(GatewayRefusal::Intents),
        Some(4014) => CloseAction::Stop(GatewayRefusal::MessageContent),
        // The session is unknown (gateway versions before 10), the sequence number was wrong, the session timed out.
        Some(4006 | 4007 | 4009) => CloseAction::Identify,
        _ => CloseAction::Resume,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_close_code_has_its_action() {
        for code in [None, Some(1000), Some(1001), Some(1006), Some(4000), Some(4008), Some(4999)] {
            assert_eq!(close_action(code), CloseAction::Resume, "{code:?}");
        }
        for code in [4001, 4002, 4003, 4005] {
            assert_eq!(close_action(Some(code)), CloseAction::Resume, "{code}");
        }
        for code in [4007, 4009] {
            assert_eq!(close_action(Some(code)), CloseAction::Identify, "{code}");
        }
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert!(matches!(close_action(Some(code)), CloseAction::Stop(_)), "{code}");
        }
    }
}
