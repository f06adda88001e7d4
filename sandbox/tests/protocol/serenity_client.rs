//! serenity's client works with the sandbox.

use std::sync::Arc;

use footnote_sandbox::{MEMBER, Options, Sandbox};
use serde_json::json;
use serenity::all::{
    Client, Command, CommandInteraction, CommandOptionType, ComponentInteraction, Context, CreateActionRow,
    CreateButton, CreateCommand, CreateCommandOption, CreateInteractionResponse, CreateInteractionResponseMessage,
    CreateMessage, EditInteractionResponse, EventHandler, GatewayIntents, Guild, Http, HttpBuilder, Interaction,
    Message, Ready,
};
use serenity::async_trait;

/// A bot that echoes messages and commands, with a button that changes the answer.
struct Echo;

#[async_trait]
impl EventHandler for Echo {
    async fn ready(&self, context: Context, _: Ready) {
        let option = CreateCommandOption::new(CommandOptionType::String, "text", "What to say").required(true);
        let command = CreateCommand::new("echo").description("Says it again").add_option(option);
        Command::set_global_commands(&context.http, vec![command]).await.unwrap();
    }

    async fn guild_create(&self, _: Context, guild: Guild, _: Option<bool>) {
        assert_eq!(guild.channels.len(), 3);
    }

    async fn message(&self, context: Context, message: Message) {
        if message.author.bot {
            return;
        }
        let reply = CreateMessage::new().content(format!("You said: {}", message.content)).reference_message(&message);
        message.channel_id.send_message(&context.http, reply).await.unwrap();
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => answer_command(&context, &command).await,
            Interaction::Component(component) => answer_component(&context, &component).await,
            other => panic!("unexpected {other:?}"),
        }
    }
}

async fn answer_command(context: &Context, command: &CommandInteraction) {
    command.defer(&context.http).await.unwrap();
    let text = command.data.options[0].value.as_str().unwrap();
    let row = CreateActionRow::Buttons(vec![CreateButton::new("louder").label("Louder")]);
    let answer = EditInteractionResponse::new().content(text).components(vec![row]);
    command.edit_response(&context.http, answer).await.unwrap();
}

async fn answer_component(context: &Context, component: &ComponentInteraction) {
    let louder = component.message.content.to_uppercase();
    let message = CreateInteractionResponseMessage::new().content(louder).components(vec![]);
    let response = CreateInteractionResponse::UpdateMessage(message);
    component.create_response(&context.http, response).await.unwrap();
}

/// A client of the sandbox. Its rate limiter must be off, otherwise serenity ignores the proxy.
async fn client(sandbox: &Sandbox) -> Client {
    let http: Http = HttpBuilder::new(sandbox.token()).proxy(sandbox.base_url()).ratelimiter_disabled(true).build();
    let intents = GatewayIntents::non_privileged();
    serenity::client::ClientBuilder::new_with_http(http, intents).event_handler(Echo).await.unwrap()
}

#[tokio::test]
async fn serenity_connects_replies_answers_and_resumes() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let mut client = client(&sandbox).await;
    let shards = Arc::clone(&client.shard_manager);
    let running = tokio::spawn(async move { client.start().await });
    sandbox.wait_for_commands().await.unwrap();

    let hello = format!("{} hello", sandbox.mention());
    let asked = sandbox.post(MEMBER, "general", &hello).await.unwrap();
    let reply = sandbox.wait_for_reply(asked).await.unwrap();
    assert_eq!(reply.content, format!("You said: {hello}"));

    let said = sandbox.slash(MEMBER, "dm", "echo", &[("text", json!("psst"))]).await.unwrap();
    let shown = sandbox.wait_for_answer(said).await.unwrap().message().unwrap();
    assert_eq!((shown.content.as_str(), shown.button_labels()), ("psst", vec!["Louder"]));
    let pressed = sandbox.click(MEMBER, shown.id, "Louder").await.unwrap();
    assert_eq!(sandbox.wait_for_answer(pressed).await.unwrap().message().unwrap().content, "PSST");

    sandbox.drop_gateway(Some(4000));
    let missed = sandbox.post(MEMBER, "dm", "still there?").await.unwrap();
    sandbox.wait_for_resume(1).await.unwrap();
    assert_eq!(sandbox.wait_for_reply(missed).await.unwrap().content, "You said: still there?");

    sandbox.invalidate_session(false);
    sandbox.wait_for_identify(2).await.unwrap();
    let again = sandbox.post(MEMBER, "dm", "and now?").await.unwrap();
    sandbox.wait_for_reply(again).await.unwrap();

    shards.shutdown_all().await;
    running.await.unwrap().unwrap();
}
