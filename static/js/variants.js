// The variant picker. <form data-variants="id of a json_script"> holds one radio group per option; the JSON lists
// {id, options: {name: value}, price, stock: {state, text}, picture}. What is chosen finds the variant and fills
// input[name=variant], [data-price], [data-stock-line], [data-picture] and arms [data-buy].
for (const form of document.querySelectorAll("[data-variants]")) {
  const variants = JSON.parse(document.getElementById(form.dataset.variants).textContent);
  const names = Object.keys(variants[0]?.options ?? {});
  const radios = (name) => form.querySelectorAll(`input[name="${CSS.escape(name)}"]`);
  const place = (mark) => document.querySelector(`[data-${mark}]`);

  function update() {
    const chosen = Object.fromEntries(names.map((name) => [name, [...radios(name)].find((radio) => radio.checked)?.value]));
    const fits = (variant, but) => names.every((name) => name === but || !chosen[name] || variant.options[name] === chosen[name]);
    for (const name of names) {
      for (const radio of radios(name)) {
        const exists = variants.some((variant) => variant.options[name] === radio.value && fits(variant, name));
        radio.closest("label").classList.toggle("unlikely", !exists);
      }
    }
    const variant = variants.find((one) => names.every((name) => one.options[name] === chosen[name]));
    const buy = form.querySelector("[data-buy]");
    if (buy) buy.disabled = !variant || variant.stock.state === "out";
    if (!variant) return;
    form.elements.variant.value = variant.id;
    if (place("price")) place("price").textContent = variant.price;
    const line = place("stock-line");
    if (line) {
      line.textContent = variant.stock.text;
      line.className = `stock ${variant.stock.state}`;
    }
    const picture = place("picture");
    if (picture && variant.picture) {
      picture.removeAttribute("srcset");
      picture.src = variant.picture;
    }
  }
  form.addEventListener("change", update);
  update();
}
