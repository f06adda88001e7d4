//! Responds to interactions: commands, components and forms.
//! Both `asking` and `moderation` build on it.

pub mod error;
