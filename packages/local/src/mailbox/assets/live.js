/** Makes the list follow the mailbox, and shows times in the reader's own zone. The page works without it. */

const today = new Date().toDateString();

function formatFor(at, isAlone) {
  if (isAlone) return { dateStyle: 'long', timeStyle: 'medium' };
  return at.toDateString() === today ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' };
}

function showLocalTimes(root) {
  for (const element of root.querySelectorAll('time')) {
    const at = new Date(element.dateTime);
    const format = formatFor(at, element.closest('.message') !== null);
    element.textContent = new Intl.DateTimeFormat(undefined, format).format(at);
  }
}

async function refresh() {
  const live = document.getElementById('live');
  // Not under the reader's hands: an open "Delete" stays where it is.
  if (!live || live.querySelector('details[open]')) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const content = next.getElementById('live');
  if (!content) return;
  document.title = next.title;
  showLocalTimes(content);
  live.replaceWith(content);
}

showLocalTimes(document);
if (document.getElementById('live')) {
  const events = new EventSource('/events');
  events.addEventListener('change', () => refresh().catch(() => undefined));
  // A list that is gone must not keep one of the few connections a browser has for a host.
  addEventListener('pagehide', () => events.close());
  addEventListener('pageshow', (event) => event.persisted && location.reload());
}
