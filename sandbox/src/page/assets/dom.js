// Creates and finds elements. Text is always set as text; only `html`, which the server renders from Markdown, is set as HTML.

export const find = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "html") node.innerHTML = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) node.style.setProperty(key, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function announce(text) {
  find("news").textContent = text;
}

// Returns the element that an arrow key, Home or End moves to; null for other keys.
export function elementForKey(elements, current, key) {
  const last = elements.length - 1;
  const index = elements.indexOf(current);
  const next = {
    ArrowDown: index >= last ? 0 : index + 1,
    ArrowUp: index <= 0 ? last : index - 1,
    Home: 0,
    End: last,
  }[key];
  return next === undefined ? null : elements[next];
}
