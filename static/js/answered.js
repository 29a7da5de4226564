// Which invitations were answered in this tab, by rule, and when: without consent the server forgets it with the page.
const KEY = "invitations:answered";

export function answered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function remember(rule) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...answered(), [rule]: Date.now() }));
  } catch {
    // Then this page alone remembers.
  }
}
