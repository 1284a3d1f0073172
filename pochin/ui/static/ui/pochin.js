/* What makes pages quicker to use. Nothing here is needed: every action works by a plain form. */
"use strict";
(() => {
  const words = document.getElementById("words")?.dataset ?? {};
  const say = (name, values = {}) =>
    (words[`w${name[0].toUpperCase()}${name.slice(1)}`] ?? "").replace(/{(\w+)}/g, (whole, key) => values[key] ?? whole);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, css, text) => Object.assign(document.createElement(tag), { className: css ?? "", textContent: text ?? "" });
  const announce = (text) => { const line = document.getElementById("announce"); if (line) line.textContent = text; };
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
  const store = {
    get(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full or forbidden: the page still holds the text */ } },
    drop(name) { try { localStorage.removeItem(name); } catch { /* nothing to remove then */ } },
  };
  const button = (text, act, css = "btn sm") => {
    const made = make("button", css, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };

  // Colours: the same choice as the form makes, without loading the page again.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-switch]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    document.cookie = `theme=${chosen};path=/;max-age=31536000;samesite=lax`;
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    all("[data-theme-switch] button").forEach((each) => each.setAttribute("aria-pressed", each.value === chosen));
  });

  // Who signs in again in another tab gets another token: a form opened before is sent with it.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=(\w+)/)?.[1];
  document.addEventListener("submit", (event) => {
    const held = event.target.elements.csrfmiddlewaretoken;
    if (held && token()) held.value = token();
  }, true);

  // A form is sent once; its key says so to the server, this says so to the hand.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    if (form.dataset.asking) return event.preventDefault();
    if (Date.now() - heard > 60000) {
      event.preventDefault();
      return reach(form, event.submitter);
    }
    if (form.dataset.keptAs) store.set("posted", form.dataset.keptAs);
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 20000);
  });
  // After a minute of silence it is asked first whether the server answers: the browser's own page of
  // failure would take the form away.
  let heard = Date.now();
  const reach = async (form, submitter) => {
    form.dataset.asking = "yes";
    submitter?.setAttribute("aria-busy", "true");
    form.querySelector(":scope > [data-unreached]")?.remove();
    try {
      await fetch(document.querySelector("link[rel=icon]").href, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(4000) });
    } catch (trouble) {
      if (trouble.name !== "TimeoutError") return unreached(form, submitter);
    }
    heard = Date.now();
    delete form.dataset.asking;
    form.requestSubmit(submitter);
  };
  const unreached = (form, submitter) => {
    delete form.dataset.asking;
    submitter?.removeAttribute("aria-busy");
    const banner = make("div", "banner waiting");
    banner.dataset.unreached = "";
    banner.setAttribute("role", "alert");
    banner.append(make("span"), make("p", "", say("unreached")));
    form.prepend(banner);
    banner.scrollIntoView({ block: "nearest" });
  };
  const release = (form) => {
    delete form.dataset.sent;
    all("[aria-busy]", form).forEach((each) => each.removeAttribute("aria-busy"));
  };
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    store.drop("posted");
    all("[data-sent]").forEach(release);
  });

  // Addresses stay short: a filter left empty is not part of the question.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-tidy]")) return;
    const empty = all("input[name], select[name]", event.target).filter((each) => !each.value && !each.disabled);
    empty.forEach((each) => { each.disabled = true; });
    setTimeout(() => empty.forEach((each) => { each.disabled = false; }));
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // The view one stands on is in sight, also where the row of views is wider than the screen.
  all(".tabs [aria-current]").forEach((tab) => { const row = tab.parentElement; row.scrollLeft = tab.offsetLeft - row.offsetLeft - 16; });

  // What would open beyond the edge of the screen opens the other way.
  document.addEventListener("toggle", (event) => {
    const panel = event.target.open && event.target.matches(".choice, .seen") && event.target.querySelector(".panel");
    if (!panel) return;
    panel.classList.remove("back");
    panel.classList.toggle("back", panel.getBoundingClientRect().right > document.documentElement.clientWidth);
  }, true);

  // Menus close when one looks away.
  document.addEventListener("click", (event) => {
    all("details.menu[open], details.choice[open], details.seen[open]").forEach((each) => {
      if (!each.contains(event.target)) each.open = false;
    });
  });

  // Keys.
  const keysOff = () => store.get("keys") === "off";
  const typing = (target) => target.closest("input, select, textarea, [contenteditable], dialog");
  const walk = (step) => {
    const rows = all("[data-walk] tbody tr");
    if (!rows.length) return;
    const here = rows.findIndex((row) => row.classList.contains("here"));
    const next = rows[Math.min(rows.length - 1, Math.max(0, here + step))];
    rows[here]?.classList.remove("here");
    next.classList.add("here");
    const link = next.querySelector("a");
    link?.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const help = () => {
    const dialog = make("dialog", "card");
    const body = make("div", "body stack");
    const flip = button(say(keysOff() ? "keysOn" : "keysOff"), () => {
      store.set("keys", keysOff() ? "on" : "off");
      dialog.close();
    });
    const row = make("div", "btns");
    row.append(flip, button(say("close"), () => dialog.close()));
    body.append(make("p", "", say("help")), row);
    dialog.append(body);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };
  const keys = {
    "/": () => {
      const boxes = all("[data-find]");
      const inList = boxes.find((box) => box.closest(".listing") && box.offsetParent);
      (inList ?? boxes.find((box) => box.offsetParent))?.focus();
    },
    j: () => walk(1),
    k: () => walk(-1),
    e: () => document.querySelector("a[data-edit]")?.click(),
    n: () => document.querySelector("a[rel=next]")?.click(),
    p: () => document.querySelector("a[rel=prev]")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = all("details.menu[open], details.choice[open], details.seen[open]").at(-1);
      if (open) { open.open = false; open.querySelector("summary").focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") { event.preventDefault(); help(); }
    else if (keys[event.key] && !keysOff()) { event.preventDefault(); keys[event.key](); }
  });

  // Rows ticked for a common action: how many, all of the page, ranges with Shift.
  let lastTick = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    const form = box.closest?.("[data-picking]");
    if (!form || box.type !== "checkbox") return;
    const boxes = all("[name=pick]", form);
    if (box.matches("[data-pick-all]")) boxes.forEach((each) => { each.checked = box.checked; });
    else if (event.shiftKey && lastTick && boxes.includes(lastTick)) {
      const [from, to] = [boxes.indexOf(lastTick), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
    }
    lastTick = box;
    const line = form.querySelector("[data-picked]");
    line.textContent = say("picked", { n: boxes.filter((each) => each.checked).length });
  });

  // Drafts.
  const saidBy = (form) => {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !["csrfmiddlewaretoken", "request_key", "version"].includes(name)) said.append(name, value);
    }
    return said.toString();
  };
  const fill = (form, said) => {
    const values = new URLSearchParams(said);
    for (const each of form.elements) {
      if (!each.name || ["file", "hidden", "submit"].includes(each.type)) continue;
      const found = values.getAll(each.name);
      if (["checkbox", "radio"].includes(each.type)) each.checked = found.includes(each.value);
      else if (each.multiple) [...each.options].forEach((option) => { option.selected = found.includes(option.value); });
      else if (found.length) each.value = found[0];
      each.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  // What this browser keeps of a form is offered, never put in unasked.
  const offer = (form, name, now) => {
    const kept = store.get(name);
    if (!kept?.said || kept.said === now) return;
    const banner = make("div", "banner waiting");
    const row = make("div", "btns");
    row.append(
      button(say("restore"), () => { fill(form, kept.said); banner.remove(); }),
      button(say("dropIt"), () => { store.drop(name); banner.remove(); }),
    );
    banner.append(make("span"), make("p", "", say("kept")), row);
    form.before(banner);
  };
  // Where nothing is saved on the way, what is typed stays in this browser until the form has gone out.
  const keep = (form) => {
    // By attribute: a question called “action” would stand in the way of the property.
    const to = new URL(form.getAttribute("action") ?? "", location.href);
    const name = `draft:${location.pathname}>${to.pathname}`;
    const first = saidBy(form);
    form.dataset.keptAs = name;
    if (store.get("posted") === name && !arrived) store.drop("posted");
    offer(form, name, first);
    form.addEventListener("input", () => {
      const said = saidBy(form);
      if (said === first) store.drop(name); else store.set(name, { said, at: Date.now() });
    });
  };
  const autosave = (form) => {
    const url = form.dataset.autosaveUrl;
    const name = `draft:${url}`;
    const line = form.querySelector("[data-saved]") ?? document.querySelector("[data-saved]");
    let confirmed = saidBy(form);
    let attempt = null;
    let busy = false;
    let wait = 5000;
    let next = 0;
    const show = (text, bad) => {
      if (!line) return;
      line.classList.toggle("bad", Boolean(bad));
      line.replaceChildren(make("span", "", text));
    };
    const failed = (text) => {
      show(text, true);
      next = Date.now() + wait;
      wait = Math.min(60000, wait * 2);
    };
    const save = async (now) => {
      const said = saidBy(form);
      if (busy || said === confirmed || form.dataset.sent || form.querySelector(".conflict")) return;
      if (!now && Date.now() < next) return;
      busy = true;
      if (attempt?.said !== said) attempt = { said, key: newKey(), version: form.elements.version?.value };
      store.set(name, { said, at: Date.now() });
      show(say("saving"));
      try {
        const body = new URLSearchParams(said);
        if (attempt.version !== undefined) body.set("version", attempt.version);
        const answer = await fetch(url, {
          method: "POST", body, credentials: "same-origin", redirect: "manual", keepalive: body.toString().length < 60000,
          headers: { "Idempotency-Key": attempt.key, "X-CSRFToken": token() ?? form.elements.csrfmiddlewaretoken?.value ?? "", Accept: "application/json", "X-Autosave": "1" },
        });
        await heard(answer, said);
      } catch {
        failed(say("offline"));
      } finally {
        busy = false;
      }
    };
    const heard = async (answer, said) => {
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return failed(say("signedOut"));
      const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (answer.status === 409 && told.theirs) return conflict(told);
      if (!answer.ok) return failed(told.message ?? say("failed"));
      confirmed = said;
      attempt = null;
      wait = 5000;
      next = 0;
      if (form.elements.version && told.version !== undefined) form.elements.version.value = told.version;
      if (saidBy(form) === said) store.drop(name);
      show(say("saved", { time: told.time ?? "" }));
    };
    const conflict = (told) => {
      show("");
      attempt = null;
      const view = make("section", "conflict");
      view.setAttribute("role", "alert");
      view.append(make("p", "", say("conflict", { time: told.time ?? "" })));
      const settle = () => {
        if (view.querySelector("[data-open]")) return;
        view.remove();
        if (form.elements.version) form.elements.version.value = told.version;
        save(true);
      };
      for (const [field, theirs] of Object.entries(told.theirs)) {
        const control = form.elements[field];
        if (!control || control.value === undefined || control.value === theirs) continue;
        view.append(choice(control, theirs, settle));
      }
      form.prepend(view);
      settle();
    };
    const choice = (control, theirs, settle) => {
      const box = make("div", "tight");
      box.dataset.open = "yes";
      const pair = make("div", "pair");
      for (const [title, text] of [[say("mine"), control.value], [say("theirs"), theirs]]) {
        const side = make("div");
        side.append(make("h3", "", title), document.createTextNode(text));
        pair.append(side);
      }
      const done = () => { box.remove(); settle(); };
      const row = make("div", "btns");
      row.append(
        button(say("keepMine"), done, "btn primary sm"),
        button(say("keepTheirs"), () => { control.value = theirs; done(); }),
      );
      const label = form.querySelector(`label[for="${control.id}"]`);
      box.append(make("h3", "", label?.textContent ?? ""), pair, row);
      return box;
    };
    offer(form, name, confirmed);
    form.addEventListener("focusout", () => save(true));
    // What is on its way is waited for: overtaken by the form, it would look like somebody else's text.
    const sendAfter = (submitter) => {
      if (busy) setTimeout(sendAfter, 50, submitter);
      else if (!form.querySelector(".conflict")) form.requestSubmit(submitter);
    };
    form.addEventListener("submit", (event) => {
      if (busy) {
        event.preventDefault();
        sendAfter(event.submitter);
        return;
      }
      store.set(name, { said: saidBy(form), at: Date.now() });
      store.set("sent", name);
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
    setInterval(save, 5000);
  };
  // An answer to the form has come when the page was led here by it, and is none of ours that failed.
  const arrived = performance.getEntriesByType("navigation")[0]?.type !== "back_forward" && document.referrer !== "";
  const posted = store.get("posted");
  if (posted && arrived && !document.querySelector("[data-fault]")) {
    store.drop(posted);
    store.drop("posted");
  }
  const sent = store.get("sent");
  if (sent && !document.querySelector("[data-autosave-url]") && !document.querySelector("[data-fault]")) {
    store.drop(sent);
    store.drop("sent");
  }
  document.addEventListener("submit", (event) => {
    if (!/\/logout\/$/.test(event.target.action)) return;
    Object.keys(localStorage).filter((name) => name.startsWith("draft:")).forEach(store.drop);
  });

  // Letters left.
  const counter = (line) => {
    const control = document.getElementById(line.dataset.counter);
    const limit = Number(control?.dataset.limit);
    if (!limit) return;
    const count = () => {
      const left = limit - control.value.length;
      line.classList.toggle("over", left < 0);
      line.textContent = say(left < 0 ? "over" : "left", { n: Math.abs(left) });
    };
    control.addEventListener("input", count);
    if (control.value) count();
  };

  // Files: dropped, too big, on their way.
  const drop = (box) => {
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector("[data-files]");
    const limit = Number(box.dataset.max ?? 0);
    const show = () => {
      list.replaceChildren(...[...input.files].map((file) => {
        const line = make("li");
        const big = limit && file.size > limit;
        const mb = (n) => Math.round(n / 1e5) / 10;
        line.append(make("span"), make("span", big ? "name bad" : "name", big ? say("tooBig", { name: file.name, size: mb(file.size), limit: mb(limit) }) : file.name));
        return line;
      }));
    };
    input.addEventListener("change", show);
    for (const [type, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
      box.addEventListener(type, (event) => { event.preventDefault(); box.classList.toggle("over", over); });
    }
    box.addEventListener("drop", (event) => { input.files = event.dataTransfer.files; show(); });
  };
  const upload = (form) => form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !all("input[type=file]", form).some((each) => each.files.length)) return;
    event.preventDefault();
    const bar = document.createElement("progress");
    bar.max = 100;
    const line = make("p", "small muted");
    line.setAttribute("role", "status");
    form.append(bar, line);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (told) => {
      if (!told.lengthComputable) return;
      bar.value = (told.loaded / told.total) * 100;
      line.textContent = say(told.loaded < told.total ? "sent" : "checking", { n: Math.round(bar.value) });
    });
    request.addEventListener("load", () => {
      // The answer is shown as it came, so that its messages are not asked for twice.
      history.pushState(null, "", request.responseURL || location.href);
      document.open();
      document.write(request.responseText);
      document.close();
    });
    request.addEventListener("error", () => {
      bar.remove();
      line.className = "small bad";
      line.textContent = say("unreached");
      release(form);
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
  });

  // Times told as a distance move on with the clock.
  const distance = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const tell = () => all("time[data-exact]").forEach((each) => {
    const seconds = (new Date(each.dateTime) - Date.now()) / 1000;
    const size = Math.abs(seconds);
    if (size < 60) return;
    const [unit, length] = size < 3600 ? ["minute", 60] : size < 86400 ? ["hour", 3600] : ["day", 86400];
    each.textContent = distance.format(Math.trunc(seconds / length), unit);
  });
  setInterval(tell, 60000);

  // A word about what was done stays ten seconds, longer while one looks at it.
  const toast = (each) => {
    document.getElementById("toasts")?.append(each);
    let left = 10;
    setInterval(() => {
      if (!each.matches(":hover, :focus-within")) left -= 1;
      if (left <= 0) each.remove();
    }, 1000);
  };

  const wake = (root) => {
    all("[data-autosave-url]", root).forEach(autosave);
    all("form[data-once]:not([data-autosave-url], :has([type=password])):has(textarea)", root).forEach(keep);
    all("[data-counter]", root).forEach(counter);
    all("[data-drop]", root).forEach(drop);
    all("form[data-upload]", root).forEach(upload);
    all("[data-toast]", root).forEach(toast);
  };
  wake(document);
  document.querySelector("[data-focus]")?.focus();
  // A list drawn anew keeps the keyboard where it was: at the filter, the head or the view used.
  let held = null;
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const on = document.activeElement;
    held = null;
    if (!target?.contains(on)) return;
    const place = ["thead", ".tabs", ".active"].find((each) => on.closest(each));
    held = {
      id: on.closest("details.choice")?.firstElementChild.id || on.id,
      links: place && `${place} a`,
      n: place ? all("a", on.closest(place)).indexOf(on) : 0,
    };
  });
  const holdOn = (root) => {
    if (!held || document.activeElement !== document.body) return;
    const linked = held.links && all(held.links, root)[held.n];
    const next = (held.id && document.getElementById(held.id)) || linked || root;
    if (next === root) root.tabIndex = -1;
    next.focus({ preventScroll: true });
    held = null;
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    wake(event.target);
    holdOn(event.target);
    const told = event.target.dataset?.announce;
    if (told) announce(told);
  });
  // What did not come: a list is asked for again as a whole page, a part says so in its place;
  // beside a form the page stays, with everything that was written.
  const missed = (event) => {
    const { target, pathInfo, requestConfig } = event.detail;
    if (target.matches?.("[data-part]")) target.querySelector("[role=status]").textContent = say("partFailed");
    else if (requestConfig && requestConfig.verb !== "get") announce(say("partFailed"));
    else if (pathInfo?.requestPath) location.assign(pathInfo.requestPath);
  };
  document.addEventListener("htmx:responseError", missed);
  document.addEventListener("htmx:sendError", missed);
})();
