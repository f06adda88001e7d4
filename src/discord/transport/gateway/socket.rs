//! One WebSocket connection that carries payloads. Opening, sending and closing have time limits; receiving has a size
//! limit.

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

/// The time limit for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The time limit for sending a payload. A connection that accepts nothing for this long is broken.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// The time limit for sending a close frame. Short, since shutdown waits for it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The largest accepted payload, in bytes. The largest that Footnote's intents bring is READY, with 60 bytes for each
/// of at most 2,500 servers of a shard; a message with everything that it refers to stays below 300 KB.
const PAYLOAD_BYTES_MAX: usize = 4 << 20;

/// The size of the read buffer and of the write buffer, in bytes. tungstenite's default of 128 KiB each would be idle
/// memory.
const BUFFER_BYTES: usize = 8 << 10;

/// The number of malformed payloads that are logged per connection, so that a flood of them does not flood the log.
const MALFORMED_LOGGED_MAX: u32 = 10;

/// The reason why [`Socket::receive`] returns no further payload.
#[derive(Debug)]
pub(super) enum Disconnect {
    /// Discord closed the connection, with a code if it gave one.
    Closed(Option<u16>),
    /// The connection broke.
    Broken(String),
    /// The data is not valid WebSocket or is too large, so nothing more can be received.
    Violated(String),
}

/// A connection to the gateway.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The number of malformed payloads so far.
    malformed: u32,
}

impl Socket {
    /// Opens a connection. The error is a reason for the log.
    pub(super) async fn open(url: &Url) -> Result<Self, String> {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES)
            .max_message_size(Some(PAYLOAD_BYTES_MAX))
            .max_frame_size(Some(PAYLOAD_BYTES_MAX));
        // Disable Nagle's algorithm: a heartbeat must not wait for more data.
        match timeout(CONNECT_TIMEOUT, connect_async_with_config(url.as_str(), Some(config), true)).await {
            Ok(Ok((stream, _))) => Ok(Self { stream, malformed: 0 }),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no connection within {CONNECT_TIMEOUT:?}")),
        }
    }

    /// Sends a payload. The error is a reason for the log.
    pub(super) async fn send(&mut self, payload: &Value) -> Result<(), String> {
        match timeout(SEND_TIMEOUT, self.stream.send(Message::text(payload.to_string()))).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err(format!("nothing could be sent for {SEND_TIMEOUT:?}")),
        }
    }

    /// Waits for a payload. Logs and skips malformed payloads. Cancel safe: dropping the future loses no payload.
    ///
    /// # Errors
    /// If the connection has ended.
    pub(super) async fn receive(&mut self) -> Result<Payload, Disconnect> {
        loop {
            let read = match self.stream.next().await {
                Some(Ok(Message::Text(text))) => payload::read(text.as_str()),
                Some(Ok(Message::Binary(_))) => Err(MalformedPayload("a binary message")),
                Some(Ok(Message::Close(frame))) => {
                    return Err(Disconnect::Closed(frame.map(|frame| frame.code.into())));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(Error::Io(error))) => return Err(Disconnect::Broken(error.to_string())),
                Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => {
                    return Err(Disconnect::Closed(None));
                }
                Some(Err(Error::Protocol(error))) if is_abrupt_end(&error) => {
                    return Err(Disconnect::Broken(error.to_string()));
                }
                Some(Err(error)) => return Err(Disconnect::Violated(error.to_string())),
            };
            match read {
                Ok(payload) => return Ok(payload),
                Err(error) => self.skip(&error),
            }
        }
    }

    fn skip(&mut self, error: &MalformedPayload) {
        self.malformed = self.malformed.saturating_add(1);
        if self.malformed <= MALFORMED_LOGGED_MAX {
            tracing::warn!(%error, "skipping a malformed payload");
        }
    }

    /// Closes the connection with this code.
    pub(super) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
        // An error means that the connection is already gone.
        _ = timeout(CLOSE_TIMEOUT, self.stream.close(Some(frame))).await;
    }
}

/// Whether the only violation is that the connection ended without a close frame. That is an outage, not invalid data.
fn is_abrupt_end(error: &tokio_tungstenite::tungstenite::error::ProtocolError) -> bool {
    matches!(error, tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    /// TLS is set up only when a connection is opened. This shows, without the network, that the setup works.
    #[tokio::test]
    async fn a_server_that_does_not_speak_tls_is_an_error() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url: Url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        };
        let (opened, ()) = tokio::join!(Socket::open(&url), server);
        let error = opened.err().unwrap();
        assert!(error.contains("InvalidContentType"), "no TLS was spoken: {error}");
    }
}
