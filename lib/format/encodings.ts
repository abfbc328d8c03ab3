const UTF8_FORM = "expected UTF-8, found a byte of another encoding, such as Latin-1 or UTF-16: save the file as UTF-8";

/** Each byte as the character of its number. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The bytes of {@linkcode latin1} again. */
export function bytesOfLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** The place of the first byte that is not UTF-8, with line and column from 1; `undefined` if all are. */
export function notUtf8(bytes: Uint8Array): { line: number; column: number; message: string } | undefined {
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const part = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!isUtf8(part)) {
      return { line, column: new TextDecoder().decode(part).indexOf("\ufffd") + 1, message: UTF8_FORM };
    }
    start += part.length + 1;
  }
}

/**
 * The text of a file, with its byte order mark, if it has one.
 *
 * @throws {Error} with the place of the first byte that is not UTF-8: `line 3, column 20: expected UTF-8, found …`.
 */
export function utf8Text(bytes: Uint8Array): string {
  const fault = notUtf8(bytes);
  if (fault) throw new Error(`line ${fault.line}, column ${fault.column}: ${fault.message}`);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
