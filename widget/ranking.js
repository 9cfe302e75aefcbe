/* Places in a ranking: one place belongs to one option. */
(() => {
  "use strict";
  // Whoever had the place takes the one that came free; the last one left has no choice.
  document.addEventListener("change", ({ target }) => {
    const places = [...(target.closest("[data-ranking]")?.querySelectorAll("select") ?? [])];
    const free = [...(places[0]?.options ?? [])].map((o) => o.value).filter((n) => !places.some((p) => p.value === n));
    const other = places.find((place) => place !== target && place.value && place.value === target.value);
    if (other) other.value = target.dataset.was || free.find((n) => n) || "";
    const empty = places.filter((place) => !place.value);
    if (empty.length === 1 && target.value) empty[0].value = free.find((n) => n) ?? "";
    for (const place of places) place.dataset.was = place.value;
  });
})();
