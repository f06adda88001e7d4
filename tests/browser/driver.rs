//! A browser, driven over WebDriver (<https://www.w3.org/TR/webdriver2/>). These tests need a dozen calls, and a client
//! library would make every build of the tests longer. The driver itself waits for elements; scripts in the page wait
//! for other conditions.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The time limit for an element or a condition, in milliseconds; plenty for a busy machine.
const PATIENCE_MS: u64 = 30_000;

/// The key of an element's id in WebDriver's answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys by their code in WebDriver's table (<https://www.w3.org/TR/webdriver2/#keyboard-actions>).
pub mod key {
    pub const BACKSPACE: char = '\u{E003}';
    pub const TAB: char = '\u{E004}';
    pub const ENTER: char = '\u{E007}';
    pub const SHIFT: char = '\u{E008}';
    pub const ESCAPE: char = '\u{E00C}';
    pub const UP: char = '\u{E013}';
    pub const DOWN: char = '\u{E015}';
}

/// A browser with one window. Dropping it closes the browser.
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
    /// Starts Chromium. Returns `None` and prints a note if it is not installed.
    pub async fn start() -> Option<Self> {
        let (chromium, driver) =
            (program("CHROMIUM", "/usr/bin/chromium"), program("CHROMEDRIVER", "/usr/bin/chromedriver"));
        let (Some(chromium), Some(driver)) = (chromium, driver) else {
            // Bypass the test harness, which hides the output of tests that pass.
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
        // Keep reading the driver's output, since it stops once the pipe is full.
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

    /// A command of Chromium's own protocol, where WebDriver has none.
    async fn devtools(&self, command: &str, parameters: Value) {
        self.call(Method::POST, "/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await;
    }

    pub async fn open(&self, url: &str) {
        self.call(Method::POST, "/url", json!({ "url": url })).await;
    }

    /// Sets the size of the page, in pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Sets the system's colour scheme: `light` or `dark`.
    pub async fn scheme(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Waits for an element that matches this CSS selector.
    pub async fn find(&self, css: &str) -> Element {
        self.locate("css selector", css).await
    }

    /// Waits for an element with exactly this text. `tag` is an XPath step without the leading slashes.
    pub async fn find_text(&self, tag: &str, text: &str) -> Element {
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

    /// Types into the focused element.
    pub async fn keys(&self, keys: impl Into<String>) {
        let keys = keys.into();
        let strokes = keys.chars().flat_map(|key| {
            let stroke = |kind: &str| json!({ "type": kind, "value": key });
            [stroke("keyDown"), stroke("keyUp")]
        });
        self.strokes(strokes.collect()).await;
    }

    /// Presses a key while another one is held.
    pub async fn press_with(&self, held: char, key: char) {
        let strokes = [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)];
        self.strokes(strokes.iter().map(|(kind, key)| json!({ "type": kind, "value": key })).collect()).await;
    }

    async fn strokes(&self, strokes: Vec<Value>) {
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.call(Method::POST, "/actions", json!({ "actions": [keyboard] })).await;
    }

    /// The value of a JavaScript expression.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let script = json!({ "script": format!("return ({expression});"), "args": [] });
        self.call(Method::POST, "/execute/sync", script).await
    }

    /// Waits until a JavaScript expression is true. The page evaluates it in every frame.
    pub async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0]; const look = () => ({expression}) ? done(true) : requestAnimationFrame(look); look();"
        );
        self.call(Method::POST, "/execute/async", json!({ "script": script, "args": [] })).await;
    }

    /// The page as a PNG, in base64.
    pub async fn screenshot(&self) -> String {
        self.call(Method::GET, "/screenshot", Value::Null).await.as_str().unwrap().to_owned()
    }

    /// Errors on the page's console: failed scripts, content blocked by the policy, refused calls.
    pub async fn errors(&self) -> Vec<String> {
        let lines = self.call(Method::POST, "/se/log", json!({ "type": "browser" })).await;
        let bad = lines.as_array().unwrap().iter().filter(|line| line["level"] == "SEVERE");
        bad.map(|line| line["message"].to_string()).collect()
    }
}

impl Drop for Browser {
    /// Closes the window, which ends the browser. Killing the driver alone would leave the browser running.
    fn drop(&mut self) {
        let farewell = || {
            let (address, path) = self.session.strip_prefix("http://")?.split_once('/')?;
            let mut socket = TcpStream::connect(address).ok()?;
            socket.set_read_timeout(Some(Duration::from_millis(PATIENCE_MS))).ok()?;
            write!(socket, "DELETE /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
            // The answer arrives once the browser has ended. The driver may keep the connection open afterwards.
            socket.read(&mut [0]).ok()
        };
        // If the driver is gone, there is nothing to close.
        _ = farewell();
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}
