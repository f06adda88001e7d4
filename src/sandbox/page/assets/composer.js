// The message box: messages, replies, changes, mentions, and commands with their options completed as they are typed.

import { announce, element, find } from "./dom.js";

const TYPES = { text: 3, whole: 4, truth: 5, user: 6, channel: 7, number: 10, file: 11 };
const ROWS_MAX = 8;

// A list of suggestions under the keys of the input that it belongs to.
class Suggestions {
  constructor(list) {
    this.list = list;
    this.hide();
  }

  show(input, items, pick) {
    if (items.length === 0) return this.hide();
    this.input = input;
    this.pick = pick;
    this.items = items;
    this.at = 0;
    const options = items.map((item, number) => {
      const option = element(
        "div",
        { role: "option", id: `${this.list.id}-${number}` },
        element("span", {}, item.label),
        item.detail ? element("small", {}, item.detail) : null,
      );
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => this.take(number));
      return option;
    });
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    input.setAttribute("aria-controls", this.list.id);
    if (input.getAttribute("role") === "combobox") input.setAttribute("aria-expanded", "true");
    this.mark();
    announce(`${items.length} suggestions`);
  }

  hide() {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.items = [];
    this.input?.removeAttribute("aria-activedescendant");
    if (this.input?.getAttribute("role") === "combobox") this.input.setAttribute("aria-expanded", "false");
  }

  mark() {
    [...this.list.children].forEach((option, number) => {
      option.setAttribute("aria-selected", String(number === this.at));
      if (number === this.at) {
        this.input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      }
    });
  }

  take(number) {
    const [item, pick] = [this.items[number], this.pick];
    this.hide();
    pick(item);
  }

  // Whether the key was for the list.
  key(event) {
    if (this.items.length === 0 || event.isComposing) return false;
    const last = this.items.length - 1;
    if (event.key === "ArrowDown") this.at = this.at === last ? 0 : this.at + 1;
    else if (event.key === "ArrowUp") this.at = this.at === 0 ? last : this.at - 1;
    else if (event.key === "Escape") {
      this.hide();
      event.preventDefault();
      return true;
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
      event.preventDefault();
      this.take(this.at);
      return true;
    } else return false;
    event.preventDefault();
    this.mark();
    return true;
  }
}

