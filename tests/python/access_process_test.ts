/** The methods of the Python clients about access, against a daemon that needs tokens. */
import { equal } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { python, pythonTest } from "../support/python.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { serveApp } from "../support/served_app.ts";
import { tokenFolder } from "../support/token_folder.ts";

const PROGRAM = `
import queue, sys
from labdaemon.server import ForbiddenError, ServerAPI, SSEClient, UnauthorizedError

url, root = sys.argv[1:]
api = ServerAPI(url, token=root)
alice = api.create_token("alice", "control", devices=["daq*"], expires_in="1h")
assert [token["name"] for token in api.list_tokens()] == ["root", "alice"]

page = ServerAPI(url)
page.open_session(alice["token"])
assert page.session()["devices"] == ["daq*"]
page.connect_device("daq1")
try:
    page.list_tokens()
    raise SystemExit("alice is no administrator")
except ForbiddenError:
    pass

events = queue.Queue()
client = SSEClient(url, on_event=events.put, ticket=lambda path: page.create_ticket(path, "control")["ticket"])
client.start_device_stream("daq1", sample_rate=5)
assert events.get(timeout=60)["event"] == "device_state"
client.stop_stream()

page.close_session()
try:
    page.session()
    raise SystemExit("the session has ended")
except UnauthorizedError:
    pass

found = api.audit(who="alice", action="connect", limit=1)
assert [entry["outcome"] for entry in found["entries"]] == ["done"], found
older = api.audit(before=found["next"], who="alice", action="connect")
assert [entry["outcome"] for entry in older["entries"]] == ["asked"], older
again = api.rotate_token("alice")["token"]
assert ServerAPI(url, token=again).session()["name"] == "alice"
api.revoke_token("alice")
`;

await pythonTest("a Python program makes tokens, has a session and tickets, and reads the audit log", async () => {
  await using tokens = await tokenFolder();
  await using bench = await scriptedBench({});
  const app = createApp(bench.daemon, { host: "127.0.0.1", access: tokens.access });
  await using served = serveApp(() => app);
  const { authorization } = await tokens.token("root", "admin");
  const { code, stderr } = await python("-c", PROGRAM, served.origin, authorization.slice("Bearer ".length));
  equal(code, 0, stderr);
});
