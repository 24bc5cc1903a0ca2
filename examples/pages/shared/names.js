// A name for whoever has none yet: each window of a browser is offered the next one.

const NAMES = ["Ada", "Grace", "Radia", "Barbara", "Hedy", "Katherine", "Alan", "Linus", "Edsger", "Donald", "Tim", "Ken"];
const KEY = "hubbub-next-name";

export function suggestName() {
  const next = recall();
  keep((next + 1) % NAMES.length);
  return NAMES[next % NAMES.length];
}

function recall() {
  try {
    return Number(localStorage.getItem(KEY)) || 0;
  } catch {
    return Math.floor(Math.random() * NAMES.length); // storage is forbidden here
  }
}

function keep(next) {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // as above
  }
}
