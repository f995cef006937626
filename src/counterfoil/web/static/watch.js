// Shows what is new on this page without loading it again, so that nobody loses the place where they were.
"use strict";
(() => {
  const script = document.currentScript;
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const hidden = (main) => [...main.querySelectorAll("input[type=hidden]")];
  // A request of a script does not say by itself that its page is inside another.
  const headers = script.dataset.framed === undefined ? {} : { "x-counterfoil-framed": "yes" };

  const show = (shown, main) => {
    if (words(shown) === words(main)) {
      hidden(main).forEach((field, at) => (hidden(shown)[at].value = field.value));
      return;
    }
    const focused = shown.contains(document.activeElement) ? words(document.activeElement) : "";
    shown.replaceWith(main);
    if (focused) [...main.querySelectorAll("a, button")].find((each) => words(each) === focused)?.focus();
  };

  const look = async (seconds) => {
    const answer = await fetch(window.location.href, { headers }).catch(() => null);
    if (answer === null || answer.status >= 500) return wait(seconds);
    if (!answer.ok || answer.redirected) return window.location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    show(document.querySelector("main"), fresh.querySelector("main"));
    const again = fresh.querySelector("script[data-seconds]");
    if (again) wait(again.dataset.seconds);
  };

  const wait = (seconds) => window.setTimeout(look, 1000 * seconds, seconds);
  wait(script.dataset.seconds);
})();
