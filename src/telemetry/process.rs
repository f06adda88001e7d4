//! Metrics of the process as the system reports them: memory, processor time, open files, start time. The names are
//! those of every Prometheus client (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).

use std::fmt;
use std::time::SystemTime;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::since_1970;

/// The units of processor time in `/proc` per second. Linux reports 100 to user space on every architecture
/// (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// The positions of user and system time in `/proc/self/stat`, counted from 0 after the program's name (see proc(5)).
const TIME_FIELDS: std::ops::Range<usize> = 11..13;

/// Collects the metrics of this process.
#[derive(Debug)]
pub(super) struct ProcessCollector {
    started: SystemTime,
}

impl ProcessCollector {
    pub(super) fn new() -> Self {
        Self { started: SystemTime::now() }
    }
}

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name: &str, help: &str, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        gauge(
            "process_start_time_seconds",
            "Start time of the process since 1970",
            since_1970(self.started).as_secs_f64(),
        )?;
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_memory_bytes", "Resident memory of the process", bytes)?;
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            gauge("process_open_fds", "Open files and sockets", files.count() as f64)?;
        }
        if let Some(seconds) = processor_seconds() {
            let counter = ConstCounter::new(seconds);
            let name = "process_cpu_seconds";
            counter.encode(encoder.encode_descriptor(name, "Processor time used", None, counter.metric_type())?)?;
        }
        Ok(())
    }
}

/// The resident memory in bytes. Returns `None` on systems without Linux's `/proc`.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kib.parse::<f64>().ok()? * 1_024.0)
}

/// The processor time in seconds. Returns `None` on systems without Linux's `/proc`.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name may contain brackets and spaces, so start after the last bracket.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: Option<f64> = fields.get(TIME_FIELDS)?.iter().map(|field| field.parse::<f64>().ok()).sum();
    Some(ticks? / TICKS_PER_SECOND)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn linux_reports_memory_and_processor_time() {
        let bytes = resident_bytes().unwrap();
        assert!((1e5..1e11).contains(&bytes), "{bytes}");
        let before = processor_seconds().unwrap();
        assert!((0.0..1e9).contains(&before), "{before}");
    }
}
