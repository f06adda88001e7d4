// The page as a whole: the current viewer and channel, and the connections between its parts.

import { Composer } from "./composer.js";
import { announce, element, find } from "./dom.js";
import { drawInspector } from "./inspector.js";
import { drawMessages, scrollToEnd, followNewMessages, moveBetweenMessages } from "./messages.js";
import { openModal } from "./popups.js";
import * as server from "./server.js";

const address = new URLSearchParams(location.search);
const viewer = { as: address.get("as") ?? "member", channel: address.get("channel") ?? "general", inspector: false };
let view = null;

// Performs an act as the viewer and shows its error. Returns whether it succeeded.
async function act(body) {
  notice("");
  try {
    const result = await server.act({ as: viewer.as, ...body });
    if (result.modal) openModal(result.modal, (texts) => server.act({ act: "submit_modal", opener: result.interaction, texts }));
    return true;
  } catch (error) {
    notice(error.message.includes("did not respond") ? "The application did not respond" : error.message);
    return false;
  }
}

function notice(text) {
  const bar = find("notice");
  bar.textContent = text;
  bar.hidden = text === "";
}

// Disables a control until the act is done, to prevent a second click.
async function pressControl(control, body) {
  control.setAttribute("aria-busy", "true");
  control.disabled = true;
  await act(body);
  control.disabled = false;
  control.removeAttribute("aria-busy");
  if (document.activeElement === document.body && control.isConnected) control.focus();
}

const composer = new Composer({
  post: (text) => act({ act: "post", channel: viewer.channel, text }),
  reply: (message, text, ping) => act({ act: "reply", message: message.id, text, ping }),
  edit: (message, text) => act({ act: "edit", message: message.id, text }),
  showError: notice,
  run: (command, options) => act({ act: "slash", channel: viewer.channel, command, options }),
  complete: async (command, options, focused) => {
    const request = { act: "autocomplete", as: viewer.as, channel: viewer.channel, command, options, focused };
    const result = await server.act(request).catch(() => ({}));
    return result.choices ?? [];
  },
});

const onMessage = {
  click: (message, control, button) => pressControl(button, { act: "click", message: message.id, button: control.custom_id }),
  select: (message, control, values, button) => pressControl(button, { act: "select", message: message.id, menu: control.custom_id, values }),
  menu: (message, command) => act({ act: "message_command", message: message.id, command }),
  remove: (message) => act({ act: "delete", message: message.id }),
  reply: (message) => composer.reply(message),
  edit: (message) => composer.edit(message),
  copy: async (message) => {
    const copied = await navigator.clipboard?.writeText(message.text).then(() => true, () => false);
    if (copied) announce("Copied");
    else notice("The browser does not allow copying");
  },
};

function navigate(change) {
  Object.assign(viewer, change);
  const query = new URLSearchParams({ as: viewer.as, channel: viewer.channel });
  history.replaceState(null, "", `?${query}`);
  server.follow(viewer, on);
}

const on = {
  view: (next) => {
    const before = view;
    view = next;
    viewer.channel = next.channel.id;
    draw(before);
  },
  inspector: (inspector) => drawInspector(inspector, view.knowledge.revision, (asked) => server.explain(viewer, asked)),
  connected: (connected) => {
    document.body.classList.toggle("away", !connected);
    if (!connected) notice("The sandbox does not respond. Is it still running? Reconnecting …");
    else if (find("notice").textContent.startsWith("The sandbox does not respond")) notice("");
  },
};

function draw(before) {
  const moved = !before || before.channel.id !== view.channel.id || before.viewer.id !== view.viewer.id;
  const title = view.channel.direct ? `@ ${view.bot.name}` : `# ${view.channel.name}`;
  find("title").textContent = title;
  document.title = `${title} · Footnote sandbox`;
  find("log").setAttribute("aria-label", `Messages in ${view.channel.direct ? "your direct messages" : view.channel.name}`);
  drawSidebar();
  drawWelcome();
  drawKnowledge(before);
  composer.update(view);
  drawMessages(view, onMessage);
  if (moved) scrollToEnd();
}

