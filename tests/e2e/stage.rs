//! What every test plays on: the stand-in for Discord, the real binary against it with a small knowledge file, and what
//! must hold of every run, checked when the test finishes.

use std::path::Path;

use footnote::moderation::Database;
use footnote::moderation::unanswered::UnansweredReason;
use footnote_sandbox::{Call, ChannelRef, InteractionOutcome, MEMBER, Message, OWNER, Options, Sandbox, Snowflake};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::openapi;
use crate::process::Process;

/// The guide that the bot of these tests answers from.
pub const KNOWLEDGE: &str = include_str!("../support/harbour.json");

/// No limit on how often one may ask.
pub const NO_LIMITS: &str = "[limits]\nuser_per_10s = 0\nchannel_per_10s = 0\n";

/// Settings by which nothing is sure enough to be answered; what may be meant is suggested.
pub const UNSURE: &str = "[matching]\nanswer = 1.0\nsuggest = 0.2\n";

/// The table that the settings of every run have in the end; a test may begin it.
const LOG_TABLE: &str = "[log]\n";

/// Logs all that there is to say, that of libraries too, so that what must not be said would be seen.
const LOG_LEVEL: &str =
    "level = \"trace,serenity=trace,poise=trace,reqwest=trace,hyper=trace,rustls=trace,tungstenite=trace\"\n";

/// The stand-in, and the bot while it runs.
pub struct Stage {
    /// The stand-in for Discord.
    pub sandbox: Sandbox,
    folder: TempDir,
    bot: Option<Process>,
    /// What bots that have ended wrote to standard error.
    log: String,
    /// Whether a bot was told to log what is asked.
    questions_logged: bool,
    finished: bool,
}

