/** Runs the tests of the Python package, with the oldest and the newest Python of the machine too, and with NumPy. */
import { equal, ok } from "node:assert/strict";
import { python, pythons, pythonTest } from "../support/python.ts";
import { peersPython, run } from "../support/peers.ts";

const TESTS = ["-m", "unittest", "discover", "-s", "python/tests", "-t", "python"];

await pythonTest("the tests of the Python package pass", async () => {
  const { code, stderr } = await python(...TESTS);
  equal(code, 0, stderr);
});

await pythonTest(
  "the tests of the client, of the surface for drivers and of their host pass with the oldest and the newest Python that is here",
  async () => {
    const found = await pythons();
    const others = new Set([found[0], found[found.length - 1]].filter((program) => program !== "python3"));
    for (const program of others) {
      for (const folder of ["client", "driver", "host"]) {
        const { code, stderr } = await python(
          { program, cwd: "python" },
          "-m",
          "unittest",
          "discover",
          "-s",
          `tests/${folder}`,
          "-t",
          ".",
        );
        equal(code, 0, `${program}: ${stderr}`);
      }
    }
  },
);

await pythonTest("collected samples become arrays of NumPy and frames of pandas", async () => {
  const args = ["-m", "unittest", "-v", "tests.client.test_collection", "tests.client.test_device"];
  const { code, stderr } = await python({ program: await peersPython(), cwd: "python" }, ...args);
  equal(code, 0, stderr);
  ok(!/skipped/.test(stderr), stderr);
});

await pythonTest("pip installs the package, with its type hints", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // pip builds beside the sources.
    await run("cp", "-r", "python", `${folder}/python`);
    const offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"];
    const pip = [await peersPython(), "-m", "pip", "install", "-q", ...offline];
    const [program, ...args] = [...pip, "--target", `${folder}/site`, `${folder}/python`];
    await run(program, ...args);
    const imports = "import labdaemon, labdaemon.server, os\n" +
      "print(labdaemon.Bench.__name__, os.path.exists(os.path.join(os.path.dirname(labdaemon.__file__), 'py.typed')))";
    const found = await python({ path: `${folder}/site` }, "-c", imports);
    equal(found.stdout, "Bench True\n", found.stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
