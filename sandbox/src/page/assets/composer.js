// The message box: messages, replies, edits, mentions, and commands with autocompletion of their options.

import { element, find } from "./dom.js";
import { Option, enteredValues } from "./option.js";
import { Suggestions } from "./suggestions.js";

const ROWS_MAX = 8;

// `on` contains the callbacks: post, reply, edit, run (a command), complete (an option), showError.
export class Composer {
  constructor(on) {
    this.on = on;
    this.box = find("box");
    this.form = find("composer");
    this.commandForm = find("command");
    this.about = find("about-to");
    this.suggestions = new Suggestions(find("suggestions"));
    this.target = null;
    this.view = null;
    this.box.addEventListener("input", () => this.onInput());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.suggestions.hide());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.commandForm.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.leaveCommand();
    });
  }

  update(view) {
    const moved = this.view && (this.view.channel.id !== view.channel.id || this.view.viewer.id !== view.viewer.id);
    this.view = view;
    const name = view.channel.direct ? `@${view.bot.name}` : `#${view.channel.name}`;
    this.box.setAttribute("aria-label", `Message ${name}`);
    this.box.placeholder = `Message ${name}`;
    if (moved) {
      this.leaveCommand();
      this.setTarget(null);
    }
    if (this.target && !view.messages.some((message) => message.id === this.target.message.id)) this.setTarget(null);
  }

  write(text) {
    this.leaveCommand();
    this.box.value = text;
    this.grow();
    this.box.focus();
  }

  reply(message) {
    this.setTarget({ kind: "reply", message, ping: true });
  }

  edit(message) {
    this.setTarget({ kind: "edit", message });
    this.write(message.typed);
  }

  // Sets the message that the next text replies to or edits; null for a new message.
  setTarget(target) {
    if (this.target?.kind === "edit" && target?.kind !== "edit") this.box.value = "";
    this.target = target;
    this.about.hidden = target === null;
    if (target === null) return this.about.replaceChildren();
    const words = target.kind === "reply" ? ["Replying to ", element("strong", {}, target.message.author.name)] : ["Editing your message"];
    const ping = element("button", { type: "button", class: "link", "aria-pressed": "true" }, "@ on");
    ping.title = "Ping the author";
    ping.addEventListener("click", () => {
      target.ping = !target.ping;
      ping.setAttribute("aria-pressed", String(target.ping));
      ping.textContent = target.ping ? "@ on" : "@ off";
    });
    const cancel = element("button", { type: "button", class: "quiet", "aria-label": "Cancel", onclick: () => this.setTarget(null) }, "✕");
    this.about.replaceChildren(element("span", {}, ...words), ...(target.kind === "reply" ? [ping] : []), cancel);
    this.leaveCommand();
    this.box.focus();
  }

  grow() {
    this.box.rows = Math.min(ROWS_MAX, this.box.value.split("\n").length);
  }

  onInput() {
    this.grow();
    const text = this.box.value;
    const called = this.target === null && text.match(/^\/([^\n]*)$/);
    if (called) {
      const entered = this.view.commands.find((command) => called[1].startsWith(`${command.name} `));
      if (entered) return this.enterCommand(entered, called[1].slice(entered.name.length + 1));
      return this.suggestCommands(called[1]);
    }
    const before = text.slice(0, this.box.selectionStart);
    const mention = before.match(/(?:^|\s)@([\w.-]*)$/);
    if (!mention) return this.suggestions.hide();
    const wanted = mention[1].toLowerCase();
    const named = this.view.mentionable.filter((user) => user.name.toLowerCase().startsWith(wanted));
    const items = named.map((user) => ({ label: `@${user.name}`, name: user.name }));
    this.suggestions.show(this.box, items, (item) => {
      const start = before.length - mention[1].length;
      const rest = text.slice(before.length).replace(/^ ?/, " ");
      this.box.value = `${text.slice(0, start)}${item.name}${rest}`;
      const caret = start + item.name.length + 1;
      this.box.setSelectionRange(caret, caret);
      this.grow();
    });
  }

  suggestCommands(typed) {
    const wanted = typed.trim().toLowerCase();
    const fits = this.view.commands.filter((command) => command.name.includes(wanted));
    const starts = (command) => (command.name.startsWith(wanted) ? 0 : 1);
    const takes = (command) => command.options.map((option) => (option.required ? option.name : `[${option.name}]`)).join(" ");
    const items = fits
      .sort((one, other) => starts(one) - starts(other))
      .map((command) => ({ label: `/${command.name}`, takes: takes(command), detail: command.description, command }));
    this.suggestions.show(this.box, items, (item) => this.enterCommand(item.command, ""));
  }

  key(event) {
    if (this.suggestions.key(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.target) {
      this.setTarget(null);
    } else if (event.key === "ArrowUp" && this.box.value === "" && !this.target) {
      const own = this.view.messages.findLast((message) => message.own);
      if (!own) return;
      event.preventDefault();
      this.edit(own);
    }
  }

  async send() {
    const text = this.box.value.trim();
    if (text === "") return;
    const target = this.target;
    this.suggestions.hide();
    this.box.value = "";
    this.grow();
    this.setTarget(null);
    const sent = await (target === null ? this.on.post(text) : target.kind === "reply" ? this.on.reply(target.message, text, target.ping) : this.on.edit(target.message, text));
    // Restore a text that could not be sent.
    if (!sent && this.box.value === "") this.write(text);
  }

  enterCommand(command, first) {
    this.suggestions.hide();
    this.box.value = "";
    this.form.hidden = true;
    const options = [];
    options.push(...command.options.map((option) => new Option(this, command, option, options)));
    const head = element("div", { class: "chosen" }, element("strong", {}, `/${command.name}`), element("span", {}, command.description));
    const run = element("button", { type: "submit", class: "send" }, "Send");
    const cancel = element("button", { type: "button", class: "quiet", onclick: () => this.leaveCommand() }, "Cancel");
    const rows = options.map((option) => option.row);
    this.commandForm.replaceChildren(head, ...rows, element("div", { class: "actions" }, cancel, run));
    this.commandForm.setAttribute("aria-label", `Command ${command.name}`);
    this.commandForm.hidden = false;
    this.commandForm.onsubmit = async (event) => {
      event.preventDefault();
      const filled = enteredValues(options);
      try {
        for (const option of options) Object.assign(filled, await option.read());
      } catch {
        return this.on.showError("The sandbox accepts only text files (UTF-8)");
      }
      const children = [...this.commandForm.children];
      this.leaveCommand();
      const sent = await this.on.run(command.name, filled);
      if (!sent && this.commandForm.hidden && this.box.value === "") {
        this.form.hidden = true;
        this.commandForm.replaceChildren(...children);
        this.commandForm.hidden = false;
      }
    };
    const box = options[0]?.input;
    (box ?? run).focus();
    if (box && first) {
      box.value = first;
      box.dispatchEvent(new Event("input"));
    } else if (box?.getAttribute("role") === "combobox") {
      options[0].complete();
    }
  }

  leaveCommand() {
    if (this.commandForm.hidden) return;
    const hadFocus = this.commandForm.contains(document.activeElement);
    this.suggestions.hide();
    this.commandForm.hidden = true;
    this.commandForm.replaceChildren();
    this.form.hidden = false;
    if (hadFocus) this.box.focus();
  }
}
