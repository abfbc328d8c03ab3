import { ok } from "node:assert/strict";
import { basename, dirname, join } from "node:path";

const root = join(import.meta.dirname!, "../..");

/** The limit of one command: mirrors of packages may be slow. */
const LIMIT_MS = 400_000;

/** The version of Debian. */
const BASE = "bookworm";

/** Runs a program to its end. Resolves to its output; rejects with all of it. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: root,
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  ok(code === 0, `${program} ${args.join(" ")} ended with ${code}:\n${out}\n${err}`);
  return out.trim();
}

/** The missing part of what the test needs. */
export async function missing(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it needs root on Linux";
  for (const program of ["buildah", "mmdebstrap", "unshare", "nsenter", "curl"]) {
    const found = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).output();
    if (!found.success) return `install ${program}`;
  }
}

/** Runs buildah to its end. Resolves to its output. */
export type Buildah = (...args: string[]) => Promise<string>;

/** Builds the image as users do, from a base and a Deno of this machine. Resolves to a runner of buildah. */
export async function buildImage(work: string): Promise<Buildah> {
  const buildah = (...args: string[]) =>
    // The root folders of its containers are below TMPDIR.
    run(
      "env",
      `TMPDIR=${work}`,
      "buildah",
      "--root",
      `${work}/store`,
      "--runroot",
      `${work}/run`,
      "--storage-driver=vfs",
      ...args,
    );
  const base = await baseArchive(work);
  const deno = `${work}/deno.tar`;
  await run("tar", "-C", dirname(Deno.execPath()), "--transform=s,.*,deno,", "-cf", deno, basename(Deno.execPath()));
  for (const [name, layer] of [["base", base], ["deno", deno]]) {
    await buildah("pull", "-q", `docker-archive:${await archiveOf(name, layer, work)}`);
  }
  const args = [["BASE", "base"], ["DENO", "deno"]].flatMap((
    [arg, name],
  ) => ["--build-arg", `${arg}=localhost/${name}`]);
  const built = ["build", "--isolation=chroot", "--pull=never", "--format=docker", ...args];
  // The certificates of this machine's network.
  const certificates = ["--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"];
  await buildah(...built, ...certificates, "--file", "deploy/Containerfile", "--tag", "localhost/labdaemon", ".");
  return buildah;
}

/**
 * An archive of an image of one layer, as `docker save` writes it. To add the layer's files to a container and to commit it
 * costs three times as much.
 */
async function archiveOf(name: string, layer: string, work: string): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: work });
  const [sum] = (await run("sha256sum", layer)).split(" ");
  const content = {
    "config.json": {
      architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [`sha256:${sum}`] },
    },
    "manifest.json": [{ Config: "config.json", RepoTags: [`localhost/${name}:latest`], Layers: ["layer.tar"] }],
  };
  for (const [file, json] of Object.entries(content)) {
    await Deno.writeTextFile(`${folder}/${file}`, JSON.stringify(json));
  }
  await Deno.symlink(layer, `${folder}/layer.tar`);
  await run("tar", "-C", folder, "-chf", `${work}/${name}.image.tar`, ...Object.keys(content), "layer.tar");
  await Deno.remove(folder, { recursive: true });
  return `${work}/${name}.image.tar`;
}

/**
 * A Debian without anything, as the base. `.ci/run` has begun to make one: it says where the archive will be. Elsewhere the
 * first run makes it, which takes most of this test, and it stays for the next run: the build itself gets newer packages.
 */
async function baseArchive(work: string): Promise<string> {
  const prepared = Deno.env.get("LABDAEMON_TEST_BASE");
  if (prepared) {
    await run("sh", "-c", `until [ -e '${prepared}.done' ]; do sleep 1; done; cat '${prepared}.done'`);
    if (await isThere(prepared)) return prepared;
  }
  const kept = join(Deno.env.get("TMPDIR") ?? "/tmp", `.labdaemon-tests-${BASE}-${Deno.build.arch}.tar`);
  if (await isThere(kept)) return kept;
  const archive = `${work}/base.tar`;
  // What it unpacks is beside it.
  await run(
    "env",
    `TMPDIR=${work}`,
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--include=ca-certificates",
    BASE,
    archive,
  );
  // A part of an archive never has its name.
  const draft = `${kept}.${crypto.randomUUID()}`;
  await Deno.copyFile(archive, draft);
  await Deno.rename(draft, kept);
  return archive;
}

async function isThere(archive: string): Promise<boolean> {
  return await Deno.stat(archive).then(({ size }) => size > 0, () => false);
}

/** The memory, if it has room: packages are installed there in a fraction of the time. Else the usual folder. */
export async function roomyFolder(): Promise<string | undefined> {
  const free = await run("sh", "-c", "df --output=avail -k /dev/shm | tail -n 1").catch(() => "0");
  return Number(free) > 4 * 1024 * 1024 ? "/dev/shm" : undefined;
}
