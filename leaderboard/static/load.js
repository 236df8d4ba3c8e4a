// Data by script: a page that was opened from a file may load no other kind. What was loaded once is not loaded again.
"use strict";
window.wevalData ??= {};
window.wevalLoad = (() => {
  const waiting = new Map();
  return (name) => {
    if (window.wevalData[name]) return Promise.resolve(window.wevalData[name]);
    if (!waiting.has(name)) {
      waiting.set(
        name,
        new Promise((resolve, reject) => {
          const script = document.createElement("script");
          script.src = `data/${name.split("/").map(encodeURIComponent).join("/")}.js`;
          const fail = (what) => {
            waiting.delete(name); // so that it can be asked for once more
            script.remove();
            reject(new Error(`${name} ${what}`));
          };
          script.addEventListener("load", () =>
            window.wevalData[name] ? resolve(window.wevalData[name]) : fail("is damaged"),
          );
          script.addEventListener("error", () => fail("could not be loaded"));
          document.head.append(script);
        }),
      );
    }
    return waiting.get(name);
  };
})();
