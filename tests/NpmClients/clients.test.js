// What these clients make of the stand-in's answers: if they understand them, the stand-in speaks as the service does.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import { OpenRouter as Agent, tool as agentTool } from "@openrouter/agent";
import { OpenRouter } from "@openrouter/sdk";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { z } from "zod";
import { start } from "./server.js";

const question = "If a train travels at 60 mph for 2.5 hours, how far does it go?";
const answer = "It goes 150 miles.";
const weather = z.object({ city: z.string(), days: z.number().int() });

// A form of everything that a schema can ask for, save a pattern of its own.
const place = z.object({ name: z.string().min(8), country: z.enum(["NO", "SE"]), at: z.tuple([z.number().min(-90).max(90), z.number()]) }).meta({ id: "Place" });
const station = z.object({ kind: z.literal("station"), place, get next() { return z.union([station, z.null()]); } }).meta({ id: "Station" });
const hard = z.object({
  id: z.uuid(), mail: z.email(), day: z.iso.date(), at: z.iso.datetime(), link: z.url(), host: z.ipv4(),
  kind: z.literal("trip"), flag: z.boolean(), nothing: z.null(), perhaps: z.string().nullable(), either: z.union([z.object({ a: z.literal(1) }), z.array(z.string())]),
  many: z.array(z.array(z.object({ n: z.number().int().positive().multipleOf(5).max(50) })).min(2)).min(3), words: z.array(z.string()).max(0),
  first: station, legs: z.array(place).min(1), sum: z.intersection(z.object({ km: z.number().gt(1000) }), z.object({ unit: z.enum(["km"]) })),
});

// All at once, because some of the answers take their time.
const together = { concurrency: true };
const failed = /Provider disconnected unexpectedly/;
const statuses = [400, 401, 402, 403, 404, 408, 429, 500, 502, 503];
let server;

before(async () => { server = await start(); });
after(() => server?.stop());

