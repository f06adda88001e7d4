//! Why Discord closes a connection, and what follows from it
//! (<https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>).

/// What to do after a close code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum After {
    /// Connect again and go on with the session.
    Resume,
    /// Connect again and begin another session.
    Identify,
    /// Connecting again would be refused again.
    End(GatewayRefusal),
}

/// Why Discord will not have this bot as it is; says what to change and where.
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
         there are; or, if `discord.shards` is set, check that all processes have the same total there"
    )]
    Shard,
    /// Close code 4011.
    #[error(
        "Discord wants the bot in more shards (close code 4011), as it is in too many servers for these: restart Footnote, so \
         that it asks Discord again how many there should be; or, if `discord.shards` is set, give all processes a larger total there"
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

/// What a close code asks for. A code that is not known, or none, is worth a resume: if that is refused, Discord says so.
pub(super) fn after(code: Option<u16>) -> After {
    match code {
        Some(4004) => After::End(GatewayRefusal::Token),
        Some(4010) => After::End(GatewayRefusal::Shard),
        Some(4011) => After::End(GatewayRefusal::TooFewShards),
        Some(4012) => After::End(GatewayRefusal::Version),
        Some(4013) => After::End(GatewayRefusal::Intents),
        Some(4014) => After::End(GatewayRefusal::MessageContent),
        // The number of the last event was wrong, the session is unknown (until version 10), the session timed out.
        Some(4006 | 4007 | 4009) => After::Identify,
        _ => After::Resume,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_discords_list() {
        for code in [None, Some(1000), Some(1001), Some(1006), Some(4000), Some(4008), Some(4999)] {
            assert_eq!(after(code), After::Resume, "{code:?}");
        }
        for code in [4001, 4002, 4003, 4005] {
            assert_eq!(after(Some(code)), After::Resume, "{code}");
        }
        for code in [4007, 4009] {
            assert_eq!(after(Some(code)), After::Identify, "{code}");
        }
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert!(matches!(after(Some(code)), After::End(_)), "{code}");
        }
    }
}
