// A list of suggestions for what is typed: commands, mentions, choices of an option.

import { announce, element } from "./dom.js";

// A list of suggestions under the keys of the input that it belongs to.
export class Suggestions {
  constructor(list) {
    this.list = list;
    this.hide();
  }

  // Enter takes the first of them, unless nothing of it need be taken.
  show(input, items, pick, { needed = true } = {}) {
    if (items.length === 0) return this.hide();
    this.settle();
    this.input = input;
    this.pick = pick;
    this.items = items;
    this.at = needed ? 0 : -1;
    const options = items.map((item, number) => {
      const option = element(
        "div",
        { role: "option", id: `${this.list.id}-${number}` },
        element("span", {}, item.label),
        item.takes ? element("code", {}, item.takes) : null,
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

  // What is shown was for something else that was typed: until there is better, none of it can be taken.
  wait() {
    this.waiting = true;
    this.at = -1;
    this.list.setAttribute("aria-busy", "true");
    this.mark();
  }

  settle() {
    this.waiting = false;
    this.list.removeAttribute("aria-busy");
  }

  hide() {
    this.settle();
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
    if (event.isComposing) return false;
    if (this.waiting && event.key === "Enter") {
      event.preventDefault();
      return true;
    }
    if (this.items.length === 0) return false;
    const last = this.items.length - 1;
    if (event.key === "ArrowDown") this.at = this.at === last ? 0 : this.at + 1;
    else if (event.key === "ArrowUp") this.at = this.at <= 0 ? last : this.at - 1;
    else if (event.key === "Escape") {
      this.hide();
      event.preventDefault();
      return true;
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && this.at >= 0) {
      event.preventDefault();
      this.take(this.at);
      return true;
    } else return false;
    event.preventDefault();
    this.mark();
    return true;
  }
}