function drawSidebar() {
  const guild = view.guilds.find((guild) => guild.id === view.guild);
  find("server-name").textContent = guild?.name ?? "";
  const servers = find("server");
  find("server-choice").hidden = view.guilds.length < 2;
  find("server-name").hidden = view.guilds.length > 1;
  if (servers.options.length !== view.guilds.length) {
    servers.replaceChildren(...view.guilds.map((guild) => element("option", { value: guild.channel }, guild.name)));
  }
  servers.value = guild?.channel;
  const link = (channel, name) => {
    const current = channel.id === view.channel.id ? "page" : null;
    const lock = channel.restricted ? element("span", { title: "for moderators only", class: "lock" }, " · moderators") : null;
    const button = element("button", { type: "button", "aria-current": current, "data-channel": channel.id }, name, lock);
    button.addEventListener("click", () => {
      showSidebar(false);
      navigate({ channel: channel.id });
    });
    return element("li", {}, button);
  };
  const focused = document.activeElement?.dataset?.channel;
  find("channels").replaceChildren(...view.channels.map((channel) => link(channel, `# ${channel.name}`)));
  find("direct").replaceChildren(link(view.direct, `@ ${view.bot.name}`));
  if (focused) document.querySelector(`[data-channel="${focused}"]`)?.focus();
  for (const radio of document.querySelectorAll("[name=person]")) radio.checked = radio.value === view.viewer.name;
}

function drawWelcome() {
  const direct = view.channel.direct;
  const state = JSON.stringify([view.channel.id, view.starters, view.bot.name]);
  const section = find("welcome");
  if (section.dataset.state === state) return;
  section.dataset.state = state;
  const ask = (question) => {
    const button = element("button", { type: "button", class: "starter" }, question);
    button.addEventListener("click", () => act({ act: "post", channel: viewer.channel, text: direct ? question : `@${view.bot.name} ${question}` }));
    return element("li", {}, button);
  };
  const { files } = view.knowledge;
  const saved = files.length ? [" Moderators' changes are saved to ", element("code", {}, files.join(", ")), "."] : [];
  section.replaceChildren(
    element("h2", {}, direct ? `Your direct messages with ${view.bot.name}` : `Welcome to #${view.channel.name}`),
    element(
      "p",
      {},
      "This is a stand-in for Discord on your machine, running the real bot. Nothing you write leaves your machine. ",
      direct ? "Write a question, or click one of these:" : "Mention the bot and ask a question, or click one of these:",
    ),
    element("ul", { class: "starters" }, ...view.starters.map(ask)),
    element("p", {}, "Type ", element("kbd", {}, "/"), " for the bot's commands. To try the commands of moderators, switch to moderator in the sidebar.", ...saved),
  );
}

function drawKnowledge(before) {
  const { titles, revision, problems, files } = view.knowledge;
  const named = titles.length > 1 ? `${titles.length} texts` : (titles[0] ?? "");
  find("known").textContent = view.connected ? named : "The bot is starting …";
  find("known").title = files.length ? `Read from ${files.join(", ")}` : "The built-in copy";
  const bar = find("problems");
  bar.hidden = problems.length === 0;
  const state = JSON.stringify(problems);
  if (bar.dataset.state !== state) {
    bar.dataset.state = state;
    const head = element("p", {}, element("strong", {}, "The knowledge files have errors."), " The bot keeps using the last valid version.");
    bar.replaceChildren(head, element("pre", { tabindex: "0" }, problems.join("\n")));
  }
  if (before && before.knowledge.revision !== revision) {
    announce("Knowledge reloaded");
    const toast = element("div", { class: "toast" }, "Knowledge reloaded");
    toast.addEventListener("animationend", () => toast.remove());
    document.body.append(toast);
  }
}

function showSidebar(shown) {
  document.body.classList.toggle("places", shown);
  find("places").setAttribute("aria-expanded", String(shown));
  if (shown) document.querySelector("#sidebar [aria-current]")?.focus();
}

function showInspector(shown) {
  find("inspector").hidden = !shown;
  find("inspector-switch").setAttribute("aria-expanded", String(shown));
  document.body.classList.toggle("looking", shown);
  navigate({ inspector: shown });
  find(shown ? "inspector-close" : "inspector-switch").focus();
}

find("places").addEventListener("click", () => showSidebar(!document.body.classList.contains("places")));
find("inspector-switch").addEventListener("click", () => showInspector(find("inspector").hidden));
find("inspector-close").addEventListener("click", () => showInspector(false));
find("inspector").addEventListener("keydown", (event) => event.key === "Escape" && showInspector(false));
find("sidebar").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("places")) return;
  showSidebar(false);
  find("places").focus();
});
find("log").addEventListener("keydown", moveBetweenMessages);
find("log").addEventListener("pointerdown", () => showSidebar(false));
find("people").addEventListener("change", (event) => navigate({ as: event.target.value }));
find("server").addEventListener("change", (event) => navigate({ channel: event.target.value }));
followNewMessages();
navigate({});
find("box").focus();
