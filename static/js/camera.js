// The camera of whoever scans codes: on while its page is looked at, off as soon as it is left or hidden.

// What reads codes in a picture in this browser, of these formats or of all that it knows; null where it cannot.
export async function codeReader(wanted) {
  if (!("BarcodeDetector" in window)) return null;
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  const formats = wanted ? known.filter((format) => wanted.includes(format)) : known;
  return formats.length ? new BarcodeDetector({ formats }) : null;
}

// What the first code in the picture says, if there is one.
export async function codeIn(reader, picture) {
  return (await reader.detect(picture).catch(() => []))[0]?.rawValue;
}

// Its pictures as {stream, close}; `closed` hears once when it goes off, and why. Throws where it may not be used.
export async function openCamera(closed, wish = {}) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", ...wish } });
  const watch = new AbortController();
  const { signal } = watch;
  const close = (why = "") => {
    if (signal.aborted) return;
    watch.abort();
    stream.getTracks().forEach((track) => track.stop());
    closed(why);
  };
  addEventListener("pagehide", () => close(), { signal });
  document.addEventListener("visibilitychange", () => document.hidden && close(), { signal });
  return { stream, close };
}
