// A form that came back: first what is wrong with it is read out, its links lead to the fields.
document.querySelector(".alert.error[tabindex]")?.focus();
