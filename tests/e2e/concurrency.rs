//! Users use every button, menu, form and command of the bot several times at once, while members keep asking. The bot
//! must answer each use and each question, and exit on SIGTERM.

use std::collections::BTreeSet;
use std::time::Duration;

use footnote_sandbox::{FirstAnswer, MEMBER, MODERATOR, Message, OTHER, OWNER, Options, Snowflake};
use serde_json::{Value, json};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

/// Every kind of component and form, named by the first parts of its `custom_id`. If you add a kind to the bot, add it
/// here and use it in `use_every_control`.
const KINDS: [&str; 23] = [
    "choose",
    "doubt",
    "knowledge:answer",
    "knowledge:bound",
    "knowledge:cancel",
    "knowledge:change",
    "knowledge:clear",
    "knowledge:dismiss",
    "knowledge:group",
    "knowledge:history",
    "knowledge:questions",
    "knowledge:restore",
    "knowledge:revision",
    "knowledge:save",
    "knowledge:sent",
    "knowledge:teach",
    "knowledge:undo",
    "none",
    "page",
    "remove",
    "sections",
    "show",
    "take",
];

/// Every command. If you add one to the bot, add it here and use it in `use_every_control`.
const COMMANDS: [&str; 18] = [
    "Add to knowledge",
    "Answer this",
    "about",
    "ask",
    "knowledge add",
    "knowledge boundary",
    "knowledge clear",
    "knowledge edit",
    "knowledge export",
    "knowledge history",
    "knowledge import",
    "knowledge remove",
    "knowledge restore",
    "knowledge unanswered",
    "knowledge undo",
    "knowledge wording",
    "section",
    "sections",
];

/// With these thresholds, `VAGUE` gets suggestions and `QUESTION` an answer.
const SETTINGS: &str = "[matching]\nanswer = 0.9\nsuggest = 0.2\n";

const QUESTION: &str = "who built the lighthouse?";
const VAGUE: &str = "which vessel";
const NEAR: &str = "any keepers in storms";
const UNKNOWN: &str = "zorblax glimmer fremp?";

/// The sandbox's time limit for a first answer. Discord allows 3 seconds. This test is about answers that never arrive,
/// not about slow ones, so a longer limit keeps it from failing on a slow machine.
const FIRST_ANSWER: Duration = Duration::from_secs(30);

#[tokio::test]
async fn one_user_uses_every_control_several_times_at_once() {
    use_every_control(Crowd::start(false, 1).await).await;
}

#[tokio::test]
async fn several_users_use_every_control_several_times_at_once() {
    use_every_control(Crowd::start(true, 1).await).await;
}

#[tokio::test]
async fn several_users_use_every_control_of_a_bot_on_four_threads() {
    use_every_control(Crowd::start(true, 4).await).await;
}

/// Uses every control and command. Each step opens a new page (a message with controls), because late edits of an
/// earlier page could disturb it.
async fn use_every_control(mut crowd: Crowd) {
    crowd.moderate_unanswered_questions().await;
    crowd.use_forms_and_drafts().await;
    crowd.walk_through_history().await;
    crowd.use_answers_and_sections().await;
    crowd.run_member_commands().await;
    crowd.run_moderator_commands().await;
    crowd.finish().await;
}

/// Users who act at the same time, and a record of the controls they used.
struct Crowd {
    stage: Stage,
    /// Whether several users act at once, or only one.
    several: bool,
    /// The number of bursts so far. In a burst, each user uses the same control several times.
    bursts: usize,
    /// The kinds that were used several times at once.
    kinds: BTreeSet<String>,
    /// The commands that were used several times at once.
    commands: BTreeSet<String>,
    /// The number of the newest revision.
    revision: usize,
}

