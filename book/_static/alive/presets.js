// Settings worth a try: which dials differ from the start, and one sentence that says why it goes as it goes.
// What each sentence claims, tests/site/test_train.py holds it to, on three seeds.

export const PRESETS = [
  { name: "one-layer", works: true, title: "One hidden layer", setting: {},
    why: "32 ReLUs from He’s start at a moderate rate: past 88 % on held-out digits well before ten epochs are over." },
  { name: "templates", works: true, title: "Ten templates, no hidden layer",
    setting: { depth: 0, start: "zeros", rate: 0.1 },
    why: "Softmax regression: each logit has one template of 784 weights, and zeros are a fair start, "
      + "since the ten labels pull the templates apart from the first step on." },
  { name: "three-layers", works: true, title: "Three hidden layers", setting: { depth: 3, width: 64, rate: 0.1 },
    why: "He’s start keeps the spread of the scores from layer to layer, so that three layers learn as readily as one." },
  { name: "tanh", works: true, title: "tanh from Xavier's start", setting: { activation: "tanh", start: "Xavier" },
    why: "tanh has slope 1 at 0, which is what Xavier’s start counts on." },
  { name: "sigmoid", works: true, title: "Sigmoid at rate 1",
    setting: { activation: "sigmoid", start: "Xavier", rate: 1 },
    why: "The slope of a sigmoid is at most 1/4, so its gradients are small and it takes a rate that would silence ReLUs." },
  { name: "small-batches", works: true, title: "Batches of eight", setting: { batch_size: 8, rate: 0.05 },
    why: "A quarter of the batch and a quarter of the rate: four times as many steps of a quarter of the length "
      + "come to the same place." },
  { name: "weight-decay", works: true, title: "500 images, held down by L2",
    setting: { images: 500, epochs: 30, L2: 0.01 },
    why: "Nearly every training image is read right, but L2 keeps the weights small and the loss on them above zero: "
      + "the gap between the two losses is narrower than without it." },

  { name: "zeros", works: false, title: "All weights zero", setting: { start: "zeros" },
    why: "Every hidden unit gives 0 and gets the gradient 0: only the last biases move, and the network guesses "
      + "for ever." },
  { name: "too-fast", works: false, title: "Too large a rate", setting: { rate: 2 },
    why: "The first steps throw nearly every ReLU so far below 0 that no image reaches it any more: such a unit has "
      + "slope 0, and never comes back." },
  { name: "diverges", works: false, title: "Weights that explode", setting: { rate: 5, L2: 1 },
    why: "Rate times L2 is 5, so each step multiplies every weight by 1 − 5 = −4: the loss leaves the numbers that "
      + "a computer can hold." },
  { name: "small-start", works: false, title: "Too small a start, three sigmoid layers",
    setting: { depth: 3, activation: "sigmoid", start: "normal 0.001" },
    why: "All images look the same after the first layer, and each layer shrinks the gradient on its way back: "
      + "ten epochs go by on a plateau at 10 %." },
  { name: "large-start", works: false, title: "Too large a start", setting: { start: "normal 1" },
    why: "The network starts out sure and wrong, with a first loss of 38 or more instead of 2.3, and spends its epochs on "
      + "unlearning chance." },
  { name: "too-slow", works: false, title: "Too small a rate", setting: { rate: 0.0001 },
    why: "The direction is right, but 630 steps of this length lead nowhere yet." },
  { name: "by-heart", works: false, title: "A hundred images by heart", setting: { images: 100, epochs: 50 },
    why: "25,450 weights learn 100 images to the last, and the held-out line stays 20 points below: memory is not "
      + "knowledge." },
  { name: "huge-L2", works: false, title: "Held down too hard", setting: { L2: 1 },
    why: "The penalty outweighs the digits: the weights shrink to zero faster than the gradient can build them." },
  { name: "two-units", works: false, title: "Two hidden units", setting: { width: 2 },
    why: "Ten digits have to pass through two numbers, and a ReLU that falls silent takes half of the network with it." },
];
