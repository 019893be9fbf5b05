// Asks the questions of the chapters that were read, each again after a longer pause: Leitner's boxes.
// The questions stand on the page, and what was answered is kept by progress.js, in this browser alone.
(() => {
  const DAYS = [1, 2, 4, 8, 16, 32, 64];  // how long a question waits in each box
  const at = (name) => document.getElementById(`come-back-${name}`);
  if (!at("card")) return;
  const copyOf = (node) => node.cloneNode(true);
  const questions = [...document.querySelectorAll(".recall")].map((box) => {
    const nodes = [...box.childNodes], fold = box.querySelector(":scope > details"), chapter = box.closest(".recall-chapter");
    return { id: box.dataset.question, chapter: chapter.dataset.chapter, link: copyOf(chapter.querySelector("h3 a")),
             asked: nodes.filter((node) => node !== fold).map(copyOf), answer: [...fold.childNodes].slice(1).map(copyOf) };
  });
  const chapters = new Map([...document.querySelectorAll(".recall-chapter")].map((group) => [group.dataset.chapter, group.querySelector("h3 a").textContent]));
  let current = null, forgotten = null;

  // ---- the schedule

  function day(later = 0) {
    const date = new Date();
    date.setDate(date.getDate() + later);
    return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  }

  const isDay = (text) => typeof text === "string" && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
  const isAnswer = (entry) => Array.isArray(entry) && entry.length === 2 && Number.isInteger(entry[0]) && entry[0] >= 1 && entry[0] <= DAYS.length && isDay(entry[1]);

  // {question: [its box, the day on which it comes back]} of all that were answered.
  function answers() {
    const kept = bookShelf.get("answers");
    return Object.fromEntries(Object.entries(kept && typeof kept === "object" ? kept : {}).filter(([, entry]) => isAnswer(entry)));
  }

  // The questions of the chapters that were read: those due, oldest first and new ones last, and the day of the next.
  function due() {
    const read = bookShelf.read(), kept = answers(), today = day();
    const asked = questions.filter((question) => read.has(question.chapter));
    const when = ({ id }) => kept[id]?.[1] ?? "9";  // new ones come after all days
    const now = asked.filter(({ id }) => !kept[id] || kept[id][1] <= today);
    now.sort((a, b) => (when(a) < when(b) ? -1 : when(a) > when(b) ? 1 : 0));
    return { asked, now, next: asked.map(when).filter((date) => date > today && date !== "9").sort()[0] };
  }

  function judge(knew) {
    const kept = answers(), box = kept[current.id]?.[0] ?? 1;
    const to = knew ? Math.min(box + 1, DAYS.length) : 1;
    kept[current.id] = [to, day(DAYS[to - 1])];
    current = null;
    bookShelf.put("answers", kept);
    (at("card").hidden ? at("says") : at("card")).focus();
  }

  // ---- what is shown

  const inWords = (date) => new Date(`${date}T12:00`).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  const count = (number) => (number === 1 ? "1 question is" : `${number} questions are`);

  function says({ asked, now, next }) {
    const kept = bookShelf.keeps ? "" : " This browser keeps nothing for this page, so the questions begin anew at each visit.";
    if (!asked.length) return `Choose below which chapters you have read, and their questions begin.${kept}`;
    if (now.length) return `${count(now.length)} due today.${next ? ` After that, the next comes on ${inWords(next)}.` : ""}${kept}`;
    return `Nothing is due today. The next question comes on ${inWords(next)}.${kept}`;
  }

  async function ask(question) {
    current = question;
    at("card").hidden = !question;
    at("fold").open = false;
    at("verdict").hidden = true;
    at("typed").value = "";
    if (!question) return;
    const box = answers()[question.id]?.[0];
    at("from").replaceChildren("From ", copyOf(question.link), box ? `, box ${box} of ${DAYS.length}` : ", for the first time");
    at("question").replaceChildren(...question.asked.map(copyOf));
    at("answer").replaceChildren(...question.answer.map(copyOf));
    await window.MathJax?.startup?.promise;
    if (current === question) await window.MathJax?.typesetPromise?.([at("card")]);
    dispatchEvent(new Event("resize"));  // site.js looks for formulas that are too wide
  }

  function show() {
    const state = due(), read = bookShelf.read();
    at("says").textContent = says(state);
    for (const box of at("chapters").querySelectorAll("input")) box.checked = read.has(box.value);
    at("forget").textContent = forgotten ? "Put them back" : "Forget all marks and answers";
    if (!current || !state.now.includes(current)) ask(state.now[0] ?? null);
  }

  function chooser() {
    for (const [stem, title] of chapters) {
      const label = document.createElement("label"), box = document.createElement("input");
      Object.assign(box, { type: "checkbox", value: stem });
      label.append(box, ` ${title}`);
      at("chapters").append(label);
    }
    at("chapters").addEventListener("change", ({ target }) => {
      const read = bookShelf.read();
      if (target.checked) read.add(target.value);
      else read.delete(target.value);
      bookShelf.setRead(read);
    });
  }

  // ---- out, in and away

  const written = () => JSON.stringify({ book: "back-to-basics", read: [...bookShelf.read()], answers: answers() });

  function parsed(text) {
    let state = null;
    try {
      state = JSON.parse(text);
    } catch {
      throw new Error("This is not a text that was written here: it is cut short, or something else.");
    }
    if (state?.book !== "back-to-basics") throw new Error("This text does not come from this book.");
    if (!Array.isArray(state.read) || !state.read.every((stem) => chapters.has(stem))) throw new Error("This text names a chapter that the book does not have.");
    const entries = state.answers;
    if (!entries || typeof entries !== "object" || Array.isArray(entries) || !Object.values(entries).every(isAnswer)) throw new Error(`This text holds an answer without a box from 1 to ${DAYS.length} or without a day.`);
    return state;
  }

  function take(state) {
    bookShelf.put("answers", state.answers);
    bookShelf.setRead(state.read);
  }

  function takeText() {
    try {
      take(parsed(at("text").value));
      at("told").textContent = "Read in.";
    } catch (error) {
      at("told").textContent = `${error.message} Nothing was changed.`;
    }
  }

  function forget() {
    const before = forgotten;
    forgotten = before ? null : { read: [...bookShelf.read()], answers: answers() };
    take(before ?? { read: [], answers: {} });
    at("told").textContent = before ? "They are back." : "Forgotten. Until you leave the page you can put them back.";
  }

  chooser();
  at("says").tabIndex = -1;
  at("fold").addEventListener("toggle", () => {
    if (at("fold").open) at("verdict").hidden = false;
  });
  at("knew").addEventListener("click", () => judge(true));
  at("not").addEventListener("click", () => judge(false));
  at("export").addEventListener("click", () => {
    at("text").value = written();
    at("told").textContent = "Written out. Copy the text, and keep it where you like.";
    at("text").select();
  });
  at("import").addEventListener("click", takeText);
  at("forget").addEventListener("click", forget);
  document.addEventListener("book-shelf", show);
  document.addEventListener("visibilitychange", () => !document.hidden && show());  // it may be another day
  show();
})();
