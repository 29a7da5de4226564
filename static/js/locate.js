// <form data-locate> with hidden inputs lat and lon: its button asks the browser for the place, then sends the form.
for (const form of document.querySelectorAll("form[data-locate]")) {
  const button = form.querySelector("button");
  const line = form.querySelector("[data-locate-state]");
  form.hidden = !navigator.geolocation;
  form.addEventListener("submit", (event) => {
    if (form.elements.lat.value) return;
    event.preventDefault();
    button.disabled = true;
    line.textContent = line.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude.toFixed(4);
        form.elements.lon.value = coords.longitude.toFixed(4);
        button.disabled = false;
        // What was typed meanwhile in a form beside it goes along: <input data-kept-as="q">.
        for (const typed of document.querySelectorAll("[data-kept-as]")) {
          const name = typed.dataset.keptAs;
          if (!form.elements[name]) form.append(Object.assign(document.createElement("input"), { type: "hidden", name }));
          form.elements[name].value = typed.value;
        }
        form.requestSubmit();
      },
      () => {
        button.disabled = false;
        line.textContent = line.dataset.refused;
      },
      { timeout: 10000, maximumAge: 600000 },
    );
  });
}
