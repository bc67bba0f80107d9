// A report to be printed.
"use strict";

document.addEventListener("alpine:init", () => {
  Alpine.data("printer", () => ({
    init() {
      this.$refs.button.hidden = false;
    },
    print() {
      window.print();
    },
  }));
});
