// The options of a command: labelled inputs of the right type, with autocompletion by the bot.

import { element } from "./dom.js";

const TYPES = { text: 3, whole: 4, truth: 5, user: 6, channel: 7, role: 8, number: 10, file: 11 };

// The values entered so far, without files.
export function enteredValues(options) {
  return Object.fromEntries(options.map((option) => [option.name, option.value()]).filter(([, value]) => value !== null));
}

// One option of a command as a labelled input; `all` are all options of the command.
export class Option {
  constructor(composer, command, option, all) {
    this.all = all;
    this.composer = composer;
    this.command = command;
    this.option = option;
    this.name = option.name;
    this.chosen = null;
    this.requesting = false;
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
    const selectOf = (pairs) => element("select", {}, element("option", { value: "" }, "—"), ...pairs.map(([name, value]) => element("option", { value: JSON.stringify(value) }, name)));
    if (option.choices?.length) return selectOf(option.choices.map((choice) => [choice.name, choice.value]));
    switch (option.type) {
      case TYPES.truth:
        return selectOf([["True", true], ["False", false]]);
      case TYPES.user:
        return selectOf(view.mentionable.map((user) => [`@${user.name}`, user.id]));
      case TYPES.channel:
        return selectOf(view.channels.map((channel) => [`#${channel.name}`, channel.id]));
      case TYPES.role:
        return selectOf(view.roles.map((role) => [`@${role.name}`, role.id]));
      case TYPES.file:
        return element("input", { type: "file" });
      case TYPES.whole:
      case TYPES.number:
        return element("input", { type: "number", min: option.min_value ?? null, max: option.max_value ?? null, step: option.type === TYPES.whole ? "1" : "any" });
      case TYPES.text:
        return this.drawText();
      default:
        return element("input", { disabled: true, placeholder: "The sandbox does not support options of this type" });
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
      this.composer.suggestions.wait();
      this.complete();
    });
    input.addEventListener("focus", () => this.complete());
    input.addEventListener("blur", () => this.composer.suggestions.hide());
    input.addEventListener("keydown", (event) => this.composer.suggestions.key(event));
    return input;
  }

  value() {
    if (this.input.disabled || this.input.value === "" || this.input.type === "file") return null;
    if (this.input.tagName === "SELECT") return JSON.parse(this.input.value);
    if (this.input.type === "number") return Number(this.input.value);
    return this.chosen ?? this.input.value;
  }

  // Reads the chosen file, keyed by the option's name. Throws if it is not text.
  async read() {
    const file = this.input.files?.[0];
    if (!file) return {};
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
    return { [this.name]: { filename: file.name, text } };
  }

  // Requests choices from the bot: one request at a time, and always one for the last input.
  async complete() {
    if (this.requesting) {
      this.again = true;
      return;
    }
    this.requesting = true;
    do {
      this.again = false;
      const typed = this.input.value;
      const filled = { ...enteredValues(this.all), ...(typed === "" ? {} : { [this.name]: typed }) };
      const choices = await this.composer.on.complete(this.command.name, filled, this.name);
      if (this.input !== document.activeElement || this.again) continue;
      const items = choices.map((choice) => ({ label: choice.name, value: choice.value }));
      const redundant = items.length === 1 && items[0].label === typed;
      this.composer.suggestions.show(this.input, redundant ? [] : items, (item) => {
        this.input.value = item.label;
        this.chosen = item.value;
      }, { required: this.input.required || typed !== "" });
    } while (this.again);
    this.requesting = false;
  }
}
