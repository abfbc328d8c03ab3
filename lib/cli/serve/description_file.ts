import { join } from "node:path";
import { answered } from "../../access/folder_answer.ts";
import { makePrivateFolder, readIfThere, writePrivately } from "../../access/private_file.ts";
import type { DescriptionStore } from "../../registry/description_cache.ts";

/** The descriptions of drivers in the data folder. It can be removed at any time. */
export function descriptionFile(folder: string): DescriptionStore {
  const path = join(folder, "drivers.json");
  return {
    read: async () => (await answered(() => readIfThere(path), "Cannot read the descriptions of drivers"))?.text,
    write: (text) =>
      answered(async () => {
        await makePrivateFolder(folder);
        await writePrivately(path, text);
      }, "Cannot keep the descriptions of drivers"),
  };
}
