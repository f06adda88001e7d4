//! Warnings of wordings that are nearly the same in different entries: a reader could not tell which is meant,
//! and a matcher hardly can.

use super::check::Draft;
use super::findings::Findings;

pub(super) fn check(_drafts: &[Draft<'_>], _findings: &mut Findings) {}
