//! `footnote doctor` against a stand-in for Discord: a healthy bot, and each thing that can be wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use footnote_sandbox::{MEMBER, Options, Sandbox, Snowflake, intents, permissions};

use crate::{Ran, Shell};

/// A shell whose config and token file fit a stand-in.
struct Clinic {
    shell: Shell,
    sandbox: Sandbox,
}

impl Clinic {
    async fn open(options: Options, settings: &str) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let shell = Shell::new();
        let token = shell.write("token.txt", &sandbox.token());
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        shell.write_changed("harbour.json", |_| {});
        let clinic = Self { shell, sandbox };
        clinic.configure(settings);
        clinic
    }

    /// Writes the config; `settings` are lines of its table `discord` and whatever comes after that.
    fn configure(&self, settings: &str) {
        let address = self.sandbox.base_url();
        let config = format!(
            "knowledge = ['harbour.json']\n[discord]\ntoken_file = 'token.txt'\napi_url = '{address}'\n{settings}\n"
        );
        self.shell.write("config.toml", &config);
    }

    /// Runs the doctor while the stand-in answers.
    async fn examine(&self, arguments: &[&str]) -> Ran {
        let arguments: Vec<&str> = std::iter::once("doctor").chain(arguments.iter().copied()).collect();
        let mut command = self.shell.command(&arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap().into()).await.unwrap()
    }

    fn channel(&self, name: &str) -> Snowflake {
        self.sandbox.read(|world| world.directory.channels.iter().find(|channel| channel.name == name).unwrap().id)
    }

    /// Runs it, and checks one line: its grade, its subject, and words of it. The exit code must fit the grades.
    async fn finds(&self, arguments: &[&str], grade: &str, subject: &str, words: &[&str]) -> String {
        let ran = self.examine(arguments).await;
        assert_eq!(ran.err, "");
        let line = ran.out.lines().find(|line| line[7..].starts_with(&format!("{subject}  ")));
        let line = line.unwrap_or_else(|| panic!("nothing on {subject}:\n{}", ran.out));
        assert!(line.starts_with(&format!("{grade} ")), "{line}");
        words.iter().for_each(|word| assert!(line.contains(word), "{word}: {line}"));
        let wrong = ran.out.lines().any(|line| line.starts_with("change "));
        assert_eq!(ran.code, Some(i32::from(wrong)), "{}", ran.out);
        assert!(!ran.out.contains(&self.sandbox.token()), "{}", ran.out);
        ran.out
    }
}

#[tokio::test]
async fn a_healthy_bot_is_told_so() {
    let clinic = Clinic::open(Options { public: false, ..Options::default() }, "").await;
    let general = clinic.channel("general").to_string();
    // Nothing was registered yet; that is the one thing to look at.
    let told = clinic.finds(&["--channel", &general], "look", "commands", &["`footnote serve` registers them"]).await;
    for line in [
        "ok     token file        token.txt: only its owner and group can read it",
        "ok     state             state.db: does not exist yet; its folder is writable",
        "ok     clock             agrees with Discord's clock within 5 s",
        "ok     token             Discord accepts it as the token of \"footnote\"",
        "ok     intents           no privileged intent is needed",
        "ok     moderators        members with Manage Server; only its owner can invite the bot",
        "ok     gateway           recommended shards: 1; 1000 of 1000 session starts are left today",
        "ok     channel #general  the bot may view it, send messages, embed links and read its history",
        "0 to change, 1 to look at",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}:\n{told}");
    }
    assert!(!clinic.shell.0.path().join("state.db").exists(), "it changes nothing");
    footnote_serves_and_registers(&clinic).await;
    clinic.finds(&[], "ok", "commands", &["registered and up to date"]).await;
    assert!(clinic.examine(&[]).await.good().ends_with("\nno problems found\n"));
}

/// Runs the bot until it has registered its commands.
async fn footnote_serves_and_registers(clinic: &Clinic) {
    let mut bot = clinic.shell.command(&["serve"]).stderr(std::process::Stdio::null()).spawn().unwrap();
    clinic.sandbox.wait_for_commands().await.unwrap();
    bot.kill().unwrap();
    bot.wait().unwrap();
}

