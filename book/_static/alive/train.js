// The page “Train in the page”: dials and buttons on one side, a trainer on the other, and the address.

import { put } from "./draw_words.js";
import { keep_network, load_digits, make_network } from "./load.js";
import { PRESETS } from "./presets.js";
import { Dials } from "./train_dials.js";
import { connect } from "./train_link.js";
import { ACTIVATIONS, sizes_of } from "./train_model.js";
import { START, alike, from_address, to_address } from "./train_setting.js";
import { SlowMotion } from "./train_slow.js";
import { View, percent, summary } from "./train_view.js";

const SETTLE = 80;  // milliseconds without another turn, before a slider that is dragged begins a training
const find = (name) => document.getElementById(`train-${name}`);
const panel = find("panel");

class Page {
  constructor(digits) {
    const { setting, image, notes } = from_address(location.search, PRESETS, digits.y_val.length);
    Object.assign(this, { setting, image, id: 0, running: false, asleep: false });
    this.view = new View(digits, (chosen) => this.watch(chosen));
    this.dials = new Dials(find("dials"), setting, () => this.turned(), (sentence) => this.note(sentence));
    this.slow = new SlowMotion(find("slow"));
    this.list_presets();
    this.wire();
    if (notes.length) this.note(`${notes.join(". ")}. The dials stand as if the address had not asked for it.`);
  }

  async open(digits) {
    const { ask, alone } = await connect((news) => this.hear(news));
    this.ask = ask;
    if (alone) this.note("This browser has no module workers: the training runs in the page itself, and goes more slowly.");
    ask({ ask: "open", digits });
    this.begin();
    panel.dataset.ready = "yes";
  }

