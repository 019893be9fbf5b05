// One step on one image by the page's own code, after a few mini-batches: all of its numbers as plain lists.
async ([folder, setting, image]) => {
  const [{ Training }, { START }, { load_digits }, { slow_step }] = await Promise.all(
    ["train_model.js", "train_setting.js", "load.js", "train_slow_step.js"].map((name) => import(folder + name)));
  const training = new Training({ ...START, ...setting }, await load_digits());
  for (let i = 0; i < 5; i += 1) training.step();
  const { layers, ...others } = slow_step(training, image), plain = (value) => (value?.buffer ? [...value] : value);
  const listed = (object) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, plain(value)]));
  return { ...listed(others), layers: layers.map(listed), biases: training.net.linears().map(({ b }) => [...b]) };
}