#[tokio::test]
async fn what_is_wrong_on_the_machine() {
    let clinic = Clinic::open(Options::default(), "").await;
    let folder = clinic.shell.0.path();
    fs::set_permissions(folder.join("token.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    clinic.finds(&[], "look", "token file", &["token.txt", "mode 644", "chmod 600 token.txt"]).await;

    clinic.shell.write("state.db", "not a database, and long enough to be read as one".repeat(99).as_str());
    clinic.finds(&[], "look", "state", &["state.db", "an intact database", "moderation is off"]).await;
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    clinic.shell.write("config.toml", &format!("learned_file = 'nowhere/learned.bin'\n{config}"));
    clinic.finds(&[], "look", "learned_file", &["nowhere", "a writable folder"]).await;
    clinic.shell.write("config.toml", &format!("learned_file = 'learned.bin'\n{config}"));
    clinic.finds(&[], "ok", "learned_file", &["writable"]).await;

    for (source, words) in [("nowhere.txt", "No such file"), ("harbour.json", "has no line `The Keepers`")] {
        clinic.configure(&format!("[moderation]\nsource = '{source}'\nquestions = '{source}'"));
        clinic.finds(&[], "look", "source text", &[source, words, "quotes are not verified"]).await;
        clinic.finds(&[], "look", "questions", &[source, "previews do not ask them"]).await;
    }

    clinic.shell.write_changed("broken.json", |harbour| harbour["entries"][0]["citations"][0]["section"] = "x".into());
    clinic.shell.write("config.toml", "knowledge = ['broken.json']");
    clinic.finds(&[], "change", "knowledge", &["errors", "`footnote check` lists them"]).await;
    clinic.finds(&[], "change", "token", &["no Discord token", "DISCORD_TOKEN", "Discord was not checked"]).await;
    assert!(clinic.sandbox.calls().iter().all(|call| call.status < 400));
}

#[tokio::test]
async fn what_is_wrong_with_discord() {
    let clinic = Clinic::open(Options { shards: 4, ..Options::default() }, "").await;
    clinic.shell.write("token.txt", "d3JvbmctYm90.d3Jv.bmctdG9rZW4");
    clinic.finds(&[], "change", "token", &["Discord refused the token", "Reset Token"]).await;
    clinic.shell.write("token.txt", &clinic.sandbox.token());

    let general = clinic.channel("general");
    clinic.configure(&format!("listen_channels = [{general}]"));
    clinic.finds(&[], "change", "intents", &["MESSAGE CONTENT", "developer portal"]).await;

    clinic.configure("shards = { total = 2, last = 0 }");
    clinic.finds(&[], "look", "gateway", &["recommends 4 shards", "`discord.shards.total` is 2"]).await;

    clinic.configure("guild = 1");
    clinic.finds(&[], "change", "commands", &["not in the server that `discord.guild` names"]).await;

    clinic.configure("");
    let nowhere = ["--channel", "4711"];
    clinic.finds(&nowhere, "change", "channel 4711", &["cannot see it", "check the id"]).await;

    let address = clinic.sandbox.base_url();
    let Clinic { shell, sandbox } = clinic;
    sandbox.stop().await;
    let told = shell.run(&["doctor"]);
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("change Discord") && told.out.contains("`discord.api_url`"), "{address}: {}", told.out);
}

#[tokio::test]
async fn what_is_wrong_in_a_channel() {
    let clinic = Clinic::open(Options::default(), "").await;
    let [general, mods, offtopic] = ["general", "mods", "offtopic"].map(|name| clinic.channel(name));
    clinic.configure(&format!("[moderation]\nlog_channel = {mods}"));
    clinic.finds(&[], "ok", "channel #mods", &["the bot may view it"]).await;
    clinic.sandbox.deny(general, permissions::EMBED_LINKS | permissions::READ_MESSAGE_HISTORY);
    let general = ["--channel", &general.to_string()];
    clinic.finds(&general, "change", "channel #general", &["lacks", "Embed Links", "Read Message History"]).await;
    clinic.sandbox.deny(offtopic, permissions::VIEW_CHANNEL);
    let (hidden, subject) = (["--channel", &offtopic.to_string()], format!("channel {offtopic}"));
    clinic.finds(&hidden, "change", &subject, &["cannot see it", "View Channel"]).await;
    let direct = clinic.sandbox.read(|world| {
        let member = world.directory.users.iter().find(|user| user.name == MEMBER).map(|user| user.id);
        world.directory.channels.iter().find(|channel| channel.recipient == member).unwrap().id
    });
    let (arguments, subject) = (["--channel", &direct.to_string()], format!("channel {direct}"));
    clinic.finds(&arguments, "ok", &subject, &["a direct message needs no permission"]).await;
    crate::openapi::assert_conforms(&clinic.sandbox.calls());
}

#[tokio::test]
async fn a_bot_that_anybody_may_moderate() {
    let clinic = Clinic::open(Options::default(), "").await;
    clinic.finds(&[], "look", "moderators", &["into another server", "`moderation.guild`", "Public Bot"]).await;
    let several = Clinic::open(Options { guilds: 2, ..Options::default() }, "").await;
    several.finds(&[], "look", "moderators", &["nobody can moderate", "in 2 servers", "`moderation.guild`"]).await;
    for settings in ["guild = 1", "roles = [1]", "users = [1]"] {
        clinic.configure(&format!("[moderation]\n{settings}"));
        clinic.finds(&[], "ok", "moderators", &["only those that the configuration names"]).await;
    }
}

#[tokio::test]
async fn a_clock_and_an_intent_that_are_off() {
    let options = Options {
        clock_ahead: Duration::from_secs(3_600),
        approved_intents: intents::MESSAGE_CONTENT,
        ..Options::default()
    };
    let clinic = Clinic::open(options, "").await;
    clinic.finds(&[], "change", "clock", &["behind Discord's", "time synchronization"]).await;
    clinic.finds(&[], "look", "intents", &["not needed"]).await;
}
