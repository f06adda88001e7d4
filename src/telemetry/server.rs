//! Serves `/metrics`, `/healthz` and `/readyz`. The number of connections and the time of each are bounded, and a new
//! connection displaces one that sends nothing, so a client that floods the address cannot make a probe fail.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::middleware::map_request;
use axum::routing::get;
use futures_util::FutureExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::Telemetry;

/// The most connections at once. A few Prometheus servers and probes need one each, for a short time; the other places
/// are for clients that flood the address, and cost some kilobytes each. A further connection displaces the oldest that
/// has not sent the head of its request.
const CONNECTIONS_MAX: usize = 256;

/// The time for which a connection is not displaced, so that a slow probe can send its head. Together with
/// [`CONNECTIONS_MAX`] it limits a flood to 1,024 new connections a second.
const UNDISTURBED_TIME: Duration = Duration::from_millis(250);

/// The time for the head of the request. A client sends it right after it connects; two seconds allow for two lost
/// packets.
const HEAD_TIME: Duration = Duration::from_secs(2);

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
    pub async fn run(self, telemetry: Telemetry) {
        self.serve(telemetry, HEAD_TIME).await;
    }

    async fn serve(mut self, telemetry: Telemetry, head_time: Duration) {
        let routes = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { plain(StatusCode::OK, "ok\n".to_owned()) }))
            .route("/readyz", get(ready))
            .fallback(|| async {
                plain(StatusCode::NOT_FOUND, "there are /metrics, /healthz and /readyz\n".to_owned())
            })
            .with_state(telemetry);
        let mut http = Builder::new(TokioExecutor::new()).http1_only();
        http.http1().timer(TokioTimer::new()).header_read_timeout(head_time).keep_alive(false);
        let (mut tasks, mut open) = (JoinSet::new(), VecDeque::with_capacity(CONNECTIONS_MAX));
        loop {
            // Unlike that of tokio, axum's `accept` waits a second after an error such as too many open files.
            let (stream, _) = axum::serve::Listener::accept(&mut self.0).await;
            make_room(&mut open, &mut tasks).await;
            let head_read = Arc::new(AtomicBool::new(false));
            let service = TowerToHyperService::new(noting_head(routes.clone(), Arc::clone(&head_read)));
            let connection = http.serve_connection(TokioIo::new(stream), service).into_owned();
            let task = tasks.spawn(timeout(CONNECTION_TIME, connection).map(drop));
            open.push_back(OpenConnection { opened: Instant::now(), head_read, task });
        }
    }
}

/// An open connection.
struct OpenConnection {
    opened: Instant,
    /// Whether the head of its request has arrived.
    head_read: Arc<AtomicBool>,
    task: AbortHandle,
}

/// Waits until there is a place for one more connection. If all are taken, ends the oldest connection that has not sent
/// its head; if all have, the oldest, which does not read its answer.
async fn make_room(open: &mut VecDeque<OpenConnection>, tasks: &mut JoinSet<()>) {
    loop {
        while tasks.try_join_next().is_some() {}
        open.retain(|connection| !connection.task.is_finished());
        if open.len() < CONNECTIONS_MAX {
            return;
        }
        let silent = open.iter().position(|connection| !connection.head_read.load(Ordering::Relaxed)).unwrap_or(0);
        let Some(oldest) = open.get(silent) else { return };
        let until = oldest.opened + UNDISTURBED_TIME;
        if until <= Instant::now() {
            oldest.task.abort();
            open.remove(silent);
            return;
        }
        tokio::select! {
            () = sleep_until(until) => {}
            _ = tasks.join_next() => {}
        }
    }
}

/// The routes for one connection, which record that the head of a request has arrived.
fn noting_head(routes: Router, head_read: Arc<AtomicBool>) -> Router {
    routes.layer(map_request(move |request: Request| {
        head_read.store(true, Ordering::Relaxed);
        std::future::ready(request)
    }))
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

    use std::sync::atomic::AtomicUsize;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn served() -> (SocketAddr, Telemetry) {
        served_with(HEAD_TIME).await
    }

    async fn served_with(head_time: Duration) -> (SocketAddr, Telemetry) {
        let server = MetricsServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, telemetry) = (server.address().unwrap(), Telemetry::default());
        tokio::spawn(server.serve(telemetry.clone(), head_time));
        (address, telemetry)
    }

    async fn get(address: SocketAddr, path: &str) -> String {
        ask(&mut TcpStream::connect(address).await.unwrap(), path).await
    }

    async fn ask(stream: &mut TcpStream, path: &str) -> String {
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

    /// Longer than a test runs: no connection ends because of its age.
    const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_does_not_send_its_head_is_closed() {
        let (address, _telemetry) = served().await;
        for sent in ["", "GET /healthz HTTP/1.1\r\nHost: here\r\n"] {
            let start = Instant::now();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            _ = stream.read_to_end(&mut answer).await;
            let elapsed = start.elapsed();
            assert!(elapsed >= HEAD_TIME && elapsed < CONNECTION_TIME, "{sent:?}: {elapsed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silent_connections_give_way_to_probes() {
        let (address, _telemetry) = served_with(NEVER).await;
        let start = Instant::now();
        let mut silent = Vec::new();
        for number in 0..CONNECTIONS_MAX {
            let mut stream = TcpStream::connect(address).await.unwrap();
            if number % 2 == 0 {
                stream.write_all(b"GET /metr").await.unwrap();
            }
            silent.push(stream);
        }
        for path in ["/healthz", "/metrics", "/healthz"] {
            assert!(get(address, path).await.starts_with("HTTP/1.1 200 OK"), "{path}");
        }
        let elapsed = start.elapsed();
        assert!(elapsed < HEAD_TIME, "{elapsed:?}");
        assert_eq!(silent[0].read(&mut [0]).await.unwrap_or(0), 0, "the oldest was closed");
        let last = silent.last_mut().unwrap();
        let answer = ask(last, "/healthz").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "the newest was not: {answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn connections_that_reopen_do_not_keep_probes_out() {
        let (address, _telemetry) = served_with(NEVER).await;
        let mut flood = JoinSet::new();
        let reopened = Arc::new(AtomicUsize::new(0));
        for _ in 0..CONNECTIONS_MAX + 50 {
            let reopened = Arc::clone(&reopened);
            flood.spawn(async move {
                loop {
                    if let Ok(mut stream) = TcpStream::connect(address).await {
                        reopened.fetch_add(1, Ordering::Relaxed);
                        _ = stream.read(&mut [0]).await;
                    }
                }
            });
        }
        for path in ["/healthz", "/readyz"].repeat(3) {
            let before = reopened.load(Ordering::Relaxed);
            while reopened.load(Ordering::Relaxed) < before + CONNECTIONS_MAX {
                tokio::time::sleep(UNDISTURBED_TIME).await;
            }
            let mut probe = TcpStream::connect(address).await.unwrap();
            // A slow client sends its head later.
            tokio::time::sleep(UNDISTURBED_TIME / 2).await;
            let answer = ask(&mut probe, path).await;
            assert!(answer.starts_with("HTTP/1.1 "), "{path}: {answer}");
        }
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let (address, _telemetry) = served().await;
        let error = MetricsServer::bind(address).await.unwrap_err().to_string();
        assert!(error.starts_with("metrics.listen: ") && error.contains(&address.to_string()), "{error}");
    }
}