  wire() {
    const press = (name, act) => find(name).addEventListener("click", act);
    press("run", () => (this.running ? this.pause() : this.run()));
    press("step", () => this.advance(1));
    press("epoch", () => this.advance(Math.ceil(this.setting.images / this.setting.batch_size)));
    press("reset", () => this.reset());
    press("slowly", () => this.ask_when_still({ ask: "slowly" }));
    press("hand", () => this.ask_when_still({ ask: "network" }));
    press("copy", () => this.copy());
    find("preset").addEventListener("change", () => this.choose(find("preset").value));
    find("pace").addEventListener("change", () => this.hurry());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.sleep() : this.wake()));
    // A task in the text sets the panel, without loading the page again.
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[data-train-preset]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.choose(link.dataset.trainPreset);
      panel.scrollIntoView();
      find("run").focus();
    });
    // The theme gives single keys a meaning of their own: those stop here.
    panel.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
  }

  hurry() {
    const { value, selectedOptions: [{ textContent }] } = find("pace");
    this.ask({ ask: "hurry", pace: Number(value) });
    if (!this.running) this.say(`The next run goes at this speed: ${textContent}.`);
  }

  // ---- the setting

  list_presets() {
    const option = ({ name, title }) => Object.assign(document.createElement("option"), { value: name, textContent: title });
    for (const [works, words] of [[true, "These learn"], [false, "These fail"]]) {
      const group = Object.assign(document.createElement("optgroup"), { label: words });
      group.append(...PRESETS.filter((preset) => preset.works === works).map(option));
      find("preset").append(group);
    }
    find("preset").append(option({ name: "", title: "your own setting" }));
  }

  choose(name) {
    const preset = PRESETS.find((one) => one.name === name);
    if (!preset) return this.name_preset();  // “your own setting” is where the dials lead, and sets none
    this.dials.turn({ ...START, ...preset.setting, seed: this.setting.seed });
    return this.turned();
  }

  name_preset() {
    const preset = PRESETS.find(({ setting }) => alike(this.setting, { ...START, ...setting }));
    find("preset").value = preset?.name ?? "";
    find("why").textContent = preset?.why ?? "Your own setting. What do you expect of it?";
    find("why").dataset.works = preset ? preset.works : "";
  }

  // Another setting is another training, from its first step: so the address tells all that led to the numbers.
  turned() {
    const on = this.running;
    this.setting = { ...this.dials.setting };
    this.note("");
    this.write_address();
    this.name_preset();
    this.slow.close();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.settle();
      if (on) this.run();
    }, SETTLE);
  }

  // A press that comes before a turned dial has settled is meant for the new setting.
  settle() {
    if (this.settling) this.begin();
  }

  reset() {
    this.note("");
    this.begin();
    this.say("Reset to step 0.");
  }

  write_address() {
    const url = new URL(location.href);
    for (const key of ["preset", "image", ...Object.keys(START)]) url.searchParams.delete(key);
    const own = to_address(this.setting, this.image, PRESETS);
    url.search = [own, url.searchParams.toString()].filter(Boolean).join("&");
    try {
      history.replaceState(history.state, "", url.href);
    } catch {
      // A browser refuses more than some hundred changes a minute; the next dial sets the address right.
    }
  }

  async copy() {
    this.write_address();
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("Copied: whoever opens this link gets the same numbers.");
    } catch {
      this.say("The browser doesn't let the page copy. The address of this page holds the setting.");
    }
  }

  // ---- the training

  begin() {
    clearTimeout(this.settling);
    this.settling = null;
    this.id += 1;
    this.show_running(false);
    this.name_preset();
    find("handed").replaceChildren();
    this.slow.close();
    this.view.begin(this.setting);
    this.ask({ ask: "begin", id: this.id, setting: this.setting, image: this.image });
    this.ask({ ask: "hurry", pace: Number(find("pace").value) });
  }

  run() {
    this.settle();
    this.say("");
    this.slow.close();
    find("handed").replaceChildren();
    this.show_running(true);
    this.ask({ ask: "run" });
  }

  pause() {
    this.settle();
    this.ask({ ask: "pause" });
  }

  advance(steps) {
    this.settle();
    this.slow.close();
    this.ask({ ask: "advance", steps });
  }

  ask_when_still(message) {
    this.settle();
    if (this.running) this.pause();
    this.ask(message);
  }

  watch(image) {
    this.image = image;
    this.write_address();
    this.ask({ ask: "watch", image });
  }

  sleep() {
    this.asleep = this.running;
    if (this.asleep) this.pause();
  }

  wake() {
    if (this.asleep) this.run();
    else this.view.draw();
    this.asleep = false;
  }

  show_running(on) {
    this.running = on;
    panel.classList.toggle("train-runs", on);
    find("run").textContent = on ? "Pause" : "Run";
  }

  // ---- what the trainer says

  hear(news) {
    if (news.about === "broken") this.note("The training stopped on an error. Press Reset, or reload the page.");
    if (news.id !== this.id) return;
    if (news.about === "training") this.show(news);
    if (news.about === "slow") this.slow.show(news.slow, this.setting, find("slowly"));
    if (news.about === "network") this.hand_over(news);
  }

  show(news) {
    this.view.take(news);
    // The news of a beginning may come when Run has been pressed already.
    if (news.running !== this.running && (news.running || news.ended)) this.show_running(news.running);
    if (news.ended === "diverged") this.note(summary(news, this.view.points, this.setting));
    else if (news.ended) this.say(summary(news, this.view.points, this.setting));
  }

  hand_over({ W, b }) {
    const { setting, view } = this, sizes = sizes_of(setting), activation = ACTIVATIONS[setting.activation].name;
    const held_out = view.points.at(-1).held_out.accuracy, link = document.createElement("a");
    try {
      const recipe = `${sizes.join("-")}, ${view.news.steps} steps on ${setting.images} images`;
      keep_network(make_network({ sizes, activation, W, b }), { held_out: 100 * held_out, recipe });
    } catch (error) {
      this.note(error.message);
      return;
    }
    link.href = "draw.html?network=mine";
    link.textContent = "Draw a digit for it";
    find("handed").replaceChildren(`Your network, ${percent(held_out)} on held-out digits, is kept for this tab. `, link);
    link.focus();
  }

  // ---- words

  say(sentence) { put(find("said"), sentence); }

  note(sentence) {
    put(find("note"), sentence);
    find("note").hidden = !sentence;
  }
}

async function start() {
  find("asleep").hidden = true;
  try {
    const digits = await load_digits();
    panel.hidden = false;
    await new Page(digits).open(digits);
  } catch (error) {
    panel.hidden = true;
    find("asleep").hidden = false;
    find("asleep").textContent = `The panel can't train: ${error.message}`;
  }
}
start();
