// A short tone for words that arrive, if the shopper wants one.
const KEY = "talk:sound";
let audio;

export const isOn = () => localStorage.getItem(KEY) === "on";
export const ring = () => isOn() && beep();

export function turn(on) {
  localStorage.setItem(KEY, on ? "on" : "off");
  ring();
}

function beep() {
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.frequency.value = 660;
  loudness.gain.setValueAtTime(0.08, audio.currentTime);
  loudness.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.25);
  tone.connect(loudness).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
}
