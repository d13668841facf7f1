/** The part of libmime this package uses; the library ships no types. */
declare module 'libmime' {
  const libmime: {
    /** Decodes the encoded words of a header's value (RFC 2047); what is malformed stays as it is. */
    decodeWords(value: string): string;
  };
  export default libmime;
}
