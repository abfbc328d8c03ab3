import type { RecordingStorage } from "../../../wire/recordings.ts";
import type { UnreadableFile } from "../../../wire/server.ts";
import { type Finding, finding } from "./finding.ts";

/** The connections that are open, and how many there may be. */
export interface ConnectionsInUse {
  open: number;
  max: number;
  /** The connections of the client with the most. */
  ofClient: number;
  maxOfClient: number;
}

/**
 * The facts about the daemon itself. A fact is missing if the daemon does not have it, or does not give it to this
 * token.
 */
export interface DaemonFacts {
  /** The reasons why the daemon cannot do its work. */
  notReady: readonly string[];
  /** The files of its data folder that it could not read when it started. */
  unreadable?: readonly UnreadableFile[];
  /** The daemon's clock minus that of this machine. */
  clockOffsetMs: number;
  /** The disk of the recordings. */
  storage?: RecordingStorage;
  connections?: ConnectionsInUse;
  /** The label of the provider by which people cannot log in now. */
  failedProvider?: string;
}

/** A clock that is further off makes times hard to compare. */
const MAX_CLOCK_OFFSET_MS = 5_000;

/** The part of the limit above which connections count as full: at the limit itself, the daemon closes idle ones. */
const FULL = 0.95;

/** Findings about the daemon, its machine and its dependencies. */
export function ofDaemon(facts: DaemonFacts): Finding[] {
  const { notReady, unreadable = [], clockOffsetMs, storage, connections, failedProvider } = facts;
  const remedy = "Install or repair what is missing, and start the daemon again";
  const findings = notReady.map((found) => finding("daemon", found, { culprit: "machine", remedy }));
  for (const { message } of unreadable) {
    const remedy =
      "Stop the daemon, repair the file, restore it from a copy or move it away, and start the daemon again";
    findings.push(finding("data folder", message, { culprit: "machine", remedy }));
  }
  if (Math.abs(clockOffsetMs) > MAX_CLOCK_OFFSET_MS) {
    const seconds = Math.round(Math.abs(clockOffsetMs) / 1000);
    const found = `Its clock is ${seconds} s ${clockOffsetMs > 0 ? "ahead of" : "behind"} this machine's`;
    const remedy = "Synchronize both clocks, for example by chrony";
    findings.push(finding("daemon", found, { culprit: "machine", remedy }));
  }
  if (failedProvider !== undefined) {
    findings.push(finding("daemon", `Log-in by "${failedProvider}" fails: the OIDC provider cannot be used`, {
      culprit: "login provider",
      remedy: "Read why in the daemon's log; check issuer under oidc in the bench file, and the provider's server",
    }));
  }
  return [...findings, ...storage ? ofStorage(storage) : [], ...connections ? ofConnections(connections) : []];
}

function ofStorage({ state, reason, free_bytes, folder, share }: RecordingStorage): Finding[] {
  const found = (text: string, remedy: string) => finding("recordings", text, { culprit: "machine", remedy });
  const findings: Finding[] = [];
  const room = `Remove files from the disk of ${folder}, or put the data folder on a larger one`;
  if (state === "low") {
    findings.push(found(`The disk has ${Math.floor((free_bytes ?? 0) / MIB)} MiB left: recording stops soon`, room));
  } else if (state === "paused") findings.push(found(`Nothing is stored now: ${reason}`, room));
  else if (state === "down") {
    const remedy = "Read why in the daemon's log; the daemon starts it again by itself";
    findings.push(found(`Nothing is stored now: ${reason}`, remedy));
  } else if (state === "slow") {
    const remedy = `Record less, or put the data folder on a faster disk than that of ${folder}`;
    findings.push(found("The disk is slow: what was sent 5 s ago is not stored yet", remedy));
  }
  if (share !== null) {
    const text = `The recordings are on a network share (${share}), where a broken connection can damage them`;
    findings.push(found(text, "Put the data folder on a disk of this machine (data in the bench file)"));
  }
  return findings;
}

function ofConnections({ open, max, ofClient, maxOfClient }: ConnectionsInUse): Finding[] {
  if (open >= FULL * max) {
    const remedy =
      "End the clients that open them, or raise the daemon's limit of descriptors (LimitNOFILE, ulimit -n)";
    return [finding("daemon", `${open} connections are open, of at most ${max}`, { culprit: "clients", remedy })];
  }
  if (ofClient < FULL * maxOfClient) return [];
  return [finding("daemon", `One client has ${ofClient} connections open, of at most ${maxOfClient}`, {
    culprit: "clients",
    remedy: "End what opens them on that machine; if it is a proxy, name it under trusted_proxies in the bench file",
  })];
}

const MIB = 1024 * 1024;
