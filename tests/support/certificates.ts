import { run } from "./peers.ts";

/** Makes an authority (`ca.pem`) and its certificate for this machine (`cert.pem`, `key.pem`) in a folder, by openssl. */
export async function makeCertificates(folder: string): Promise<void> {
  const file = (name: string) => `${folder}/${name}`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=Lab authority", "-days", "2"];
  await run("openssl", "req", "-x509", ...key, ...authority);
  await run("openssl", "req", ...key, "-keyout", file("key.pem"), "-out", file("request.pem"), "-subj", "/CN=lab");
  await Deno.writeTextFile(file("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost");
  const signed = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-extfile", file("names")];
  await run("openssl", "x509", "-req", "-in", file("request.pem"), "-out", file("cert.pem"), "-days", "2", ...signed);
}
