/** Reading a recording where it lies, as a driver does: every sample to the last digit, what is lost, and nothing is written. */
import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { readRecording, type Recorded } from "labdaemon/recording";
import { Compactor } from "../../lib/recording/recorder/compactor.ts";
import { TableFile } from "../../lib/recording/replay/table_file.ts";
import { Segment } from "../../lib/recording/store/segment.ts";
import { clockFrame } from "../../lib/stream/mod.ts";
import { gapFrame, sampleFramer } from "../../lib/stream/frame.ts";
import { folderOf } from "../support/folder_of.ts";
import { type Piece, PIECES_START, piecesOf, rowsOf, timeText } from "../support/stored_pieces.ts";

const value = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }),
  fc.string(),
  fc.constant(null),
  fc.constantFrom(0, 1, -1, 127, -128, 32_768, -8_388_609, 2 ** 31, -(2 ** 47), 0.5),
);

Deno.test("the tables of a closed database are read by page as SQLite reads them: numbers, texts, and blobs of many pages", () => {
  const row = fc.record({
    value,
    size: fc.constantFrom(0, 10, 470, 490, 1_000, 4_059, 4_062, 9_000, 70_000),
    isDeleted: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 150 }),
      fc.constantFrom(512, 4_096, 65_536),
      fc.constantFrom("NONE", "INCREMENTAL"),
      (rows, pageSize, vacuum) => {
        using folder = folderOf({});
        const path = `${folder.path}/a.sqlite`;
        const db = new DatabaseSync(path);
        db.exec(`PRAGMA page_size=${pageSize}; PRAGMA auto_vacuum=${vacuum}; PRAGMA journal_mode=WAL; BEGIN`);
        db.exec("CREATE TABLE other(x); INSERT INTO other VALUES(1)");
        db.exec("CREATE TABLE row(id INTEGER PRIMARY KEY, value ANY, bytes BLOB NOT NULL, last ANY) STRICT");
        for (const [i, { value, size }] of rows.entries()) {
          db.prepare("INSERT INTO row VALUES(?,?,?,?)").run(
            i * i + 1,
            value,
            new Uint8Array(size).fill(i % 256),
            value,
          );
        }
        for (const [i, { isDeleted }] of rows.entries()) {
          if (isDeleted) db.prepare("DELETE FROM row WHERE id=?").run(i * i + 1);
        }
        db.exec("COMMIT");
        const names = ["id", "value", "bytes", "last"];
        const expected = db.prepare("SELECT * FROM row ORDER BY id").all().map((it) => names.map((name) => it[name]));
        db.close();
        using file = new TableFile(path);
        const found = Array.from(file.rows("row"), (column) => names.map((name) => column(name)));
        equal(found, expected.map((row) => row.map((it) => it instanceof Uint8Array ? new Uint8Array(it) : it)));
        equal([...file.rows("nothing")], []);
      },
    ),
    { numRuns: 40, seed: 14 },
  );
});

Deno.test("a file that is no database, or is cut off, is refused", () => {
  using folder = folderOf({ "text.sqlite": "x".repeat(200), "short.sqlite": "SQLite" });
  throws(() => new TableFile(`${folder.path}/text.sqlite`), /it is no SQLite database/);
  throws(() => new TableFile(`${folder.path}/short.sqlite`), /the file is damaged, or not whole/);
  const path = `${folder.path}/000001.sqlite`;
  write(path, [piece({ payloads: Array(20_000).fill("1.5") })]);
  Deno.truncateSync(path, 8_192);
  throws(() => Array.from(readRecording(folder.path)), /^Error: 000001\.sqlite: .*(damaged|expected|undefined)/);
});

const piece = (given: Partial<Piece>): Piece => ({ payloads: [], lost: 0, stepUs: 1000, isWaveform: false, ...given });

/**
 * Writes pieces of "daq1" and the same of "other" into a segment, one row after the other; with `blocks`, old rows become
 * blocks. Calls `look` while the segment is open.
 */
function write(path: string, pieces: readonly Piece[], blocks = false, look = () => {}): void {
  const segment = new Segment(path);
  const compactor = new Compactor(segment, { samples: 20, rows: 3 });
  const others = rowsOf(pieces, "other");
  for (const [i, row] of rowsOf(pieces, "daq1").entries()) {
    for (const each of [row, others[i]]) {
      const inserted = segment.insert(each);
      if (blocks) compactor.add(each, inserted);
    }
    segment.commit();
    compactor.work(() => false);
    segment.commit();
  }
  look();
  segment.close();
}

/** What a recording gives: the text of each payload with its time, and what is lost. */
const shown = (entries: Iterable<Recorded>) =>
  Array.from(
    entries,
    (it) => "lost" in it ? `${it.lost} lost` : [Math.round(it.time * 1000), it.dt, it.payload.text, it.timestamp],
  );

