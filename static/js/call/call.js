// A call in a conversation: one at a time on a page. It begins in writing, may become voice, picture or screen and back,
// and whatever fails ends in a clear word and in the conversation as it was.
import { ask, followState, listen, newId, send } from "../shopper_socket.js";
import { Box, fill, words } from "./box.js";
import * as media from "./media.js";
import { Peer } from "./peer.js";

const RINGS_FOR = 40_000;
const ALIVE_EVERY = 15_000;
const GIVEN_UP_AFTER = 30_000;
const WORDS_STAY = 6_000;
const device = newId();
let now, place;

// place: {host(ref) → {parent, before}, name(ref), sound()}.
export function prepare(given) {
  place ??= given;
}

export const isCalling = () => Boolean(now);

export async function begin(ref, { video = false } = {}) {
  if (now) return now.ref === ref && video ? toggleCamera() : undefined;
  const call = make(ref, { video, mine: true });
  call.state = "asking";
  if (!(await devices(call, video)) || now !== call) return;
  call.state = "calling";
  try {
    const answer = await ask(frame(call, "ring", { video }));
    Object.assign(call, { id: answer.call, ice: answer.ice });
  } catch (error) {
    return finish(call, error.detail ?? words.lost);
  }
  if (now !== call) return;
  call.timers.push(setTimeout(() => hangUp(fill(words.no_answer, names(call))), RINGS_FOR));
  draw();
}

export async function onFrame(told) {
  const { act } = told;
  if (act === "ring") return rung(told);
  const call = now;
  if (!call || (call.id && told.call !== call.id)) return;
  if (act === "accept") await accepted(call, told);
  else if (act === "taken") told.device !== device && finish(call, words.elsewhere);
  else if (act === "hangup") finish(call, ending(call, told));
  else if (act === "lost") lost(call, true);
  else if (act === "media") theirs(call, told);
  else if (["offer", "answer", "candidate"].includes(act)) inTurn(call, () => signalled(call, told));
}

const frame = (call, act, more = {}) => ({ type: "call", conversation: call.ref, call: call.id ?? "", device, act, ...more });
const names = (call) => ({ name: place.name(call.ref) || words.the_other });

function make(ref, fields) {
  now = { ref, tracks: {}, timers: [], turn: Promise.resolve(), theirs: {}, ...fields };
  now.box = new Box(acts);
  draw();
  return now;
}

function rung(told) {
  const reply = { ref: told.conversation, id: told.call };
  if (now?.id === told.call) return;
  if (now) return send(frame(reply, "decline", { id: newId(), why: "busy" }));
  if (!media.canCall()) return send(frame(reply, "decline", { id: newId(), why: "unable" }));
  const call = make(told.conversation, { id: told.call, video: told.video, mine: false, state: "ringing" });
  draw();
  call.box.focus("accept");
  const sound = () => place.sound?.();
  sound();
  call.timers.push(setInterval(sound, 3000));
}

async function accept(video) {
  const call = now;
  if (call?.state !== "ringing") return;
  quiet(call);
  call.state = "asking";
  call.answering = true;
  if (!(await devices(call, video)) || now !== call) return;
  try {
    const answer = await ask(frame(call, "accept"));
    call.ice = answer.ice;
  } catch (error) {
    return finish(call, error.code === "wrong_state" ? words.over : (error.detail ?? words.lost));
  }
  if (now === call) connect(call);
}

async function accepted(call, told) {
  if (!call.mine || call.state !== "calling") return;
  quiet(call);
  call.other = told.device;
  connect(call);
  await inTurn(call, () => call.peer.call(call.tracks));
}

function connect(call) {
  call.state = "connecting";
  call.since = Date.now();
  call.peer = new Peer({
    ice: call.ice,
    tell: (act, more) => tell(call, act, more),
    onTracks: (stream) => {
      call.stream = stream;
      draw();
    },
    onState: (state) => connected(call, state),
  });
  call.timers.push(setInterval(() => alive(call), ALIVE_EVERY), setInterval(draw, 1000));
  showMedia(call);
  draw();
}

async function signalled(call, told) {
  if (!call.peer) return;
  if (told.act === "offer") await call.peer.onOffer(told.sdp, call.tracks);
  else if (told.act === "answer") await call.peer.onAnswer(told.sdp);
  else await call.peer.onCandidate(told.candidate);
}

