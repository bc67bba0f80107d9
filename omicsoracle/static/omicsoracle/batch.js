// Counts questions while they are written, and says what will not be taken.
"use strict";

document.addEventListener("alpine:init", () => {
  Alpine.data("questions", () => ({
    said: "",
    init() {
      this.count();
    },
    count() {
      const lines = this.$root.querySelector("textarea").value.split("\n").filter((line) => line.trim());
      const { most, left } = this.$root.dataset;
      this.said = lines.length ? `${lines.length.toLocaleString("en")} questions` : "";
      if (most && lines.length > Number(most)) this.said += `: a job of your tier has ${most} at most`;
      else if (left && lines.length > Number(left)) this.said += `: you have ${left} requests left this hour`;
    },
  }));
});
