//! How the page draws messages, forms and files, which these tests send in place of a bot.

use std::sync::Arc;

use footnote_sandbox::page::{BotInfo, InspectedQuestion, KnowledgeStatus, Page, Reach};
use footnote_sandbox::{MEMBER, Options, Sandbox, Snowflake};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::driver::{Browser, key};
use crate::visit::Visit;

/// There is no bot behind the page.
struct NoBot;

impl BotInfo for NoBot {
    fn starters(&self) -> Vec<String> {
        Vec::new()
    }

    fn extract_question(&self, _: &InspectedQuestion) -> Option<String> {
        None
    }

    fn explain(&self, _: &str) -> Value {
        Value::Null
    }

    fn knowledge(&self) -> KnowledgeStatus {
        KnowledgeStatus::default()
    }
}

/// A stand-in without a bot, and a browser on its page.
struct BarePage {
    sandbox: Arc<Sandbox>,
    browser: Browser,
    _page: Page,
}

impl BarePage {
    async fn start() -> Option<Self> {
        let browser = Browser::start().await?;
        let sandbox = Arc::new(Sandbox::start(Options::default()).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let page = Page::start(listener, Reach::Loopback, Arc::clone(&sandbox), Arc::new(NoBot)).unwrap();
        let bare = Self { sandbox, browser, _page: page };
        bare.call("PUT", &format!("/applications/{}/commands", bare.sandbox.bot()), commands()).await;
        bare.browser.open(&bare._page.url()).await;
        bare.browser.until("document.querySelector('#title').textContent === '# general'").await;
        Some(bare)
    }

    async fn call(&self, method: &str, path: &str, body: Value) {
        let url = format!("{}/api/v10{path}", self.sandbox.base_url());
        let request = reqwest::Client::new().request(method.parse().unwrap(), url).body(body.to_string());
        let request = request.header("Authorization", format!("Bot {}", self.sandbox.token()));
        let answer = request.header("Content-Type", "application/json").send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// Answers the interaction that has no answer yet. Returns its token.
    async fn respond(&self, body: Value) -> String {
        let open = self.sandbox.wait_for("an interaction", |world| {
            let open = world.interactions().find(|interaction| interaction.first_answer.is_none());
            open.map(|open| (open.id, open.token.clone()))
        });
        let (id, token) = open.await.unwrap();
        self.call("POST", &format!("/interactions/{id}/{token}/callback"), body).await;
        token
    }

    /// Posts a file in the channel `general`.
    async fn upload(&self, name: &str, content: &str) {
        let channel = self.sandbox.read(|world| world.directory.channels[0].id);
        let url = format!("{}/api/v10/channels/{channel}/messages", self.sandbox.base_url());
        let file = Part::text(content.to_owned()).file_name(name.to_owned());
        let form = Form::new().text("payload_json", "{}").part("files[0]", file);
        let request = reqwest::Client::new().post(url).multipart(form);
        let request = request.header("Authorization", format!("Bot {}", self.sandbox.token()));
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    /// Runs the command `form`.
    async fn run(&self) {
        self.browser.click(&self.browser.find("#box").await).await;
        self.browser.keys(format!("/form{}", key::ENTER)).await;
        self.browser.until("document.activeElement.textContent === 'Send'").await;
        self.browser.keys(key::ENTER).await;
    }

    async fn end(self) {
        assert_eq!(self.browser.errors().await, Vec::<String>::new());
    }
}

fn commands() -> Value {
    let file = json!({ "type": 11, "name": "file", "description": "Which", "required": true });
    json!([
        { "type": 1, "name": "form", "description": "Opens a form" },
        { "type": 1, "name": "import", "description": "Takes a file", "options": [file] },
    ])
}

#[tokio::test]
async fn a_modal_enforces_the_limits_of_its_inputs() {
    let Some(bare) = BarePage::start().await else { return };
    let browser = &bare.browser;
    bare.run().await;
    let input =
        |id: &str, style: u8, label: &str| json!({ "type": 4, "custom_id": id, "style": style, "label": label });
    let mut question = input("question", 1, "Question");
    question["value"] = json!("Why?");
    let mut passage = input("passage", 2, "Passage");
    (passage["max_length"], passage["min_length"]) = (json!(12), json!(3));
    let mut note = input("note", 1, "Note");
    note["required"] = json!(false);
    let rows: Vec<_> =
        [question, passage, note].into_iter().map(|input| json!({ "type": 1, "components": [input] })).collect();
    bare.respond(json!({ "type": 9, "data": { "custom_id": "add", "title": "Add an entry", "components": rows } }))
        .await;

    browser.find_text("dialog//h2", "Add an entry").await;
    browser.until("document.activeElement.name === 'question' && document.activeElement.value === 'Why?'").await;
    // The focus stays in the dialog: after the last control it returns to the first, by way of the browser's own
    // controls.
    browser.keys(format!("{}a\u{E007}longer than twelve", key::TAB)).await;
    browser.until("document.activeElement.value === 'a\\nlonger tha'").await;
    browser.until("document.querySelector('#modal-1-left').textContent === 'at least 3, 12 of 12 characters'").await;
    browser.keys(format!("{}{}{}", key::TAB, key::TAB, key::TAB)).await;
    browser.until("document.activeElement.textContent === 'Submit'").await;
    browser.keys(key::ENTER).await;
    bare.respond(json!({ "type": 4, "data": { "content": "**Saved.**" } })).await;
    browser.find_text("div[@class=\"text\"]//strong", "Saved.").await;
    browser.until("!document.querySelector('dialog').open").await;
    let sent = bare.sandbox.read(|world| world.interactions().last().unwrap().data["components"].clone());
    let values: Vec<_> = sent.as_array().unwrap().iter().map(|row| row["components"][0]["value"].clone()).collect();
    assert_eq!(values, [json!("Why?"), json!("a\nlonger tha"), json!("")]);
    bare.end().await;
}

#[tokio::test]
async fn a_deferred_answer_is_shown_as_thinking_until_it_comes() {
    let Some(bare) = BarePage::start().await else { return };
    bare.run().await;
    let token = bare.respond(json!({ "type": 5 })).await;
    bare.browser.find_text("p[@class=\"thinking\"]", "footnote is thinking…").await;
    let field = |name: &str, inline: bool| json!({ "name": name, "value": "> *quoted*\n-# small", "inline": inline });
    let embed = json!({
        "title": "Title", "description": "__under__ ~~gone~~ <t:0:R>", "color": 0x12_34_56, "footer": { "text": "The end" },
        "fields": [field("One", true), field("Two", true), field("Three", false)],
    });
    let button = |style: u8, label: &str| json!({ "type": 2, "style": style, "label": label, "custom_id": label });
    let options = json!([{ "label": "A", "value": "a", "description": "first" }, { "label": "B", "value": "b" }]);
    let menu =
        json!({ "type": 3, "custom_id": "pick", "placeholder": "Pick some", "options": options, "max_values": 2 });
    let link = json!({ "type": 2, "style": 5, "label": "Web", "url": "https://example.org/" });
    let mut off = button(4, "Off");
    off["disabled"] = json!(true);
    let rows = json!([{ "type": 1, "components": [button(3, "Yes"), off, link] }, { "type": 1, "components": [menu] }]);
    let path = format!("/webhooks/{}/{token}/messages/@original", bare.sandbox.bot());
    bare.call("PATCH", &path, json!({ "embeds": [embed], "components": rows })).await;

    let browser = &bare.browser;
    browser.find_text("section[@class=\"embed\"]/h3", "Title").await;
    browser.until("!document.querySelector('.thinking')").await;
    assert_eq!(browser.evaluate("document.querySelectorAll('.field.inline blockquote em').length").await, 2);
    assert_eq!(browser.evaluate("document.querySelectorAll('.field small').length").await, 3);
    assert_eq!(
        browser
            .evaluate("document.querySelector('.embed u').textContent + document.querySelector('.embed s').textContent")
            .await,
        "undergone"
    );
    let years = browser.evaluate("document.querySelector('.embed time').textContent").await;
    assert!(years.as_str().unwrap().ends_with(" years ago"), "{years}");
    let bar = browser.evaluate("getComputedStyle(document.querySelector('.embed')).borderInlineStartColor").await;
    assert_eq!(bar, "rgb(18, 52, 86)");
    assert_eq!(browser.evaluate("document.querySelector('button.danger').disabled").await, true);
    assert_eq!(browser.evaluate("document.querySelector('a.button').rel").await, "noopener noreferrer");
    browser.click(&browser.find("button.select").await).await;
    browser.until("document.activeElement.getAttribute('role') === 'menuitemcheckbox'").await;
    browser.keys(format!("{}{}{}{}{}", key::ENTER, key::DOWN, key::ENTER, key::DOWN, key::ENTER)).await;
    bare.respond(json!({ "type": 6 })).await;
    let chosen = bare.sandbox.read(|world| world.interactions().last().unwrap().data["values"].clone());
    assert_eq!(chosen, json!(["a", "b"]));
    bare.end().await;
}

#[tokio::test]
async fn a_file_is_uploaded_by_a_command_and_another_downloaded() {
    let Some(bare) = BarePage::start().await else { return };
    let browser = &bare.browser;
    let folder = tempfile::tempdir().unwrap();
    let picked = folder.path().join("guide.json");
    browser.click(&browser.find("#box").await).await;
    browser.keys("/import ").await;
    let input = browser.find("#option-file").await;
    std::fs::write(&picked, [0xFF, 0xFE]).unwrap();
    browser.pick_file(&input, &picked).await;
    browser.click(&browser.find_text("form[@id=\"command\"]//button", "Send").await).await;
    browser.find_text("div[@role=\"alert\"]", "The sandbox accepts only text files (UTF-8)").await;
    std::fs::write(&picked, "{\"title\": \"é\"}").unwrap();
    browser.pick_file(&input, &picked).await;
    browser.click(&browser.find_text("form[@id=\"command\"]//button", "Send").await).await;
    bare.respond(json!({ "type": 5 })).await;
    let given = bare.sandbox.read(|world| {
        let data = &world.interactions().last().unwrap().data;
        let id = Snowflake::from_value(&data["options"][0]["value"]).unwrap();
        world.attachment(id).unwrap().clone()
    });
    assert_eq!((given.filename.as_str(), &given.content[..]), ("guide.json", "{\"title\": \"é\"}".as_bytes()));

    bare.upload("out.json", "what is in it").await;
    let link = browser.find_text("p[@class=\"file\"]/a", "out.json").await;
    browser.until("document.querySelector('.file small').textContent === '13 bytes'").await;
    browser.until("document.querySelector('.file a').download === 'out.json'").await;
    browser.evaluate("fetch(document.querySelector('.file a').href).then((file) => file.text()).then((text) => window.saved = text), 0").await;
    browser.until("window.saved === 'what is in it'").await;
    browser.click(&link).await;
    bare.end().await;
}

#[tokio::test]
async fn html_in_a_message_is_text() {
    let Some(visit) = Visit::start().await else { return };
    let hostile = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script><b>bold</b>";
    let keys = format!("{hostile}{}", key::ENTER);
    visit.browser.click(&visit.browser.find("#box").await).await;
    visit.browser.keys(keys).await;
    visit.browser.until("document.querySelector('article .text')").await;
    let shown = visit.browser.text(&visit.browser.find("article .text").await).await;
    assert_eq!(shown, hostile);
    assert_eq!(
        visit.browser.evaluate("document.querySelectorAll('article .text :is(img, script, b)').length").await,
        0
    );
    assert_eq!(visit.browser.evaluate("document.title").await, "# general · Footnote sandbox");
    visit.end().await;
}

#[tokio::test]
async fn an_interaction_without_a_response_shows_an_error() {
    let Some(bare) = BarePage::start().await else { return };
    bare.run().await;
    let asked =
        bare.sandbox.wait_for("an interaction", |world| world.interactions().next().map(|asked| asked.id)).await;
    bare.sandbox.expire(asked.unwrap());
    bare.browser.find_text("div[@role=\"alert\"]", "The application did not respond").await;
    bare.sandbox.post(MEMBER, "general", "still here").await.unwrap();
    bare.browser.find_text("p", "still here").await;
    // No `end`: the browser's console rightly reports the status 504.
}
