// A field in which the customer signs with a finger; the drawing goes with the form as a picture. A button that is
// disabled to begin with waits for it.
for (const form of document.querySelectorAll("form[data-sign]")) {
  const pad = form.querySelector("[data-pad]");
  const waiting = form.querySelector("button:disabled");
  const pen = pad.getContext("2d");
  let last = null;
  let drawn = false;

  function tell(isDrawn) {
    drawn = isDrawn;
    if (waiting) waiting.disabled = !drawn;
  }

  function clear() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, pad.width, pad.height);
    Object.assign(pen, { strokeStyle: "#111", lineWidth: 3, lineCap: "round", lineJoin: "round" });
    tell(false);
  }
  const at = (event) => {
    const frame = pad.getBoundingClientRect();
    return [((event.clientX - frame.left) * pad.width) / frame.width, ((event.clientY - frame.top) * pad.height) / frame.height];
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    last = at(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = at(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
    tell(true);
  });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => (last = null));
  form.querySelector("[data-clear]").addEventListener("click", clear);
  form.addEventListener("formdata", (event) => {
    if (!drawn) return;
    const bytes = Uint8Array.from(atob(pad.toDataURL("image/png").split(",")[1]), (letter) => letter.charCodeAt(0));
    event.formData.set("signature", new File([bytes], "signature.png", { type: "image/png" }));
  });
  clear();
}
