const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/**
 * Writes a Unix time in milliseconds as a Date header's value, in UTC (RFC 5322, section 3.3):
 * `Fri, 21 Nov 2025 17:40:00 +0000`. Milliseconds are cut off. Years 1900 to 9999.
 */
export function formatDate(atMs: number): string {
  const date = new Date(atMs);
  const day = `${days[date.getUTCDay()]}, ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`);
