// Draws what was used. The tables on the page say the same.
"use strict";

(() => {
  const data = document.getElementById("drawn");
  if (!data || !window.Chart) return;
  const drawn = JSON.parse(data.textContent);
  const theme = () => {
    // light-dark() is resolved only where it is used.
    const probe = document.createElement("span");
    document.body.append(probe);
    const resolved = (name) => {
      probe.className = name;
      return getComputedStyle(probe).color;
    };
    const found = { good: resolved("drawn-good"), bad: resolved("drawn-bad"), quiet: resolved("quiet") };
    probe.remove();
    return found;
  };
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const labels = drawn.time.at;

  function over(type, sets, stacked) {
    return {
      type,
      data: { labels, datasets: sets },
      options: { scales: { x: { stacked }, y: { stacked, beginAtZero: true, ticks: { precision: 0 } } } },
    };
  }

  function bars({ names, requests }, good) {
    const most = 8;
    return {
      type: "bar",
      data: { labels: names.slice(0, most), datasets: [{ label: "requests", data: requests.slice(0, most), backgroundColor: good }] },
      options: { indexAxis: "y", plugins: { legend: { display: false } }, scales: { x: { ticks: { precision: 0 } } } },
    };
  }

  function charts({ good, bad, quiet }) {
    const { requests, errors, p50_ms, p95_ms } = drawn.time;
    const answered = requests.map((number, nth) => number - errors[nth]);
    return {
      requests: over("bar", [
        { label: "answered", data: answered, backgroundColor: good },
        { label: "refused or failed", data: errors, backgroundColor: bad },
      ], true),
      time: over("line", [
        { label: "half within, ms", data: p50_ms, borderColor: good, backgroundColor: good, spanGaps: true },
        { label: "95 % within, ms", data: p95_ms, borderColor: quiet, backgroundColor: quiet, spanGaps: true },
      ], false),
      endpoint: bars(drawn.endpoint, good),
      status: bars(drawn.status, good),
      agent: bars(drawn.agent, good),
    };
  }

  let shown = [];
  function draw() {
    shown.forEach((chart) => chart.destroy());
    const colours = theme();
    Chart.defaults.color = colours.quiet;
    Chart.defaults.animation = reduced ? false : { duration: 200 };
    Chart.defaults.maintainAspectRatio = false;
    const wanted = charts(colours);
    shown = [...document.querySelectorAll("[data-chart]")].map((canvas) => new Chart(canvas, wanted[canvas.dataset.chart]));
  }

  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
