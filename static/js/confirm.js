// <form data-confirm="Cancel this order?" data-confirm-yes="Cancel the order"> asks before it is sent.
const dialog = document.getElementById("confirm");
const yes = document.getElementById("confirm-yes");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.confirm || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.getElementById("confirm-text").textContent = form.dataset.confirm;
  const isGrave = "confirmDanger" in form.dataset;
  yes.classList.toggle("danger", isGrave);
  yes.textContent = form.dataset.confirmYes || yes.dataset.default;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "1";
    form.requestSubmit(event.submitter);
    delete form.dataset.confirmed;
  }, { once: true });
}, true);

// <button data-opens="id"> shows the dialog of that id.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
});
