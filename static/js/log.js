// A log of messages: who reads at its end stays there, who reads above is left there and told of what comes below.
const NEAR = 80;

export function readerOf(log, below) {
  let stays = true, height = log.clientHeight;
  const newest = () => log.querySelector(":scope > .talk-message:last-child");
  const topOf = (box) => box.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const isAtBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  function toBottom() {
    log.scrollTop = log.scrollHeight;
    stays = true;
  }

  // At the end is also who reads in the newest message, when that is higher than the log.
  function isAtEnd() {
    const box = newest();
    return isAtBottom() || (box?.offsetHeight > log.clientHeight && topOf(box) < log.clientHeight);
  }

  // A message that is higher than the log is read from its top.
  function toEnd() {
    toBottom();
    const box = newest();
    if (box && topOf(box) < 0) log.scrollTop += topOf(box) - 8;
    stays = isAtBottom();
    below.hidden = true;
  }

  log.addEventListener("scroll", () => {
    // What moved because the log has another height is not the reader's doing.
    if (log.clientHeight === height) stays = isAtBottom();
    if (isAtEnd()) below.hidden = true;
  });
  // A form or a keyboard that opens takes its room from above.
  new ResizeObserver(() => {
    if (stays) toBottom();
    height = log.clientHeight;
  }).observe(log);
  below.addEventListener("click", () => {
    toEnd();
    log.focus({ preventScroll: true });
  });
  // `put` changes the log and says what came: something of one's "own", "new", a card's "first" drawing, or nothing.
  // Where the reader is counts at that moment: while a card was fetched they may have gone elsewhere.
  function place(put) {
    const wasAtEnd = isAtEnd(), wasAtBottom = isAtBottom(), before = log.scrollHeight;
    const came = put();
    // What one says or does oneself is looked at, wherever on an older card the button was.
    if (came === "own" || (came && wasAtEnd)) toEnd();
    // Drawn again at the same height nothing moves, least of all a button under somebody's finger.
    else if (wasAtBottom && log.scrollHeight !== before) toBottom();
    else if (came === "new") below.hidden = false;
  }
  return { isAtEnd, toEnd, place };
}
