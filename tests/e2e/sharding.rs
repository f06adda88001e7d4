//! Several shards, in one process or in several: each server belongs to one shard, and each shard identifies when its
//! rate-limit group allows it.

use std::time::Duration;

use footnote_sandbox::{ChannelRef, MEMBER, OTHER, Options};
use tempfile::TempDir;

use crate::stage::{NO_LIMITS, Process, QUESTION, Stage};

/// Discord's interval between two identifies of a rate-limit group.
const INTERVAL: Duration = Duration::from_secs(5);

/// Somebody asks in each of the first servers and in direct messages, and gets one answer everywhere.
async fn assert_each_server_answered_once(stage: &Stage, servers: usize) {
    let mut asked = Vec::new();
    for server in 0..servers {
        asked.push(stage.mention(MEMBER, ChannelRef::InGuild(server, "general".to_owned()), QUESTION).await);
    }
    asked.push(stage.mention(OTHER, ChannelRef::Dm, QUESTION).await);
    stage.wait_for_replies(&asked).await;
    stage.assert_each_answered_once(&asked);
}

/// Stops processes by a signal.
async fn end(processes: Vec<(Process, TempDir)>) {
    for (process, _folder) in processes {
        process.signal("TERM");
        let (code, log) = process.ended().await;
        assert_eq!(code, Some(0), "{log}");
    }
}

#[tokio::test]
async fn the_bot_runs_as_many_shards_as_discord_recommends() {
    let options =
        Options { guilds: 4, shards: 4, identify_groups: 4, identify_interval: INTERVAL, ..Options::default() };
    let mut stage = Stage::empty(options).await;
    stage.run(NO_LIMITS).await;
    assert_eq!(stage.shards(), [(0, 4), (1, 4), (2, 4), (3, 4)]);
    assert_each_server_answered_once(&stage, 4).await;
    assert_eq!(stage.sandbox.read(|world| (world.sessions.identifies, world.sessions.early_identifies)), (4, 0));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn several_processes_share_the_shards() {
    let options =
        Options { guilds: 4, shards: 1, identify_groups: 16, identify_interval: INTERVAL, ..Options::default() };
    let stage = Stage::empty(options).await;
    let parts = ["{ total = 4, first = 0, last = 1 }", "{ total = 4, first = 2 }"];
    let processes: Vec<_> = parts.iter().map(|shards| stage.spawn_shards(shards)).collect();
    for (process, _folder) in &processes {
        process.wait_until_ready().await;
    }
    stage.sandbox.wait_for_commands().await.unwrap();
    assert_eq!(stage.shards(), [(0, 4), (1, 4), (2, 4), (3, 4)]);
    assert_each_server_answered_once(&stage, 4).await;
    assert_eq!(stage.sandbox.read(|world| world.sessions.early_identifies), 0);
    assert_eq!(stage.count_calls("GET", "/commands"), 1, "only the process with shard 0 registers");
    end(processes).await;
    stage.finish(&[]).await;
}

/// Each process knows only its own shards. Discord refuses an identify that is too early, and the shard tries again.
#[tokio::test]
async fn processes_that_start_at_once_in_one_group_all_connect() {
    let options = Options { guilds: 2, identify_interval: Duration::from_secs(1), ..Options::default() };
    let stage = Stage::empty(options).await;
    let parts = ["{ total = 2, last = 0 }", "{ total = 2, first = 1 }"];
    let processes: Vec<_> = parts.iter().map(|shards| stage.spawn_shards(shards)).collect();
    for (process, _folder) in &processes {
        process.wait_until_ready().await;
    }
    assert_each_server_answered_once(&stage, 2).await;
    end(processes).await;
    stage.finish(&[]).await;
}
