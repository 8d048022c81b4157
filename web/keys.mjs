// Which keys reach the app: those that it uses at this moment. All others stay the browser's.

const editing = (element) => element instanceof HTMLInputElement && element.type === 'text';
const inMirror = (element) => element instanceof Element && element.closest('#mirror') !== null;

/** Keys that a control of the mirror answers itself, as any of a page does. */
const ofControl = (key, element) => (element instanceof HTMLInputElement
  ? /^(Arrow|Home|End|Page)/.test(key) // a dial
  : key === 'Enter' || key === ' ');

/** Is this key for the app? A letter, a digit, a sign; an arrow; what starts, ends and explains. */
export const forApp = (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || editing(target)) return false;
  if (inMirror(target) && ofControl(key, target) && !(event.shiftKey && key.startsWith('Arrow'))) return false;
  return [...key].length === 1 || /^(Arrow(Up|Down|Left|Right)|Enter|Escape|Shift|F1)$/.test(key);
};

/** The app listens to the window, which comes after the document: what is not for it stops here. */
export const bindKeys = (canvas) => {
  const down = new Set(); // the app must hear that a key is up again, whatever was pressed meanwhile
  const listen = (type, mine) => document.addEventListener(type, (event) => {
    if (!mine(event)) event.stopPropagation();
  });
  listen('keydown', (event) => {
    const mine = forApp(event);
    if (mine) down.add(event.code);
    return mine;
  });
  listen('keypress', forApp);
  listen('keyup', (event) => down.delete(event.code) || forApp(event));
  // With Control the wheel changes the size of the page. The app listens to the canvas itself.
  addEventListener('wheel', (event) => {
    if (event.ctrlKey && event.target === canvas) event.stopImmediatePropagation();
  }, { capture: true });
};
