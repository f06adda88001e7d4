// The inspector: the bot's explanation of its answer to each question, and its REST calls.

import { element, find } from "./dom.js";

const OUTCOMES = { answer: "answered", suggest: "suggested", unknown: "not answered", small_talk: "small talk" };

const details = new Map();

export function drawInspector(inspector, revision, explain) {
  const questions = inspector.questions.map((asked, index) => drawQuestion(asked, index === 0, revision, explain));
  const none = (text) => element("p", { class: "none" }, text);
  find("questions").replaceChildren(...(questions.length ? questions : [none("Ask the bot a question in this channel.")]));
  const calls = inspector.calls.map(drawCall);
  find("calls").replaceChildren(...(calls.length ? calls : [none("No calls yet.")]));
  for (const key of details.keys()) if (!details.get(key).isConnected) details.delete(key);
}

// Reuses the node of an unchanged item, which keeps it open and explained.
function cached(key, make) {
  const known = details.get(key);
  if (known) return known;
  const created = make();
  details.set(key, created);
  return created;
}

function drawQuestion(asked, newest, revision, explain) {
  return cached(`question-${asked.id}-${asked.text}-${revision}`, () => {
    const command = asked.command ? element("span", { class: "mention" }, asked.command) : null;
    const body = element("div", { class: "explained" });
    const node = element("details", {}, element("summary", {}, element("strong", {}, asked.user), " ", command, command ? " " : "", asked.text), body);
    let requested = false;
    node.addEventListener("toggle", async () => {
      if (!node.open || requested) return;
      requested = true;
      try {
        body.replaceChildren(...drawExplanation(await explain(asked.id)));
      } catch (error) {
        body.replaceChildren(element("p", { class: "none" }, error.message));
      }
    });
    node.open = newest;
    return node;
  });
}

function drawExplanation(explanation) {
  const columns = [...(explanation.boundary ? [{ ...explanation.boundary, name: "boundary" }] : []), ...explanation.entries.map((entry, index) => ({ ...entry, name: String(index + 1) }))];
  const verdict = element("p", {}, element("span", { class: `outcome ${explanation.outcome}` }, OUTCOMES[explanation.outcome]), ` — ${explanation.reason_text}`);
  const facts = [...unknownWords(explanation), ...nearestWording(explanation), ...rivalBoundary(explanation)];
  if (columns.length === 0) return [verdict, ...facts, confidenceScale(explanation), element("p", { class: "none" }, "No word of the question matches an entry.")];
  const sums = columns.map((column) => column.words.reduce((sum, word) => sum + word.share, 0));
  const most = Math.max(0.001, ...columns.flatMap((column) => column.words.map((word) => Math.abs(word.share))));
  const rows = columns[0].words.map((word, index) =>
    element("tr", {}, element("th", { scope: "row" }, ...readAs(word)), ...columns.map((column) => shareCell(column.words[index].share, most))),
  );
  const head = element("tr", {}, element("th", { scope: "col" }, "word"), ...columns.map((column) => element("th", { scope: "col", title: column.question }, column.name)));
  const foot = element("tr", {}, element("th", { scope: "row" }, "score"), ...sums.map((sum) => element("td", {}, sum.toFixed(3))));
  const table = element("table", {}, element("caption", { class: "unseen" }, "Contribution of each word to each score"), element("thead", {}, head), element("tbody", {}, ...rows), element("tfoot", {}, foot));
  const names = element("dl", { class: "candidates" }, ...columns.flatMap((column) => [element("dt", {}, column.name), element("dd", {}, column.question, " ", element("code", {}, column.id))]));
  return [verdict, ...facts, confidenceScale(explanation), element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Words and scores" }, table), names];
}

function unknownWords({ unknown_words: words }) {
  return words.length === 0 ? [] : [element("p", {}, "unknown words: ", element("strong", {}, words.join(", ")))];
}

// Shows the wording of the best entry that resembles the question most.
function nearestWording({ entries: [best] }) {
  if (!best?.nearest) return [];
  return [element("p", {}, "nearest wording: ", best.nearest.wording, ` — similarity ${best.nearest.similarity.toFixed(2)}`)];
}

// Shows the boundary that competes with the best entry, and its margin.
function rivalBoundary({ rival }) {
  if (!rival) return [];
  const relation = rival.lead < 0 ? "ahead of" : "behind";
  return [element("p", {}, "boundary: ", rival.question, " ", element("code", {}, rival.id), ` — score ${rival.score.toFixed(3)}, ${Math.abs(rival.lead).toFixed(3)} ${relation} the best entry`)];
}

function readAs(word) {
  return word.read_as ? [word.written, element("span", { class: "read", title: "read as" }, ` → ${word.read_as}`)] : [word.written];
}

function shareCell(value, most) {
  const text = Math.abs(value) < 0.0005 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`;
  return element("td", { class: value < 0 ? "against" : "for", "--share": `${((Math.abs(value) / most) * 100).toFixed(1)}%` }, text);
}

// Shows the confidence on a scale with the thresholds.
function confidenceScale({ confidence, thresholds }) {
  const { suggest, answer } = thresholds;
  const percent = (number) => `${(Math.min(1, Math.max(0, number)) * 100).toFixed(1)}%`;
  const label = `confidence ${confidence.toFixed(3)}; suggests from ${suggest.toFixed(2)}, answers from ${answer.toFixed(2)}`;
  const mark = (at, name) => element("span", { class: "mark", "--at": percent(at) }, name);
  return element(
    "div",
    { class: "scale", role: "img", "aria-label": label },
    element("p", {}, "confidence ", element("strong", {}, confidence.toFixed(3))),
    element("div", { class: "track", "--at": percent(confidence) }),
    element("div", { class: "marks" }, mark(suggest, `suggest ${suggest.toFixed(2)}`), mark(answer, `answer ${answer.toFixed(2)}`)),
  );
}

function drawCall(call) {
  return cached(`call-${call.number}`, () => {
    const good = call.status < 400;
    const status = element("span", { class: good ? "status" : "status bad" }, String(call.status));
    const part = (name, text) => (text ? [element("h4", {}, name), element("pre", { tabindex: "0" }, text)] : []);
    return element("details", { class: "call" }, element("summary", {}, element("b", {}, call.method), " ", element("code", {}, call.path), " ", status), ...part("Request", call.body), ...part("Response", call.response));
  });
}
