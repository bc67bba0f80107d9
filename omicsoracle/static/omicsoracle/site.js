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
      this.$refs.button.hidden = false;
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
});
