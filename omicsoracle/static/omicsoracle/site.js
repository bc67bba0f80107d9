// What the pages do besides htmx. Alpine's components are registered here: its CSP build runs no code out of attributes.
"use strict";

// htmx's requests bear the CSRF token, which <body hx-headers> would put into every answer that is kept.
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (token) event.detail.headers["X-CSRFToken"] = token.value;
});

// What htmx puts into a dialog asks something: it opens.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target;
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
});

document.addEventListener("alpine:init", () => {
  // templates/pages/copy.html: without a clipboard (over plain http) the text is marked, to be copied by hand.
  Alpine.data("copy", () => ({
    said: "Copy",
    init() {
      this.$root.querySelector("button").hidden = false;
    },
    async copy() {
      try {
        await navigator.clipboard.writeText(this.$refs.text.textContent);
        this.said = "Copied";
      } catch {
        window.getSelection().selectAllChildren(this.$refs.text);
        this.said = "Marked: press Ctrl+C";
      }
      setTimeout(() => (this.said = "Copy"), 4000);
    },
  }));

  // templates/pages/field.html: a password can be shown while it is typed.
  Alpine.data("secret", () => ({
    says: "Show",
    init() {
      this.$root.querySelector("button").hidden = false;
    },
    toggle() {
      const input = this.$root.querySelector("input");
      const isShown = input.type === "text";
      input.type = isShown ? "password" : "text";
      this.says = isShown ? "Show" : "Hide";
    },
  }));
});

// Who is to wait sees for how long. Without scripts the moment stands there.
function countDown(root) {
  for (const element of root.querySelectorAll("[data-countdown]")) {
    const end = Date.now() + Number(element.dataset.countdown) * 1000;
    const tick = setInterval(() => {
      const left = Math.ceil((end - Date.now()) / 1000);
      const [minutes, seconds] = [Math.floor(left / 60), left % 60];
      element.textContent = left > 0 ? `in ${minutes ? `${minutes} min ` : ""}${seconds} s` : "now: load the page again";
      if (left <= 0 || !element.isConnected) clearInterval(tick);
    }, 1000);
  }
}

document.addEventListener("DOMContentLoaded", () => countDown(document));
document.addEventListener("htmx:afterSettle", (event) => countDown(event.detail.elt));
