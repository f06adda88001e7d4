//! A visit to the sandbox: the real `footnote sandbox` with a small knowledge file, and a browser that looks at its page.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::driver::{Browser, Element, key};

/// The guide that the bot of these tests answers from.
pub const KNOWLEDGE: &str = include_str!("../support/harbour.json");

/// The sandbox and the browser, while they run.
pub struct Visit {
    pub browser: Browser,
    pub url: String,
    folder: TempDir,
    sandbox: Child,
}

impl Visit {
    /// Opens the page and waits until the bot is there. None without a browser.
    pub async fn start() -> Option<Self> {
        Self::with("").await
    }

    /// The same with these settings.
    pub async fn with(settings: &str) -> Option<Self> {
        Self::over("harbour.json", KNOWLEDGE, settings).await
    }

    /// The same over another knowledge file.
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

    /// Waits until the bot has registered its commands, which it does when it is about to connect, and is connected.
    async fn ready(&self) {
        let mut events = reqwest::get(format!("{}api/events", self.url)).await.unwrap();
        let mut told = String::new();
        let is_ready = |told: &str| told.contains("\"commands\":[{") && told.contains("\"connected\":true");
        while !told.rsplit("event: view").next().is_some_and(is_ready) {
            told += &String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap());
        }
    }

    /// A file beside the configuration.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a message as a person does: into the box, with a mention completed.
    pub async fn ask(&self, question: &str) {
        self.browser.click(&self.browser.find("#box").await).await;
        self.browser.keys("@foot").await;
        self.browser.find("#suggestions [role=option][aria-selected=true]").await;
        self.browser.keys(format!("{}{question}{}", key::ENTER, key::ENTER)).await;
    }

    /// Writes a message as it is.
    pub async fn write(&self, text: &str) {
        self.browser.click(&self.browser.find("#box").await).await;
        self.browser.keys(format!("{text}{}", key::ENTER)).await;
    }

    /// Picks an item from the menu of the message that shows this text.
    pub async fn pick(&self, text: &str, item: &str) {
        let menu = format!("article[.//*[normalize-space()=\"{text}\"]]//button[@data-key=\"menu\"][last()]");
        let menu = self.browser.reading(&format!("{menu}/self::button"), "⋯").await;
        self.browser.click(&menu).await;
        self.browser.click(&self.browser.reading("button[starts-with(@role, \"menuitem\")]", item).await).await;
    }

    /// Presses the button of a message with this label.
    pub async fn press(&self, label: &str) {
        self.browser.click(&self.button(label).await).await;
    }

    pub async fn button(&self, label: &str) -> Element {
        self.browser.reading("div[@class=\"row\"]/button", label).await
    }

    /// Becomes another person, who sees so many channels.
    pub async fn be(&self, person: &str, channels: usize) {
        self.browser.click(&self.browser.find(&format!("[name=person][value={person}]")).await).await;
        self.browser.until(&format!("document.querySelectorAll('#channels button').length === {channels}")).await;
    }

    /// Gives a command without options.
    pub async fn command(&self, command: &str) {
        self.write(command).await;
        self.browser.click(&self.browser.reading("form[@id=\"command\"]//button", "Send").await).await;
    }

    /// Chooses from a menu of a message.
    pub async fn choose(&self, menu: &str, option: &str) {
        self.browser.click(&self.browser.reading("button[@class=\"select\"]/span", menu).await).await;
        self.browser.click(&self.browser.reading("button[starts-with(@role, \"menuitem\")]", option).await).await;
    }

    /// Waits until a message has this in its text.
    pub async fn answer(&self, text: &str) {
        let texts = "[...document.querySelectorAll('article')].map((message) => message.textContent)";
        self.browser.until(&format!("{texts}.some((message) => message.includes('{text}'))")).await;
    }

    /// Waits until an embed has this title.
    pub async fn embed(&self, title: &str) -> Element {
        self.browser.reading("section[@class=\"embed\"]/h3", title).await
    }

    /// Waits until no embed has this title.
    pub async fn gone(&self, title: &str) {
        let titles = "[...document.querySelectorAll('.embed h3')].map((title) => title.textContent)";
        self.browser.until(&format!("!{titles}.includes('{title}')")).await;
    }

    /// Ends the visit; the page must not have had an error.
    pub async fn end(self) {
        let errors = self.browser.errors().await;
        assert_eq!(errors, Vec::<String>::new());
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.sandbox.kill();
        _ = self.sandbox.wait();
    }
}
