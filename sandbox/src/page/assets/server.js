// Talking to the page's server: what somebody sees arrives as events, what they do is sent as acts.

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `the sandbox answered with status ${response.status}`);
  return body;
}

export async function act(body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch("/api/act", { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function explain(viewer, asked) {
  return answer(await fetch(`/api/explain?${new URLSearchParams({ ...viewer, asked })}`));
}

let source = null;

// Follows what a viewer sees; whoever was followed before is not any more.
export function follow(viewer, on) {
  source?.close();
  source = new EventSource(`/api/events?${new URLSearchParams(viewer)}`);
  source.addEventListener("view", (event) => on.view(JSON.parse(event.data)));
  source.addEventListener("inspector", (event) => on.inspector(JSON.parse(event.data)));
  source.addEventListener("open", () => on.connected(true));
  source.addEventListener("error", () => on.connected(false));
}
