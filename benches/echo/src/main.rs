//! A minimal bot: poise set up as in its guide, replying to each mention with the message's own text.
//! `benches/cost.py` measures it in turns with Footnote, as a baseline under the same conditions.

use std::env;
use std::error::Error;

use poise::serenity_prelude::{ClientBuilder, FullEvent, GatewayIntents, HttpBuilder};
use poise::{Framework, FrameworkOptions};

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let (token, url) = (env::var("DISCORD_TOKEN")?, env::var("FOOTNOTE_DISCORD_API_URL")?);
    // serenity appends the API path to the proxy's address. It uses the proxy only if its own rate limiter is off.
    let base = url.trim_end_matches("/v10").trim_end_matches("/api");
    let http = HttpBuilder::new(&token).proxy(base).ratelimiter_disabled(true).build();
    let options = FrameworkOptions {
        event_handler: |framework, event| {
            Box::pin(async move {
                if let FullEvent::Message { new_message } = event
                    && !new_message.author.bot
                    && new_message.mentions_user_id(framework.bot_id())
                {
                    new_message.reply(framework.serenity_context, &new_message.content).await?;
                }
                Ok(())
            })
        },
        ..FrameworkOptions::default()
    };
    let framework: Framework<(), BoxError> =
        Framework::builder().options(options).setup(|_, _, _| Box::pin(async { Ok(()) })).build();
    ClientBuilder::new_with_http(http, GatewayIntents::non_privileged()).framework(framework).await?.start().await?;
    Ok(())
}
