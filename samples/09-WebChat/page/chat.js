// The page's half of the conversation. Whatever comes from a model is put in as text; only the answer is HTML, which the server has made safe.
const $ = id => document.getElementById(id);
const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });
const seconds = s => s < 60 ? `${s.toFixed(1)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
const count = n => n.toLocaleString("en");

// A conversation is named in this tab's address: a reload finds it again, and another tab has its own.
let id = location.hash.slice(1);
if (!/^[\w-]{20,}$/.test(id)) begin();
let limit = Infinity, running = null, models = [];

function begin() {
  id = crypto.randomUUID();
  history.replaceState(null, "", `#${id}`);
}

/** One turn on the page; `show` may be called as often as there is news. */
function turnView(question) {
  const root = make("article", "turn");
  const heading = make("h2", "question", question);
  const thinking = make("details", "thinking"), summary = make("summary"), label = make("b"), told = make("span"), text = make("div", "text");
  const calls = make("div"), answer = make("div", "answer"), sources = make("ul", "sources"), note = make("p", "note"), facts = make("p", "facts");
  summary.append(label, told);
  text.tabIndex = 0;
  text.setAttribute("role", "region");
  text.setAttribute("aria-label", "The model's thinking");
  thinking.append(summary, text);
  thinking.hidden = sources.hidden = note.hidden = facts.hidden = true;
  root.append(heading, thinking, calls, answer, sources, note, facts);
  $("turns").append(root);
  $("welcome").hidden = true;

  const begun = performance.now();
  let firstThought = null, touched = false, clock = null;
  summary.addEventListener("click", () => touched = true);

  // The summaries of some models have headings in asterisks.
  let thoughts = "";
  const reflect = more => {
    thoughts += more;
    text.replaceChildren(...thoughts.split(/\*\*(.+?)\*\*/).map((part, i) => i % 2 ? make("strong", "", part) : part));
  };

  const tick = () => {
    if (firstThought === null) {
      label.textContent = `Waiting for a first thought, ${seconds((performance.now() - begun) / 1000)}`;
      told.textContent = "";
    } else {
      label.textContent = "Thinking";
      told.textContent = ` ${seconds((performance.now() - firstThought) / 1000)}, about ${count(Math.ceil(thoughts.length / 4))} tokens`;
    }
  };

  const view = {
    root,
    start() {
      root.classList.add("live");
      thinking.hidden = false;
      tick();
      clock = setInterval(tick, 100);
    },
    think(more) {
      firstThought ??= performance.now();
      if (!touched) thinking.open = true;
      const follow = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
      reflect(more);
      if (follow) text.scrollTop = text.scrollHeight;
      tick();
    },
    call(call) {
      const key = `call-${call.callId}`;
      let box = [...calls.children].find(child => child.dataset.key === key);
      if (!box) {
        box = make("p", "call");
        box.dataset.key = key;
        box.append(make("b"), make("span", "arguments"), make("span", "output"));
        calls.append(box);
      }
      box.children[0].textContent = call.name;
      box.children[1].textContent = ` ${call.arguments}`;
      if (call.output != null) box.children[2].textContent = `→ ${call.output}`;
    },
    answer(html) {
      if (!touched) thinking.open = false;
      answer.innerHTML = html; // made safe by the server; the page's policy runs no script in it either
    },
    show(turn) {
      clearInterval(clock);
      root.classList.remove("live");
      thinking.hidden = !turn.thinking && !turn.thinkingTokens;
      thoughts = "";
      reflect(turn.thinking);
      text.hidden = !turn.thinking;
      label.textContent = turn.thinking ? `Thought for ${seconds(turn.thinkingSeconds)}` : "Thought out of sight";
      told.textContent = turn.thinkingTokens ? `, ${count(turn.thinkingTokens)} tokens` : "";
      if (!touched) thinking.open = false;
      turn.calls.forEach(view.call);
      view.answer(turn.html);
      sources.hidden = !turn.sources.length;
      sources.replaceChildren(...turn.sources.map(source => {
        const item = make("li"), link = make("a", "", source.title);
        Object.assign(link, { href: source.url, target: "_blank", rel: "noopener noreferrer nofollow" });
        item.append(link);
        return item;
      }));
      note.hidden = !turn.message;
      note.textContent = turn.message ?? "";
      const said = [
        turn.model, turn.provider,
        turn.outputTokens != null && `${count(turn.inputTokens ?? 0)} tokens in, ${count(turn.outputTokens)} out`,
        turn.cost != null ? `$${turn.cost.toFixed(6)}` : turn.outcome === "stopped" && "cost not told yet",
        turn.firstThought != null && `first thought after ${seconds(turn.firstThought)}`,
      ].filter(Boolean);
      facts.hidden = !said.length;
      facts.textContent = said.join(" · ");
    },
  };
  return view;
}

function complain(sentence) {
  $("error").textContent = sentence ?? "";
  $("error").hidden = !sentence;
}