impl Stage {
    /// A stage without a bot.
    pub async fn empty(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("harbour.json"), KNOWLEDGE).unwrap();
        Self { sandbox, folder, bot: None, log: String::new(), questions_logged: false, finished: false }
    }

    /// A stage with a bot that is connected and has registered its commands. The settings are lines of its `config.toml`.
    pub async fn start(settings: &str) -> Self {
        let mut stage = Self::empty(Options::default()).await;
        stage.run(settings).await;
        stage
    }

    /// Starts a bot and waits until it is ready.
    pub async fn run(&mut self, settings: &str) {
        self.run_with(&format!("knowledge = [\"harbour.json\"]\n{settings}")).await;
    }

    /// Starts a bot with settings that also say what it knows, and waits until it is ready.
    pub async fn run_with(&mut self, settings: &str) {
        let token = self.sandbox.token();
        self.spawn(settings, &[("DISCORD_TOKEN", &token), ("FOOTNOTE_DISCORD_API_URL", &self.sandbox.base_url())]);
        let json = settings.contains("format = \"json\"");
        let [connected, commands] =
            if json { ["\"connected\"", "commands\""] } else { ["connected shard=", "commands "] };
        self.bot().wait_for_log(connected).await;
        self.bot().wait_for_log(commands).await;
    }

    /// Starts a bot with this environment and no other.
    pub fn spawn(&mut self, settings: &str, environment: &[(&str, &str)]) {
        let table = if settings.contains(LOG_TABLE) { "" } else { LOG_TABLE };
        std::fs::write(self.folder.path().join("config.toml"), format!("{settings}{table}{LOG_LEVEL}")).unwrap();
        self.questions_logged |= settings.contains("questions = true");
        assert!(self.bot.is_none(), "one bot at a time");
        self.bot = Some(Process::start(self.folder.path(), environment));
    }

    /// Where the bot's files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The bot that runs.
    pub fn bot(&self) -> &Process {
        self.bot.as_ref().unwrap()
    }

    /// What bots that have ended wrote to standard error.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Waits until the bot ends by itself; its exit code, and what it wrote to standard error.
    pub async fn ended(&mut self) -> (Option<i32>, String) {
        let (code, log) = self.bot.take().unwrap().ended().await;
        self.log += &log;
        (code, log)
    }

    /// Stops the bot as an operator does, when it has heard of all that happened. It finishes what it has begun, so that
    /// afterwards everything is said.
    pub async fn stop(&mut self) {
        self.heard().await;
        self.bot().signal("TERM");
        let (code, log) = self.ended().await;
        assert_eq!(code, Some(0), "{log}");
    }

    /// Waits until the bot has heard of all that happened so far: until it completes an option, which leaves no trace.
    async fn heard(&self) {
        if !self.sandbox.commands_for(OWNER, "general").unwrap().is_empty() {
            self.complete(OWNER, "ask", "question", "").await;
        }
    }

    /// A user mentions the bot with a question; the bot's reply.
    pub async fn ask(&self, user: &str, place: impl Into<ChannelRef>, question: &str) -> Message {
        let asked = self.mention(user, place, question).await;
        self.sandbox.wait_for_reply(asked).await.unwrap()
    }

    /// A user mentions the bot with a question; the question's message.
    pub async fn mention(&self, user: &str, place: impl Into<ChannelRef>, question: &str) -> Snowflake {
        self.sandbox.post(user, place, &format!("{} {question}", self.sandbox.mention())).await.unwrap()
    }

    /// A user runs a slash command; what came of it.
    pub async fn slash(&self, user: &str, place: &str, command: &str, options: &[(&str, Value)]) -> InteractionOutcome {
        let interaction = self.sandbox.slash(user, place, command, options).await.unwrap();
        self.sandbox.wait_for_answer(interaction).await.unwrap()
    }

    /// A user presses a button; what came of it.
    pub async fn click(&self, user: &str, message: Snowflake, button: &str) -> InteractionOutcome {
        let interaction = self.sandbox.click(user, message, button).await.unwrap();
        self.sandbox.wait_for_answer(interaction).await.unwrap()
    }

    /// What completing an option offers.
    pub async fn complete(&self, user: &str, command: &str, option: &str, typed: &str) -> Vec<String> {
        let given = [(option, json!(typed))];
        let given = if typed.is_empty() { &[][..] } else { &given[..] };
        let typing = self.sandbox.autocomplete(user, "general", command, given, option).await.unwrap();
        let choices = self.sandbox.wait_for_answer(typing).await.unwrap().choices().unwrap();
        choices.iter().map(|choice| choice["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A message of the bot's with one button, labelled "Old", as another version of it could have left it.
    pub async fn post_as_bot(&self, custom_id: &str) -> Snowflake {
        let question = self.sandbox.post(MEMBER, "general", "something").await.unwrap();
        let button = json!({ "type": 2, "style": 1, "label": "Old", "custom_id": custom_id });
        let message = json!({
            "content": "An answer of old.", "components": [{ "type": 1, "components": [button] }],
            "message_reference": { "message_id": question, "fail_if_not_exists": false },
            "nonce": question, "enforce_nonce": true, "allowed_mentions": silent(),
        });
        let path = format!("/channels/{}/messages", self.channel("general"));
        let posted = self.call_as_bot(reqwest::Method::POST, &path, &message).await;
        Snowflake::from_value(&posted["id"]).unwrap()
    }

    /// A REST call with the bot's token; the answer.
    pub async fn call_as_bot(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/v10{path}", self.sandbox.base_url());
        let request = reqwest::Client::new().request(method, url);
        let request = request.header("Authorization", format!("Bot {}", self.sandbox.token()));
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        serde_json::from_slice(&answer).unwrap()
    }

    /// The questions that wait for moderators, and why, once the bot has ended.
    pub fn noted(&self) -> Vec<(String, Vec<(UnansweredReason, u64)>)> {
        let questions = Database::open(&self.folder().join("state.db")).unwrap().questions().unwrap();
        let mut noted: Vec<_> = questions.into_iter().map(|noted| (noted.asked, noted.reasons)).collect();
        noted.sort();
        noted
    }

    /// The bot's messages that reply to a message.
    pub fn replies(&self, to: Snowflake) -> Vec<Message> {
        self.said().into_iter().filter(|message| message.reference == Some(to)).collect()
    }

    /// All that the bot said and did not take back.
    pub fn said(&self) -> Vec<Message> {
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

    /// How often the bot called with this method a path that ends so.
    pub fn count_calls(&self, method: &str, end: &str) -> usize {
        self.sandbox.calls().iter().filter(|call| call.method == method && call.route().ends_with(end)).count()
    }

    /// Ends the test: stops the bot, and checks what must hold of every run. `refusals` are the statuses from 400 on that
    /// the test ordered, in the order of the calls.
    pub async fn finish(mut self, refusals: &[u16]) {
        if self.bot.is_some() {
            self.stop().await;
        }
        self.finished = true;
        let calls = self.sandbox.calls();
        let refused: Vec<_> = calls.iter().map(|call| call.status).filter(|status| *status >= 400).collect();
        assert_eq!(refused, refusals, "statuses of refused calls");
        openapi::assert_conforms(&calls);
        calls.iter().for_each(assert_harmless);
        for message in self.said() {
            assert!(message.pings.is_empty() && !message.mention_everyone, "pings: {message:?}");
        }
        self.assert_discreet();
    }

    /// No line of the log, of whatever level, has a token, tells who somebody is or, unless that is switched on, what they said.
    fn assert_discreet(&self) {
        for line in self.log.lines() {
            self.assert_tells_nobody(line);
        }
    }

    /// What the operator sees has no secret in it.
    pub fn assert_tells_nobody(&self, told: &str) {
        for secret in self.secrets().iter().filter(|secret| !secret.is_empty()) {
            assert!(!told.contains(secret.as_str()), "the operator sees {secret:?}: {told}");
        }
    }

    /// Tokens, people's ids, and what they said or asked.
    fn secrets(&self) -> Vec<String> {
        let bot = self.sandbox.bot();
        let mention = self.sandbox.mention();
        let mut secrets = vec![self.sandbox.token()];
        self.sandbox.read(|world| {
            secrets.extend(world.directory.users.iter().map(|user| user.id.to_string()));
            secrets.extend(world.interactions().map(|interaction| interaction.token.clone()));
            if self.questions_logged {
                return;
            }
            let posted = world.messages().filter(|message| message.author != bot).map(|message| &message.content);
            secrets.extend(posted.map(|text| text.replace(&mention, "").trim().to_owned()));
            // Options of subcommands and what is filled into forms are moderators' words on the knowledge, which is for all to read.
            let options = world
                .interactions()
                .flat_map(|interaction| interaction.data["options"].as_array().cloned().unwrap_or_default());
            secrets.extend(options.filter_map(|option| option["value"].as_str().map(str::to_owned)));
        });
        secrets
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let bot = self.bot.as_ref().map(Process::log).unwrap_or_default();
            eprintln!("--- standard error of the bot\n{}{bot}---", self.log);
        } else {
            assert!(self.finished, "a test ends with Stage::finish");
        }
    }
}

/// Every message can be sent twice and lands once, does not fail for a question that is gone, and mentions nobody.
fn assert_harmless(call: &Call) {
    let posts = call.method == "POST" && call.route().ends_with("/messages");
    let edits = call.method == "PATCH" && call.route().contains("/messages/");
    // Callbacks of type 4 and 7 carry a message.
    let answers = call.route().ends_with("/callback") && (call.body["type"] == 4 || call.body["type"] == 7);
    if posts {
        assert!(call.body["nonce"].is_string() && call.body["enforce_nonce"] == true, "{call:?}");
        let reference = &call.body["message_reference"];
        assert!(reference.is_null() || reference["fail_if_not_exists"] == false, "{call:?}");
    }
    let message = if answers { &call.body["data"] } else { &call.body };
    if posts || edits || answers {
        assert_eq!(message["allowed_mentions"], silent(), "{call:?}");
    }
}

/// `allowed_mentions` that mention nobody.
fn silent() -> Value {
    json!({ "parse": [], "users": [], "roles": [], "replied_user": false })
}
