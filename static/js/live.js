// A socket that comes back by itself and says so. connect(path, {onFrame, onState}) gives {send, close};
// states: "connecting", "open", "waiting" (lost, trying again), "closed". A frame from the server is an object with a type.
const PING_EVERY = 25000;
const REFUSED = [4403, 4404];

export function connect(path, { onFrame, onState = showState }) {
  let socket, timer, ping, attempt = 0, over = false;

  function open() {
    onState(attempt ? "waiting" : "connecting");
    socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
    socket.addEventListener("open", () => {
      attempt = 0;
      onState("open");
      ping = setInterval(() => socket.send('{"type":"ping"}'), PING_EVERY);
    });
    socket.addEventListener("message", (event) => onFrame(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      clearInterval(ping);
      if (over || REFUSED.includes(event.code)) return onState("closed");
      onState("waiting");
      timer = setTimeout(open, Math.min(30000, 500 * 2 ** attempt++) * (0.5 + Math.random() / 2));
    });
  }
  function now() {
    if (over || socket.readyState !== WebSocket.CLOSED) return;
    clearTimeout(timer);
    open();
  }
  addEventListener("online", now);
  document.addEventListener("visibilitychange", () => document.hidden || now());
  open();
  return {
    send(frame) {
      const ready = socket.readyState === WebSocket.OPEN;
      if (ready) socket.send(JSON.stringify(frame));
      return ready;
    },
    close() {
      over = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}

// The line at the top of the page, shown only while the connection is lost: components/connection.html.
export function showState(state) {
  const line = document.querySelector("[data-connection]");
  if (line) line.hidden = state !== "waiting";
}

// Live figures: {"type": "stock", "key": "…", "state": "low", "text": "3 left"}; "presence" alike with state "here" or "away".
export function applyFigure(frame) {
  for (const line of document.querySelectorAll(`[data-${frame.type}="${CSS.escape(frame.key)}"]`)) {
    if (line.textContent === frame.text) continue;
    line.textContent = frame.text;
    if (frame.type === "stock") line.className = `stock ${frame.state}`;
    else line.classList.toggle("away", frame.state !== "here");
    line.classList.remove("changed");
    requestAnimationFrame(() => line.classList.add("changed"));
  }
}
