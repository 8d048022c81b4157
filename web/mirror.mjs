// The controls of the canvas once more, as elements of the page: for screen readers, for the keyboard, and, where text is
// typed, for all that a browser knows of that (input methods, a phone's keyboard, the clipboard).

const kinds = { press: 1, turn: 2, type: 3, enter: 4 }; // of rivulet::ui::Request

let lastTyped = 0; // number of the text that was typed last

const make = {
  button: () => document.createElement('button'),
  tab: () => document.createElement('button'),
  chip: () => document.createElement('button'),
  toggle: () => Object.assign(document.createElement('button'), { role: 'switch' }),
  dial: () => Object.assign(document.createElement('input'), { type: 'range', step: 1, min: 0 }),
  field: () => Object.assign(document.createElement('input'), { type: 'text', autocomplete: 'off', spellcheck: false }),
  words: () => document.createElement('p'),
};

const set = (element, name, value) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};

const text = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};

/** Writes what the app says of a control into its element. */
const write = {
  button: (element, { label }) => text(element, label),
  tab: (element, { label, on }) => {
    text(element, label);
    set(element, 'aria-current', on ? 'page' : 'false');
  },
  chip: (element, { label, on }) => {
    text(element, label);
    set(element, 'aria-pressed', String(on));
  },
  toggle: (element, { label, on }) => {
    text(element, label);
    set(element, 'aria-checked', String(on));
  },
  dial: (element, { label, value, at, count }) => {
    set(element, 'aria-label', label);
    set(element, 'aria-valuetext', value || String(at));
    element.max = count - 1;
    if (element.value !== String(at)) element.value = at;
  },
  field: (element, { label, value, at, seen }) => {
    set(element, 'aria-label', label);
    element.placeholder = label;
    element.classList.toggle('seen', seen);
    if (at === lastTyped && element.value !== value) element.value = value; // else what is typed is newer
  },
  words: (element, { label }) => text(element, label),
};

/** The elements follow their controls, so that a finger that explores the screen finds them where they are drawn. */
const place = (element, { x, y, w, h }) => {
  const { style } = element;
  style.left = `${Math.max(0, Math.min(x, innerWidth - 1))}px`;
  style.top = `${Math.max(0, Math.min(y, innerHeight - 1))}px`;
  style.width = `${Math.min(w, innerWidth)}px`;
  style.height = `${Math.min(h, innerHeight)}px`;
};

/** `ask(kind, name, text, at)` and `focus(name)` tell the app what the visitor does. */
export const makeMirror = (canvas, { ask, focus }) => {
  const root = document.getElementById('mirror');
  const said = document.getElementById('said');
  const elements = new Map();
  let used = '';

  const bindField = (element, name) => {
    const typing = (kind) => {
      lastTyped += 1;
      ask(kind, name, element.value, lastTyped);
    };
    element.addEventListener('input', (event) => { if (!event.isComposing) typing(kinds.type); });
    element.addEventListener('compositionend', () => typing(kinds.type));
    element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) typing(kinds.enter);
      if (event.key === 'Escape') canvas.focus();
    });
    element.addEventListener('wheel', (event) => canvas.dispatchEvent(new WheelEvent('wheel', event)), { passive: true });
  };

  const added = (name, role) => {
    const element = make[role]();
    element.id = `control-${name}`;
    element.dataset.role = role;
    element.addEventListener('focus', () => focus(element.matches(':focus-visible') && role !== 'field' ? name : ''));
    element.addEventListener('blur', () => focus(''));
    if (role === 'dial') element.addEventListener('input', () => ask(kinds.turn, name, '', Number(element.value)));
    else if (role === 'field') bindField(element, name);
    else if (role !== 'words') element.addEventListener('click', () => ask(kinds.press, name, '', 0));
    return element;
  };

  const show = (state) => {
    used = state.used;
    document.documentElement.dataset.theme = state.dark ? 'dark' : 'light';
    if (said.textContent !== state.said) said.textContent = state.said;
    const gone = new Set(elements.keys());
    const order = state.controls.map(([name, role, label, value, x, y, w, h, on, at, count, seen]) => {
      let element = elements.get(name);
      if (element && element.dataset.role !== role) {
        element.remove();
        element = undefined;
      }
      if (!element) elements.set(name, element = added(name, role));
      gone.delete(name);
      write[role](element, { label, value, on, at, count, seen });
      place(element, { x, y, w, h });
      return element;
    });
    for (const name of gone) {
      const element = elements.get(name);
      const lost = document.activeElement === element;
      element.remove();
      elements.delete(name);
      if (lost) canvas.focus();
    }
    order.forEach((element, i) => {
      if (root.children[i] !== element) root.insertBefore(element, root.children[i] ?? null);
    });
  };

  // From the canvas the keyboard goes on at the control that was used last, as it would on any page.
  canvas.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    const element = elements.get(used);
    if (!element) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
  });
  return show;
};
