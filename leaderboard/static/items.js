// Opens the item that the address names. Without this script its reader opens it.
"use strict";
(() => {
  function open() {
    const item = document.getElementById(location.hash.slice(1));
    if (!item?.matches("details.item")) return;
    item.open = true;
    item.scrollIntoView();
  }
  addEventListener("hashchange", open);
  open();
})();
