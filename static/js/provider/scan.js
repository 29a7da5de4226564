// The till: the camera's picture is read for QR codes here where the browser can, else about once a second by the server,
// as long as the camera is open. A photo does where there is no camera; typing always works.
import { codeIn, codeReader, openCamera } from "../camera.js";
import { toast } from "../toast.js";
import { token } from "./kept.js";

const box = document.querySelector("[data-scan]");
const form = document.querySelector("form[data-till]");
const view = box.querySelector("[data-view]");
const said = box.querySelector("[data-said]");
const button = box.querySelector("[data-camera]");
const photo = form.elements.photo;
const SIDE = 640;
const PHOTO_SIDE = 1280;
const GIVES_UP = 60000;
const wait = (time) => new Promise((go) => setTimeout(go, time));

// A part of a picture, grey and small, as JPEG.
function shrunk(source, { x, y, width, height }, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
  const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
  const dots = picture.data;
  for (let at = 0; at < dots.length; at += 4) {
    dots[at] = dots[at + 1] = dots[at + 2] = 0.3 * dots[at] + 0.59 * dots[at + 1] + 0.11 * dots[at + 2];
  }
  pen.putImageData(picture, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
}

// The square that the page shows of what the camera sees.
function frame() {
  const side = Math.min(view.videoWidth, view.videoHeight);
  const part = { x: (view.videoWidth - side) / 2, y: (view.videoHeight - side) / 2, width: side, height: side };
  return shrunk(view, part, SIDE);
}

// {text}, empty when no code is seen, or {stop: why}.
async function read(picture) {
  const body = new FormData();
  body.append("photo", picture, "qr.jpg");
  let answer;
  try {
    const headers = { "X-Kept": "1", "X-CSRFToken": token() };
    answer = await fetch(form.dataset.reads, { method: "POST", body, headers, signal: AbortSignal.timeout(20000) });
  } catch {
    return { stop: said.dataset.away };
  }
  if (answer.status === 429) return { stop: said.dataset.often };
  if (answer.ok && !answer.redirected) return answer.json();
  return { stop: answer.status === 422 ? (await answer.json()).detail : said.dataset.none };
}

function show(text) {
  form.elements.text.value = text;
  photo.value = "";
  form.requestSubmit();
  // What goes is taken already; a long link is nothing to look at.
  form.elements.text.value = "";
}

function closed(why) {
  view.srcObject = null;
  view.hidden = true;
  button.hidden = false;
  said.textContent = why;
}

async function scan() {
  let camera;
  try {
    camera = await openCamera(closed, { width: { ideal: 1280 }, height: { ideal: 720 } });
  } catch {
    said.textContent = said.dataset.none;
    return form.elements.text.focus();
  }
  const { stream, close } = camera;
  button.hidden = true;
  view.hidden = false;
  view.srcObject = stream;
  await view.play();
  said.textContent = said.dataset.look;
  const own = await codeReader(["qr_code"]);
  const until = Date.now() + GIVES_UP;
  while (stream.active) {
    if (Date.now() > until) return close(said.dataset.tired);
    const told = own ? { text: await codeIn(own, view) } : await read(await frame());
    if (!stream.active) return;
    if (told.stop) {
      close(told.stop);
      return form.elements.text.focus();
    }
    if (told.text) {
      close();
      return show(told.text);
    }
    await wait(own ? 150 : 1000);
  }
}

async function readPhoto() {
  const [file] = photo.files;
  if (!file) return;
  box.hidden = false;
  said.textContent = said.dataset.reading;
  const bitmap = await createImageBitmap(file).catch(() => null);
  // What this browser cannot unpack the server may: the photo goes with the form as it is.
  if (!bitmap) return void (said.textContent = "");
  const whole = { x: 0, y: 0, width: bitmap.width, height: bitmap.height };
  const told = await read(await shrunk(bitmap, whole, PHOTO_SIDE));
  bitmap.close();
  said.textContent = "";
  if (told.text) return show(told.text);
  photo.value = "";
  said.textContent = told.stop ?? said.dataset.blank;
  toast(said.textContent, "error");
}

if (navigator.mediaDevices?.getUserMedia) {
  box.hidden = false;
  button.hidden = false;
  form.querySelector("button.go")?.classList.remove("go");
  button.addEventListener("click", scan);
}
photo.addEventListener("change", readPhoto);

for (const undo of document.querySelectorAll("[data-for-a-minute]")) {
  setTimeout(() => undo.remove(), new Date(undo.dataset.forAMinute) - Date.now());
}
