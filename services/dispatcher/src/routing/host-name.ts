/**
 * Whether DNS can be asked for the name and TLS speak to it: letters, digits, dashes and underscores in labels of at most
 * 63 characters, 253 altogether (RFC 1035, section 2.3.4). What DNS answers may be any bytes, so answers are held to it too.
 */
export function isHostName(name: string): boolean {
  return name.length <= 253 && /^([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/i.test(name);
}
