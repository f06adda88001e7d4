// The connection to the page's server: views arrive as events, acts are sent as requests.

async function parse(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `the sandbox responded with status ${response.status}`);
  return body;
}

export async function act(body) {
  const headers = { "Content-Type": "application/json" };
  return parse(await fetch("/api/act", { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function explain(viewer, question) {
  return parse(await fetch(`/api/explain?${new URLSearchParams({ ...viewer, question })}`));
}

let source = null;

// Subscribes to a viewer's events, and ends the previous subscription.
export function follow(viewer, on) {
  source?.close();
  source = new EventSource(`/api/events?${new URLSearchParams(viewer)}`);
  source.addEventListener("view", (event) => on.view(JSON.parse(event.data)));
  source.addEventListener("inspector", (event) => on.inspector(JSON.parse(event.data)));
  source.addEventListener("open", () => on.connected(true));
  source.addEventListener("error", () => on.connected(false));
}
