//! A raw client of REST and gateway, without a Discord library.

use footnote_sandbox::{Options, Sandbox, Snowflake, intents};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::openapi;

/// The intents of a bot without privileged intents.
pub const INTENTS: u64 = intents::GUILDS | intents::GUILD_MESSAGES | intents::DIRECT_MESSAGES;

/// A sandbox and a client of it.
pub struct TestClient {
    pub sandbox: Sandbox,
    client: reqwest::Client,
}

impl TestClient {
    pub async fn start(options: Options) -> Self {
        Self { sandbox: Sandbox::start(options).await.unwrap(), client: reqwest::Client::new() }
    }

    /// Makes a call with the bot's token. Returns status and body.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.call_as(&format!("Bot {}", self.sandbox.token()), method, path, body).await
    }

    pub async fn call_as(&self, authorization: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/v10{path}", self.sandbox.base_url());
        let mut request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        request = request.header("Authorization", authorization);
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    pub async fn connect(&self) -> Gateway {
        let (_, gateway) = self.call("GET", "/gateway/bot", Value::Null).await;
        Gateway::connect(gateway["url"].as_str().unwrap()).await
    }

    /// Connects, identifies, and receives READY and the guild.
    pub async fn identify(&self, intents: u64) -> Gateway {
        let mut gateway = self.connect().await;
        gateway.identify(&self.sandbox.token(), intents).await;
        let ready = gateway.event("READY").await;
        gateway.session = ready["session_id"].as_str().unwrap().to_owned();
        gateway.event("GUILD_CREATE").await;
        gateway
    }

    /// The channel of the first guild with this name.
    pub fn channel(&self, name: &str) -> Snowflake {
        self.sandbox.read(|world| world.directory.channels.iter().find(|channel| channel.name == name).unwrap().id)
    }

    /// Asserts that all calls so far conform to Discord's OpenAPI description.
    pub fn conforms(&self) {
        openapi::assert_conforms(&self.sandbox.calls());
    }
}

/// A connection to the gateway.
pub struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub session: String,
    pub sequence: u64,
}

impl Gateway {
    async fn connect(url: &str) -> Self {
        let (socket, _) = connect_async(format!("{url}?v=10&encoding=json")).await.unwrap();
        let mut gateway = Self { socket, session: String::new(), sequence: 0 };
        let hello = gateway.receive().await.unwrap();
        assert_eq!(hello["op"], 10);
        assert!(hello["d"]["heartbeat_interval"].as_u64().unwrap() > 0);
        gateway
    }

    pub async fn send(&mut self, payload: Value) {
        self.socket.send(Message::text(payload.to_string())).await.unwrap();
    }

    pub async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({ "os": "linux", "browser": "raw", "device": "raw" });
        self.send(json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": properties } })).await;
    }

    /// The next payload, or the code with which the server closes the connection (0 for none).
    pub async fn receive(&mut self) -> Result<Value, u16> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let payload: Value = serde_json::from_str(&text).unwrap();
                    self.sequence = payload["s"].as_u64().unwrap_or(self.sequence);
                    return Ok(payload);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(0),
            }
        }
    }

    /// The next event, which must have this name.
    pub async fn event(&mut self, name: &str) -> Value {
        let payload = self.receive().await.unwrap();
        assert_eq!(payload["t"], name, "{payload}");
        payload["d"].clone()
    }

    /// Waits for the server to close the connection. Returns the close code.
    pub async fn closed(&mut self) -> u16 {
        self.receive().await.unwrap_err()
    }
}
