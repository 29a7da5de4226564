// A style sheet that a page comes without, brought once; if it could not be had, again the next time.
export function sheet(href) {
  let link = document.querySelector(`link[href="${href}"]`);
  if (link?.sheet) return;
  if (!link) document.head.append((link = Object.assign(document.createElement("link"), { rel: "stylesheet", href })));
  return new Promise((done) => {
    link.addEventListener("load", done);
    link.addEventListener("error", () => done(link.remove()));
  });
}
