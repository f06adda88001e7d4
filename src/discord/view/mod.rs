//! Renders replies as Discord messages, within Discord's limits.
//! Everything here is plain data; nothing is sent.

pub mod button_id;
pub mod limits;
pub mod markdown;
pub mod message_view;
pub mod sections;