describe("openai", together, () => {
  const client = () => new OpenAI({ baseURL: server.root, apiKey: "sk-or-fake", maxRetries: 0 });
  const ask = { model: "openai/o4-mini", input: question, reasoning: { effort: "medium", summary: "auto" } };

  test("streams thinking before the answer", async () => {
    const kinds = [], words = {};
    for await (const event of await client().responses.create({ ...ask, stream: true })) {
      if (kinds.at(-1) !== event.type) kinds.push(event.type);
      if (event.delta) words[event.type] = (words[event.type] ?? "") + event.delta;
    }
    assert.match(words["response.reasoning_summary_text.delta"], /60 × 2\.5 = 150/);
    assert.equal(words["response.output_text.delta"], answer);
    assert.ok(kinds.indexOf("response.reasoning_summary_text.delta") < kinds.indexOf("response.output_text.delta"));
    assert.equal(kinds.at(-1), "response.completed");
  });

  test("gets a whole answer with its usage", async () => {
    const response = await client().responses.create(ask);
    assert.equal(response.output_text, answer);
    assert.ok(response.usage.output_tokens_details.reasoning_tokens > 0);
  });

  test("runs a tool with the arguments that it requires", async () => {
    const tools = [{ type: "function", name: "get_weather", strict: false, parameters: z.toJSONSchema(weather) }];
    const input = [{ role: "user", content: "Umbrella?" }];
    const first = await client().responses.create({ ...ask, input, tools, include: ["reasoning.encrypted_content"] });
    const call = first.output.find(item => item.type === "function_call");
    assert.deepEqual(Object.keys(weather.parse(JSON.parse(call.arguments))), ["city", "days"]);
    const second = await client().responses.create({ ...ask, tools, input: [...input, ...first.output, { type: "function_call_output", call_id: call.call_id, output: "rain" }] });
    assert.equal(second.output_text, "You said: Umbrella?");
  });

  test("fills in a form", async () => {
    const response = await client().responses.parse({ ...ask, text: { format: { type: "json_schema", name: "weather", strict: true, schema: z.toJSONSchema(weather) } } });
    weather.parse(JSON.parse(response.output_text));
  });

  const kinds = { 400: OpenAI.BadRequestError, 401: OpenAI.AuthenticationError, 403: OpenAI.PermissionDeniedError, 404: OpenAI.NotFoundError, 429: OpenAI.RateLimitError, 402: OpenAI.APIError, 408: OpenAI.APIError, 500: OpenAI.InternalServerError, 502: OpenAI.InternalServerError, 503: OpenAI.InternalServerError };
  for (const [status, kind] of Object.entries(kinds)) {
    test(`sees fake/${status} as ${kind.name}`, () => assert.rejects(client().responses.create({ ...ask, model: `fake/${status}` }), error => error instanceof kind && error.status === Number(status)));
  }

  test("fills in a hard form and calls with hard arguments", async () => {
    const schema = z.toJSONSchema(hard);
    const form = await client().responses.create({ ...ask, text: { format: { type: "json_schema", name: "trip", strict: false, schema } } });
    hard.parse(JSON.parse(form.output_text));
    const call = await client().responses.create({ ...ask, tools: [{ type: "function", name: "book", strict: false, parameters: schema }] });
    hard.parse(JSON.parse(call.output.find(item => item.type === "function_call").arguments));
  });

  test("waits for a slow answer", async () => assert.equal((await client().responses.create({ ...ask, model: "fake/slow" })).output_text, "Here it is."));

  test("waits for a slow stream", async () => {
    let text = "";
    for await (const event of await client().responses.create({ ...ask, model: "fake/slow", stream: true })) if (event.type === "response.output_text.delta") text += event.delta;
    assert.equal(text, "Here it is.");
  });

  test("waits no longer than it is told to", () => assert.rejects(client().responses.create({ ...ask, model: "fake/slow" }, { timeout: 1000 }), OpenAI.APIConnectionTimeoutError));

  test("sees a whole answer that failed, and one that was cut", async () => {
    const response = await client().responses.create({ ...ask, model: "fake/failed" });
    assert.deepEqual([response.status, response.error.code], ["failed", "server_error"]);
    assert.match(response.error.message, failed);
    await assert.rejects(client().responses.create({ ...ask, model: "fake/cut" }), SyntaxError);
  });

  test("sees how an answer that was begun goes wrong", async () => {
    const last = async model => {
      let event;
      for await (event of await client().responses.create({ ...ask, model, stream: true }));
      return event;
    };
    assert.equal((await last("fake/failed")).type, "response.failed");
    assert.equal((await last("fake/incomplete")).response.incomplete_details.reason, "max_output_tokens");
    assert.equal((await last("fake/filtered")).response.incomplete_details.reason, "content_filter");
    assert.equal((await last("fake/cut")).type, "response.output_text.delta");
    await assert.rejects(last("fake/reset"));
    assert.equal((await last("fake/refusal")).response.output[0].content[0].type, "refusal");
    assert.equal((await last("fake/empty")).response.output.length, 0);
  });
});

