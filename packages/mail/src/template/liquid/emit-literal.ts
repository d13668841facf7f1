/** A Liquid string literal. Everything but plain letters, digits and a few signs is written as `\uXXXX`, so that no delimiter can end it early. */
export function emitString(text: string): string {
  return `"${text.replace(/[^\w .,:;!?@&=+/#-]/g, escapeCodeUnits)}"`;
}

/**
 * Text for a Liquid template that renders as itself: a `{` that could open a tag, or meet one behind it, becomes an
 * output of the character.
 */
export function emitText(text: string): string {
  return text.replace(/\{(?=[{%#]|$)/g, '{{ "\\u007b" }}');
}

function escapeCodeUnits(text: string): string {
  let escaped = '';
  for (let index = 0; index < text.length; index += 1) {
    escaped += `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
