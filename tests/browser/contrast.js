// The texts on the page whose colour is too near to that of their ground (WCAG 1.4.3: 4.5 to 1, of large text 3 to 1).

() => {
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const seen = new Map(); // pixels that come of the same layers are painted and read once
  const faults = new Set();
  for (const node of texts(document.body)) {
    const element = node.parentElement;
    const style = getComputedStyle(element);
    if (!element.checkVisibility({ opacityProperty: true }) || element.closest(":disabled, .unseen, .skip, svg")) continue;
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = contrast(rgb(style.color), ground(element));
    if (ratio < (isLarge ? 3 : 4.5)) faults.add(`${element.className || element.tagName}: ${ratio.toFixed(2)}`);
  }
  return [...faults];

  function* texts(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (walker.currentNode.data.trim()) yield walker.currentNode;
  }

  function ground(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    return rgb(...layers);
  }

  function rgb(...layers) {
    const key = layers.join();
    if (!seen.has(key)) seen.set(key, painted(layers));
    return seen.get(key);
  }

  function painted(layers) {
    pixel.clearRect(0, 0, 1, 1);
    for (const layer of layers) paint(layer);
    return pixel.getImageData(0, 0, 1, 1).data;
  }

  function paint(color) {
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function luminance([r, g, b]) {
    const [R, G, B] = [r, g, b].map((v) => (v <= 10 ? v / 3294 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  }
}
