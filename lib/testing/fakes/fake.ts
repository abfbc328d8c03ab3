import type { DriverDocument } from "../../declared/file/read_file.ts";
import type { Instrument } from "../conformance/driver_under_test.ts";

/** A value that an instrument sends for a name: a number before scale and offset, a text, or one of the choices. */
export type FakeValue = number | string | boolean;

/**
 * An instrument made from a YAML driver. It answers as the file says, takes settings, and refuses those beyond the
 * limits. Made by {@linkcode fakeFromYaml}.
 */
export interface YamlFake extends Instrument, AsyncDisposable {
  /** The params of a device that reaches it: host, port and the like. */
  readonly params: Record<string, unknown>;
  /** The value that it sends for a name. */
  get(name: string): FakeValue;
  /** Changes the value of a name that the fake sends. */
  set(name: string, value: FakeValue): void;
}

/** Starts the fake instrument of one transport. */
export type StartFake = (document: DriverDocument) => YamlFake | Promise<YamlFake>;
