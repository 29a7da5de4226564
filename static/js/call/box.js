// What is seen of a call: pictures, one line of words, and its buttons. It stands inside the conversation.
import { sheet } from "../sheet.js";

const template = document.getElementById("call-box");
export const words = JSON.parse(document.getElementById("call-words").textContent);
export const fill = (text, places) => text.replace(/%\((\w+)\)s/g, (_, name) => places[name] ?? "");

function picture(name) {
  const video = document.createElement("video");
  video.dataset[name] = "";
  video.className = "call-dark";
  video.autoplay = video.playsInline = true;
  return video;
}

export class Box {
  constructor(acts) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.line = this.element.querySelector("[data-call-line]");
    this.clock = this.element.querySelector("[data-call-clock]");
    this.other = picture("callOther");
    this.own = picture("callOwn");
    this.own.muted = true;
    this.element.querySelector(".call-pictures").append(this.other, this.own);
    this.element.addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-call]");
      if (pressed) acts[pressed.dataset.call]();
    });
  }

  async stand(host) {
    await sheet(template.dataset.css);
    if (this.element.parentElement === host.parent && this.element.isConnected) return;
    host.parent.insertBefore(this.element, host.before ?? null);
    for (const video of [this.other, this.own]) if (video.srcObject) video.play().catch(() => {});
  }

  say(text) {
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  time(seconds) {
    this.clock.textContent = seconds === undefined ? "" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  // Exactly these buttons; `pressed` are those that stand for something that is on.
  offer(names, pressed = []) {
    for (const button of this.element.querySelectorAll("[data-call]")) {
      const name = button.dataset.call;
      button.hidden = !names.includes(name);
      if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(pressed.includes(name)));
    }
  }

  focus(name) {
    this.element.querySelector(`[data-call="${name}"]:not([hidden])`)?.focus();
  }

  show(video, stream, visible) {
    if (video.srcObject !== stream) video.srcObject = stream;
    video.classList.toggle("call-dark", !visible);
    if (stream) video.play().catch(() => {});
    this.element.classList.toggle("with-picture", [this.other, this.own].some((each) => !each.classList.contains("call-dark")));
  }

  remove() {
    this.other.srcObject = this.own.srcObject = null;
    this.element.remove();
  }
}
