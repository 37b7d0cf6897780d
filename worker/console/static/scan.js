// Scanning: each paper goes into a queue that outlives the connection and the page, and is sent in
// order under a name of its own, so that sent twice it is one. Without this script it is a form.
"use strict";

const form = document.getElementById("quet");
if (form) {
  const field = document.getElementById("ma");
  const shown = document.getElementById("vua-quet");
  const waits = document.getElementById("cho-gui");
  const stack = form.dataset.xap;
  const place = `quet:${form.dataset.phien}:${stack}`;
  const token = form.elements.csrf.value;
  let busy = false;
  let stopped = false;

  const queue = () => { try { return JSON.parse(localStorage.getItem(place)) || []; } catch { return []; } };
  const keep = (papers) => {
    if (papers.length) localStorage.setItem(place, JSON.stringify(papers));
    else localStorage.removeItem(place);
  };
  const named = () => Array.from(crypto.getRandomValues(new Uint8Array(12)),
    (byte) => byte.toString(16).padStart(2, "0")).join("");
  const tell = (words) => { waits.textContent = words; waits.hidden = !words; };

  // One sound an answer: high for well, two low ones for twice, long and low for unknown.
  const TONES = {
    known: [[880, 0.09]], returned: [[660, 0.09], [880, 0.09]], twice: [[330, 0.09], [330, 0.09]],
    unknown: [[220, 0.45]], undone: [[440, 0.06]], waits: [[550, 0.04]],
  };
  let sound = null;
  const play = (said) => {
    try {
      sound ??= new AudioContext();
      let at = sound.currentTime;
      for (const [pitch, lasts] of TONES[said] || []) {
        const tone = sound.createOscillator();
        const level = sound.createGain();
        level.gain.value = 0.15;
        tone.frequency.value = pitch;
        tone.connect(level).connect(sound.destination);
        tone.start(at);
        tone.stop(at + lasts);
        at += lasts + 0.05;
      }
    } catch { /* a machine without sound shows the colour */ }
  };

  const post = (path, values) => fetch(`/quet/${stack}/${path}`, {
    method: "POST", headers: { "X-CSRF": token }, body: new URLSearchParams(values), redirect: "manual",
  });
  // The last paper is large before its answer came: a page that was loaded anew, or has no line,
  // never shows an older one as the last.
  const large = (kind, words, text) => {
    const line = document.createElement("p");
    const [what, code] = ["span", "b"].map((name) => document.createElement(name));
    line.className = `scanned ${kind}`;
    line.setAttribute("role", "status");
    what.className = "what";
    what.textContent = words;
    code.className = "code";
    code.textContent = text;
    line.append(what, " ", code);
    shown.querySelector(".scanned")?.replaceWith(line);
  };
  const hold = () => {
    const last = queue().at(-1);
    if (last) large("waits", "Chờ gửi", last.ma);
  };
  const draw = async (answer) => {
    shown.innerHTML = await answer.text();
    hold();
    play(answer.headers.get("X-Quet"));
  };

  const pump = async () => {
    if (busy || stopped) return;
    busy = true;
    for (let papers = queue(); papers.length; papers = queue()) {
      let answer;
      try {
        answer = await post("gui", papers[0]);
      } catch {
        tell(`Mất kết nối: ${papers.length} tờ đã quét chờ gửi, không mất. Cứ quét tiếp.`);
        break;
      }
      if (!answer.ok) {
        stopped = true;
        tell(answer.status === 409 ? `Xấp này đã đóng: ${papers.length} tờ chưa gửi. Mở xấp mới rồi quét lại các tờ đó.`
          : `Phiên làm việc đã hết: đăng nhập lại rồi mở lại trang này, ${papers.length} tờ còn giữ ở máy này.`);
        break;
      }
      keep(queue().filter((one) => one.luot !== papers[0].luot));
      await draw(answer);
      tell("");
    }
    busy = false;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = field.value.trim();
    field.value = "";
    if (!text) return;
    keep([...queue(), { ma: text, luot: named() }]);
    hold();
    pump();
  }, true);

  // Backspace in the empty field takes the last paper back, one not yet sent first.
  field.addEventListener("keydown", async (event) => {
    if (event.key !== "Backspace" || field.value || event.repeat) return;
    event.preventDefault();
    if (busy) return;
    const papers = queue();
    if (papers.length) {
      keep(papers.slice(0, -1));
      large("none", "Đã bỏ", papers.at(-1).ma);
      tell(papers.length > 1 ? `${papers.length - 1} tờ chờ gửi.` : "");
      play("undone");
      return;
    }
    try {
      const answer = await post("bo-cuoi", { phan: "1" });
      if (answer.ok) await draw(answer);
    } catch {
      tell("Mất kết nối: chưa bỏ được tờ vừa quét.");
    }
  });

  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("input, button, a, select, textarea, summary");
    if (!elsewhere && event.key.length === 1 && !event.ctrlKey && !event.altKey) field.focus();
  });
  addEventListener("online", pump);
  setInterval(pump, 3000);
  field.focus();
  hold();
  pump();
}