// One after the other, or an answer would overtake its offer.
function inTurn(call, work) {
  call.turn = call.turn.then(() => (now === call ? work() : undefined)).catch((error) => {
    console.warn(error);
    if (now === call) hangUp(words.failed);
  });
  return call.turn;
}

function connected(call, state) {
  if (now !== call) return;
  if (state === "connected") {
    call.state = "talking";
    lost(call, false);
    showMedia(call);
  } else if (state === "disconnected" || state === "failed") {
    lost(call, true);
    if (call.mine && state === "failed") inTurn(call, () => call.peer.offer({ again: true }));
  }
  draw();
}

function lost(call, is) {
  clearTimeout(call.givenUp);
  call.lost = is;
  if (is) call.givenUp = setTimeout(() => now === call && hangUp(fill(words.gone, names(call))), GIVEN_UP_AFTER);
  draw();
}

async function alive(call) {
  try {
    await ask(frame(call, "alive"));
  } catch (error) {
    if (now === call && error.code !== "lost") finish(call, words.over);
  }
}

function tell(call, act, more) {
  const told = frame(call, act, { id: newId(), ...more });
  if (!send(told)) call.untold = [...(call.untold ?? []), told];
}

function showMedia(call) {
  tell(call, "media", { audio: Boolean(call.tracks.audio?.enabled), video: Boolean(call.tracks.video), screen: Boolean(call.sharing) });
}

function theirs(call, { audio, video, screen }) {
  call.theirs = { audio, video, screen };
  // They are back at their line; whether media flows the connection itself says.
  if (!call.peer || call.peer.connection.connectionState === "connected") lost(call, false);
  draw();
}

// Devices of the beginning. False, with a clear word, when there is no microphone: the conversation goes on in writing.
async function devices(call, video) {
  draw();
  const permission = await media.permission({ video });
  if (permission === "prompt" && !(await prepared(call, video))) return false;
  try {
    call.tracks.audio = await media.microphone();
    call.tracks.audio.addEventListener("ended", () => now === call && draw());
  } catch (error) {
    const why = media.reason(error);
    if (call.id) send(frame(call, "decline", { id: newId(), why: why === "denied" ? "denied" : "unable" }));
    finish(call, words[`microphone_${why}`]);
    return false;
  }
  if (video) await startCamera(call);
  return now === call || (drop(call), false);
}

// The browser will ask in its own words; ours come first.
function prepared(call, video) {
  call.state = "explaining";
  call.explained = video ? words.ask_video : words.ask_voice;
  draw();
  call.box.focus("goon");
  return new Promise((done) => (call.goOn = done)).then((yes) => {
    call.state = "asking";
    draw();
    return yes;
  });
}

async function startCamera(call) {
  try {
    call.tracks.video = await media.camera();
  } catch (error) {
    call.hint = words[`camera_${media.reason(error)}`];
  }
}

async function toggleCamera() {
  const call = now;
  if (call.sharing) await stopSharing(call);
  else if (call.tracks.video) await putPicture(call, null);
  else {
    call.hint = (await media.permission({ video: true })) === "prompt" ? words.ask_video : "";
    draw();
    await startCamera(call);
    if (now !== call) return drop(call);
    if (call.tracks.video) call.hint = "";
    await putPicture(call, call.tracks.video);
  }
}

async function putPicture(call, track) {
  if (call.tracks.video && call.tracks.video !== track) call.tracks.video.stop();
  call.tracks.video = track ?? undefined;
  await call.peer?.put("video", track ?? null);
  showMedia(call);
  draw();
}

async function share() {
  const call = now;
  if (call.sharing) return stopSharing(call);
  let track;
  try {
    track = await media.screen();
  } catch {
    // They thought better of it.
    return;
  }
  if (now !== call) return track.stop();
  call.hint = "";
  call.sharing = true;
  track.addEventListener("ended", () => now === call && call.tracks.video === track && stopSharing(call));
  await putPicture(call, track);
}

async function stopSharing(call) {
  call.sharing = false;
  await putPicture(call, null);
}

function mute() {
  const { tracks } = now;
  tracks.audio.enabled = !tracks.audio.enabled;
  showMedia(now);
  draw();
}

function hangUp(text) {
  const call = now;
  if (!call) return;
  if (call.id) send(frame(call, "hangup", { id: newId() }));
  finish(call, text ?? words.ended);
}

