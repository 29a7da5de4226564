// Being called: a tone, a notification of the browser, the number in the page's title.
const title = document.title;
let audio;

export const soundIsOn = () => localStorage.getItem("console:sound") !== "off";

export function turnSound(on) {
  localStorage.setItem("console:sound", on ? "on" : "off");
  if (on) ring();
}

export function ring(times = 1) {
  if (!soundIsOn()) return;
  try {
    audio ??= new AudioContext();
    for (let turn = 0; turn < times; turn += 1) {
      const from = audio.currentTime + turn * 0.35;
      const tone = audio.createOscillator();
      const loudness = audio.createGain();
      tone.frequency.value = turn % 2 ? 880 : 660;
      loudness.gain.setValueAtTime(0.08, from);
      loudness.gain.exponentialRampToValueAtTime(0.0001, from + 0.3);
      tone.connect(loudness).connect(audio.destination);
      tone.start(from);
      tone.stop(from + 0.3);
    }
  } catch {
    // No sound before the first press of a page; the words are there.
  }
}

export function notify(words, ref, onClick) {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const shown = new Notification(words, { tag: ref, icon: "/favicon.ico" });
    shown.addEventListener("click", () => {
      focus();
      onClick?.();
      shown.close();
    });
  } catch {
    // Phones show notifications from the service worker only; push does that.
  }
}

export function count(number) {
  const now = number ? `(${number}) ${title}` : title;
  if (document.title !== now) document.title = now;
}
