// JupyterLite keeps what a reader changes in this browser, and shows that copy for ever after, also
// when the book has a newer chapter. This says under the chapter's title that there is such a copy,
// from when it is, and whether the chapter has changed since.

const HOW = "../book/how-to-run.html#your-own-copy";

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// What JupyterLite stored of this file. It was made when the site was of the day `created`.
async function stored(lite, path) {
  const name = `JupyterLite Storage - ${lite.pathname}`;
  const bases = await indexedDB.databases();
  if (!bases.some((base) => base.name === name)) return undefined; // to open it would make it
  const base = await answer(indexedDB.open(name));
  try {
    return await answer(base.transaction("files").objectStore("files").get(path));
  } finally {
    base.close();
  }
}

// The day on which the chapter last changed, as the site tells it now.
async function published(lite, path) {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const listing = await (await fetch(new URL(`api/contents/${folder}/all.json`, lite))).json();
  return listing.content.find((file) => file.path === path).last_modified;
}

async function tell(link) {
  const lite = new URL("../lite/", location);
  const path = new URL(link.href).searchParams.get("path");
  const own = await stored(lite, path);
  if (!own) return;
  const changed = new Date(own.created) < new Date(await published(lite, path));
  const day = new Date(own.last_modified).toLocaleDateString("en-GB", { dateStyle: "long" });
  const note = document.createElement("p");
  Object.assign(note, { className: "book-note", id: "own-copy" });
  note.append(`In the browser you get your own copy of this chapter, last changed on ${day}. `);
  if (changed) note.append("The book has a newer one. ");
  const how = document.createElement("a");
  note.append(Object.assign(how, { href: HOW, textContent: "How to go back to the book's" }), ".");
  link.closest("p").after(note);
}

const link = document.querySelector('.book-run a[href*="/lite/"]');
// Where the browser keeps nothing, as in some private windows, there is nothing to tell.
if (link && window.indexedDB?.databases) tell(link).catch(() => {});