describe("@openrouter/sdk", together, () => {
  const client = () => new OpenRouter({ serverURL: server.root, apiKey: "sk-or-fake", retryConfig: { strategy: "none" } });
  const send = (request) => client().beta.responses.send({ responsesRequest: { model: "openai/o4-mini", input: question, ...request } });

  test("gets a whole answer", async () => {
    const response = await send({ reasoning: { effort: "medium" } });
    assert.equal(response.outputText ?? response.output.find(item => item.type === "message").content[0].text, answer);
  });

  test("streams", async () => {
    let text = "";
    for await (const event of await send({ stream: true })) if (event.type === "response.output_text.delta") text += event.delta;
    assert.equal(text, answer);
  });

  test("is called back with the arguments that its tool requires", async () => {
    const response = await send({ tools: [{ type: "function", name: "get_weather", parameters: z.toJSONSchema(weather), strict: false }] });
    weather.parse(JSON.parse(response.output.find(item => item.type === "function_call").arguments));
  });

  test("ends a tool loop", async () => {
    const tools = [{ type: "function", name: "get_weather", parameters: z.toJSONSchema(weather), strict: false }];
    const first = await send({ input: [{ role: "user", content: "Umbrella?" }], tools });
    const call = first.output.find(item => item.type === "function_call");
    const second = await send({ input: [{ role: "user", content: "Umbrella?" }, ...first.output, { type: "function_call_output", callId: call.callId, output: "rain" }], tools });
    assert.equal(second.outputText ?? second.output.find(item => item.type === "message").content[0].text, "You said: Umbrella?");
  });

  test("fills in a form", async () => {
    const response = await send({ text: { format: { type: "json_schema", name: "weather", strict: true, schema: z.toJSONSchema(weather) } } });
    weather.parse(JSON.parse(response.outputText ?? response.output.find(item => item.type === "message").content[0].text));
  });

  for (const status of statuses) test(`sees fake/${status}`, () => assert.rejects(send({ model: `fake/${status}` }), error => error.statusCode === status));

  const heard = async model => {
    let text = "", last;
    for await (const event of await send({ model, stream: true })) {
      if (event.type === "response.output_text.delta") text += event.delta;
      last = event;
    }
    return [last.type, text, last.response?.error?.message];
  };

  test("sees how an answer that was begun goes wrong", async () => {
    assert.deepEqual(await heard("fake/failed"), ["response.failed", "The answer", "Provider disconnected unexpectedly"]);
    assert.deepEqual(await heard("fake/cut"), ["response.output_text.delta", "The answer", undefined]);
    assert.deepEqual((await heard("fake/incomplete")).slice(0, 1), ["response.incomplete"]);
    assert.deepEqual((await heard("fake/filtered")).slice(0, 1), ["response.incomplete"]);
    assert.deepEqual((await heard("fake/empty")).slice(0, 2), ["response.completed", ""]);
    await assert.rejects(heard("fake/reset"));
    assert.equal((await send({ model: "fake/refusal" })).output[0].content[0].type, "refusal");
    const whole = await send({ model: "fake/failed" });
    assert.deepEqual([whole.status, whole.error.code], ["failed", "server_error"]);
    await assert.rejects(send({ model: "fake/cut" }), SyntaxError);
  });

  test("waits for a slow answer", async () => assert.deepEqual(await heard("fake/slow"), ["response.completed", "Here it is.", undefined]));
});

describe("@openrouter/agent", together, () => {
  const client = () => new Agent({ serverURL: server.root, apiKey: "sk-or-fake", retryConfig: { strategy: "none" } });

  test("runs a tool loop to its end", async () => {
    let seen;
    const getWeather = agentTool({ name: "get_weather", inputSchema: weather, execute: async given => ((seen = given), { sky: "rain" }) });
    const text = await client().callModel({ model: "openai/o4-mini", input: "Umbrella?", tools: [getWeather] }).getText();
    assert.deepEqual(Object.keys(seen), ["city", "days"]);
    assert.match(text, /^You said: /);
  });

  test("streams its thinking and its answer", async () => {
    let text = "", thought = "";
    const result = client().callModel({ model: "anthropic/claude-opus-5", input: question, reasoning: { effort: "medium" } });
    for await (const delta of result.getReasoningStream()) thought += delta;
    for await (const delta of result.getTextStream()) text += delta;
    assert.equal(text, answer);
    assert.match(thought, /150/);
  });

  const ask = (model, more) => client().callModel({ model, input: question, ...more }).getText();

  test("fills in a form", async () => weather.parse(JSON.parse(await ask("openai/o4-mini", { text: { format: { type: "json_schema", name: "weather", strict: true, schema: z.toJSONSchema(weather) } } }))));

  for (const status of statuses) test(`sees fake/${status}`, () => assert.rejects(ask(`fake/${status}`), error => error.statusCode === status));

  test("sees how an answer that was begun goes wrong", async () => {
    await assert.rejects(ask("fake/failed"), failed);
    await assert.rejects(ask("fake/cut"), /ended without completion/);
    await assert.rejects(ask("fake/reset"));
    assert.notEqual(await ask("fake/incomplete"), "");
  });

  test("waits for a slow answer", async () => assert.equal(await ask("fake/slow"), "Here it is."));

  test("calls with hard arguments", async () => {
    let seen;
    const book = agentTool({ name: "book", inputSchema: hard, execute: async given => ((seen = given), { done: true }) });
    await client().callModel({ model: "openai/o4-mini", input: "Book it.", tools: [book] }).getText();
    hard.parse(seen);
  });
});

