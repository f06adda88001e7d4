//! One websocket connection: opened, spoken and listened to, and closed, each within a time.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::payload::{self, MalformedPayload, Payload};

/// How long it may take to open a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// How long a payload may wait to be taken; what does not get through by then is not going to.
const SEND_TIME: Duration = Duration::from_secs(10);

/// How long a goodbye may take.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// The largest payload that is taken, in bytes. The largest that Footnote's intents bring is READY, with 60 bytes for each
/// of at most 2,500 servers of a shard; a message with all it refers to stays below 300 KB.
const PAYLOAD_BYTES_MAX: usize = 4 << 20;

/// How much is read and written at once, in bytes; tungstenite's own 128 KiB each would lie idle.
const BUFFER_BYTES: usize = 8 << 10;

/// How many payloads that make no sense are logged of one connection; a flood of them must not flood the log.
const NONSENSE_LOGGED: u32 = 10;

/// What came of listening.
#[derive(Debug)]
pub(super) enum Received {
    /// A payload.
    Payload(Payload),
    /// The other side closed, with a code if it gave one.
    Closed(Option<u16>),
    /// The line broke.
    Broken(String),
    /// The other side does not speak the protocol, so that listening on makes no sense.
    Violated(String),
}

/// A connection.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    nonsense: u32,
}

impl Socket {
    /// Opens a connection. The error says why not, for the log.
    pub(super) async fn open(url: &Url) -> Result<Self, String> {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES)
            .max_message_size(Some(PAYLOAD_BYTES_MAX))
            .max_frame_size(Some(PAYLOAD_BYTES_MAX));
        // A heartbeat must not wait for a fuller packet: no Nagle.
        match timeout(CONNECT_TIME, connect_async_with_config(url.as_str(), Some(config), true)).await {
            Ok(Ok((stream, _))) => Ok(Self { stream, nonsense: 0 }),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no connection within {CONNECT_TIME:?}")),
        }
    }

    /// Says something.
    pub(super) async fn send(&mut self, payload: &Value) -> Result<(), String> {
        match timeout(SEND_TIME, self.stream.send(Message::text(payload.to_string()))).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err(format!("nothing could be sent for {SEND_TIME:?}")),
        }
    }

    /// Waits for something to be said. What makes no sense is passed over. Nothing is lost if the wait is given up.
    pub(super) async fn receive(&mut self) -> Received {
        loop {
            let read = match self.stream.next().await {
                Some(Ok(Message::Text(text))) => payload::read(text.as_str()),
                Some(Ok(Message::Binary(_))) => Err(MalformedPayload("bytes that are no text")),
                Some(Ok(Message::Close(frame))) => return Received::Closed(frame.map(|frame| frame.code.into())),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(Error::Io(error))) => return Received::Broken(error.to_string()),
                Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => return Received::Closed(None),
                Some(Err(Error::Protocol(error))) if is_broken_line(&error) => {
                    return Received::Broken(error.to_string());
                }
                Some(Err(error)) => return Received::Violated(error.to_string()),
            };
            match read {
                Ok(heard) => return Received::Payload(heard),
                Err(nonsense) => self.pass_over(&nonsense),
            }
        }
    }

    fn pass_over(&mut self, nonsense: &MalformedPayload) {
        self.nonsense = self.nonsense.saturating_add(1);
        if self.nonsense <= NONSENSE_LOGGED {
            tracing::warn!(%nonsense, "passed over");
        }
    }

    /// Closes with a code: 1000 ends the session, others keep it.
    pub(super) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
        // The connection may be dead already; then there is nobody to tell.
        _ = timeout(CLOSE_TIME, self.stream.close(Some(frame))).await;
    }
}

/// Whether the protocol was violated only in that the line broke without a goodbye.
fn is_broken_line(error: &tokio_tungstenite::tungstenite::error::ProtocolError) -> bool {
    matches!(error, tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    /// TLS is set up when a connection is opened; whether it can be must be seen without the network.
    #[tokio::test]
    async fn a_tls_connection_to_something_else_is_an_error() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url: Url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
        let other = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        };
        let (opened, ()) = tokio::join!(Socket::open(&url), other);
        let error = opened.err().unwrap();
        assert!(error.contains("InvalidContentType"), "no TLS was spoken: {error}");
    }
}
