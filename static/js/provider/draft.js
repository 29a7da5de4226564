// What is being written into the report stays when another form of the page is sent first, until the report itself is.
const DRAFT = "provider-draft";
const form = document.querySelector('form[action$="/report/"]');
const field = form?.querySelector("textarea[name=report]");

if (field) {
  const kept = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
  if (!field.value && kept.at === location.pathname) field.value = kept.text;
  field.addEventListener("input", () => sessionStorage.setItem(DRAFT, JSON.stringify({ at: location.pathname, text: field.value })));
  form.addEventListener("submit", () => sessionStorage.removeItem(DRAFT));
}
// Signing out takes it out of the phone.
document.addEventListener("submit", (event) => {
  if (new URL(event.target.action, location.href).pathname.includes("/logout")) sessionStorage.removeItem(DRAFT);
});