impl Crowd {
    async fn start(several: bool, threads: usize) -> Self {
        let mut stage = Stage::empty(Options { first_answer: FIRST_ANSWER, ..Options::default() }).await;
        stage.set_threads(threads);
        stage.run(&format!("{NO_LIMITS}{SETTINGS}")).await;
        Self { stage, several, bursts: 0, kinds: BTreeSet::new(), commands: BTreeSet::new(), revision: 1 }
    }

    /// Handles groups of unanswered questions in each way: as a new entry, a boundary or a wording, or by dismissing
    /// them. Empties the list.
    async fn moderate_unanswered_questions(&mut self) {
        for question in [NEAR, UNKNOWN, "plonk vexing blurt?"] {
            self.stage.ask(MEMBER, "general", question).await;
        }
        let list = self.stage.knowledge(MODERATOR, "unanswered", &[]).await;
        self.choose(&list, "Choose a question", UNKNOWN).await;
        for button in ["New entry", "The text does not say"] {
            let group = self.open_group(UNKNOWN).await;
            let openers = self.click(MODERATOR, &group, button).await;
            let texts =
                [("wordings", "zorblax of the coast"), ("passage", "Nobody knows."), ("citations", "The Keepers 2")];
            let texts = if button == "New entry" { &texts[..] } else { &texts[..2] };
            self.submit(&openers, texts).await;
        }
        let group = self.open_group(NEAR).await;
        let menu = control(&group, "It is a wording of …");
        let nearest = menu["options"][0]["value"].as_str().unwrap().to_owned();
        self.choose(&group, "It is a wording of …", &nearest).await;
        let group = self.open_group(NEAR).await;
        self.click(MODERATOR, &group, "Back to the list").await;
        let group = self.open_group(NEAR).await;
        self.click(MODERATOR, &group, "Dismiss").await;
        let question = self.stage.knowledge(MODERATOR, "clear", &[]).await;
        self.click(MODERATOR, &question, "Empty the list").await;
    }

    /// Opens the page of the group of unanswered questions that contains `question`.
    async fn open_group(&self, question: &str) -> Message {
        let list = self.stage.knowledge(MODERATOR, "unanswered", &[]).await;
        self.stage.choose(&list, "Choose a question", question).await
    }

    /// Submits forms, changes the drafts, and saves or cancels them.
    async fn use_forms_and_drafts(&mut self) {
        let entry = [("entry", json!("why-red"))];
        let mut openers = Vec::new();
        for moderator in self.moderators() {
            openers.push(self.stage.form(moderator, "knowledge edit", &entry).await.0);
        }
        self.submit(&openers, &[("passage", "So that it is seen.")]).await;

        let (opener, _) = self.stage.form(MODERATOR, "knowledge edit", &entry).await;
        let preview = self.stage.send(opener, &[("passage", "So that it is seen from afar.")]).await;
        let openers = self.click(MODERATOR, &preview, "Change").await;
        self.submit(&openers, &[("passage", "So that it is seen at night.")]).await;

        let preview = self.preview_wording("whence the crimson").await;
        self.click(MODERATOR, &preview, "Cancel").await;
        for wording in ["whence the crimson", "why that hue", "what about the shade of it"] {
            let preview = self.preview_wording(wording).await;
            self.save(&preview).await;
        }
    }

    /// Opens the preview of a new wording.
    async fn preview_wording(&self, wording: &str) -> Message {
        let options = [("entry", json!("why-red")), ("text", json!(wording))];
        self.stage.knowledge(MODERATOR, "wording", &options).await
    }

    /// Presses Save several times at once and checks that this makes a single revision.
    async fn save(&mut self, preview: &Message) {
        self.click(MODERATOR, preview, "Save").await;
        self.revision += 1;
        let saved = format!("Saved as revision {}:", self.revision);
        let bot = self.stage.sandbox.bot();
        let is_saved = |world: &footnote_sandbox::World| {
            world.messages().any(|message| message.author == bot && message.text().starts_with(&saved)).then_some(())
        };
        self.stage.sandbox.wait_for(&saved, is_saved).await.unwrap();
    }

