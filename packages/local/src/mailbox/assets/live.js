/** Makes the list follow the mailbox, and shows times in the reader's own zone. The page works without it. */

const today = new Date().toDateString();

function showLocalTimes(root) {
  for (const element of root.querySelectorAll('time')) {
    const at = new Date(element.dateTime);
    const format =
      at.toDateString() === today ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' };
    element.textContent = new Intl.DateTimeFormat(undefined, format).format(at);
  }
}

async function refresh() {
  const live = document.getElementById('live');
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
  new EventSource('/events').addEventListener('change', () => void refresh().catch(() => undefined));
}
