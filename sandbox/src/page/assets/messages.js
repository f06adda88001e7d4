// Draws the messages of a channel. Redraws only changed messages, to keep focus and scroll position.

import { element, find } from "./dom.js";
import { openMenu } from "./popups.js";

// Messages of one author within this time appear as one group.
const TOGETHER_MS = 7 * 60 * 1000;
// Button styles by Discord's numbers.
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

// Distance from the end, in pixels, within which the log follows new messages.
const NEAR_END = 80;

const drawn = new Map();
let atEnd = true;

// Keeps the log at its end when messages arrive or its size changes, unless the user has scrolled up.
export function followNewMessages() {
  const log = find("log");
  const size = () => `${log.clientHeight} of ${log.scrollHeight}`;
  let known = size();
  log.addEventListener("scroll", () => {
    // The browser itself also scrolls when sizes change; ignore that.
    if (size() === known) atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
  });
  const sizes = new ResizeObserver(() => {
    if (atEnd) log.scrollTop = log.scrollHeight;
    known = size();
  });
  for (const part of [log, find("welcome"), find("messages")]) sizes.observe(part);
}

export function scrollToEnd() {
  atEnd = true;
  find("log").scrollTop = find("log").scrollHeight;
}

// `on` contains the callbacks: click, select, reply, edit, remove, copy, menu.
export function drawMessages(view, on) {
  const list = find("messages");
  const newest = list.lastElementChild?.id;
  const shownIds = new Set();
  let previous = null;
  let next = list.firstElementChild;
  for (const message of view.messages) {
    const follows =
      previous !== null &&
      previous.author.id === message.author.id &&
      message.at - previous.at < TOGETHER_MS &&
      !message.reply &&
      !message.invoked &&
      previous.ephemeral === message.ephemeral;
    previous = message;
    const state = JSON.stringify([message, follows, view.menus, view.viewer.id]);
    shownIds.add(message.id);
    let known = drawn.get(message.id);
    if (known?.state !== state) {
      const article = draw(message, follows, view, on);
      if (known) {
        if (next === known.article) next = next.nextElementSibling;
        replace(known.article, article);
      }
      known = { state, article };
      drawn.set(message.id, known);
    }
    if (next === known.article) next = next.nextElementSibling;
    else if (known.article.nextElementSibling !== next || known.article.parentElement !== list) list.insertBefore(known.article, next);
  }
  for (const [id, { article }] of drawn) {
    if (shownIds.has(id)) continue;
    const hadFocus = article.contains(document.activeElement);
    article.remove();
    drawn.delete(id);
    if (hadFocus) find("log").focus();
  }
  // Show the viewer's own new message.
  if (view.messages.at(-1)?.own && list.lastElementChild.id !== newest) scrollToEnd();
}

// Moves the focus from a control of the old article to the same control of the new one.
function replace(old, article) {
  const key = old.contains(document.activeElement) ? (document.activeElement.dataset.key ?? "") : null;
  old.replaceWith(article);
  if (key === null) return;
  const same = [...article.querySelectorAll("[data-key]")].find((control) => control.dataset.key === key);
  (same ?? article).focus();
}

function draw(message, follows, view, on) {
  const { author } = message;
  const name = `name-${message.id}`;
  const body = element(
    "div",
    { class: "body" },
    element(
      "header",
      { class: follows ? "unseen" : null },
      element("strong", { id: name, class: author.moderates ? "moderates" : null }, author.name),
      author.app ? element("span", { class: "tag" }, "APP") : null,
      element("time", { datetime: new Date(message.at).toISOString(), title: dateTime.format(message.at) }, clock.format(message.at)),
    ),
    message.loading ? thinking(author) : element("div", { class: "text", html: message.html }),
    ...message.embeds.map(embed),
    ...message.files.map((file) => drawFile(message, file, view)),
    message.edited && !message.loading ? element("small", { class: "edited", title: dateTime.format(message.edited) }, "(edited)") : null,
    ...message.rows.map((row) => element("div", { class: "row" }, ...row.map((control) => drawControl(message, control, on)))),
    message.ephemeral ? ephemeralNote(message, on) : null,
  );
  const article = element(
    "article",
    {
      id: `message-${message.id}`,
      class: ["message", follows && "follows", message.ephemeral && "ephemeral", message.pinged && "pinged"].filter(Boolean).join(" "),
      tabindex: "-1",
      "aria-labelledby": name,
    },
    contextLine(message),
    avatar(author),
    body,
    message.loading ? null : menuButton(message, view, on),
  );
  for (const time of article.querySelectorAll("time[data-style]")) formatTimestamp(time);
  return article;
}

// Discord's timestamp styles, formatted in the reader's time zone.
const TIMESTAMP_STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const SPANS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

