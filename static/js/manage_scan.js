// A stock sheet: the camera reads bar codes where the browser can by itself; elsewhere a photo goes to the server, and
// hand scanners type. The field keeps the cursor, so that one code follows the other.
const AGAIN = 1500;
const EVERY = 250;

const sheet = () => document.getElementById("scan");
let stream = null;
let reader = null;
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

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  const { view, button } = parts();
  if (view) view.hidden = true;
  if (button) button.hidden = !reader;
}

function show() {
  const { view, button } = parts();
  if (!view || !stream) return;
  if (view.srcObject !== stream) view.srcObject = stream;
  view.hidden = false;
  button.hidden = true;
  view.play();
}

async function look() {
  if (!stream) return;
  const { form, view } = parts();
  if (form && view && view.readyState >= 2) {
    const found = await reader.detect(view).catch(() => []);
    const code = found[0]?.rawValue;
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
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    const { said } = parts();
    said.textContent = said.dataset.none;
    return;
  }
  show();
  look();
}

function ready() {
  const { form, button } = parts();
  if (!form) return;
  if (button && reader && !stream) button.hidden = false;
  if (stream) show();
  else form.elements.code.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => event.target.closest("[data-camera]") && open());
document.addEventListener("change", (event) => {
  const form = sheet();
  if (form && event.target === form.elements.photo && event.target.files.length) form.requestSubmit();
});
document.body.addEventListener("htmx:afterSettle", ready);
document.addEventListener("visibilitychange", () => document.hidden && stop());
addEventListener("pagehide", stop);

if ("BarcodeDetector" in window && navigator.mediaDevices) {
  const kinds = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (kinds.length) reader = new BarcodeDetector({ formats: kinds });
}
ready();
