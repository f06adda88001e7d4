//! Serves `/metrics`, `/healthz` and `/readyz`. Whoever floods it takes a share of connections and time that is bounded, and
//! keeps nobody but the next scrape waiting.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::routing::get;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

use super::Telemetry;

/// How many connections there are at once: a few Prometheus servers and probes need one each, for an instant.
const CONNECTIONS_MAX: usize = 32;

/// How long a connection may stay; each brings one answer. Prometheus itself gives up after ten seconds unless told otherwise.
const CONNECTION_TIME: Duration = Duration::from_secs(10);

/// The format of `/metrics` (<https://prometheus.io/docs/specs/om/open_metrics_spec/>), which has exemplars.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Why the metrics are not served.
#[derive(Debug, thiserror::Error)]
#[error("metrics.listen: expected an address of this machine that is free, found {address}: {error}")]
pub struct ListenError {
    address: SocketAddr,
    error: io::Error,
}

/// A socket that is open, so that nobody else takes it, and connections wait on it.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Opens it.
    ///
    /// # Errors
    /// If the address is not this machine's, or is taken.
    pub async fn open(address: SocketAddr) -> Result<Self, ListenError> {
        TcpListener::bind(address).await.map(Self).map_err(|error| ListenError { address, error })
    }

    /// Where it is: with port 0 the system chose one.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers for as long as it is polled.
    pub async fn serve(self, telemetry: Telemetry) {
        let routes = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { plain(StatusCode::OK, "ok\n".to_owned()) }))
            .route("/readyz", get(ready))
            .fallback(|| async {
                plain(StatusCode::NOT_FOUND, "there are /metrics, /healthz and /readyz\n".to_owned())
            })
            .with_state(telemetry);
        let bounded = Bounded { listener: self.0, places: Arc::new(Semaphore::new(CONNECTIONS_MAX)) };
        if let Err(error) = axum::serve(bounded, routes).await {
            tracing::error!(%error, "metrics and health are no longer served");
        }
    }
}

type Plain = (StatusCode, [(axum::http::HeaderName, &'static str); 2], String);

fn plain(status: StatusCode, text: String) -> Plain {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CONNECTION, "close")], text)
}

async fn metrics(State(telemetry): State<Telemetry>) -> Plain {
    (StatusCode::OK, [(CONTENT_TYPE, OPEN_METRICS), (CONNECTION, "close")], telemetry.text())
}

async fn ready(State(telemetry): State<Telemetry>) -> Plain {
    match telemetry.ready() {
        Ok(()) => plain(StatusCode::OK, "ready\n".to_owned()),
        Err(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

/// Accepts so many connections at once; more wait in the system's queue.
struct Bounded {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl axum::serve::Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // The semaphore is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, from) = axum::serve::Listener::accept(&mut self.listener).await;
        (Connection { stream, over: Box::pin(tokio::time::sleep(CONNECTION_TIME)), _place: place }, from)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when its time is over, whatever the other side does.
struct Connection {
    stream: TcpStream,
    over: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Whether there is time left; if so, the task is woken when it is over.
    fn in_time(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.over.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn served() -> (SocketAddr, Telemetry) {
        let listener = Listener::open("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, telemetry) = (listener.address().unwrap(), Telemetry::default());
        tokio::spawn(listener.serve(telemetry.clone()));
        (address, telemetry)
    }

    async fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn health_and_readiness_are_plain_sentences() {
        let (address, telemetry) = served().await;
        assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200 OK"));
        let not_yet = get(address, "/readyz").await;
        assert!(
            not_yet.starts_with("HTTP/1.1 503") && not_yet.ends_with("the knowledge is not loaded yet\n"),
            "{not_yet}"
        );
        telemetry.stop();
        assert!(get(address, "/readyz").await.ends_with("shutting down\n"));
        let metrics = get(address, "/metrics").await;
        assert!(
            metrics.contains("content-type: application/openmetrics-text") && metrics.ends_with("# EOF\n"),
            "{metrics}"
        );
        assert!(get(address, "/").await.starts_with("HTTP/1.1 404"));
    }

    #[tokio::test(start_paused = true)]
    async fn connections_that_say_nothing_make_room_in_time() {
        let (address, _telemetry) = served().await;
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200 OK"));
        for stream in &mut silent {
            assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0, "it was ended");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_named() {
        let (address, _telemetry) = served().await;
        let error = Listener::open(address).await.unwrap_err().to_string();
        assert!(error.starts_with("metrics.listen: ") && error.contains(&address.to_string()), "{error}");
    }
}