    /// Shows revisions, undoes one and restores one.
    async fn walk_through_history(&mut self) {
        let history = self.stage.knowledge(MODERATOR, "history", &[]).await;
        self.choose(&history, "Look at a change", "2").await;
        for button in ["Back to the history", "Restore this version", "Undo this change alone"] {
            let history = self.stage.knowledge(MODERATOR, "history", &[]).await;
            let revision = self.stage.choose(&history, "Look at a change", "2").await;
            self.click(MODERATOR, &revision, button).await;
        }
        let undo = self.stage.knowledge(MODERATOR, "undo", &[]).await;
        self.save(&undo).await;
        let restore = self.stage.knowledge(MODERATOR, "restore", &[("revision", json!(1))]).await;
        self.save(&restore).await;
        assert_eq!(self.stage.file(), KNOWLEDGE);
    }

    /// Uses the controls of answers, suggestions and sections.
    async fn use_answers_and_sections(&mut self) {
        for button in ["How tall is the lighthouse?", "Not what I meant", "Remove"] {
            let answer = self.stage.ask(MEMBER, "general", QUESTION).await;
            self.click(MEMBER, &answer, button).await;
        }
        let suggestions = self.stage.ask(MEMBER, "general", VAGUE).await;
        let first = suggestions.button_labels()[0].to_owned();
        self.click(MEMBER, &suggestions, &first).await;
        let suggestions = self.stage.ask(MEMBER, "general", VAGUE).await;
        self.click(MEMBER, &suggestions, "None of these").await;

        let sections = self.stage.slash(MEMBER, "general", "sections", &[]).await.message().unwrap();
        self.select(MEMBER, &sections, "Open a section of The Harbour of Oststrand", "The Ferry").await;
        for button in ["Next ▶", "All sections"] {
            let name = [("name", json!("The Ferry"))];
            let section = self.stage.slash(MEMBER, "general", "section", &name).await.message().unwrap();
            self.click(MEMBER, &section, button).await;
        }
    }

    async fn run_member_commands(&mut self) {
        for (command, options) in [
            ("about", vec![]),
            ("ask", vec![("question", json!(QUESTION))]),
            ("section", vec![("name", json!("The Ferry"))]),
            ("sections", vec![]),
        ] {
            self.command(&[MEMBER, OTHER], command, &options).await;
        }
        self.message_command(&[MEMBER, OTHER], "Answer this").await;
    }

    async fn run_moderator_commands(&mut self) {
        let entry = || ("entry", json!("who-built-it"));
        let import = self.stage.sandbox.attach("harbour.json", KNOWLEDGE.replace("Ada Holm", "Bo Holm"));
        for (command, options) in [
            ("add", vec![]),
            ("boundary", vec![]),
            ("clear", vec![]),
            ("edit", vec![entry()]),
            ("export", vec![]),
            ("history", vec![]),
            ("import", vec![("attachment", json!(import))]),
            ("remove", vec![entry()]),
            ("restore", vec![("revision", json!(2))]),
            ("unanswered", vec![]),
            ("undo", vec![]),
            ("wording", vec![entry(), ("text", json!("who laid the first stone"))]),
        ] {
            self.command(&[MODERATOR, OWNER], &format!("knowledge {command}"), &options).await;
        }
        self.message_command(&[MODERATOR, OWNER], "Add to knowledge").await;
    }