function busy(is) {
  $("send").hidden = is;
  $("stop").hidden = !is;
  $("new").disabled = is;
}

/** The events of a fetched stream. An EventSource would ask again by itself after a break, and a second answer costs a second time. */
async function* events(response) {
  let rest = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + piece).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) {
      const field = name => frame.split("\n").filter(line => line.startsWith(`${name}: `)).map(line => line.slice(name.length + 2)).join("\n");
      if (field("data")) yield [field("event"), JSON.parse(field("data"))];
    }
  }
}

const sealed = () => localStorage.getItem(`conversation ${id}`);

async function ask(question) {
  if (running) return;
  complain();
  if (!question.trim()) return complain("Write a question first.");
  if (question.length > limit) return complain(`The question has ${count(question.length)} characters; ${count(limit)} is the most. Shorten it and send it again.`);
  running = new AbortController();
  busy(true);
  $("status").textContent = "Thinking";
  const atBottom = () => innerHeight + scrollY > document.body.scrollHeight - 160;
  const keep = $("keep").checked ? "browser" : "server";
  let view = null, ended = null, answering = false;
  try {
    if (sealed()) await open();
    const response = await fetch(`/conversations/${id}/ask`, {
      method: "POST", signal: running.signal, headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ question, model: $("model").value, effort: $("effort").value || null, search: $("search").checked, keep }),
    });
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail ?? `The server answered with status ${response.status}.`);
    view = turnView(question);
    view.start();
    $("question").value = "";
    fit();
    view.root.scrollIntoView({ block: "start" });
    for await (const [kind, data] of events(response)) {
      const follow = atBottom();
      if (kind === "think") view.think(data.text);
      else if (kind === "call") view.call(data);
      else if (kind === "answer") {
        if (!answering) $("status").textContent = "Answering";
        answering = true;
        view.answer(data.html);
      } else if (kind === "end") view.show(ended = data);
      else if (kind === "sealed") localStorage.setItem(`conversation ${id}`, data.seal);
      if (follow) scrollTo({ top: document.body.scrollHeight });
    }
    if (!ended) throw new Error("The connection to this page's server broke before the answer had ended.");
    if (keep === "server") localStorage.removeItem(`conversation ${id}`);
    $("status").textContent = ended.message ?? "The answer is complete";
    if (ended.outcome === "failed" && !$("question").value) $("question").value = question;
  } catch (error) {
    view?.root.classList.remove("live");
    view?.root.querySelector(".thinking b")?.replaceChildren("Broken off");
    complain(error instanceof TypeError ? "This page's server cannot be reached. Your question is still here: send it again when the server is back." : error.message);
    if (!$("question").value) $("question").value = question;
    $("status").textContent = "The answer failed";
  } finally {
    running = null;
    busy(false);
    fit();
    $("question").focus();
  }
}

/** Hands a conversation that this browser keeps back to the server, which checks its seal. */
async function open() {
  const response = await fetch(`/conversations/${id}/open`, { method: "POST", body: sealed() });
  const json = await response.json();
  if (!response.ok) throw new Error(json.detail);
  return json.turns;
}

const stop = () => running && fetch(`/conversations/${id}/stop`, { method: "POST" }).catch(() => running?.abort());

/** Only what the chosen model can be told. */
function offerEfforts() {
  const model = models.find(model => model.id === $("model").value);
  for (const option of $("effort").options)
    option.disabled = option.value !== "" && model?.efforts?.includes(option.value) === false || option.value === "none" && model?.mustThink === true;
  if ($("effort").selectedOptions[0]?.disabled) $("effort").value = "";
}

function fit() {
  const box = $("question");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

$("composer").addEventListener("submit", event => { event.preventDefault(); ask($("question").value); });
$("stop").addEventListener("click", stop);
$("model").addEventListener("change", offerEfforts);
$("question").addEventListener("input", () => { fit(); complain(); });
$("question").addEventListener("keydown", event => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask($("question").value);
});
addEventListener("keydown", event => event.key === "Escape" && stop());
for (const idea of document.querySelectorAll("#ideas button")) idea.addEventListener("click", () => { if (/search/i.test(idea.textContent)) $("search").checked = true; ask(idea.textContent); });
$("new").addEventListener("click", () => { begin(); $("turns").replaceChildren(); $("welcome").hidden = false; complain(); $("question").focus(); });

try {
  const page = await (await fetch("/models")).json();
  limit = page.limit;
  $("offline").hidden = !page.offline;
  models = page.models;
  $("model").append(...models.map(model => new Option(model.name, model.id)));
  offerEfforts();
  if (sealed()) $("keep").checked = true;
  const turns = sealed() ? await open() : (await (await fetch(`/conversations/${id}`)).json()).turns;
  for (const turn of turns) turnView(turn.question).show(turn);
  scrollTo({ top: document.body.scrollHeight });
} catch (error) {
  complain(error instanceof TypeError ? "This page's server cannot be reached. Reload the page when it is back." : error.message);
}
document.body.dataset.ready = "true";
$("question").focus();
