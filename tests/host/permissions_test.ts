import assert from "node:assert/strict";
import fc from "fast-check";
import { assertRunnable } from "../../lib/host/child_process.ts";
import { grantPermissions, type PermissionGrants, permissionsWithin } from "../../lib/host/grants.ts";
import { permissionFlags } from "../../lib/host/permissions.ts";
import type { Permissions } from "../../lib/wire/driver.ts";
import { PERMISSION_KINDS } from "../../lib/wire/names/permission_kinds.ts";

const grantCases: [string, Permissions, PermissionGrants | undefined, Permissions][] = [
  ["what is asked is granted where the bench file says nothing", { net: ["a:1"], read: true }, undefined, {
    net: ["a:1"],
    read: true,
  }],
  ["kinds that `only` does not name stay as asked", { net: ["a:1"], read: true }, { only: { net: [] } }, {
    read: true,
  }],
  ["everything narrowed by a list is the list", { net: true }, { only: { net: ["a:1"] } }, { net: ["a:1"] }],
  ["a list narrowed by everything is the list", { net: ["a:1"] }, { only: { net: true } }, { net: ["a:1"] }],
  ["two lists give what they share", { env: ["A", "B"] }, { only: { env: ["B", "C"] } }, { env: ["B"] }],
  ["`only` grants nothing that was not asked", {}, { only: { net: true, read: ["/"] } }, {}],
  ["a host narrows to its port", { net: ["a", "b:1"] }, { only: { net: ["a:1", "b"] } }, { net: ["b:1", "a:1"] }],
  ["an IPv6 host narrows to its port", { net: ["[::1]"] }, { only: { net: ["[::1]:80"] } }, { net: ["[::1]:80"] }],
  ["a folder narrows to what is in it", { read: ["/proc", "/sys/a"] }, { only: { read: ["/proc/stat", "/sys/"] } }, {
    read: ["/sys/a", "/proc/stat"],
  }],
  ["a folder is the same with a slash at its end", { read: ["/proc/"] }, { only: { read: ["/proc"] } }, {
    read: ["/proc/", "/proc"],
  }],
  ["a longer name is not in the folder", { read: ["/proc"] }, { only: { read: ["/process"] } }, {}],
  ["a path that leads out of the folder is not in it", { read: ["/proc"] }, { only: { read: ["/proc/../etc"] } }, {}],
  [
    "a relative path that leads out of the folder is not in it",
    { read: [".."] },
    { only: { read: ["../../etc"] } },
    {},
  ],
  ["programs are compared as they are written", { run: ["/bin"] }, { only: { run: ["/bin/sh"] } }, {}],
  ["`add` grants what was not asked", {}, { add: { env: ["A"] } }, { env: ["A"] }],
  ["`add` comes after `only`", { net: ["a:1"] }, { only: { net: [] }, add: { net: ["b:2"] } }, { net: ["b:2"] }],
  ["`add` of everything is everything", { net: ["a:1"] }, { add: { net: true } }, { net: true }],
  ["what is asked and added is granted once", { net: ["a:1"] }, { add: { net: ["a:1", "b:2"] } }, {
    net: ["a:1", "b:2"],
  }],
];

for (const [name, asked, grants, expected] of grantCases) {
  Deno.test(`grantPermissions(): ${name}`, () => assert.deepEqual(grantPermissions(asked, grants), expected));
}

const HOSTS = ["h", "h:1", "h:2", "[::1]", "[::1]:80", "10.0.0.0/8"];
const PATHS = ["/a", "/a/b", "/c", "h", "h:1", "../x", ".."];

const permissions: fc.Arbitrary<Permissions> = fc.record(
  Object.fromEntries(
    PERMISSION_KINDS.map((kind) => [
      kind,
      fc.oneof(fc.constant<true>(true), fc.array(fc.constantFrom(...kind === "net" ? HOSTS : PATHS))),
    ]),
  ),
  { requiredKeys: [] },
);

Deno.test("grantPermissions() never grants by `only` more than what was asked", () => {
  fc.assert(fc.property(permissions, permissions, (asked, only) => {
    const granted = grantPermissions(asked, { only });
    // Permissions that are granted already stay the same when they are narrowed to the requested ones.
    assert.deepEqual(grantPermissions(granted, { only: asked }), granted);
    assert.deepEqual(grantPermissions(granted, { only }), granted);
  }));
});

