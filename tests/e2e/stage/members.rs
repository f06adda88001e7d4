//! Acts of members, and the messages that the bot posted.

use footnote_sandbox::{ChannelRef, Fault, FirstAnswer, InteractionOutcome, MEMBER, Message, OTHER, Snowflake, World};
use serde_json::{Value, json};

use super::Stage;
use super::checks::silent;

/// A question that [`KNOWLEDGE`](super::KNOWLEDGE) answers with [`BUILDER`].
pub const QUESTION: &str = "who built the lighthouse?";

/// A part of the answer to [`QUESTION`].
pub const BUILDER: &str = "Ada Holm";

impl Stage {
    /// A user mentions the bot with a question. Returns the bot's reply.
    pub async fn ask(&self, user: &str, place: impl Into<ChannelRef>, question: &str) -> Message {
        let asked = self.mention(user, place, question).await;
        self.sandbox.wait_for_reply(asked).await.unwrap()
    }

    /// A user mentions the bot with a question. Returns the question's message.
    pub async fn mention(&self, user: &str, place: impl Into<ChannelRef>, question: &str) -> Snowflake {
        self.sandbox.post(user, place, &format!("{} {question}", self.sandbox.mention())).await.unwrap()
    }

    /// A user asks several times at once. Returns the questions.
    pub async fn flood(&self, user: &str, place: &str, times: usize) -> Vec<Snowflake> {
        let mut asked = Vec::new();
        for _ in 0..times {
            asked.push(self.mention(user, place, QUESTION).await);
        }
        asked
    }

    /// Two users ask in two channels and in direct messages. Returns the questions.
    pub async fn ask_all_over(&self) -> Vec<Snowflake> {
        let mut asked = Vec::new();
        for (user, place) in
            [(MEMBER, "general"), (OTHER, "general"), (MEMBER, "dm"), (MEMBER, "general"), (OTHER, "offtopic")]
        {
            asked.push(self.mention(user, place, QUESTION).await);
        }
        asked
    }

    /// The member changes the text of a question. Returns the answer, once it contains these words.
    pub async fn edit_question(&self, question: Snowflake, answer: Snowflake, text: &str, words: &str) -> Message {
        self.sandbox.edit(MEMBER, question, &format!("{} {text}", self.sandbox.mention())).await.unwrap();
        self.sandbox.wait_for_message(answer, |answer| answer.text().contains(words)).await.unwrap()
    }

    /// A user runs a slash command. Returns the bot's answer.
    pub async fn slash(&self, user: &str, place: &str, command: &str, options: &[(&str, Value)]) -> InteractionOutcome {
        let interaction = self.sandbox.slash(user, place, command, options).await.unwrap();
        self.sandbox.wait_for_answer(interaction).await.unwrap()
    }

    /// The member asks by `/ask`. Returns the bot's message.
    pub async fn ask_by_command(&self, question: &str, private: bool) -> Message {
        let options = [("question", json!(question)), ("private", json!(private))];
        self.slash(MEMBER, "general", "ask", &options).await.message().unwrap()
    }

    /// A user presses a button. Returns the bot's answer.
    pub async fn click(&self, user: &str, message: Snowflake, button: &str) -> InteractionOutcome {
        let interaction = self.sandbox.click(user, message, button).await.unwrap();
        self.sandbox.wait_for_answer(interaction).await.unwrap()
    }

    /// The member presses a button that changes its message. Returns the changed message.
    pub async fn click_in_place(&self, message: Snowflake, button: &str) -> Message {
        let shown = self.click(MEMBER, message, button).await;
        assert_eq!(shown.first_answer, FirstAnswer::Update);
        shown.message().unwrap()
    }

    /// The member chooses from the menu of sections. Returns the changed message.
    pub async fn open_section(&self, message: Snowflake, section: &str) -> Message {
        let menu = "Open a section of The Harbour of Oststrand";
        let chosen = self.sandbox.select(MEMBER, message, menu, &[section]).await.unwrap();
        let shown = self.sandbox.wait_for_answer(chosen).await.unwrap();
        assert_eq!(shown.first_answer, FirstAnswer::Update);
        shown.message().unwrap()
    }

    /// A user presses "Not what I meant" or "None of these". Returns the bot's ephemeral reply.
    pub async fn give_feedback(&self, user: &str, answer: Snowflake, button: &str) -> Message {
        let pressed = self.click(user, answer, button).await;
        let reply = if pressed.first_answer == FirstAnswer::Update {
            self.follow_up(&pressed).await
        } else {
            pressed.message().unwrap()
        };
        assert!(reply.only_for.is_some());
        reply
    }

    /// The first follow-up message of an interaction.
    pub async fn follow_up(&self, pressed: &InteractionOutcome) -> Message {
        let interaction = pressed.interaction.id;
        let follow_up = |world: &World| {
            world.interaction(interaction)?.followups.first().and_then(|id| world.message(*id)).cloned()
        };
        self.sandbox.wait_for("a follow-up", follow_up).await.unwrap()
    }

