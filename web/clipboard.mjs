// The clipboard. In a field of the mirror it is the browser's; elsewhere it is the app's.

/** To the clipboard; where that is not allowed, the visitor copies by hand. */
export const copyText = (request, text) => {
  const byHand = () => prompt(request, text);
  if (navigator.clipboard) navigator.clipboard.writeText(text).catch(byHand);
  else byHand();
};

/** Asks for what is in the clipboard; where that is not allowed, the visitor pastes by hand. */
export const pasteText = (request, offer) => {
  const byHand = () => {
    const text = prompt(request);
    if (text) offer(text);
  };
  if (navigator.clipboard?.readText) navigator.clipboard.readText().then(offer, byHand);
  else byHand();
};

const inField = (event) => event.target instanceof HTMLInputElement && event.target.type === 'text';

/** Files and texts that are pasted upon the page, and what is copied there. */
export const bindClipboard = ({ offerFile, offerText, copied }) => {
  addEventListener('paste', (event) => {
    if (inField(event)) return;
    const [file] = event.clipboardData.files;
    if (file) offerFile(file);
    else offerText(event.clipboardData.getData('text'));
  });
  for (const type of ['copy', 'cut']) {
    addEventListener(type, (event) => {
      if (inField(event)) return;
      const text = copied();
      if (!text) return;
      event.preventDefault();
      event.clipboardData.setData('text/plain', text);
    });
  }
};
