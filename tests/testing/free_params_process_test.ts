import { deepStrictEqual as equal, match } from "node:assert/strict";
import { checkDriver } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";
import { pythonTest } from "../support/python.ts";

await pythonTest("a class whose constructor takes **kwargs keeps the rule params, with a note", async () => {
  using folder = folderOf({ "plain.py": "class Plain:\n    def __init__(self, device_id, **kwargs): ...\n" });
  const results = await checkDriver(`${folder.path}/plain.py`);
  equal(results.filter(({ status }) => status === "failed"), []);
  match(results.find(({ rule }) => rule === "params")!.reason, /^note: a misspelt param is not noticed, .*\*\*kwargs/);
});
