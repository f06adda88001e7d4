//! Several shards, in one process or shared out among several: every server is heard by one of them, and each begins its
//! session when its group may.

use std::time::Duration;

use footnote_sandbox::{ChannelRef, MEMBER, OTHER, Options};
use tempfile::TempDir;

use crate::process::Process;
use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

const QUESTION: &str = "who built the lighthouse?";

/// Discord's time between two sessions of a group.
const INTERVAL: Duration = Duration::from_secs(5);

impl Stage {
    /// A process of its own, for some of the shards.
    fn spawn_part(&self, shards: &str) -> (Process, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("harbour.json"), KNOWLEDGE).unwrap();
        let settings = format!("knowledge = [\"harbour.json\"]\n[discord]\nshards = {shards}\n{NO_LIMITS}");
        std::fs::write(folder.path().join("config.toml"), settings).unwrap();
        let (token, address) = (self.sandbox.token(), self.sandbox.base_url());
        let environment = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
        (Process::start(folder.path(), &environment), folder)
    }

    /// The shards that have a session, in order: their number, and of how many.
    fn shards(&self) -> Vec<(u64, u64)> {
        let mut shards: Vec<_> =
            self.sandbox.read(|world| world.sessions.iter().map(|session| session.shard).collect());
        shards.sort_unstable();
        shards
    }

    /// Somebody asks in each of the first servers and in direct messages, and is answered once everywhere.
    async fn each_server_is_answered_once(&self, servers: usize) {
        let mut asked = Vec::new();
        for server in 0..servers {
            asked.push(self.mention(MEMBER, ChannelRef::InGuild(server, "general".to_owned()), QUESTION).await);
        }
        asked.push(self.mention(OTHER, ChannelRef::Dm, QUESTION).await);
        for question in &asked {
            self.sandbox.wait_for_reply(*question).await.unwrap();
        }
        for question in asked {
            assert_eq!(self.replies(question).len(), 1);
        }
    }
}

async fn end(processes: Vec<(Process, TempDir)>) {
    for (process, _folder) in processes {
        process.signal("TERM");
        let (code, log) = process.ended().await;
        assert_eq!(code, Some(0), "{log}");
    }
}

#[tokio::test]
async fn as_many_shards_run_as_discord_recommends() {
    let options =
        Options { guilds: 4, shards: 4, identify_groups: 4, identify_interval: INTERVAL, ..Options::default() };
    let mut stage = Stage::empty(options).await;
    stage.run(NO_LIMITS).await;
    stage.bot().wait_for_log_times("connected shard=", 4).await;
    assert_eq!(stage.shards(), [(0, 4), (1, 4), (2, 4), (3, 4)]);
    stage.each_server_is_answered_once(4).await;
    assert_eq!(stage.sandbox.read(|world| (world.sessions.identifies, world.sessions.early_identifies)), (4, 0));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn several_processes_share_the_work() {
    let options =
        Options { guilds: 4, shards: 1, identify_groups: 16, identify_interval: INTERVAL, ..Options::default() };
    let stage = Stage::empty(options).await;
    let parts = ["{ total = 4, first = 0, last = 1 }", "{ total = 4, first = 2 }"];
    let processes: Vec<_> = parts.iter().map(|shards| stage.spawn_part(shards)).collect();
    for (process, _folder) in &processes {
        process.wait_for_log_times("connected shard=", 2).await;
    }
    processes[0].0.wait_for_log("registered the commands").await;
    assert_eq!(stage.shards(), [(0, 4), (1, 4), (2, 4), (3, 4)]);
    stage.each_server_is_answered_once(4).await;
    assert_eq!(stage.sandbox.read(|world| world.sessions.early_identifies), 0);
    assert_eq!(stage.count_calls("GET", "/commands"), 1, "only the process with shard 0 registers");
    end(processes).await;
    stage.finish(&[]).await;
}

/// Each process knows only its own shards; who is too early is told so, and comes back.
#[tokio::test]
async fn processes_that_start_at_once_in_one_group_all_get_there() {
    let options = Options { guilds: 2, identify_interval: Duration::from_secs(1), ..Options::default() };
    let stage = Stage::empty(options).await;
    let parts = ["{ total = 2, last = 0 }", "{ total = 2, first = 1 }"];
    let processes: Vec<_> = parts.iter().map(|shards| stage.spawn_part(shards)).collect();
    for (process, _folder) in &processes {
        process.wait_for_log("connected shard=").await;
    }
    stage.each_server_is_answered_once(2).await;
    end(processes).await;
    stage.finish(&[]).await;
}
