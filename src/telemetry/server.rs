//! Serves `/metrics`, `/healthz` and `/readyz`. The number of connections and the time of each are bounded, so a client
//! that floods the address can delay a scrape but cannot use up the bot's resources.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Telemetry;

/// The most connections at once. A few Prometheus servers and probes need one each, for a short time. More wait in the
/// system's queue.
const CONNECTIONS_MAX: usize = 32;

/// The time limit of a connection, which serves one request. Prometheus gives up after ten seconds by default.
const CONNECTION_TIME: Duration = Duration::from_secs(10);

/// The content type of `/metrics` (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). The older text format has
/// no exemplars.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The address of the metrics cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("metrics.listen: expected an address of this machine that is free, found {address}: {error}")]
pub struct ListenError {
    address: SocketAddr,
    error: io::Error,
}

/// A server that is bound to its address. Connections wait until [`run`](Self::run) is polled.
#[derive(Debug)]
pub struct MetricsServer(TcpListener);

impl MetricsServer {
    /// Binds the address.
    ///
    /// # Errors
    /// If the address belongs to another machine or is in use.
    pub async fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        TcpListener::bind(address).await.map(Self).map_err(|error| ListenError { address, error })
    }

    /// The address. If it was bound with port 0, this is the port that the system chose.
    ///
    /// # Errors
    /// If the system cannot provide it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Serves requests until it is dropped.
    pub async fn run(mut self, telemetry: Telemetry) {
        let routes = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { plain(StatusCode::OK, "ok\n".to_owned()) }))
            .route("/readyz", get(ready))
            .fallback(|| async {
                plain(StatusCode::NOT_FOUND, "there are /metrics, /healthz and /readyz\n".to_owned())
            })
            .with_state(telemetry);
        let (http, service) = (Builder::new(TokioExecutor::new()), TowerToHyperService::new(routes));
        let mut connections = JoinSet::new();
        loop {
            while connections.len() == CONNECTIONS_MAX {
                connections.join_next().await;
            }
            // Unlike that of tokio, axum's `accept` waits a second after an error such as too many open files.
            let (stream, _) = axum::serve::Listener::accept(&mut self.0).await;
            let connection = http.serve_connection(TokioIo::new(stream), service.clone()).into_owned();
            connections.spawn(timeout(CONNECTION_TIME, connection));
            while connections.try_join_next().is_some() {}
        }
    }
}

type Response = (StatusCode, [(axum::http::HeaderName, &'static str); 2], String);

fn plain(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CONNECTION, "close")], text)
}

async fn metrics(State(telemetry): State<Telemetry>) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, OPEN_METRICS), (CONNECTION, "close")], telemetry.text())
}

async fn ready(State(telemetry): State<Telemetry>) -> Response {
    match telemetry.ready() {
        Ok(()) => plain(StatusCode::OK, "ready\n".to_owned()),
        Err(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn served() -> (SocketAddr, Telemetry) {
        let server = MetricsServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, telemetry) = (server.address().unwrap(), Telemetry::default());
        tokio::spawn(server.run(telemetry.clone()));
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
    async fn health_and_readiness_are_plain_text() {
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
    async fn silent_connections_are_closed_and_others_served() {
        let (address, _telemetry) = served().await;
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200 OK"));
        for stream in &mut silent {
            assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0, "the server closed it");
        }
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let (address, _telemetry) = served().await;
        let error = MetricsServer::bind(address).await.unwrap_err().to_string();
        assert!(error.starts_with("metrics.listen: ") && error.contains(&address.to_string()), "{error}");
    }
}