function ending(call, { why }) {
  if (why === "declined") return fill(words.declined, names(call));
  if (why === "busy") return fill(words.busy, names(call));
  if (why === "unable" || why === "denied") return fill(words.unable, names(call));
  if (why === "lost") return call.since ? fill(words.gone, names(call)) : fill(words.no_answer, names(call));
  return call.mine || call.since ? words.ended : words.missed;
}

function quiet(call) {
  for (const timer of call.timers.splice(0)) clearInterval(timer);
}

function drop(call) {
  for (const track of Object.values(call.tracks)) track?.stop();
}

function finish(call, text) {
  if (now !== call) return;
  now = undefined;
  quiet(call);
  clearTimeout(call.givenUp);
  drop(call);
  call.peer?.close();
  call.goOn?.(false);
  const had = call.box.element.contains(document.activeElement);
  call.box.say(text);
  call.box.time();
  call.box.show(call.box.other, null, false);
  call.box.show(call.box.own, null, false);
  call.box.offer(["close"]);
  if (had) call.box.focus("close");
  call.closing = setTimeout(() => !now && call.box.remove(), WORDS_STAY);
  last = call;
  place.over?.(call.ref);
}

let last;

const acts = {
  accept: () => accept(false),
  accept_video: () => accept(true),
  decline() {
    const call = now;
    send(frame(call, "decline", { id: newId(), why: "declined" }));
    finish(call, words.declined_own);
  },
  goon: () => now.goOn?.(true),
  mute,
  camera: toggleCamera,
  screen: share,
  hangup: () => hangUp(),
  close: () => last?.box.remove(),
};

function line(call) {
  const who = names(call);
  if (call.lost) return fill(words.interrupted, who);
  if (call.state === "explaining") return call.explained;
  if (call.state === "asking") return words.asking;
  if (call.state === "calling") return fill(words.calling, who);
  if (call.state === "ringing") return fill(call.video ? words.ringing_video : words.ringing, who);
  if (call.state === "connecting") return words.connecting;
  if (call.hint) return call.hint;
  if (call.sharing) return words.sharing;
  if (call.theirs.screen) return fill(words.their_screen, who);
  if (call.theirs.audio === false) return fill(words.muted, who);
  return fill(words.talking, who);
}

const BUTTONS = { explaining: ["goon", "hangup"], asking: ["hangup"], calling: ["hangup"], connecting: ["hangup"] };

export function draw() {
  const call = now;
  if (!call) return;
  if (last && last !== call) last.box.remove();
  const { box, tracks } = call;
  box.stand(place.host(call.ref));
  box.say(line(call));
  box.time(call.since ? Math.round((Date.now() - call.since) / 1000) : undefined);
  let names_ = BUTTONS[call.state];
  if (call.state === "ringing") names_ = call.video ? ["accept", "accept_video", "decline"] : ["accept", "decline"];
  names_ ??= ["mute", "camera", ...(media.canShare() ? ["screen"] : []), "hangup"];
  const pressed = [tracks.audio?.enabled === false && "mute", tracks.video && !call.sharing && "camera", call.sharing && "screen"];
  box.offer(names_, pressed.filter(Boolean));
  box.show(box.other, call.stream ?? null, Boolean(call.stream && (call.theirs.video || call.theirs.screen)));
  if (!call.own || call.ownTrack !== tracks.video) {
    call.ownTrack = tracks.video;
    call.own = tracks.video ? new MediaStream([tracks.video]) : null;
  }
  box.show(box.own, call.own, Boolean(call.own) && !call.sharing);
  box.element.dataset.state = call.state;
}

listen("call", (told) => onFrame(told));
// Back on the line: say what was left unsaid, and that this side is still there.
followState((state) => {
  const call = now;
  if (!call || state !== "open") return;
  call.back = true;
});
listen("hello", () => {
  const call = now;
  if (!call?.peer || !call.back) return;
  call.back = false;
  // Following the conversation comes first; its answer is given before this one.
  setTimeout(() => {
    if (now !== call) return;
    alive(call);
    for (const told of (call.untold ?? []).splice(0)) send(told);
    showMedia(call);
  }, 500);
});
addEventListener("beforeunload", (event) => {
  if (now?.since) event.preventDefault();
});
addEventListener("pagehide", () => now && hangUp());
