//! The release binary with the bundled knowledge, connected to the sandbox, and bystanders whose questions are timed
//! while a flood runs.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use footnote_sandbox::{Options, Sandbox, Snowflake, intents};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::floods::{Flood, FloodOutcome};
use crate::process::Process;
use crate::report::{Measured, Series};

/// The result of an act. An error ends the flood and is reported.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The channel that floods fill.
pub const FLOODED: &str = "general";

/// The members who attack, `member-1` and so on.
pub const ATTACKERS: usize = 200;

/// Bystanders ask in turn, each in a channel of their own, so that none of them reaches a limit.
const BYSTANDERS: usize = 12;

/// Further channels: one for each bystander, and quiet ones for the floods.
pub const QUIET_CHANNELS: std::ops::Range<usize> = BYSTANDERS + 1..BYSTANDERS + 21;

/// The time between two questions of bystanders elsewhere, and in the flooded channel, where the answers share Discord's
/// limit with those of the flood.
const ELSEWHERE_EVERY: Duration = Duration::from_millis(200);
const CROWDED_EVERY: Duration = Duration::from_secs(2);

/// Discord's limit of messages in a channel.
const CHANNEL_LIMIT: (u32, Duration) = (5, Duration::from_secs(5));

/// Questions of bystanders, which the bundled knowledge answers.
const QUESTIONS: [&str; 3] =
    ["Why did Abe want to get closer to Russia?", "who followed abe", "what happened to the island talks?"];

/// A flood that takes longer than this is ended.
const PATIENCE: Duration = Duration::from_secs(240);

/// The first reply to a message.
#[derive(Clone, Copy)]
pub struct Arrival {
    /// When the sandbox had it.
    pub at: Instant,
    /// Whether it is an answer. Refusals have no embed.
    pub answer: bool,
}

/// A message, and when it was posted.
pub type Posted = (Snowflake, Instant);

/// The bot, the sandbox, and the replies so far.
pub struct Arena {
    /// The stand-in for Discord.
    pub sandbox: Arc<Sandbox>,
    /// Whether everything must be short.
    pub quick: bool,
    /// Cancelled when the flood is over, or earlier by a flood during which nobody can be answered.
    pub over: CancellationToken,
    /// The address of the metrics.
    pub address: String,
    bot: Process,
    arrivals: Arc<Mutex<HashMap<Snowflake, Arrival>>>,
    recorder: JoinHandle<()>,
    _folder: TempDir,
}

impl Drop for Arena {
    fn drop(&mut self) {
        // It holds the sandbox.
        self.recorder.abort();
    }
}

