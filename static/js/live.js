// A socket that comes back by itself and says so. connect(path, {onFrame, onState}) gives {send, again, close};
// states: "connecting", "open", "waiting" (lost, trying again), "closed". A frame from the server is an object with a type.
const PING_EVERY = 25000;
const ANSWERED_WITHIN = 10000;
const REFUSED = [4403, 4404];

export function connect(path, { onFrame, onState = showState }) {
  let socket, timer, ping, silence, attempt = 0, over = false;

  function open() {
    const own = (socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws"))));
    onState(attempt ? "waiting" : "connecting");
    own.addEventListener("open", () => {
      if (own !== socket) return;
      onState("open");
      ping = setInterval(() => {
        own.send('{"type":"ping"}');
        // A network that went away tells nobody: no answer is an answer.
        silence ??= setTimeout(() => gone(own), ANSWERED_WITHIN);
      }, PING_EVERY);
    });
    own.addEventListener("message", (event) => {
      if (own !== socket) return;
      clearTimeout(silence);
      silence = undefined;
      // Not before something was heard: a server whose database is away opens its door and shuts it again.
      attempt = 0;
      const frame = JSON.parse(event.data);
      if (frame.type === "ping") own.send(JSON.stringify({ type: "pong", n: frame.n }));
      else onFrame(frame);
    });
    own.addEventListener("close", (event) => gone(own, event.code));
  }
  function gone(own, code) {
    if (own !== socket) return;
    clearInterval(ping);
    clearTimeout(silence);
    silence = socket = undefined;
    own.close();
    over ||= REFUSED.includes(code);
    if (over) return onState("closed");
    onState("waiting");
    timer = setTimeout(open, Math.min(30000, 500 * 2 ** attempt++) * (0.5 + Math.random() / 2));
  }
  function now() {
    if (over || socket) return;
    clearTimeout(timer);
    open();
  }
  addEventListener("online", now);
  addEventListener("offline", () => socket && gone(socket));
  document.addEventListener("visibilitychange", () => document.hidden || now());
  open();
  return {
    send(frame) {
      const ready = socket?.readyState === WebSocket.OPEN;
      if (ready) socket.send(JSON.stringify(frame));
      return ready;
    },
    // Come back at once, with the cookies of now.
    again() {
      const own = socket;
      over = false;
      clearInterval(ping);
      clearTimeout(timer);
      clearTimeout(silence);
      silence = socket = undefined;
      own?.close();
      open();
    },
    close() {
      over = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}

// The line at the top of the page, shown only while the connection is lost: components/connection.html.
export function showState(state) {
  const line = document.querySelector("[data-connection]");
  if (line) line.hidden = state !== "waiting";
}