/** The same of pieces, by what they say. */
function expected(pieces: readonly Piece[]): unknown[] {
  const all: unknown[] = [];
  let us = PIECES_START;
  let passed = 0;
  let isFirst = true;
  for (const { payloads, lost, event, stepUs, isWaveform } of pieces) {
    const missing = event === "gap" ? lost + 1 : lost;
    if (event === "clock") passed += 500_000;
    let rest = isFirst && event !== "gap" ? 0 : missing;
    isFirst = false;
    for (const text of payloads) {
      us += stepUs;
      passed = all.length === 0 ? 0 : passed + stepUs;
      if (rest > 0) all.push(`${rest} lost`);
      rest = 0;
      all.push([passed, isWaveform ? 1 : undefined, text, timeText(us)]);
    }
  }
  return all;
}

Deno.test("a recording is read as it was streamed, to the last digit, from rows and blocks, closed and while it is written; nothing is written beside it", () => {
  const texts = fc.constantFrom("1.0", "1e-07", "-0", "9007199254740993", "null", '"a\\"b"', '{"a":[1,null]}', "5.25");
  const base64 = '{"dtype":"<i8","shape":[1],"base64":"AQAAAAAAIAA="}';
  const payloads = fc.array(fc.oneof(texts, fc.constant(base64)), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(piecesOf(payloads), { minLength: 1, maxLength: 12 }), fc.boolean(), (pieces, blocks) => {
      using folder = folderOf({});
      const names = () => Array.from(Deno.readDirSync(folder.path), ({ name }) => name).sort();
      write(`${folder.path}/000001.sqlite`, pieces, blocks, () => {
        equal(shown(readRecording(folder.path, "daq1")), expected(pieces));
      });
      equal(names(), ["000001.sqlite"]);
      Deno.chmodSync(`${folder.path}/000001.sqlite`, 0o400);
      equal(shown(readRecording(folder.path, "daq1")), expected(pieces));
      equal(names(), ["000001.sqlite"]);
    }),
    { numRuns: 60, seed: 14 },
  );
});

const FIRST = piece({ payloads: ["1", "2"] });

Deno.test("the device of a recording needs no name if it is the only one; else an error names the choices", () => {
  using folder = folderOf({});
  throws(() => [...readRecording(folder.path)], /^Error: the recording is gone, or has nothing yet$/);
  const segment = new Segment(`${folder.path}/000001.sqlite`);
  for (const row of rowsOf([FIRST], "psu1")) segment.insert(row);
  segment.commit();
  segment.close();
  equal([...readRecording(folder.path)].length, 2);
  write(`${folder.path}/000002.sqlite`, [FIRST]);
  throws(() => [...readRecording(folder.path)], /^Error: it has psu1, daq1, other: choose one of them by "device"$/);
  throws(() => [...readRecording(folder.path, "daq2")], /^Error: it has no device "daq2", it has psu1, daq1, other$/);
});

Deno.test("what lies between files: numbers that are missing are lost, a restart is a gap, and numbers may begin again", () => {
  using folder = folderOf({});
  const [row] = rowsOf([FIRST], "daq1");
  const frame = (epoch: string, sequence: number, time: string) =>
    sampleFramer({ deviceId: "daq1", epoch, arrays: "json" })(sequence, sequence, `2026-11-26T08:00:${time}Z`);
  const restart = gapFrame({ deviceId: "daq1", epoch: "e2" }, { from: 9, to: null, reason: "restart" }, 0);
  const clock = clockFrame("daq1", 60_000);
  const texts = [
    frame("e1", 4, "00.000001") + frame("e1", 5, "01.000001"),
    frame("e1", 8, "02.000001"),
    new TextDecoder().decode(restart) + frame("e2", 0, "03.000001"),
    `${new TextDecoder().decode(clock)}${frame("e2", 1, "59.000001").replace("08:00", "08:01")}`,
  ];
  for (const [i, text] of texts.entries()) {
    const segment = new Segment(`${folder.path}/00000${i + 1}.sqlite`);
    segment.insert({ ...row, bytes: new TextEncoder().encode(text) });
    segment.commit();
    segment.close();
  }
  const found = Array.from(readRecording(folder.path), (it) => "lost" in it ? `${it.lost} lost` : it.time);
  equal(found, [0, 1000, "2 lost", 2000, "1 lost", 3000, 59_000]);
  // A file that is set aside costs what it had, by the numbers around it.
  Deno.renameSync(`${folder.path}/000002.sqlite`, `${folder.path}/000002.sqlite.broken`);
  ok(Array.from(readRecording(folder.path)).length === 5);
  Deno.writeTextFileSync(`${folder.path}/000003.sqlite`, "x".repeat(5_000));
  throws(() => [...readRecording(folder.path)], /^Error: 000003\.sqlite: it is no SQLite database$/);
});
