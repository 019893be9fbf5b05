// How each preset ends on three seeds, as [name, seed, diverged, training, held-out, first loss, silent units].
async (folder) => {
  const [{ Training }, { START }, { PRESETS }, { load_digits }] = await Promise.all(
    ["train_model.js", "train_setting.js", "presets.js", "load.js"].map((name) => import(folder + name)));
  const digits = await load_digits(), found = [];
  for (const { name, setting } of PRESETS) {
    for (const seed of [0, 1, 2]) {
      const training = new Training({ ...START, ...setting, seed }, digits);
      training.every = Infinity;  // only the end counts here, and measuring would take half of the time
      const goal = training.setting.epochs * training.per_epoch;
      while (!training.diverged && training.steps < goal) training.step();
      if (!training.diverged) training.measure();
      const [first, last] = [training.points[0], training.points.at(-1)];
      found.push([name, seed, training.diverged, last.training.accuracy, last.held_out.accuracy,
        first.training.loss, training.silent.length]);
    }
  }
  return found;
}
