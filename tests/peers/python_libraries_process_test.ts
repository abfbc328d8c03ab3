/** Drivers in Python and the libraries of labs: numpy, pandas, pydantic, PyMeasure, QCoDeS. */
import { fileURLToPath } from "node:url";
import { peersPython, run } from "../support/peers.ts";

const PACKAGE = fileURLToPath(new URL("../../python", import.meta.url));
const TESTS = fileURLToPath(new URL("./python", import.meta.url));

Deno.test("values of numpy and pandas, models of pydantic, and instruments of PyMeasure and QCoDeS", async () => {
  const start = `import sys, unittest; sys.path.insert(0, ${JSON.stringify(PACKAGE)}); ` +
    `unittest.main(None, argv=["unittest", "discover", "-s", ${JSON.stringify(TESTS)}])`;
  await run(await peersPython(), "-B", "-c", start);
});