    /// Stops the bot and checks that the test used everything that the bot registered and showed.
    async fn finish(mut self) {
        let registered = self.stage.sandbox.commands_for(OWNER, "general").unwrap();
        let registered: BTreeSet<String> = registered.iter().flat_map(full_names).collect();
        assert_eq!(registered, COMMANDS.map(str::to_owned).into(), "commands of the bot");
        assert_eq!(self.commands, registered, "commands that were used");
        self.stage.stop().await;
        let calls = self.stage.sandbox.calls();
        let shown: BTreeSet<String> = calls.iter().flat_map(|call| shown_kinds(&call.body)).collect();
        assert_eq!(shown, KINDS.map(str::to_owned).into(), "kinds of components and forms that the bot showed");
        assert_eq!(self.kinds, shown, "kinds that were used");
        // If a message is removed several times at once, Discord refuses all requests but the first.
        let refused: Vec<_> = calls.iter().filter(|call| call.status >= 400).collect();
        assert!(refused.iter().all(|call| call.method == "DELETE" && call.status == 404), "{refused:?}");
        let refused: Vec<u16> = refused.iter().map(|call| call.status).collect();
        self.stage.finish(&refused).await;
    }

    /// The moderators who act: two of them if several users act at once.
    fn moderators(&self) -> &'static [&'static str] {
        if self.several { &[MODERATOR, OWNER] } else { &[MODERATOR] }
    }

    /// Begins a burst and returns the number of times that each user acts in it: 2 to 5.
    fn begin_burst(&mut self) -> usize {
        self.bursts += 1;
        2 + self.bursts % 4
    }

    /// Presses a button several times at once. Returns the interactions of `user`.
    async fn click(&mut self, user: &'static str, page: &Message, button: &str) -> Vec<Snowflake> {
        self.use_control(user, page, button, None).await
    }

    /// A moderator chooses from a menu several times at once.
    async fn choose(&mut self, page: &Message, menu: &str, option: &str) {
        self.select(MODERATOR, page, menu, option).await;
    }

    /// Chooses from a menu several times at once.
    async fn select(&mut self, user: &'static str, page: &Message, menu: &str, option: &str) {
        self.use_control(user, page, menu, Some(option)).await;
    }

    /// `user` uses a control of the page several times at once. If several users act, everyone also uses the same
    /// control of a public copy. Returns the interactions of `user`.
    async fn use_control(
        &mut self,
        user: &'static str,
        page: &Message,
        name: &str,
        option: Option<&str>,
    ) -> Vec<Snowflake> {
        self.kinds.insert(kind(control(page, name)));
        let mut users = vec![(user, page.id)];
        if self.several {
            let copy = self.stage.post_components(&json!(page.components)).await;
            users.extend([MEMBER, OTHER, MODERATOR, OWNER].map(|user| (user, copy)));
        }
        let times = self.begin_burst();
        let sandbox = &self.stage.sandbox;
        let act = async |(user, message): (&str, Snowflake)| match option {
            Some(option) => sandbox.select(user, message, name, &[option]).await.unwrap(),
            None => sandbox.click(user, message, name).await.unwrap(),
        };
        let (mut own, mut others, mut asked) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..times {
            own.push(act(users[0]).await);
            for other in &users[1..] {
                others.push(act(*other).await);
            }
            asked.push(self.stage.mention(OTHER, "offtopic", QUESTION).await);
        }
        self.all_answered(name, own.iter().chain(&others), &asked).await;
        own
    }

    /// Submits a form several times at once from each of `openers`, the interactions that opened it.
    async fn submit(&mut self, openers: &[Snowflake], texts: &[(&str, &str)]) {
        let times = self.begin_burst();
        let (mut sent, mut asked) = (Vec::new(), Vec::new());
        for _ in 0..times {
            for opener in openers {
                sent.push(self.stage.sandbox.submit_modal(*opener, texts).await.unwrap());
            }
            asked.push(self.stage.mention(OTHER, "offtopic", QUESTION).await);
        }
        let first = self.stage.sandbox.wait_for_answer(openers[0]).await.unwrap();
        let FirstAnswer::Modal(form) = first.first_answer else { panic!("no form: {first:?}") };
        self.kinds.insert(kind(&form));
        self.all_answered("a form", &sent, &asked).await;
    }

    /// The first user, or each of them if several act at once, runs a command several times at once.
    async fn command(&mut self, users: &[&str], command: &str, options: &[(&str, Value)]) {
        self.commands.insert(command.to_owned());
        let (mut run, mut asked) = (Vec::new(), Vec::new());
        for _ in 0..self.begin_burst() {
            for user in &users[..if self.several { users.len() } else { 1 }] {
                run.push(self.stage.sandbox.slash(user, "general", command, options).await.unwrap());
            }
            asked.push(self.stage.mention(OTHER, "offtopic", QUESTION).await);
        }
        self.all_answered(command, &run, &asked).await;
    }

    /// The first user, or each of them if several act at once, picks a command from the menu of a message several times
    /// at once.
    async fn message_command(&mut self, users: &[&str], command: &str) {
        self.commands.insert(command.to_owned());
        let message = self.stage.sandbox.post(MEMBER, "general", QUESTION).await.unwrap();
        let (mut run, mut asked) = (Vec::new(), Vec::new());
        for _ in 0..self.begin_burst() {
            for user in &users[..if self.several { users.len() } else { 1 }] {
                run.push(self.stage.sandbox.message_command(user, message, command).await.unwrap());
            }
            asked.push(self.stage.mention(OTHER, "offtopic", QUESTION).await);
        }
        self.all_answered(command, &run, &asked).await;
    }

    /// Waits until each of these interactions and questions is answered.
    async fn all_answered(
        &self,
        name: &str,
        interactions: impl IntoIterator<Item = &Snowflake>,
        questions: &[Snowflake],
    ) {
        for interaction in interactions {
            let answer = self.stage.sandbox.wait_for_answer(*interaction).await;
            answer.unwrap_or_else(|error| panic!("{name:?}, used {} times at once: {error}", questions.len()));
        }
        for question in questions {
            let reply = self.stage.sandbox.wait_for_reply(*question).await;
            reply.unwrap_or_else(|error| panic!("a member asked while {name:?} was used: {error}"));
        }
    }
}