function formatTimestamp(time) {
  const at = new Date(time.dateTime);
  time.title = dateTime.format(at);
  const style = TIMESTAMP_STYLES[time.dataset.style];
  if (style) {
    time.textContent = new Intl.DateTimeFormat(undefined, style).format(at);
    return;
  }
  const seconds = Math.round((at - Date.now()) / 1000);
  const [unit, length] = SPANS.find(([, length]) => Math.abs(seconds) >= length) ?? SPANS.at(-1);
  time.textContent = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

function thinking(author) {
  const dots = element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
  return element("p", { class: "thinking" }, dots, `${author.name} is thinking…`);
}

function ephemeralNote(message, on) {
  const dismiss = element("button", { type: "button", class: "link", "data-key": "dismiss", onclick: () => on.remove(message) }, "Dismiss message");
  return element("p", { class: "private" }, element("span", { "aria-hidden": "true" }, "◉ "), "Only you can see this · ", dismiss);
}

export function avatar(author) {
  if (author.self) return element("img", { class: "avatar", src: "/icon.svg", alt: "" });
  const hue = [...author.name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  return element("span", { class: "avatar", "aria-hidden": "true", "--hue": String(hue) }, author.name[0].toUpperCase());
}

// The line above a message: the quoted message, or the command that it answers.
function contextLine(message) {
  if (message.invoked) {
    const { author, command } = message.invoked;
    return element("p", { class: "above" }, element("strong", {}, author.name), " used ", element("span", { class: "mention" }, command));
  }
  if (!message.reply) return null;
  if (message.reply.gone) return element("p", { class: "above" }, element("em", {}, "Original message was deleted"));
  const { id, author, text } = message.reply;
  const show = () => {
    const original = find(`message-${id}`);
    original?.scrollIntoView({ block: "center" });
    original?.focus();
  };
  const quoted = element("button", { type: "button", class: "link", "data-key": "above", onclick: show }, element("strong", {}, author.name), ` ${text}`);
  return element("p", { class: "above" }, element("span", { class: "unseen" }, "In reply to "), quoted);
}

function embed(shown) {
  const fields = shown.fields.map((field) =>
    element("div", { class: field.inline ? "field inline" : "field" }, element("dt", { html: field.name }), element("dd", { html: field.value })),
  );
  return element(
    "section",
    { class: "embed", "--bar": shown.colour },
    shown.author ? element("p", { class: "by" }, shown.author) : null,
    shown.title ? element("h3", { html: shown.title }) : null,
    shown.description ? element("div", { class: "text", html: shown.description }) : null,
    fields.length ? element("dl", {}, ...fields) : null,
    shown.footer ? element("footer", {}, shown.footer) : null,
  );
}

function drawFile(message, file, view) {
  const query = new URLSearchParams({ as: view.viewer.name, message: message.id, file: file.id });
  const size = file.bytes < 1024 ? `${file.bytes} bytes` : `${(file.bytes / 1024).toFixed(1)} KiB`;
  const link = element("a", { href: `/api/file?${query}`, download: file.filename, "data-key": `file-${file.id}` }, file.filename);
  return element("p", { class: "file" }, element("span", { "aria-hidden": "true" }, "↓ "), link, " ", element("small", {}, size));
}

function drawControl(message, control, on) {
  if (control.type === "button" && control.url) {
    return element("a", { class: "button secondary", href: control.url, target: "_blank", rel: "noopener noreferrer" }, control.label ?? control.url, " ↗");
  }
  if (control.type === "button") {
    const button = element(
      "button",
      { type: "button", class: STYLES[control.style] ?? "secondary", disabled: control.disabled === true, "data-key": control.custom_id },
      [control.emoji?.name, control.label].filter(Boolean).join(" "),
    );
    button.addEventListener("click", () => on.click(message, control, button));
    return button;
  }
  if (control.type === "select") return drawSelect(message, control, on);
  return element("span", { class: "unknown" }, "The sandbox does not support this component");
}

function drawSelect(message, control, on) {
  const chosen = control.options.filter((option) => option.default).map((option) => option.label);
  const label = chosen.join(", ") || control.placeholder || "Make a selection";
  const attributes = { type: "button", class: "select", "aria-haspopup": "menu", "aria-expanded": "false", disabled: control.disabled === true, "data-key": control.custom_id };
  const button = element("button", attributes, element("span", {}, label), element("span", { "aria-hidden": "true" }, "▾"));
  const send = (values) => on.select(message, control, values, button);
  button.addEventListener("click", () => {
    const many = (control.max_values ?? 1) > 1;
    const items = control.options.map((option) => ({
      label: option.label,
      detail: option.description,
      value: option.value,
      checked: many ? option.default === true : undefined,
      pick: () => send([option.value]),
    }));
    const done = { label: "Done", pick: () => send(items.filter((item) => item.checked).map((item) => item.value)) };
    openMenu(button, label, many ? [...items, done] : items);
  });
  return button;
}

function menuButton(message, view, on) {
  const button = element("button", { type: "button", class: "more", "aria-haspopup": "menu", "aria-expanded": "false", "data-key": "menu" }, "⋯");
  button.setAttribute("aria-label", `Menu of the message by ${message.author.name}`);
  button.addEventListener("click", () => {
    const items = [];
    if (!message.ephemeral) items.push({ label: "Reply", pick: () => on.reply(message) });
    if (message.own) items.push({ label: "Edit", pick: () => on.edit(message) });
    items.push({ label: "Copy text", pick: () => on.copy(message) });
    if (message.deletable) items.push({ label: message.ephemeral ? "Dismiss" : "Delete", danger: true, pick: () => on.remove(message) });
    if (!message.ephemeral && view.menus.length > 0) {
      items.push({ heading: "Apps" }, ...view.menus.map((name) => ({ label: name, pick: () => on.menu(message, name) })));
    }
    openMenu(button, button.getAttribute("aria-label"), items);
  });
  return button;
}

// Arrow keys move between messages; Enter opens the menu of the current one.
export function moveBetweenMessages(event) {
  const log = find("log");
  const articles = [...log.querySelectorAll("article")];
  const current = document.activeElement;
  if (current !== log && !articles.includes(current)) return;
  if (event.key === "Enter" && current !== log) {
    current.querySelector(".more")?.click();
    event.preventDefault();
    return;
  }
  const index = articles.indexOf(current);
  const last = articles.length - 1;
  const target = { ArrowUp: index < 0 ? last : Math.max(0, index - 1), ArrowDown: index < 0 ? last : Math.min(last, index + 1), Home: 0, End: last }[event.key];
  if (target === undefined || last < 0) return;
  articles[target].focus();
  event.preventDefault();
}
