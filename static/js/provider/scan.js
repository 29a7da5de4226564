// The till: the camera reads the QR code where the browser can; typing always works. Undoing is offered for a minute.
const box = document.querySelector("[data-scan]");
const form = document.querySelector("form[data-till]");
const view = box.querySelector("[data-view]");
const said = box.querySelector("[data-said]");
const button = box.querySelector("[data-camera]");

async function isPossible() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
  return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
}

async function scan() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    said.textContent = said.dataset.none;
    return form.elements.text.focus();
  }
  button.hidden = true;
  view.hidden = false;
  view.srcObject = stream;
  await view.play();
  said.textContent = said.dataset.look;
  const reader = new BarcodeDetector({ formats: ["qr_code"] });
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  addEventListener("pagehide", stop);
  while (stream.active) {
    const [found] = await reader.detect(view).catch(() => []);
    if (found) {
      stop();
      form.elements.text.value = found.rawValue;
      return form.requestSubmit();
    }
    await new Promise((go) => setTimeout(go, 150));
  }
}

if (await isPossible()) {
  box.hidden = false;
  button.addEventListener("click", scan);
}

for (const undo of document.querySelectorAll("[data-for-a-minute]")) {
  setTimeout(() => undo.remove(), new Date(undo.dataset.forAMinute) - Date.now());
}
