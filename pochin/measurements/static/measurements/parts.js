// A large file goes in parts and goes on where it broke off; small ones go with the form as ever.
(() => {
  "use strict";
  const SMALL = 8e6;
  const PAUSES = [1, 2, 4, 8, 15, 30];
  const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  const ask = async (form, url, method, body) => {
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    for (let n = 0; ; n += 1) {
      try {
        const answer = await fetch(url, { method, body, headers, credentials: "same-origin" });
        if (answer.status < 500) return [answer.status, await answer.json()];
      } catch { /* the connection broke: the same again after a rest */ }
      if (n === PAUSES.length) throw new Error("lost");
      await rest(PAUSES[n]);
    }
  };

  const send = async (form, file, tell) => {
    const told = new FormData();
    told.append("name", file.name);
    told.append("size", file.size);
    told.append("origin", form.elements.origin?.value ?? "");
    let [status, here] = await ask(form, form.dataset.parts, "POST", told);
    while (status < 300 && here.received < file.size) {
      tell(here.received / file.size);
      const part = file.slice(here.received, here.received + here.part);
      const [now, more] = await ask(form, `${here.url}?offset=${here.received}`, "POST", part);
      if (now >= 300 && now !== 409) return more.detail;
      here = { ...here, received: more.received };
    }
    if (status >= 300) return here.detail;
    tell(1);
    [status, here] = await ask(form, `${here.url}finish/`, "POST", "");
    if (status >= 300) return here.detail;
    location.assign(here.url);
    return "";
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const file = form.elements?.file?.files?.[0];
    if (!form.dataset.parts || !file || file.size <= SMALL) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const line = form.querySelector("[data-parts-line]");
    const bar = form.querySelector("progress");
    const button = form.querySelector("button");
    const words = form.dataset;
    bar.hidden = line.hidden = false;
    button.disabled = true;
    const tell = (share) => {
      bar.value = share;
      line.textContent = share < 1 ? words.sent.replace("%", `${Math.round(share * 100)} %`) : words.checking;
    };
    tell(0);
    send(form, file, tell).catch(() => words.lost).then((problem) => {
      if (!problem) return;
      line.textContent = problem;
      line.className = "small bad";
      button.disabled = false;
    });
  }, true);
})();
