
"use strict";
(() => {
  const table = document.getElementById("photos");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const folds = Array.from(document.querySelectorAll("details.photo"));
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  // Sorting: a second press turns the order round; what was not measured stays last either way.
  const sortBy = (head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const keys = new Map(rows.map((row) => [row, row.cells[column].dataset.key ?? row.cells[column].textContent]));
    const compare = head.dataset.sort === "number" ? (a, b) => a - b : collator.compare;
    const sorted = rows.slice().sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      return down ? compare(y, x) : compare(x, y);
    });
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...sorted);
  };
  heads.forEach((head, column) => {
    if (!head.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(head, column));
    head.append(button);
  });

  // Filter: every word must occur somewhere in the row.
  const input = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const texts = new Map(rows.map((row) => [row, plain(row.textContent)]));
  const filter = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      count += row.hidden ? 0 : 1;
    }
    for (const fold of folds) fold.hidden = document.getElementById(fold.dataset.row).hidden;
    shown.textContent = `${count} of ${rows.length} shown`;
  };
  input.addEventListener("input", filter);
  filter();

  // A link into a closed or filtered section opens it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    const fold = target.closest("details.photo, details.change");
    if ((fold && fold.hidden) || target.hidden) {
      input.value = "";
      filter();
    }
    if (fold) fold.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("table a");
    if (link && link.hash && link.hash === location.hash) reveal();
  });
  document.getElementById("open")?.addEventListener("click", () => folds.forEach((fold) => { fold.open = !fold.hidden; }));
  document.getElementById("close")?.addEventListener("click", () => folds.forEach((fold) => { fold.open = false; }));
  document.querySelectorAll("#tools, #folds").forEach((part) => { part.hidden = false; });
  if (location.hash) reveal();
})();
