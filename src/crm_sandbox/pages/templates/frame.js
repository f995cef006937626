// The host's side of a custom page: answers REQUEST_USER_DATA of the framed page with the encrypted user context.
// Loaded before the frame, so that no question comes too early.
"use strict";
window.addEventListener("message", async (event) => {
  const frame = document.getElementById("app");
  const asked = frame && event.source === frame.contentWindow && event.origin === frame.dataset.origin;
  if (!asked || !event.data || event.data.message !== "REQUEST_USER_DATA") return;
  const answer = await fetch("/crm/user-context?as=" + encodeURIComponent(frame.dataset.viewer));
  const { payload } = await answer.json();
  event.source.postMessage({ message: "REQUEST_USER_DATA_RESPONSE", payload }, event.origin);
});
