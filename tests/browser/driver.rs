//! A browser, driven over WebDriver (<https://www.w3.org/TR/webdriver2/>). The dozen calls that are needed here are a tenth of what a
//! client library would add to every build of the tests. Elements are waited for by the driver itself, anything else in the page.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long an element or a condition is waited for, in milliseconds; plenty for a busy machine.
const PATIENCE_MS: u64 = 30_000;

/// The key under which WebDriver hands out an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys by their place in WebDriver's table (<https://www.w3.org/TR/webdriver2/#keyboard-actions>).
pub mod key {
    pub const BACKSPACE: char = '\u{E003}';
    pub const TAB: char = '\u{E004}';
    pub const ENTER: char = '\u{E007}';
    pub const SHIFT: char = '\u{E008}';
    pub const ESCAPE: char = '\u{E00C}';
    pub const UP: char = '\u{E013}';
    pub const DOWN: char = '\u{E015}';
}

/// A browser with one window. It ends when it is dropped.
pub struct Browser {
    driver: Child,
    session: String,
    client: reqwest::Client,
    _profile: TempDir,
}

/// An element of the page.
#[derive(Clone, Debug)]
pub struct Element(String);

fn program(variable: &str, usual: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map_or_else(|| PathBuf::from(usual), PathBuf::from);
    path.is_file().then_some(path)
}

impl Browser {
    /// Starts Chromium; none if it is not installed, which is said.
    pub async fn start() -> Option<Self> {
        let (chromium, driver) =
            (program("CHROMIUM", "/usr/bin/chromium"), program("CHROMEDRIVER", "/usr/bin/chromedriver"));
        let (Some(chromium), Some(driver)) = (chromium, driver) else {
            // Past the capture of the test harness, so that it is seen although the test passes.
            _ = writeln!(std::io::stderr(), "left out: no chromium and chromedriver for this browser test");
            return None;
        };
        let mut driver =
            Command::new(driver).arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            Some(line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_owned())
        });
        // The driver stops when nobody takes what it writes.
        std::thread::spawn(move || lines.for_each(drop));
        let base = format!("http://127.0.0.1:{}/session", port.unwrap());
        let profile = tempfile::tempdir().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            "--lang=en-GB",
            &data,
        ];
        let capabilities = json!({
            "browserName": "chrome", "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "binary": chromium, "args": flags },
            "timeouts": { "implicit": PATIENCE_MS, "script": PATIENCE_MS },
        });
        let mut browser = Self { driver, session: base, client: reqwest::Client::new(), _profile: profile };
        let started = browser.call(Method::POST, "", json!({ "capabilities": { "alwaysMatch": capabilities } })).await;
        browser.session += &format!("/{}", started["sessionId"].as_str().unwrap());
        browser.resize(1100, 800).await;
        Some(browser)
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.client.request(method, format!("{}{path}", self.session));
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        let problem = answer["value"]["error"].as_str();
        assert!(problem.is_none(), "{path} {body}: {problem:?} {}", answer["value"]["message"]);
        answer["value"].clone()
    }

    /// A command of Chromium's own protocol, for what WebDriver has no command.
    async fn devtools(&self, command: &str, parameters: Value) {
        self.call(Method::POST, "/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await;
    }

    pub async fn open(&self, url: &str) {
        self.call(Method::POST, "/url", json!({ "url": url })).await;
    }

    /// Makes the page this large, in pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Makes the system's setting `light` or `dark`.
    pub async fn scheme(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// The element that this CSS selector finds, waited for.
    pub async fn find(&self, css: &str) -> Element {
        self.locate("css selector", css).await
    }

    /// The element of this kind (CSS) that shows just this text, waited for.
    pub async fn reading(&self, tag: &str, text: &str) -> Element {
        assert!(!text.contains('"'), "XPath has no way to quote this");
        self.locate("xpath", &format!("//{tag}[normalize-space()=\"{text}\"]")).await
    }

    async fn locate(&self, using: &str, value: &str) -> Element {
        let found = self.call(Method::POST, "/element", json!({ "using": using, "value": value })).await;
        Element(found[ELEMENT].as_str().unwrap().to_owned())
    }

    pub async fn click(&self, element: &Element) {
        self.call(Method::POST, &format!("/element/{}/click", element.0), json!({})).await;
    }

    /// Picks a file in an input for files.
    pub async fn pick_file(&self, input: &Element, path: &Path) {
        let path = json!({ "text": path });
        self.call(Method::POST, &format!("/element/{}/value", input.0), path).await;
    }

    pub async fn text(&self, element: &Element) -> String {
        let text = self.call(Method::GET, &format!("/element/{}/text", element.0), Value::Null).await;
        text.as_str().unwrap().to_owned()
    }

    /// Types into whatever has the focus, one key after the other.
    pub async fn keys(&self, keys: impl Into<String>) {
        let keys = keys.into();
        let strokes = keys.chars().flat_map(|key| {
            let stroke = |kind: &str| json!({ "type": kind, "value": key });
            [stroke("keyDown"), stroke("keyUp")]
        });
        self.strokes(strokes.collect()).await;
    }

    /// Presses a key while another is held.
    pub async fn chord(&self, held: char, key: char) {
        let strokes = [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)];
        self.strokes(strokes.iter().map(|(kind, key)| json!({ "type": kind, "value": key })).collect()).await;
    }

    async fn strokes(&self, strokes: Vec<Value>) {
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.call(Method::POST, "/actions", json!({ "actions": [keyboard] })).await;
    }

    /// What an expression of JavaScript is worth.
    pub async fn worth(&self, expression: &str) -> Value {
        let script = json!({ "script": format!("return ({expression});"), "args": [] });
        self.call(Method::POST, "/execute/sync", script).await
    }

    /// Waits until an expression of JavaScript is true; it is looked at with every frame.
    pub async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0]; const look = () => ({expression}) ? done(true) : requestAnimationFrame(look); look();"
        );
        self.call(Method::POST, "/execute/async", json!({ "script": script, "args": [] })).await;
    }

    /// The page as a PNG, in base64.
    pub async fn picture(&self) -> String {
        self.call(Method::GET, "/screenshot", Value::Null).await.as_str().unwrap().to_owned()
    }

    /// What the page's console has of errors: scripts that failed, content that the policy refused, calls that were refused.
    pub async fn errors(&self) -> Vec<String> {
        let lines = self.call(Method::POST, "/se/log", json!({ "type": "browser" })).await;
        let bad = lines.as_array().unwrap().iter().filter(|line| line["level"] == "SEVERE");
        bad.map(|line| line["message"].to_string()).collect()
    }
}

impl Drop for Browser {
    /// Closes the window, after which the browser ends: it does not end with its driver.
    fn drop(&mut self) {
        let farewell = || {
            let (address, path) = self.session.strip_prefix("http://")?.split_once('/')?;
            let mut socket = TcpStream::connect(address).ok()?;
            socket.set_read_timeout(Some(Duration::from_millis(PATIENCE_MS))).ok()?;
            write!(socket, "DELETE /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
            // The answer comes when the browser has ended; the driver may keep the connection beyond it.
            socket.read(&mut [0]).ok()
        };
        // A test that failed has nobody to tell of a driver that is gone.
        _ = farewell();
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}
