// The one socket of a shopper's page. What is on the page listens by the frame's type and never opens another.
import { connect } from "./live.js";

const listeners = new Map();
const onStates = new Set();
const asked = new Map();
const watched = new Map();
let line, hello, state = "connecting";

export function open(path) {
  line ??= connect(path, { onFrame, onState });
}

// Come back with the cookies of now: a conversation has just begun, or somebody has signed in.
export function reconnect() {
  hello = undefined;
  line?.again();
}

export function listen(type, handler) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(handler);
  if (type === "hello" && hello) handler(hello);
}

export function onState(now) {
  state = now;
  if (now !== "open") {
    hello = undefined;
    for (const { no } of asked.values()) no({ code: "lost" });
    asked.clear();
  }
  for (const handler of onStates) handler(now);
}

export function followState(handler) {
  onStates.add(handler);
  handler(state);
}

export const send = (frame) => (line?.send(frame) ?? false);

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36).padStart(2, "0")).join("");

// Send a frame and wait for its `ack`. Fails with the `error` frame, or {code: "lost"} when the connection goes.
export function ask(frame) {
  const id = frame.id ?? newId();
  return new Promise((yes, no) => {
    if (!send({ ...frame, id })) return no({ code: "lost" });
    asked.set(id, { yes, no });
  });
}

// The server watches one list of products per socket; here each part of the page has its own.
export function watch(part, products) {
  watched.set(part, products);
  sendWatched();
}

function sendWatched() {
  const products = [...new Set([...watched.values()].flat())].slice(0, 100);
  if (hello && products.length) send({ type: "watch", id: "watch", products });
}

function onFrame(frame) {
  const waiting = frame.id !== undefined && (frame.type === "ack" || frame.type === "error") && asked.get(frame.id);
  if (waiting) {
    asked.delete(frame.id);
    if (frame.type === "ack") waiting.yes(frame);
    else waiting.no(frame);
  }
  if (frame.type === "hello") {
    hello = frame;
    sendWatched();
  }
  for (const handler of listeners.get(frame.type) ?? []) handler(frame);
}