describe("ai with @ai-sdk/openai", together, () => {
  const model = name => createOpenAI({ baseURL: server.root, apiKey: "sk-or-fake" }).responses(name);
  const ask = { model: null, prompt: question, maxRetries: 0 };

  test("gets a whole answer with its thinking", async () => {
    const { text, reasoningText } = await generateText({ ...ask, model: model("o4-mini") });
    assert.equal(text, answer);
    assert.match(reasoningText, /150/);
  });

  test("streams", async () => {
    let text = "", thought = "";
    for await (const part of streamText({ ...ask, model: model("o4-mini") }).fullStream) {
      if (part.type === "text-delta") text += part.text;
      if (part.type === "reasoning-delta") thought += part.text;
    }
    assert.equal(text, answer);
    assert.match(thought, /150/);
  });

  test("runs a tool loop", async () => {
    let seen;
    const tools = { get_weather: tool({ inputSchema: weather, execute: async given => ((seen = given), "rain") }) };
    const { text, steps } = await generateText({ ...ask, prompt: "Umbrella?", model: model("o4-mini"), tools, stopWhen: stepCountIs(3), providerOptions: { openai: { store: false } } });
    weather.parse(seen);
    assert.equal(steps.length, 2);
    assert.equal(text, "You said: Umbrella?");
  });

  test("fills in a form", async () => {
    const { object } = await generateObject({ ...ask, model: model("o4-mini"), schema: weather });
    weather.parse(object);
  });

  test("fills in a hard form", async () => {
    const { object } = await generateObject({ ...ask, model: model("o4-mini"), schema: hard, providerOptions: { openai: { strictJsonSchema: false } } });
    hard.parse(object);
  });

  for (const status of statuses) test(`sees fake/${status}`, () => assert.rejects(generateText({ ...ask, model: model(`fake/${status}`) }), error => error.statusCode === status));

  const heard = async name => {
    let text = "", error, reason;
    for await (const part of streamText({ ...ask, model: model(name), onError() {} }).fullStream) {
      if (part.type === "text-delta") text += part.text;
      if (part.type === "error") error = part.error;
      if (part.type === "finish") reason = part.finishReason;
    }
    return { text, error, reason };
  };

  test("sees how an answer that was begun goes wrong", async () => {
    const broken = await heard("fake/failed");
    assert.deepEqual([broken.text, broken.reason], ["The answer", "error"]);
    assert.match(broken.error.message, failed);
    const cut = await heard("fake/cut");
    assert.deepEqual([cut.text, cut.reason], ["The answer", "other"]);
    assert.equal((await heard("fake/incomplete")).reason, "length");
    assert.equal((await heard("fake/filtered")).reason, "content-filter");
    assert.equal((await heard("fake/empty")).text, "");
    assert.equal((await heard("fake/refusal")).reason, "content-filter");
    await assert.rejects(heard("fake/reset"));
    await assert.rejects(generateText({ ...ask, model: model("fake/failed") }));
    await assert.rejects(generateText({ ...ask, model: model("fake/cut") }));
  });

  test("waits for a slow answer", async () => assert.deepEqual(await heard("fake/slow"), { text: "Here it is.", error: undefined, reason: "stop" }));
});
