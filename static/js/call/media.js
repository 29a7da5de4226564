// Microphone, camera and screen, asked for kindly: words come before the browser's own question.
export const canCall = () => Boolean(navigator.mediaDevices?.getUserMedia && window.RTCPeerConnection);
export const canShare = () => Boolean(navigator.mediaDevices?.getDisplayMedia);

async function answerOf(name) {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    // This browser does not tell.
    return "prompt";
  }
}

// What must be said before a device is used: "granted", "prompt" or "denied".
export async function permission({ video }) {
  const answers = [await answerOf("microphone")];
  if (video) answers.push(await answerOf("camera"));
  return ["denied", "prompt"].find((answer) => answers.includes(answer)) ?? "granted";
}

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { max: 24 }, facingMode: "user" };

export async function microphone() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: SOUND });
  return stream.getAudioTracks()[0];
}

export async function camera() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: PICTURE });
  return stream.getVideoTracks()[0];
}

export async function screen() {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 12 } }, audio: false });
  return stream.getVideoTracks()[0];
}

// Which sentence explains why a device did not come: "denied", "none" or "failed".
export function reason(error) {
  if (error?.name === "NotAllowedError" || error?.name === "SecurityError") return "denied";
  if (error?.name === "NotFoundError" || error?.name === "OverconstrainedError") return "none";
  return "failed";
}
