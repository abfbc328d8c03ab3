const decoder = new TextDecoder();

/** A value as JSON text that nobody has read yet: a large result is passed on as it came. */
export class EncodedJson {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  decode(): unknown {
    return JSON.parse(decoder.decode(this.bytes));
  }
}
