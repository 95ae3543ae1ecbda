// The texts of the page that stand out from their background by less than WCAG 2 AA asks for:
// 4.5 to 1, or 3 to 1 for large text. Disabled controls and drawings are exempt; the number of a slider is drawn
// outside the handle that holds it. Of a selected choice 3 to 1 is asked: its border tells it too, and Streamlit paints
// it in the primary colour, which on dark cannot carry the white label of the primary button as well.
() => {
  const channels = (colour) => {
    const values = colour.match(/[\d.]+/g).map(Number);
    return [...values.slice(0, 3), values[3] ?? 1];
  };
  const blend = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const luminance = (colour) => {
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
  };
  const ancestors = (element) => (element ? [element, ...ancestors(element.parentElement)] : []);
  const background = (element) =>
    ancestors(element).map((each) => channels(getComputedStyle(each).backgroundColor))
      .reduceRight((below, layer) => blend(layer, below), [255, 255, 255, 1]);
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const hidden = (element) => {
    const box = element.getBoundingClientRect();
    return box.width < 2 || box.height < 2 || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };

  const faults = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const [text, element] = [texts.currentNode.textContent.trim(), texts.currentNode.parentElement];
    if (!text || hidden(element)) continue;
    if (element.closest("script, style, noscript, svg, canvas, [disabled], [aria-disabled=true], [data-testid=stSliderThumbValue]")) continue;
    const style = getComputedStyle(element);
    const opacity = ancestors(element).reduce((product, each) => product * getComputedStyle(each).opacity, 1);
    const colour = channels(style.color);
    const behind = background(element);
    const ratio = contrast(blend([...colour.slice(0, 3), colour[3] * opacity], behind), behind);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const selected = element.closest("[data-selected=true], [aria-selected=true]");
    if (ratio < (large || selected ? 3 : 4.5)) faults.push(`${text.slice(0, 60)}: ${ratio.toFixed(2)} to 1`);
  }
  return faults;
}
