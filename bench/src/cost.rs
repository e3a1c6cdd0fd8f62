//! What a piece of work cost this process: processor time, and memory at its peak.

use std::fs;

use anyhow::{Context as _, Result};

/// A cost, or the point from which one is counted.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    cpu_seconds: f64,
    peak_bytes: u64,
}

impl Cost {
    /// What the process used so far.
    pub fn so_far() -> Result<Self> {
        let stat = fs::read_to_string("/proc/self/schedstat")?;
        let nanoseconds: f64 = stat
            .split(' ')
            .next()
            .context("has a first field")?
            .parse()?;
        let status = fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = line
            .and_then(|line| line.split_whitespace().next())
            .context("has VmHWM")?
            .parse()?;
        Ok(Self {
            cpu_seconds: nanoseconds / 1e9,
            peak_bytes: kib * 1024,
        })
    }

    /// What was used since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds - before.cpu_seconds,
            peak_bytes: self.peak_bytes.saturating_sub(before.peak_bytes),
        }
    }

    /// One line: processor time, and memory above the `input` bytes of the document itself.
    pub fn json(self, input: u64) -> String {
        let above = self.peak_bytes.saturating_sub(input);
        serde_json::json!({"cpu_seconds": self.cpu_seconds, "bytes_above_input": above}).to_string()
    }
}
