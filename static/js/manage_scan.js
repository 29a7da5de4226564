// A stock sheet: the camera reads bar codes where the browser can by itself; elsewhere a photo goes to the server, and
// hand scanners type. The field keeps the cursor, so that one code follows the other.
import { codeIn, codeReader, openCamera } from "./camera.js";

const AGAIN = 1500;
const EVERY = 250;

const sheet = () => document.getElementById("scan");
let reader = null;
let camera = null;
let last = { code: "", at: 0 };

const parts = () => {
  const form = sheet();
  return {
    form,
    view: form?.querySelector("[data-view]"),
    button: form?.querySelector("[data-camera]"),
    said: form?.querySelector("[data-said]"),
  };
};

function closed() {
  camera = null;
  const { view, button } = parts();
  if (view) view.hidden = true;
  if (button) button.hidden = !reader;
}

function show() {
  const { view, button } = parts();
  if (!view || !camera) return;
  if (view.srcObject !== camera.stream) view.srcObject = camera.stream;
  view.hidden = false;
  button.hidden = true;
  view.play();
}

async function look() {
  if (!camera) return;
  const { form, view } = parts();
  if (form && view && view.readyState >= 2) {
    const code = await codeIn(reader, view);
    if (code && (code !== last.code || Date.now() - last.at > AGAIN)) {
      last = { code, at: Date.now() };
      form.elements.code.value = code;
      form.requestSubmit();
      navigator.vibrate?.(40);
    }
  }
  setTimeout(look, EVERY);
}

async function open() {
  // Pressed twice while the browser asks for leave, it is opened once.
  parts().button.hidden = true;
  try {
    camera = await openCamera(closed);
  } catch {
    const { said, button } = parts();
    button.hidden = false;
    said.textContent = said.dataset.none;
    return;
  }
  show();
  look();
}

function ready() {
  const { form, button } = parts();
  if (!form) return;
  if (button && reader && !camera) button.hidden = false;
  if (camera) show();
  else {
    // What was refused stays to be mended, but whatever is typed or scanned next takes its place.
    const field = document.querySelector("#sheet .inline-edit [aria-invalid]") ?? form.elements.code;
    field.focus({ preventScroll: field === form.elements.code });
    field.select();
  }
}

document.addEventListener("click", (event) => event.target.closest("[data-camera]") && open());
document.addEventListener("change", (event) => {
  const form = sheet();
  if (form && event.target === form.elements.photo && event.target.files.length) form.requestSubmit();
});
document.body.addEventListener("htmx:afterSettle", ready);

if (navigator.mediaDevices) reader = await codeReader();
ready();