/// The control of a page with this label or placeholder.
fn control<'a>(page: &'a Message, name: &str) -> &'a Value {
    let is_it = |control: &&Value| control["label"] == name || control["placeholder"] == name;
    page.controls().find(is_it).unwrap_or_else(|| panic!("no {name:?} on {}: {:?}", page.text(), page.components))
}

/// The kind of a component or form: `show`, or `knowledge:save`.
fn kind(control: &Value) -> String {
    let custom_id = control["custom_id"].as_str().unwrap();
    let words = if custom_id.starts_with("knowledge:") { 2 } else { 1 };
    custom_id.split(':').take(words).collect::<Vec<_>>().join(":")
}

/// The kinds of the buttons, menus and forms in the body of a call.
fn shown_kinds(body: &Value) -> Vec<String> {
    const BUTTON: u64 = 2;
    const MENU: u64 = 3;
    const MODAL_CALLBACK: u64 = 9;
    let mut kinds: Vec<String> = match body {
        Value::Array(items) => items.iter().flat_map(shown_kinds).collect(),
        Value::Object(fields) => fields.values().flat_map(shown_kinds).collect(),
        _ => Vec::new(),
    };
    let is_control = body["custom_id"].is_string() && [json!(BUTTON), json!(MENU)].contains(&body["type"]);
    kinds.extend(is_control.then(|| kind(body)));
    kinds.extend((body["type"] == MODAL_CALLBACK).then(|| kind(&body["data"])));
    kinds
}

/// The full names of a command: its name or, if it has subcommands, its name with each of them.
fn full_names(command: &serde_json::Map<String, Value>) -> Vec<String> {
    const SUBCOMMAND: u64 = 1;
    let name = command["name"].as_str().unwrap();
    let options = command.get("options").and_then(Value::as_array).into_iter().flatten();
    let below: Vec<_> = options.filter(|option| option["type"] == SUBCOMMAND).collect();
    if below.is_empty() {
        return vec![name.to_owned()];
    }
    below.iter().map(|option| format!("{name} {}", option["name"].as_str().unwrap())).collect()
}