impl Arena {
    /// Starts the sandbox and the bot, and waits until the bot is ready.
    pub async fn start(flood: &Flood, quick: bool) -> Self {
        let options = Options {
            members: ATTACKERS + 2 * BYSTANDERS,
            channels: QUIET_CHANNELS.end,
            channel_limit: flood.channel_limit.then_some(CHANNEL_LIMIT),
            approved_intents: intents::MESSAGE_CONTENT,
            wait_timeout: Duration::from_secs(120),
            ..Options::default()
        };
        let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("knowledge.json"), (flood.knowledge)()).unwrap();
        // A folder of its own: at its start, the bot removes temporary files from the folder of the knowledge.
        std::fs::create_dir(folder.path().join("cache")).unwrap();
        let general =
            sandbox.read(|world| world.directory.channels.iter().find(|found| found.name == FLOODED).cloned());
        let settings = flood.settings.replace("GENERAL", &general.unwrap().id.to_string());
        let top = "knowledge = [\"knowledge.json\"]\nlearned_file = \"cache/learned.bin\"\n";
        let configuration = format!("{top}[metrics]\nlisten = \"127.0.0.1:0\"\n{settings}");
        let (token, url) = (sandbox.token(), sandbox.base_url());
        let environment = [
            ("DISCORD_TOKEN", token.as_str()),
            ("FOOTNOTE_DISCORD_API_URL", &url),
            // As deploy/ sets them.
            ("MALLOC_ARENA_MAX", "1"),
            ("MALLOC_TRIM_THRESHOLD_", "131072"),
        ];
        // The first start learns the weights, which takes memory that later starts do not need.
        let learning = Process::start(folder.path(), &configuration, &environment);
        while !folder.path().join("cache/learned.bin").exists() {
            sleep(Duration::from_millis(20)).await;
        }
        learning.signal("TERM");
        learning.ended().await;
        let bot = Process::start(folder.path(), &configuration, &environment);
        bot.wait_until_ready().await;
        sandbox.wait_for_commands().await.unwrap();
        let address = bot.wait_for_field("address").await;
        let arrivals = Arc::default();
        let recorder = tokio::spawn(record_replies(Arc::clone(&sandbox), Arc::clone(&arrivals)));
        Self { sandbox, quick, over: CancellationToken::new(), address, bot, arrivals, recorder, _folder: folder }
    }

    /// Runs a flood, with bystanders before it and during it.
    pub async fn measure(self, flood: &Flood) -> Measured {
        let over = CancellationToken::new();
        let (idle, ()) = tokio::join!(self.ask_elsewhere(&over), async {
            sleep(self.seconds(2, 4)).await;
            over.cancel();
        });
        let baseline = self.series(idle).await;
        let (memory_before, metrics_before) = (self.bot.memory("VmRSS"), self.metrics().await);

        let attack = async {
            // Bystanders need time for some questions even if the flood is short.
            let (findings, ()) = tokio::join!(timeout(PATIENCE, (flood.attack)(&self)), sleep(self.seconds(3, 5)));
            self.over.cancel();
            match findings {
                Ok(Ok(findings)) => findings,
                Ok(Err(error)) => FloodOutcome::stopped(error.to_string().lines().next().unwrap_or_default()),
                Err(_) => FloodOutcome::stopped("it took too long"),
            }
        };
        let crowd = async { if flood.crowded { self.ask_in_the_crowd(&self.over).await } else { Vec::new() } };
        let (findings, elsewhere, crowd) = tokio::join!(attack, self.ask_elsewhere(&self.over), crowd);
        let elsewhere = self.series(elsewhere).await;
        let crowd = self.series(crowd).await;
        // The bot returns memory to the system within seconds after a flood.
        sleep(self.seconds(1, 5)).await;
        Measured {
            baseline,
            elsewhere,
            crowd,
            findings,
            memory: [memory_before, self.bot.memory("VmHWM"), self.bot.memory("VmRSS")],
            metrics: [metrics_before, self.metrics().await],
        }
    }

    /// A time in seconds, for `--quick` and for the default.
    pub fn seconds(&self, quick: u64, otherwise: u64) -> Duration {
        Duration::from_secs(if self.quick { quick } else { otherwise })
    }

    /// Acts so many times a second for this long. The act gets the number of its call.
    pub async fn repeat(
        &self,
        per_second: u32,
        length: Duration,
        mut act: impl AsyncFnMut(usize) -> Result<()>,
    ) -> Result<usize> {
        let mut interval = tokio::time::interval(Duration::from_secs(1) / per_second);
        let end = Instant::now() + length;
        let mut count = 0;
        while Instant::now() < end {
            interval.tick().await;
            act(count).await?;
            count += 1;
        }
        Ok(count)
    }

    /// A member asks by mention.
    pub async fn ask(&self, user: &str, channel: &str, question: &str) -> Result<Posted> {
        let text = format!("{} {question}", self.sandbox.mention());
        Ok((self.sandbox.post(user, channel, &text).await?, Instant::now()))
    }

    async fn ask_elsewhere(&self, over: &CancellationToken) -> Vec<Posted> {
        let place = |turn| (ATTACKERS + 1 + turn, format!("channel-{}", 1 + turn));
        self.ask_in_turn(ELSEWHERE_EVERY, over, place).await
    }

    async fn ask_in_the_crowd(&self, over: &CancellationToken) -> Vec<Posted> {
        let place = |turn| (ATTACKERS + 1 + BYSTANDERS + turn, FLOODED.to_owned());
        self.ask_in_turn(CROWDED_EVERY, over, place).await
    }

    async fn ask_in_turn(
        &self,
        every: Duration,
        over: &CancellationToken,
        place: impl Fn(usize) -> (usize, String),
    ) -> Vec<Posted> {
        let mut interval = tokio::time::interval(every);
        let mut asked = Vec::new();
        loop {
            tokio::select! {
                () = over.cancelled() => return asked,
                _ = interval.tick() => {}
            }
            let (member, channel) = place(asked.len() % BYSTANDERS);
            let question = QUESTIONS[asked.len() % QUESTIONS.len()];
            asked.push(self.ask(&format!("member-{member}"), &channel, question).await.unwrap());
        }
    }

    /// Waits until each of these messages has a reply, or for a limited time.
    pub async fn series(&self, asked: Vec<Posted>) -> Series {
        let end = Instant::now() + self.seconds(10, 60);
        while Instant::now() < end && asked.iter().any(|(id, _)| self.arrival(*id).is_none()) {
            sleep(Duration::from_millis(20)).await;
        }
        Series::new(asked.into_iter().map(|(id, at)| (at, self.arrival(id))))
    }

    /// The first reply to a message, so far.
    pub fn arrival(&self, message: Snowflake) -> Option<Arrival> {
        self.arrivals.lock().unwrap().get(&message).copied()
    }

    /// The counters that say what the bot refused, and the longest stall, by name and labels. Empty if the bot does not
    /// respond.
    pub async fn metrics(&self) -> BTreeMap<String, f64> {
        let text = async { reqwest::get(format!("http://{}/metrics", self.address)).await?.text().await };
        let text = timeout(Duration::from_secs(60), text).await;
        let text = text.ok().and_then(std::result::Result::ok).unwrap_or_default();
        let parsed = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let end = line.find('}').map_or_else(|| line.find(' '), |brace| Some(brace + 1))?;
            Some((line[..end].to_owned(), line[end..].split_whitespace().next()?.parse().ok()?))
        });
        parsed.collect()
    }
}

/// Records the first reply of the bot to each message, for as long as the sandbox runs.
async fn record_replies(sandbox: Arc<Sandbox>, arrivals: Arc<Mutex<HashMap<Snowflake, Arrival>>>) {
    let mut newest = Snowflake(0);
    loop {
        let replies = sandbox.wait_for("a reply", |world| {
            let messages = world.messages().rev().take_while(|message| message.id > newest);
            let messages: Vec<_> = messages.collect();
            newest = messages.first()?.id;
            let replies = messages.iter().filter(|message| message.author == world.directory.bot);
            let replies: Vec<_> =
                replies.filter_map(|message| Some((message.reference?, !message.embeds.is_empty()))).collect();
            (!replies.is_empty()).then_some(replies)
        });
        // A timeout means that nothing was said for a while.
        let Ok(replies) = replies.await else { continue };
        let mut arrivals = arrivals.lock().unwrap();
        for (question, answer) in replies {
            arrivals.entry(question).or_insert(Arrival { at: Instant::now(), answer });
        }
    }
}