// `on` has what it leads to: post, reply, edit, run (a command), complete (an option).
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
    this.box.addEventListener("input", () => this.typed());
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
    const place = view.channel.direct ? `@${view.bot.name}` : `#${view.channel.name}`;
    this.box.setAttribute("aria-label", `Message ${place}`);
    this.box.placeholder = `Message ${place}`;
    if (moved) {
      this.leaveCommand();
      this.aim(null);
    }
    if (this.target && !view.messages.some((message) => message.id === this.target.message.id)) this.aim(null);
  }

  write(text) {
    this.leaveCommand();
    this.box.value = text;
    this.grow();
    this.box.focus();
  }

  reply(message) {
    this.aim({ kind: "reply", message, ping: true });
  }

  edit(message) {
    this.aim({ kind: "edit", message });
    this.write(message.typed);
  }

  // Says what the next text is for.
  aim(target) {
    if (this.target?.kind === "edit" && target?.kind !== "edit") this.box.value = "";
    this.target = target;
    this.about.hidden = target === null;
    if (target === null) return this.about.replaceChildren();
    const words = target.kind === "reply" ? ["Replying to ", element("strong", {}, target.message.author.name)] : ["Changing your message"];
    const ping = element("button", { type: "button", class: "link", "aria-pressed": "true" }, "@ on");
    ping.title = "Whether its author is pinged";
    ping.addEventListener("click", () => {
      target.ping = !target.ping;
      ping.setAttribute("aria-pressed", String(target.ping));
      ping.textContent = target.ping ? "@ on" : "@ off";
    });
    const cancel = element("button", { type: "button", class: "quiet", "aria-label": "Cancel", onclick: () => this.aim(null) }, "✕");
    this.about.replaceChildren(element("span", {}, ...words), ...(target.kind === "reply" ? [ping] : []), cancel);
    this.leaveCommand();
    this.box.focus();
  }

  grow() {
    this.box.rows = Math.min(ROWS_MAX, this.box.value.split("\n").length);
  }

  typed() {
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
    const items = fits.sort((one, other) => starts(one) - starts(other)).map((command) => ({ label: `/${command.name}`, detail: command.description, command }));
    this.suggestions.show(this.box, items, (item) => this.enterCommand(item.command, ""));
  }

  key(event) {
    if (this.suggestions.key(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.target) {
      this.aim(null);
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
    this.aim(null);
    const sent = await (target === null ? this.on.post(text) : target.kind === "reply" ? this.on.reply(target.message, text, target.ping) : this.on.edit(target.message, text));
    // What could not be sent is not lost.
    if (!sent && this.box.value === "") this.write(text);
  }

  enterCommand(command, first) {
    this.suggestions.hide();
    this.box.value = "";
    this.form.hidden = true;
    const options = command.options.map((option) => new Option(this, command, option));
    const head = element("div", { class: "chosen" }, element("strong", {}, `/${command.name}`), element("span", {}, command.description));
    const run = element("button", { type: "submit", class: "send" }, "Send");
    const cancel = element("button", { type: "button", class: "quiet", onclick: () => this.leaveCommand() }, "Cancel");
    const rows = options.map((option) => option.row);
    this.commandForm.replaceChildren(head, ...rows, element("div", { class: "actions" }, cancel, run));
    this.commandForm.setAttribute("aria-label", `Command ${command.name}`);
    this.commandForm.hidden = false;
    this.commandForm.onsubmit = async (event) => {
      event.preventDefault();
      const filled = options.map((option) => [option.name, option.value()]).filter(([, value]) => value !== null);
      const kept = [...this.commandForm.children];
      this.leaveCommand();
      const sent = await this.on.run(command.name, Object.fromEntries(filled));
      if (!sent && this.commandForm.hidden && this.box.value === "") {
        this.form.hidden = true;
        this.commandForm.replaceChildren(...kept);
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
    const held = this.commandForm.contains(document.activeElement);
    this.suggestions.hide();
    this.commandForm.hidden = true;
    this.commandForm.replaceChildren();
    this.form.hidden = false;
    if (held) this.box.focus();
  }
}

// One option of a command, as a labelled input.
class Option {
  constructor(composer, command, option) {
    this.composer = composer;
    this.command = command;
    this.option = option;
    this.name = option.name;
    this.chosen = null;
    this.asking = false;
    this.input = this.draw(composer.view);
    const mark = option.required ? element("span", { class: "required", "aria-hidden": "true" }, " *") : element("small", {}, " optional");
    const id = `option-${option.name}`;
    this.input.id = id;
    this.input.required = option.required === true;
    this.input.setAttribute("aria-describedby", `${id}-about`);
    this.row = element("div", { class: "option" }, element("label", { for: id }, option.name, mark), this.input, element("small", { id: `${id}-about` }, option.description));
  }

  draw(view) {
    const { option } = this;
    const among = (pairs) => element("select", {}, element("option", { value: "" }, "—"), ...pairs.map(([name, value]) => element("option", { value: JSON.stringify(value) }, name)));
    if (option.choices?.length) return among(option.choices.map((choice) => [choice.name, choice.value]));
    switch (option.type) {
      case TYPES.truth:
        return among([["True", true], ["False", false]]);
      case TYPES.user:
        return among(view.mentionable.map((user) => [`@${user.name}`, user.id]));
      case TYPES.channel:
        return among(view.channels.map((channel) => [`#${channel.name}`, channel.id]));
      case TYPES.whole:
      case TYPES.number:
        return element("input", { type: "number", min: option.min_value ?? null, max: option.max_value ?? null, step: option.type === TYPES.whole ? "1" : "any" });
      case TYPES.text:
        return this.drawText();
      default:
        return element("input", { disabled: true, placeholder: "The sandbox does not model options of this type" });
    }
  }

  drawText() {
    const { option } = this;
    const input = element("input", { type: "text", minlength: option.min_length ?? null, maxlength: option.max_length ?? 6000 });
    if (!option.autocomplete) return input;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "suggestions");
    input.addEventListener("input", () => {
      this.chosen = null;
      this.complete();
    });
    input.addEventListener("focus", () => this.complete());
    input.addEventListener("blur", () => this.composer.suggestions.hide());
    input.addEventListener("keydown", (event) => this.composer.suggestions.key(event));
    return input;
  }

  value() {
    if (this.input.disabled || this.input.value === "") return null;
    if (this.input.tagName === "SELECT") return JSON.parse(this.input.value);
    if (this.input.type === "number") return Number(this.input.value);
    return this.chosen ?? this.input.value;
  }

  // Asks for choices: one question at a time, and the last thing typed is always asked.
  async complete() {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    do {
      this.again = false;
      const typed = this.input.value;
      const choices = await this.composer.on.complete(this.command.name, typed === "" ? {} : { [this.name]: typed }, this.name);
      if (this.input !== document.activeElement || this.again) continue;
      const items = choices.map((choice) => ({ label: choice.name, value: choice.value }));
      const useless = items.length === 1 && items[0].label === typed;
      this.composer.suggestions.show(this.input, useless ? [] : items, (item) => {
        this.input.value = item.label;
        this.chosen = item.value;
      });
    } while (this.again);
    this.asking = false;
  }
}
