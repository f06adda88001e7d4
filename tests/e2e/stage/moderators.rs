//! Acts of moderators: commands, pages, forms and previews, and the knowledge file that they change.

use footnote_sandbox::{FirstAnswer, InteractionOutcome, MODERATOR, Message, Options, Snowflake, World};
use serde_json::{Value, json};

use super::{NO_LIMITS, Stage};

impl Stage {
    /// A stage whose bot reports changes to the channel `mods`.
    pub async fn with_log_channel() -> Self {
        let mut stage = Self::empty(Options::default()).await;
        stage.run(&stage.log_channel_settings()).await;
        stage
    }

    /// The settings of [`Self::with_log_channel`].
    pub fn log_channel_settings(&self) -> String {
        format!("{NO_LIMITS}[moderation]\nlog_channel = \"{}\"\n", self.channel("mods"))
    }

    /// Waits until the log channel has this many messages. Returns them, with zeros for all digits, since ids and
    /// timestamps differ in each run.
    pub async fn log_channel_lines(&self, messages: usize) -> Vec<String> {
        let mods = self.channel("mods");
        let bot = self.sandbox.bot();
        let posted = |world: &World| {
            let posted = world.messages().filter(|message| message.channel == mods && message.author == bot);
            let posted: Vec<Message> = posted.cloned().collect();
            (posted.len() >= messages).then_some(posted)
        };
        let posted = self.sandbox.wait_for("lines in the log channel", posted).await.unwrap();
        assert_eq!(posted.len(), messages, "{posted:?}");
        posted.iter().map(|message| message.content.replace(|letter: char| letter.is_ascii_digit(), "0")).collect()
    }

    /// Somebody runs a subcommand of `/knowledge`. Returns the ephemeral page.
    pub async fn knowledge(&self, user: &str, command: &str, options: &[(&str, Value)]) -> Message {
        let shown = self.slash(user, "general", &format!("knowledge {command}"), options).await;
        self.page(&shown).await
    }

    /// The ephemeral page with which the bot answers an interaction, once it is there.
    pub async fn page(&self, shown: &InteractionOutcome) -> Message {
        let interaction = shown.interaction.id;
        let done = |world: &World| {
            let interaction = world.interaction(interaction)?;
            let message = interaction.original.and_then(|id| world.message(id))?;
            (!message.is_loading()).then(|| message.clone())
        };
        let message = self.sandbox.wait_for("a moderator's page", done).await.unwrap();
        assert!(message.only_for.is_some(), "everybody sees {message:?}");
        message
    }

    /// A moderator presses a button of a page. Returns the page once it has changed.
    pub async fn press(&self, page: &Message, button: &str) -> Message {
        self.press_as(MODERATOR, page, button).await
    }

    /// Somebody presses a button of their page. Returns the page once it has changed.
    pub async fn press_as(&self, user: &str, page: &Message, button: &str) -> Message {
        self.sandbox.click(user, page.id, button).await.unwrap();
        self.changed(page).await
    }

    /// A moderator chooses from a menu of a page. Returns the page once it has changed.
    pub async fn choose(&self, page: &Message, menu: &str, option: &str) -> Message {
        self.sandbox.select(MODERATOR, page.id, menu, &[option]).await.unwrap();
        self.changed(page).await
    }

    /// Waits until a page has another text or other buttons, and returns it.
    pub async fn changed(&self, page: &Message) -> Message {
        let differs = |now: &Message| (now.text(), now.button_labels()) != (page.text(), page.button_labels());
        self.sandbox.wait_for_message(page.id, differs).await.unwrap()
    }

    /// A moderator opens a form by a button of a page and sends it with these texts. Returns the page once it has
    /// changed.
    pub async fn fill(&self, page: &Message, button: &str, texts: &[(&str, &str)]) -> Message {
        let opener = self.sandbox.click(MODERATOR, page.id, button).await.unwrap();
        Self::opened(&self.sandbox.wait_for_answer(opener).await.unwrap());
        self.sandbox.submit_modal(opener, texts).await.unwrap();
        self.changed(page).await
    }

    /// Somebody opens a form by a command. Returns the interaction that opened it, and the names and texts of its
    /// inputs.
    pub async fn form(
        &self,
        user: &str,
        command: &str,
        options: &[(&str, Value)],
    ) -> (Snowflake, Vec<(String, String)>) {
        Self::opened(&self.slash(user, "general", command, options).await)
    }

    /// The interaction that opened a form, and the names and texts of the form's inputs.
    pub fn opened(shown: &InteractionOutcome) -> (Snowflake, Vec<(String, String)>) {
        let FirstAnswer::Modal(modal) = &shown.first_answer else { panic!("no form: {shown:?}") };
        let inputs = modal["components"].as_array().unwrap().iter().map(|row| &row["components"][0]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let filled = inputs.map(|input| (text(&input["custom_id"]), text(&input["value"]))).collect();
        (shown.interaction.id, filled)
    }

    /// Sends a form that a command opened. Returns the preview, or the page with the problems.
    pub async fn send(&self, opener: Snowflake, texts: &[(&str, &str)]) -> Message {
        let sent = self.sandbox.submit_modal(opener, texts).await.unwrap();
        let shown = self.sandbox.wait_for_answer(sent).await.unwrap();
        self.page(&shown).await
    }

    /// Somebody opens the form of an entry and sends it with another passage. Returns the preview.
    pub async fn change_passage(&self, user: &str, entry: &str, passage: &str) -> Message {
        let (opener, _) = self.form(user, "knowledge edit", &[("entry", json!(entry))]).await;
        self.send(opener, &[("passage", passage)]).await
    }

    /// A moderator adds a wording to an entry and saves it.
    pub async fn add_wording(&self, entry: &str, wording: &str) {
        let options = [("entry", json!(entry)), ("text", json!(wording))];
        let preview = self.knowledge(MODERATOR, "wording", &options).await;
        let saved = self.press(&preview, "Save").await;
        assert!(saved.text().starts_with("Saved"), "{}", saved.text());
    }

    /// A moderator sends a knowledge file. Returns the preview, or the page with the problems.
    pub async fn import(&self, name: &str, content: impl Into<Vec<u8>>) -> Message {
        let file = self.sandbox.attach(name, content);
        self.knowledge(MODERATOR, "import", &[("attachment", json!(file))]).await
    }

    /// The ids of the revisions in the history's menu, the newest first.
    pub fn revisions(page: &Message) -> Vec<Snowflake> {
        let menus = page.controls().filter_map(|control| control["options"].as_array()).flatten();
        menus.filter_map(|option| Snowflake::from_value(&option["value"])).collect()
    }

    /// The text of the knowledge file.
    pub fn file(&self) -> String {
        std::fs::read_to_string(self.folder().join("harbour.json")).unwrap()
    }

    /// Writes the knowledge file outside the bot.
    pub fn write_file(&self, text: &str) {
        std::fs::write(self.folder().join("harbour.json"), text).unwrap();
    }

    /// Registers the bot's commands anew without the permission that hides them, as the admin of a server can.
    pub async fn open_to_everybody(&self) {
        let path = format!("/applications/{}/commands", self.sandbox.bot());
        let commands = self.sandbox.read(|world| world.commands(None).unwrap().to_vec());
        let open = |mut command: serde_json::Map<String, Value>| {
            command.remove("default_member_permissions");
            for key in ["id", "application_id", "version", "guild_id"] {
                command.remove(key);
            }
            command
        };
        let commands: Vec<_> = commands.into_iter().map(open).collect();
        self.call_as_bot(reqwest::Method::PUT, &path, &json!(commands)).await;
    }
}
