const HEAD_END = "\r\n\r\n";
const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** Sends the request for a stream, and reads nothing. */
export async function requestStream(port: number, path: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(encoder.encode(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`));
  return conn;
}

/**
 * Opens a stream by hand: a raw socket, of which the answer's head has been read. `rest` is what of the body came with it.
 *
 * @throws {Error} if the answer is not 200.
 */
export async function openStream(port: number, path: string): Promise<{ conn: Deno.TcpConn; rest: Uint8Array }> {
  const conn = await requestStream(port, path);
  const buffer = new Uint8Array(16 * 1024);
  let size = 0;
  for (;;) {
    const count = await conn.read(buffer.subarray(size));
    if (!count) throw new Error(`Cannot open ${path}: the server closed the connection before its answer's head ended`);
    size += count;
    const head = decoder.decode(buffer.subarray(0, size));
    const end = head.indexOf(HEAD_END);
    if (end < 0) continue;
    if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`Cannot open ${path}: the answer is ${head.slice(0, 400)}`);
    return { conn, rest: buffer.slice(end + HEAD_END.length, size) };
  }
}
