// What the pages do besides htmx. Alpine's components are registered here: its CSP build runs no code out of attributes.
"use strict";

// htmx's requests bear the CSRF token, which <body hx-headers> would put into every answer that is kept.
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (token) event.detail.headers["X-CSRFToken"] = token.value;
});
