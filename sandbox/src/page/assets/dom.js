// Making elements, and finding them. Text is always set as text; `html` is for what the server has made of Markdown.

export const find = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "html") made.innerHTML = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) made.style.setProperty(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function announce(text) {
  find("news").textContent = text;
}

// Moves through a list of elements by the keys that people expect.
export function stepped(elements, current, key) {
  const last = elements.length - 1;
  const place = elements.indexOf(current);
  const next = {
    ArrowDown: place >= last ? 0 : place + 1,
    ArrowUp: place <= 0 ? last : place - 1,
    Home: 0,
    End: last,
  }[key];
  return next === undefined ? null : elements[next];
}
