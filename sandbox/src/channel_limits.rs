//! The rate limit of each channel (<https://discord.com/developers/docs/topics/rate-limits>): the sandbox counts the
//! calls that post, edit or delete messages, for each channel and method, and refuses those above the limit.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::http::{ApiRequest, ApiResponse, BucketState};

/// The calls of one method on the messages of one channel.
type BucketName = (String, String);

/// The windows of all channels and methods.
#[derive(Debug, Default)]
pub(super) struct ChannelLimits {
    windows: BTreeMap<BucketName, LimitWindow>,
}

/// The calls that are left until a time.
#[derive(Debug)]
struct LimitWindow {
    remaining: u32,
    renewed_at: Instant,
}

impl ChannelLimits {
    /// Counts a call against the limit: so many calls in this time. Returns `None` if the call has no limit.
    ///
    /// # Errors
    ///
    /// The response with status 429, if no call is left.
    pub(super) fn take(
        &mut self,
        request: &ApiRequest,
        (limit, time): (u32, Duration),
    ) -> Result<Option<BucketState>, ApiResponse> {
        let Some(name) = bucket_name(request) else { return Ok(None) };
        let now = Instant::now();
        let bucket = format!("{}:{}", name.0, name.1);
        let window = self.windows.entry(name).or_insert(LimitWindow { remaining: limit, renewed_at: now + time });
        if now >= window.renewed_at {
            *window = LimitWindow { remaining: limit, renewed_at: now + time };
        }
        let reset_after = window.renewed_at.saturating_duration_since(now);
        let state = |remaining| BucketState { bucket, limit, remaining, reset_after };
        match window.remaining.checked_sub(1) {
            Some(remaining) => {
                window.remaining = remaining;
                Ok(Some(state(remaining)))
            }
            None => Err(ApiResponse { limit: Some(state(0)), ..ApiResponse::rate_limited(reset_after.as_secs_f64()) }),
        }
    }
}

impl BucketState {
    /// The headers in which Discord tells the bot about the limit.
    pub(super) fn headers(&self) -> [(&'static str, String); 4] {
        [
            ("x-ratelimit-bucket", self.bucket.clone()),
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset-after", format!("{:.3}", self.reset_after.as_secs_f64())),
        ]
    }
}

/// The bucket of a call. Reading messages is not limited: Discord's limit for it is far higher.
fn bucket_name(request: &ApiRequest) -> Option<BucketName> {
    let mut segments = request.path.trim_matches('/').split('/');
    let limited = request.method != "GET" && segments.next() == Some("channels");
    let channel = segments.next()?;
    (limited && segments.next() == Some("messages")).then(|| (request.method.clone(), channel.to_owned()))
}