    /// The names of the choices that completing an option offers.
    pub async fn complete(&self, user: &str, command: &str, option: &str, typed: &str) -> Vec<String> {
        let given = [(option, json!(typed))];
        let given = if typed.is_empty() { &[][..] } else { &given[..] };
        let typing = self.sandbox.autocomplete(user, "general", command, given, option).await.unwrap();
        let choices = self.sandbox.wait_for_answer(typing).await.unwrap().choices().unwrap();
        choices.iter().map(|choice| choice["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Posts a message of the bot with one button, labelled "Old", as another version of the bot could have left it.
    pub async fn post_as_bot(&self, custom_id: &str) -> Snowflake {
        let button = json!({ "type": 2, "style": 1, "label": "Old", "custom_id": custom_id });
        self.post_components(&json!([{ "type": 1, "components": [button] }])).await
    }

    /// Posts a message of the bot with these action rows, which everybody sees.
    pub async fn post_components(&self, rows: &Value) -> Snowflake {
        let question = self.sandbox.post(MEMBER, "general", "something").await.unwrap();
        let message = json!({
            "content": "An old answer.", "components": rows,
            "message_reference": { "message_id": question, "fail_if_not_exists": false },
            "nonce": question, "enforce_nonce": true, "allowed_mentions": silent(),
        });
        let path = format!("/channels/{}/messages", self.channel("general"));
        let posted = self.call_as_bot(reqwest::Method::POST, &path, &message).await;
        Snowflake::from_value(&posted["id"]).unwrap()
    }

    /// Makes a REST call with the bot's token. Returns the answer.
    pub async fn call_as_bot(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/v10{path}", self.sandbox.base_url());
        let request = reqwest::Client::new().request(method, url);
        let request = request.header("Authorization", format!("Bot {}", self.sandbox.token()));
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        serde_json::from_slice(&answer).unwrap()
    }

    /// The next call of this method and path meets a fault.
    pub fn inject(&self, fault: Fault, (method, path): (&str, &str)) {
        self.sandbox.fault(fault.on(method, path));
    }

    /// Another member asks in another channel and is answered.
    pub async fn assert_answers(&self) {
        assert!(self.ask(OTHER, "offtopic", QUESTION).await.text().contains(BUILDER));
    }

    /// Waits until each of these questions has a reply.
    pub async fn wait_for_replies(&self, asked: &[Snowflake]) {
        for question in asked {
            self.sandbox.wait_for_reply(*question).await.unwrap();
        }
    }

    /// Waits until there are this many messages of the bot.
    pub async fn wait_for_bot_messages(&self, number: usize) {
        let bot = self.sandbox.bot();
        let posted =
            |world: &World| (world.messages().filter(|message| message.author == bot).count() >= number).then_some(());
        self.sandbox.wait_for("messages of the bot", posted).await.unwrap();
    }

    /// Asserts that each of these questions has one reply, and that the bot posted nothing else.
    pub fn assert_each_answered_once(&self, asked: &[Snowflake]) {
        for question in asked {
            assert_eq!(self.replies(*question).len(), 1, "{question}");
        }
        assert_eq!(self.bot_messages().len(), asked.len());
    }

    /// The bot's messages that reply to a message.
    pub fn replies(&self, to: Snowflake) -> Vec<Message> {
        self.bot_messages().into_iter().filter(|message| message.reference == Some(to)).collect()
    }

    /// The bot's messages that are not deleted.
    pub fn bot_messages(&self) -> Vec<Message> {
        let bot = self.sandbox.bot();
        self.sandbox.read(|world| world.messages().filter(|message| message.author == bot).cloned().collect())
    }

    /// The id of a user.
    pub fn id_of(&self, user: &str) -> Snowflake {
        self.sandbox.read(|world| world.directory.users.iter().find(|known| known.name == user).unwrap().id)
    }

    /// The id of a channel of the first guild.
    pub fn channel(&self, name: &str) -> Snowflake {
        self.sandbox.read(|world| world.directory.channels.iter().find(|channel| channel.name == name).unwrap().id)
    }

    /// The number of calls with this method and this end of their path.
    pub fn count_calls(&self, method: &str, end: &str) -> usize {
        self.sandbox.calls().iter().filter(|call| call.method == method && call.route().ends_with(end)).count()
    }

    /// The number of sessions that the bot began.
    pub fn identifies(&self) -> usize {
        self.sandbox.read(|world| world.sessions.identifies)
    }

    /// The shards that have a session, in order: their number, and of how many.
    pub fn shards(&self) -> Vec<(u64, u64)> {
        let mut shards: Vec<_> =
            self.sandbox.read(|world| world.sessions.iter().map(|session| session.shard).collect());
        shards.sort_unstable();
        shards
    }
}
