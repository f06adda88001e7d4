//! Floods of the port for operators.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::arena::{Arena, Result};
use crate::floods::FloodOutcome;
use crate::report::milliseconds;

/// A probe, such as a container runtime's, waits this long for `/healthz`.
const PROBE: Duration = Duration::from_secs(2);

/// 32 connections say nothing, and 200 reopen as soon as they are closed, while a probe asks for `/healthz`.
pub async fn metrics_port(arena: &Arena) -> Result<FloodOutcome> {
    let mut silent = tokio::task::JoinSet::new();
    for number in 0..232 {
        let address = arena.address.clone();
        silent.spawn(async move {
            loop {
                if let Ok(connection) = TcpStream::connect(&address).await {
                    // Readable: the bot has closed it. The others stay until then, too.
                    _ = connection.readable().await;
                }
                if number < 32 {
                    return;
                }
                sleep(Duration::from_millis(10)).await;
            }
        });
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    let url = format!("http://{}/healthz", arena.address);
    let end = Instant::now() + arena.seconds(3, 10);
    while Instant::now() < end {
        let begun = Instant::now();
        match timeout(PROBE, reqwest::get(&url)).await {
            Ok(Ok(response)) if response.status() == 200 => times.push(begun.elapsed()),
            _ => failed += 1,
        }
        sleep(Duration::from_millis(100)).await;
    }
    silent.shutdown().await;
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let max = times.last().copied().unwrap_or_default();
    let note = format!(
        "`/healthz`: {} in time (median / max {} / {} ms), {failed} failed",
        times.len(),
        milliseconds(median),
        milliseconds(max)
    );
    Ok(FloodOutcome::note(note).expect(failed == 0, "`/healthz` did not respond in time"))
}
