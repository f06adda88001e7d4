// Menus, and the bot's modals.

import { element, find, elementForKey } from "./dom.js";

let closing = null;

// Opens a menu at a button. An item has a label, optionally a detail, and either `pick` or a state `checked`.
export function openMenu(anchor, label, items) {
  closeMenu();
  const menu = find("menu");
  const drawItem = (item) => {
    const isCheckbox = item.checked !== undefined;
    const button = element(
      "button",
      {
        type: "button",
        role: isCheckbox ? "menuitemcheckbox" : "menuitem",
        "aria-checked": isCheckbox ? String(item.checked) : null,
        class: item.danger ? "danger" : null,
        tabindex: "-1",
      },
      element("span", {}, item.label),
      item.detail ? element("small", {}, item.detail) : null,
    );
    button.addEventListener("click", () => {
      if (isCheckbox) {
        item.checked = !item.checked;
        button.setAttribute("aria-checked", String(item.checked));
        return;
      }
      closeMenu();
      item.pick();
    });
    return button;
  };
  menu.replaceChildren(...items.map((item) => (item.heading ? element("p", {}, item.heading) : drawItem(item))));
  menu.setAttribute("aria-label", label);
  menu.hidden = false;
  anchor.setAttribute("aria-expanded", "true");
  position(menu, anchor);
  const buttons = [...menu.querySelectorAll("button")];
  buttons[0]?.focus();
  const keys = (event) => {
    const next = elementForKey(buttons, document.activeElement, event.key);
    if (next) {
      next.focus();
      event.preventDefault();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      closeMenu();
    }
  };
  const outside = (event) => {
    if (!menu.contains(event.target)) closeMenu();
  };
  menu.addEventListener("keydown", keys);
  document.addEventListener("pointerdown", outside, true);
  addEventListener("resize", closeMenu);
  closing = () => {
    menu.removeEventListener("keydown", keys);
    document.removeEventListener("pointerdown", outside, true);
    removeEventListener("resize", closeMenu);
    menu.hidden = true;
    anchor.setAttribute("aria-expanded", "false");
    if (anchor.isConnected) anchor.focus();
  };
}

export function closeMenu() {
  closing?.();
  closing = null;
}

// Places the menu below the anchor, or above it if it does not fit, and always within the window.
function position(menu, anchor) {
  const gap = 4;
  const beside = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = beside.bottom + gap + height <= innerHeight;
  const top = below ? beside.bottom + gap : Math.max(gap, beside.top - gap - height);
  const left = Math.max(gap, Math.min(beside.right - width, innerWidth - width - gap));
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("left", `${left}px`);
}

const PARAGRAPH = 2;
const INPUT_MAX = 4000;

// Opens a modal. `send` receives the texts by custom id.
export function openModal(modal, send) {
  const dialog = find("modal");
  const inputs = modal.components.flatMap((row) => row.components ?? []);
  const fields = inputs.map((input, number) => {
    const attributes = {
      id: `modal-${number}`,
      name: input.custom_id,
      minlength: input.min_length ?? null,
      maxlength: input.max_length ?? INPUT_MAX,
      placeholder: input.placeholder ?? null,
      required: input.required !== false,
      // Otherwise the browser would focus the scrollable form.
      autofocus: number === 0,
      "aria-describedby": `modal-${number}-left`,
    };
    const box = element(input.style === PARAGRAPH ? "textarea" : "input", attributes);
    if (input.style === PARAGRAPH) box.rows = 5;
    box.value = input.value ?? "";
    const left = element("small", { id: `modal-${number}-left` });
    const count = () => {
      const least = input.min_length > 1 ? `at least ${input.min_length}, ` : "";
      left.textContent = `${least}${[...box.value].length} of ${attributes.maxlength} characters`;
    };
    box.addEventListener("input", count);
    count();
    const mark = attributes.required ? element("span", { class: "required", "aria-hidden": "true" }, " *") : null;
    return element("label", {}, element("span", {}, input.label, mark), box, left);
  });
  const problem = element("p", { role: "alert", class: "problem" });
  const cancel = element("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel");
  const submit = element("button", { type: "submit", class: "primary" }, "Submit");
  const form = element(
    "form",
    {},
    element("h2", { id: "modal-title" }, modal.title),
    ...fields,
    problem,
    element("div", { class: "actions" }, cancel, submit),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const texts = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, text.replaceAll("\r\n", "\n")]));
    try {
      await send(texts);
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    }
    submit.disabled = false;
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}
