// A list of suggestions for an input: commands, mentions, or choices of an option.

import { announce, element } from "./dom.js";

// The list is operated by the keys of its input.
export class Suggestions {
  constructor(list) {
    this.list = list;
    this.hide();
  }

  // Enter takes the first suggestion if one is required.
  show(input, items, pick, { required = true } = {}) {
    if (items.length === 0) return this.hide();
    this.clearBusy();
    this.input = input;
    this.pick = pick;
    this.items = items;
    this.selected = required ? 0 : -1;
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

  // Marks the list as outdated: nothing can be taken until the next suggestions arrive.
  wait() {
    this.waiting = true;
    this.selected = -1;
    this.list.setAttribute("aria-busy", "true");
    this.mark();
  }

  clearBusy() {
    this.waiting = false;
    this.list.removeAttribute("aria-busy");
  }

  hide() {
    this.clearBusy();
    this.list.hidden = true;
    this.list.replaceChildren();
    this.items = [];
    this.input?.removeAttribute("aria-activedescendant");
    if (this.input?.getAttribute("role") === "combobox") this.input.setAttribute("aria-expanded", "false");
  }

  mark() {
    [...this.list.children].forEach((option, number) => {
      option.setAttribute("aria-selected", String(number === this.selected));
      if (number === this.selected) {
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

  // Handles a key. Returns whether it was meant for the list.
  key(event) {
    if (event.isComposing) return false;
    if (this.waiting && event.key === "Enter") {
      event.preventDefault();
      return true;
    }
    if (this.items.length === 0) return false;
    const last = this.items.length - 1;
    if (event.key === "ArrowDown") this.selected = this.selected === last ? 0 : this.selected + 1;
    else if (event.key === "ArrowUp") this.selected = this.selected <= 0 ? last : this.selected - 1;
    else if (event.key === "Escape") {
      this.hide();
      event.preventDefault();
      return true;
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && this.selected >= 0) {
      event.preventDefault();
      this.take(this.selected);
      return true;
    } else return false;
    event.preventDefault();
    this.mark();
    return true;
  }
}
