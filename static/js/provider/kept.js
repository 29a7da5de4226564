// Steps that wait in this browser for the network: kept whole in IndexedDB, with the key under which the server does each
// of them once, sent in their order by one page at a time.
const NAME = "provider-steps";
const STORE = "steps";

function database() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function inStore(mode, work) {
  const open = await database();
  try {
    return await new Promise((done, failed) => {
      const step = open.transaction(STORE, mode);
      const asked = work(step.objectStore(STORE));
      step.oncomplete = () => done(asked.result);
      step.onerror = step.onabort = () => failed(step.error);
    });
  } finally {
    open.close();
  }
}

export const keep = (step) => inStore("readwrite", (store) => store.add(step));
export const drop = (id) => inStore("readwrite", (store) => store.delete(id));
const change = (step) => inStore("readwrite", (store) => store.put(step));

// Of this person only: a phone may be shared, and what one has done is not sent in another's name.
export async function waiting(person) {
  return (await inStore("readonly", (store) => store.getAll())).filter((step) => step.person === person);
}

export const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];

// {done, go, said}, {refused: words, code}, {away} or {signedOut}.
export async function send({ url, entries, at }) {
  const body = new FormData();
  for (const [name, value] of entries) if (name !== "csrfmiddlewaretoken") body.append(name, value);
  const waited = String(Math.max(0, Math.round((Date.now() - at) / 1000)));
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST", body, headers: { "X-Kept": "1", "X-Waited": waited, "X-CSRFToken": token() }, signal: AbortSignal.timeout(20000),
    });
  } catch {
    return { away: true };
  }
  if (answer.redirected) return { signedOut: true };
  if (answer.status >= 500 || answer.status === 429) return { away: true };
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  if (!isJson) return answer.status === 403 ? { signedOut: true } : { refused: String(answer.status), code: "" };
  const told = await answer.json();
  if (answer.ok) return { done: true, ...told };
  if (told.code === "idempotency_in_progress") return { away: true };
  return { refused: told.detail, code: told.code };
}

// Sends what waits; {sent, go, signedOut}, `go` where a step of this very page leads. A step that was refused stays with its reason until it is put away.
export function sendAll(person) {
  return navigator.locks.request(NAME, async () => {
    let sent = 0;
    let go;
    for (const step of await waiting(person)) {
      if (step.refused) continue;
      const told = await send(step);
      if (told.away || told.signedOut) return { sent, go, signedOut: told.signedOut };
      if (told.done) {
        await drop(step.id);
        sent++;
        if (step.url === location.origin + location.pathname) go = told.go;
      } else await change({ ...step, refused: told.refused });
    }
    return { sent, go };
  });
}
