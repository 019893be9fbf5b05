// Stands for the live pages' modules where a page is opened from the disk, from which browsers load no module.
// tools/offline.py puts the modules and their files in here; each becomes an address of its own, in the order in which they need each other.
(() => {
  const script = document.currentScript;
  const modules = $modules;  // [[name, text], ...]: a module after those that it imports
  const files = $files;  // {name: bytes in base64}
  const address = (content, type) => URL.createObjectURL(new Blob([content], { type }));
  const made = {};
  for (const [name, text] of modules) {
    const joined = text.replace(/"\.\/(\w+\.js)"/g, (_, other) => JSON.stringify(made[other]));
    made[name] = "data:text/javascript," + encodeURIComponent(joined);  // a worker of a page from the disk reads no blobs of it
  }
  globalThis.book_files = {};
  for (const [name, bytes] of Object.entries(files)) {
    globalThis.book_files[name] = address(Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)), "");
  }
  import(made[script.dataset.module]).catch(() => script.dispatchEvent(new Event("error")));
})();
