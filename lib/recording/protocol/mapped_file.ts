import { openSystemLibrary } from "../../host/protocol/system_library.ts";

/** Functions of the system's library. */
const FUNCTIONS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
} as const;

/** `O_RDWR | O_CLOEXEC`: programs that the daemon starts do not inherit the file. */
const OPEN_FLAGS = 0o2000002;

/** `PROT_READ | PROT_WRITE`. */
const PROTECTION = 3;

/** `MAP_SHARED | MAP_POPULATE`: the pages are there before the first write. */
const MAP_FLAGS = 0x8001;

/** `MAP_FAILED`. */
const FAILED = 0xffff_ffff_ffff_ffffn;

/** The bytes of a file in memory, as memory of this process. */
export interface MappedFile {
  buffer: ArrayBuffer;
  /** Gives the memory back. `buffer` must not be used afterwards. */
  unmap(): void;
}

/**
 * Maps a file, where the process may use the system's library (`--allow-ffi`); `undefined` elsewhere, and on processors that do
 * not show all of a program's writes to others in their order.
 *
 * @param length Its length in bytes. It must not become shorter.
 */
export function mapFile(path: string, length: number): MappedFile | undefined {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return undefined;
  const library = openSystemLibrary(FUNCTIONS);
  if (!library) return undefined;
  const { open, close, mmap, munmap } = library.symbols;
  const file = open(new TextEncoder().encode(`${path}\0`), OPEN_FLAGS);
  const pointer = file < 0 ? null : mmap(null, BigInt(length), PROTECTION, MAP_FLAGS, file, 0n);
  if (file >= 0) close(file);
  if (!pointer || Deno.UnsafePointer.value(pointer) === FAILED) {
    library.close();
    return undefined;
  }
  return {
    buffer: Deno.UnsafePointerView.getArrayBuffer(pointer, length),
    unmap() {
      munmap(pointer, BigInt(length));
      library.close();
    },
  };
}