Deno.test("grantPermissions() refuses what an untyped driver asks for in the wrong form", () => {
  const asked: Permissions = JSON.parse('{ "net": "example.org" }');

  assert.throws(() => grantPermissions(asked), {
    code: "InvalidRequest",
    message: 'Cannot grant the permission "net": expected true or a list, found "example.org"',
  });
});

const flagCases: [Permissions, string[]][] = [
  [{}, []],
  [{ net: ["a:1", "b:2"] }, ["--allow-net=a:1,b:2"]],
  [{ read: true, net: ["a"] }, ["--allow-net=a", "--allow-read"]],
  [{ net: [], env: undefined }, []],
];

for (const [granted, flags] of flagCases) {
  Deno.test(`permissionFlags() of ${JSON.stringify(granted)} is ${JSON.stringify(flags)}`, () => {
    assert.deepEqual(permissionFlags(granted), flags);
  });
}

const refused: [string, string][] = [
  [
    '{"read": ["/a,/etc"]}',
    'Cannot grant the permission "read": expected non-empty texts without commas or control characters, found "/a,/etc"',
  ],
  [
    '{"net": [""]}',
    'Cannot grant the permission "net": expected non-empty texts without commas or control characters, found ""',
  ],
  [
    '{"net": [5025]}',
    'Cannot grant the permission "net": expected non-empty texts without commas or control characters, found 5025',
  ],
  ...[
    "[127.0.0.1:2]:5025",
    "127.0.0.1:2:3",
    "/dev/ttyUSB0:5025",
    "http://x",
    "a b",
    "::1",
    "h:99999",
    "10.0.0.0/99",
    "*",
  ]
    .map((entry): [string, string] => [
      JSON.stringify({ net: [entry] }),
      'Cannot grant the permission "net": expected hosts with or without a port, such as "192.168.1.20:5025" or ' +
      `"[::1]:80", found ${JSON.stringify(entry)}`,
    ]),
  ['{"env": ["A=B"]}', 'Cannot grant the permission "env": expected names of variables, found "A=B"'],
  ['{"net": false}', 'Cannot grant the permission "net": expected true or a list, found false'],
  [
    '{"all": true}',
    'Cannot grant the permission "all": expected one of the kinds net, read, write, env, run, sys, ffi, serial',
  ],
];

for (const [granted, message] of refused) {
  Deno.test(`permissionFlags() refuses ${granted}`, () => {
    assert.throws(() => permissionFlags(JSON.parse(granted)), { code: "InvalidRequest", message });
  });
}

Deno.test("permissionsWithin() grants serial ports by their names without a line, and no other terminal", () => {
  const ports = ["/dev/serial/by-id/usb-ACME_1-if00", "/dev/ttyUSB0", "/dev/ttyACM1", "/dev/ttyS0"];
  const others = ["/dev/pts/3", "/dev/tty1", "/dev/serial/by-id/../../sda", "/dev/ttyUSB0/../sda"];
  assert.deepEqual(permissionsWithin(undefined, { serial: [...ports, ...others] }), { serial: ports });
  assert.deepEqual(permissionsWithin(undefined, { serial: true }), {});
  assert.deepEqual(permissionsWithin({ serial: ["/dev/pts/3"] }, { serial: ["/dev/pts/3"] }), {
    serial: ["/dev/pts/3"],
  });
});

Deno.test("permissionFlags() has none for serial ports: a relay opens them", () => {
  assert.deepEqual(permissionFlags({ serial: ["/dev/ttyUSB0"], net: ["a:1"] }), ["--allow-net=a:1"]);
});

Deno.test("a folder whose path has a line end is refused, and not for a comma", () => {
  assert.throws(
    () => assertRunnable(new URL("file:///tmp/a%0Ab/")),
    /^LabError: Cannot run drivers: .* the path "\/tmp\/a\\nb\/", which has a character that is not printed/,
  );
});

for (
  const [entry, flag] of [
    ["[::ffff:127.0.0.1]:5000", "127.0.0.1:5000"],
    ["[0:0:0:0:0:FFFF:7f00:2]", "127.0.0.2"],
    ["[::FFFF:192.168.1.20]:5025", "192.168.1.20:5025"],
    ["[::1]:5000", "[::1]:5000"],
    ["[2001:db8::ffff:7f00:1]:80", "[2001:db8::ffff:7f00:1]:80"],
  ]
) {
  Deno.test(`the net entry ${entry} is granted as ${flag}, which Deno compares with the daemon's own addresses`, () => {
    assert.deepEqual(permissionFlags({ net: [entry] }), [`--allow-net=${flag}`]);
  });
}
