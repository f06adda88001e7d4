//! A visit to the sandbox: the real `footnote sandbox` with a small knowledge file, and a browser on its page.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::driver::{Browser, Element, key};

/// The guide from which the bot of these tests answers.
pub const KNOWLEDGE: &str = include_str!("../support/harbour.json");

/// The sandbox and the browser, while they run.
pub struct Visit {
    pub browser: Browser,
    pub url: String,
    folder: TempDir,
    sandbox: Child,
}

impl Visit {
    /// Opens the page once the bot is connected. Returns `None` without a browser.
    pub async fn start() -> Option<Self> {
        Self::with("").await
    }

    /// As [`Self::start`], with these settings.
    pub async fn with(settings: &str) -> Option<Self> {
        Self::over("harbour.json", KNOWLEDGE, settings).await
    }

    /// As [`Self::start`], with these settings and another knowledge file.
    pub async fn over(name: &str, knowledge: &str, settings: &str) -> Option<Self> {
        let browser = Browser::start().await?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), knowledge).unwrap();
        std::fs::write(folder.path().join("config.toml"), format!("knowledge = [\"{name}\"]\n{settings}")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_footnote"));
        command.current_dir(folder.path()).args(["sandbox", "--port", "0"]);
        let mut sandbox = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        let visit = Self { browser, url, folder, sandbox };
        visit.ready().await;
        visit.browser.open(&visit.url).await;
        Some(visit)
    }

    /// Waits until the bot is connected and has registered its commands.
    async fn ready(&self) {
        let mut events = reqwest::get(format!("{}api/events", self.url)).await.unwrap();
        let mut received = String::new();
        let is_ready = |view: &str| view.contains("\"commands\":[{") && view.contains("\"connected\":true");
        while !received.rsplit("event: view").next().is_some_and(is_ready) {
            received += &String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap());
        }
    }

    /// A file beside the configuration.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks as a person does: types into the box and completes the mention.
    pub async fn ask(&self, question: &str) {
        self.browser.click(&self.browser.find("#box").await).await;
        self.browser.keys("@foot").await;
        self.browser.find("#suggestions [role=option][aria-selected=true]").await;
        self.browser.keys(format!("{}{question}{}", key::ENTER, key::ENTER)).await;
    }

    /// Posts a message without a mention.
    pub async fn write(&self, text: &str) {
        self.browser.click(&self.browser.find("#box").await).await;
        self.browser.keys(format!("{text}{}", key::ENTER)).await;
    }

    /// Picks an item from the menu of the message with this text.
    pub async fn pick(&self, text: &str, item: &str) {
        let menu = format!("article[.//*[normalize-space()=\"{text}\"]]//button[@data-key=\"menu\"][last()]");
        let menu = self.browser.find_text(&format!("{menu}/self::button"), "⋯").await;
        self.browser.click(&menu).await;
        self.browser.click(&self.browser.find_text("button[starts-with(@role, \"menuitem\")]", item).await).await;
    }

    /// Presses the button of a message with this label.
    pub async fn press(&self, label: &str) {
        self.browser.click(&self.button(label).await).await;
    }

    pub async fn button(&self, label: &str) -> Element {
        self.browser.find_text("div[@class=\"row\"]/button", label).await
    }

    /// Acts as another person, who sees this many channels.
    pub async fn act_as(&self, person: &str, channels: usize) {
        self.browser.click(&self.browser.find(&format!("[name=person][value={person}]")).await).await;
        self.browser.until(&format!("document.querySelectorAll('#channels button').length === {channels}")).await;
    }

    /// Runs a command without options.
    pub async fn run_command(&self, command: &str) {
        self.write(command).await;
        self.browser.click(&self.browser.find_text("form[@id=\"command\"]//button", "Send").await).await;
    }

    /// Chooses from a menu of a message.
    pub async fn choose(&self, menu: &str, option: &str) {
        self.browser.click(&self.browser.find_text("button[@class=\"select\"]/span", menu).await).await;
        self.browser.click(&self.browser.find_text("button[starts-with(@role, \"menuitem\")]", option).await).await;
    }

    /// Waits until a message contains this text.
    pub async fn wait_for_text(&self, text: &str) {
        let texts = "[...document.querySelectorAll('article')].map((message) => message.textContent)";
        self.browser.until(&format!("{texts}.some((message) => message.includes('{text}'))")).await;
    }

    /// Waits until an embed has this title.
    pub async fn embed(&self, title: &str) -> Element {
        self.browser.find_text("section[@class=\"embed\"]/h3", title).await
    }

    /// Waits until no embed has this title.
    pub async fn wait_gone(&self, title: &str) {
        let titles = "[...document.querySelectorAll('.embed h3')].map((title) => title.textContent)";
        self.browser.until(&format!("!{titles}.includes('{title}')")).await;
    }

    /// Ends the visit, and asserts that the page had no errors.
    pub async fn end(self) {
        let errors = self.browser.errors().await;
        assert_eq!(errors, Vec::<String>::new());
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // The process may have ended already.
        _ = self.sandbox.kill();
        _ = self.sandbox.wait();
    }
}
