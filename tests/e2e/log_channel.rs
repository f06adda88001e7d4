//! The log channel hears of each change of the knowledge, and of files that cannot be used.

use footnote_sandbox::{Fault, MODERATOR, Message, Options};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

impl Stage {
    /// A stage whose bot tells the channel `mods`.
    async fn logging() -> Self {
        let mut stage = Self::empty(Options::default()).await;
        stage.run(&stage.log_settings()).await;
        stage
    }

    fn log_settings(&self) -> String {
        format!("{NO_LIMITS}[moderation]\nlog_channel = \"{}\"\n", self.channel("mods"))
    }

    /// The lines of the log channel, when there are so many messages.
    async fn logged(&self, messages: usize) -> Vec<String> {
        let mods = self.channel("mods");
        let bot = self.sandbox.bot();
        let told = |world: &footnote_sandbox::World| {
            let told = world.messages().filter(|message| message.channel == mods && message.author == bot);
            let told: Vec<Message> = told.cloned().collect();
            (told.len() >= messages).then_some(told)
        };
        let told = self.sandbox.wait_for("lines in the log channel", told).await.unwrap();
        assert_eq!(told.len(), messages, "{told:?}");
        // Without the moment, which differs each time.
        told.iter().map(|message| message.content.replace(|letter: char| letter.is_ascii_digit(), "0")).collect()
    }

    fn save(&self, text: &str) {
        std::fs::write(self.folder().join("harbour.json"), text).unwrap();
    }
}

#[tokio::test]
async fn each_change_is_told_in_a_line_that_pings_nobody() {
    let mut stage = Stage::logging().await;
    stage.teach("who-built-it", "who laid <@&1> @everyone").await;
    let told = stage.logged(1).await;
    let expected =
        "**#0** <t:0000000000:f>, <@0000000000000000000>: add a wording to who-built-it: who laid \\<@&0> @everyone";
    assert_eq!(told, [expected]);
    stage.save(&KNOWLEDGE.replace("Ada Holm built", "Bo Holm built"));
    let told = stage.logged(2).await;
    assert_eq!(told[1], "**#0** <t:0000000000:f>, in the file: changed outside the bot");
    // What is changed while the bot is away is told when it is back; what was told is not told again.
    stage.stop().await;
    stage.save(KNOWLEDGE);
    let settings = stage.log_settings();
    stage.run(&settings).await;
    assert!(stage.logged(3).await[2].ends_with("in the file: changed outside the bot"));
    stage.stop().await;
    assert_eq!(stage.logged(3).await.len(), 3);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_told_with_what_is_wrong() {
    let stage = Stage::logging().await;
    stage.save(&KNOWLEDGE.replace("\"passage\"", "\"pasage\""));
    let told = stage.logged(2).await.join("\n");
    assert!(told.contains("cannot be used as it is. I go on answering from the last good version.\n```"), "{told}");
    assert!(told.contains("pasage"), "{told}");
    assert!(told.contains("in the file: changed outside the bot"), "{told}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_line_that_discord_does_not_take_at_once_is_sent_again_and_lands_once() {
    for (fault, status) in [(Fault::server_error(503), 503), (Fault::server_error(502).after_work(), 502)] {
        let stage = Stage::logging().await;
        let mods = format!("/channels/{}/messages", stage.channel("mods"));
        stage.sandbox.fault(fault.on("POST", &mods).times(1));
        stage.teach("who-built-it", "who laid the first stone").await;
        stage.sandbox.wait_for_call(|call| call.route() == mods && call.status == 200).await.unwrap();
        assert_eq!(stage.logged(1).await.len(), 1);
        stage.finish(&[status]).await;
    }
}

#[tokio::test]
async fn a_channel_that_is_not_there_stops_nothing() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run(&format!("{NO_LIMITS}[moderation]\nlog_channel = \"5\"\n")).await;
    stage.teach("who-built-it", "who laid the first stone").await;
    stage.bot().wait_for_log("doing=\"telling the log channel\"").await;
    assert!(stage.ask(MODERATOR, "general", "who laid the first stone").await.text().contains("Ada Holm"));
    stage.finish(&[404]).await;
}
