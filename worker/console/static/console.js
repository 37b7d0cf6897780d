// The one script: each part looks for its own data- attribute. Every page works without it.
"use strict";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

// data-key: this key focuses a field or presses a button, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  if (typing(event.target)) return;
  const wanted = CSS.escape(event.key);
  const found = document.querySelector(`[data-key="${wanted}"], [data-key="${wanted.toLowerCase()}"]`);
  if (!found || found.disabled) return;
  event.preventDefault();
  if (found.matches("button, a, summary")) found.click(); else { found.focus(); found.select?.(); }
});

// data-submit-on-change: a choice is enough; the button is for browsers without script.
for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.submit());
}

// data-copy: the text goes to the clipboard.
const copying = (root) => {
  for (const button of root.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const put = (words) => {
        const before = button.textContent;
        button.textContent = words;
        setTimeout(() => { button.textContent = before; }, 1500);
      };
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        put("Đã chép");
      } catch {
        const field = document.createElement("textarea");
        field.value = button.dataset.copy;
        document.body.append(field);
        field.select();
        put(document.execCommand("copy") ? "Đã chép" : "Không chép được");
        field.remove();
      }
    });
  }
};
copying(document);

// data-all: this box ticks every box of its name in the form; data-chosen shows how many are.
for (const all of document.querySelectorAll("input[data-all]")) {
  const boxes = () => all.form.querySelectorAll(`input[type=checkbox][name="${all.dataset.all}"]`);
  const count = () => {
    const chosen = [...boxes()].filter((box) => box.checked).length;
    for (const place of all.form.querySelectorAll("[data-chosen]")) place.textContent = chosen;
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && chosen < boxes().length;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    count();
  });
  all.form.addEventListener("change", count);
  count();
}

// data-live: the server sends this part anew while it changes; at the end the page is loaded again.
for (const part of document.querySelectorAll("[data-live]")) {
  const events = new EventSource(part.dataset.live);
  events.addEventListener("message", (event) => {
    part.innerHTML = event.data;
    copying(part);
  });
  events.addEventListener("xong", () => { events.close(); location.reload(); });
}

// data-once: a form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// data-drop: a file that is dropped on the form is chosen in it and sent.
for (const form of document.querySelectorAll("form[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const over = (is) => (event) => { event.preventDefault(); form.classList.toggle("over", is); };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

// data-sums: while a line of the form is typed, what does not add up is told. Eleven cells:
// received, its three parts; resolved, its three; in progress, its two.
for (const form of document.querySelectorAll("form[data-sums]")) {
  const note = form.querySelector("[data-sum-note]");
  const cells = [...form.querySelectorAll("input[name=so]")];
  form.addEventListener("input", () => {
    const read = (at) => (cells[at].value.trim() === "" ? null : Number(cells[at].value.replace(/\D/g, "")));
    const wrong = [[0, [1, 2, 3], "Tiếp nhận"], [4, [5, 6, 7], "Đã giải quyết"], [8, [9, 10], "Đang giải quyết"], [0, [4, 8], "Tiếp nhận"]]
      .filter(([total, parts]) => read(total) !== null && parts.every((at) => read(at) !== null))
      .filter(([total, parts]) => read(total) !== parts.reduce((sum, at) => sum + read(at), 0))
      .map(([total, parts, name]) => `${name} ${read(total)} khác tổng ${parts.map(read).join(" + ")} = ${parts.reduce((sum, at) => sum + read(at), 0)}`);
    note.textContent = wrong.join("; ");
  });
}
