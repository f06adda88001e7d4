//! The process itself, as the system counts it: memory, processor time, open files, and since when it runs. The names are those
//! that every Prometheus client uses (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).

use std::fmt;
use std::time::SystemTime;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::since_1970;

/// How many units of processor time `/proc` counts in a second; part of Linux's interface to programs, on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// Where the processor time stands in `/proc/self/stat`, after the program's name: in user mode, and in the kernel's.
const TIME_FIELDS: std::ops::Range<usize> = 11..13;

/// Tells of this process.
#[derive(Debug)]
pub(super) struct Process {
    started: SystemTime,
}

impl Process {
    pub(super) fn new() -> Self {
        Self { started: SystemTime::now() }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name: &str, help: &str, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        gauge(
            "process_start_time_seconds",
            "When the process started, since 1970",
            since_1970(self.started).as_secs_f64(),
        )?;
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_memory_bytes", "Memory that the process takes", bytes)?;
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            gauge("process_open_fds", "Files and sockets that are open", files.count() as f64)?;
        }
        if let Some(seconds) = processor_seconds() {
            let counter = ConstCounter::new(seconds);
            let name = "process_cpu_seconds";
            counter.encode(encoder.encode_descriptor(name, "Processor time used", None, counter.metric_type())?)?;
        }
        Ok(())
    }
}

/// Systems other than Linux do not tell it this way, and then it is left out.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kib.parse::<f64>().ok()? * 1_024.0)
}

fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold anything, brackets and spaces too; what follows does not.
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
    fn linux_tells_all_of_it() {
        let bytes = resident_bytes().unwrap();
        assert!((1e5..1e11).contains(&bytes), "{bytes}");
        let before = processor_seconds().unwrap();
        assert!((0.0..1e9).contains(&before), "{before}");
    }
}
